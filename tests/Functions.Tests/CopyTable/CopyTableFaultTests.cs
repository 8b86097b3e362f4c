using SnapshotBridge.Copying;
using SnapshotBridge.CopyTable;
using SnapshotBridge.Local.Aws.S3;
using SnapshotBridge.Local.Oci;
using SnapshotBridge.Storage;
using SnapshotBridge.TestKit;
using Xunit;

namespace SnapshotBridge.Functions.Tests.CopyTable;

/// <summary>Bytes that differ, connections that break and services that are overloaded, against the real endpoints.</summary>
public sealed class CopyTableFaultTests
{
    private const int Part = 1 << 20;

    [Theory]
    [InlineData(50_000, S3ChecksumAlgorithm.Crc64Nvme)]
    [InlineData(50_000, S3ChecksumAlgorithm.Crc32)]
    [InlineData(50_000, S3ChecksumAlgorithm.Crc32C)]
    [InlineData(50_000, S3ChecksumAlgorithm.Sha256)]
    [InlineData(50_000, S3ChecksumAlgorithm.Sha1)]
    [InlineData(Part * 4, S3ChecksumAlgorithm.Crc64Nvme)]
    [InlineData(Part * 4, S3ChecksumAlgorithm.Crc32)]
    [InlineData(Part * 4, S3ChecksumAlgorithm.Crc32C)]
    public async Task HandleAsync_SourceByteFlipsOnce_IsReadAgainAndRight(int size, S3ChecksumAlgorithm algorithm)
    {
        await using var run = await CopyRun.StartAsync();
        run.Store.ChecksumRules = [new S3ChecksumRule((_, key) => key.StartsWith("exports/", StringComparison.Ordinal), algorithm)];
        await run.AddAsync("a.parquet", size);
        await run.PlanAsync();
        var fault = run.S3.Faults.FlipByte(size / 2, context => context.Key.StartsWith("exports/", StringComparison.Ordinal));

        Assert.True((await run.InvokeAsync()).Done);

        Assert.Equal(1, fault.Applied);
        await run.AssertCopiedAsync();
    }

    [Theory]
    [InlineData(50_000, S3ChecksumAlgorithm.Crc64Nvme, "CRC64NVME")]
    [InlineData(50_000, S3ChecksumAlgorithm.Crc32, "CRC32")]
    [InlineData(50_000, S3ChecksumAlgorithm.Sha256, "SHA256")]
    [InlineData(Part * 4, S3ChecksumAlgorithm.Crc64Nvme, "CRC64NVME")]
    public async Task HandleAsync_SourceByteFlipsAlways_NamesObjectAndBothChecksums(int size, S3ChecksumAlgorithm algorithm, string name)
    {
        await using var run = await CopyRun.StartAsync();
        run.Store.ChecksumRules = [new S3ChecksumRule((_, key) => key.StartsWith("exports/", StringComparison.Ordinal), algorithm)];
        await run.AddAsync("a.parquet", size);
        await run.PlanAsync();
        run.S3.Faults.FlipByte(size / 2, context => context.Key.StartsWith("exports/", StringComparison.Ordinal), int.MaxValue);

        var failure = await Assert.ThrowsAsync<ObjectCorruptedException>(() => run.InvokeAsync());

        Assert.Equal((TransferLeg.Source, name), (failure.Leg, failure.Algorithm));
        Assert.Equal(run.Store.Find(CopyRun.SourceBucket, run.Planned[0].Key)!.Checksum!.Value, failure.Expected);
        Assert.NotEqual(failure.Expected, failure.Actual);
        Assert.Contains(run.Planned[0].Key, failure.Message, StringComparison.Ordinal);
        Assert.Empty(run.Oci.Store.List(CopyRun.DestinationBucket));
        Assert.Empty(run.Oci.Store.Uploads(CopyRun.DestinationBucket));
        Assert.Null(await run.CopiedAsync());
    }

    [Theory]
    [InlineData(50_000, false)]
    [InlineData(50_000, true)]
    [InlineData(Part * 4, false)]
    [InlineData(Part * 4, true)]
    public async Task HandleAsync_DestinationByteFlips_IsSentAgainOnceThenReported(int size, bool afterCheck)
    {
        OciFaultAction flip = afterCheck ? new OciFaultAction.FlipAfterCheck(10) : new OciFaultAction.FlipBeforeCheck(10);
        foreach (var times in new[] { 1, int.MaxValue })
        {
            await using var run = await CopyRun.StartAsync();
            await run.AddAsync("a.parquet", size);
            await run.PlanAsync();
            var rule = run.Oci.Faults.Add(flip, info => info.Operation is OciOperation.PutObject or OciOperation.UploadPart, times);
            if (times == 1)
            {
                Assert.True((await run.InvokeAsync()).Done);
                Assert.Equal(1, rule.Triggered);
                await run.AssertCopiedAsync();
                continue;
            }

            var failure = await Assert.ThrowsAsync<ObjectCorruptedException>(() => run.InvokeAsync());
            Assert.Equal((TransferLeg.Destination, run.Planned[0].DestinationName), (failure.Leg, failure.ObjectName));
            Assert.Empty(run.Oci.Store.List(CopyRun.DestinationBucket));
            Assert.Empty(run.Oci.Store.Uploads(CopyRun.DestinationBucket));
        }
    }

    [Fact]
    public async Task HandleAsync_PartsSwappedAtCommit_IsDetectedAndRepaired()
    {
        await using var run = await CopyRun.StartAsync();
        await run.AddAsync("a.parquet", Part * 4);
        await run.PlanAsync();
        var rule = run.Oci.Faults.Add(new OciFaultAction.SwapParts(1, 2), info => info.Operation == OciOperation.CommitMultipartUpload);
        Assert.True((await run.InvokeAsync()).Done);
        Assert.Equal(1, rule.Triggered);
        await run.AssertCopiedAsync();
    }

    [Theory]
    [InlineData(50_000)]
    [InlineData(Part * 4)]
    public async Task HandleAsync_BodiesBreakOff_AreContinuedFromWhereTheyBroke(int size)
    {
        await using var run = await CopyRun.StartAsync();
        await run.AddAsync("a.parquet", size);
        await run.PlanAsync();
        var truncated = run.S3.Faults.Truncate(20_000, Exported);
        var reset = run.S3.Faults.Reset(10_000, context => Exported(context) && context.Range.Length > 0);
        var delay = run.S3.Faults.Delay(TimeSpan.FromMilliseconds(1), Exported, 1);

        Assert.True((await run.InvokeAsync()).Done);

        Assert.Equal((1, 1, 1), (truncated.Applied, reset.Applied, delay.Applied));
        await run.AssertCopiedAsync();
        if (size < Part)
        {
            // What had arrived was not asked for again; a reset may take bytes with it that were still on their way.
            var ranges = run.S3.Requests.Entries.Where(entry => entry.Operation == "GetObject" && entry.Range.Length > 0).ToList();
            Assert.Equal($"bytes=20000-{size - 1}", ranges[0].Range);
            Assert.Equal(2, ranges.Count);
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task HandleAsync_BodyStandsStill_IsContinuedOnAnotherConnection()
    {
        await using var run = await CopyRun.StartAsync();
        await run.AddAsync("a.parquet", 400_000);
        await run.PlanAsync();
        var time = new ManualTime();
        var renewals = 0;

        // Each byte that comes is waited for anew: after the first of the slow body an hour passes without another.
        time.TimerSetAnew = () =>
        {
            if (Interlocked.Increment(ref renewals) == 1)
            {
                time.Advance(TimeSpan.FromHours(1));
            }
        };
        run.SourceOptions = new S3SourceOptions { StallTimeout = TimeSpan.FromHours(1), StallBytes = 1, FirstPause = TimeSpan.Zero, Time = time };
        var stall = run.S3.Faults.LimitBandwidth(1, Exported, 1);
        Assert.True((await run.InvokeAsync()).Done);
        Assert.Equal(1, stall.Applied);
        Assert.Equal(2, run.S3.Requests.Entries.Count(entry => entry.Operation == "GetObject" && entry.Key == run.Planned[0].Key));
        await run.AssertCopiedAsync();
    }

    [Fact]
    public async Task HandleAsync_BodiesAlwaysBreakOff_IsTransientAndContinuesLater()
    {
        await using var run = await CopyRun.StartAsync();
        await run.AddAsync("fine.parquet", 500);
        await run.AddAsync("a.parquet", 50_000);
        await run.PlanAsync();
        run.S3.Faults.Truncate(0, context => context.Key.EndsWith("/a.parquet", StringComparison.Ordinal), int.MaxValue);

        var failure = await Assert.ThrowsAsync<TransferInterruptedException>(() => run.InvokeAsync());
        Assert.Contains(run.Planned[1].Key, failure.Message, StringComparison.Ordinal);

        run.S3.Faults.Clear();
        var result = await run.InvokeAsync();
        Assert.Equal((true, 1), (result.Done, result.SkippedObjects));
        await run.AssertCopiedAsync();
    }

    [Fact]
    public async Task HandleAsync_ResetsAndGatewayErrorsAtDestination_AreRepeated()
    {
        await using var run = await CopyRun.StartAsync();
        await run.AddAsync("a.parquet", Part * 4);
        await run.AddAsync("b.parquet", 50_000);
        await run.PlanAsync();
        run.Oci.Faults.Add(new OciFaultAction.ResetRequest(30_000), Writes, times: 2);
        run.Oci.Faults.Add(OciFaultAction.BadGateway(), Writes, times: 2, skip: 3);
        run.Oci.Faults.Add(OciFaultAction.SpuriousBucketNotFound(), Writes, times: 2, skip: 6);
        Assert.True((await run.InvokeAsync()).Done);
        await run.AssertCopiedAsync();
    }

    [Fact]
    public async Task HandleAsync_DestinationThrottlesForAWhile_SlowsDownAndArrives()
    {
        await using var run = await CopyRun.StartAsync();
        await run.AddAsync("a.parquet", Part * 12);
        await run.PlanAsync();
        run.Oci.Faults.Add(OciFaultAction.TooManyRequests(), info => info.Operation == OciOperation.UploadPart, times: 6);
        Assert.True((await run.InvokeAsync()).Done);
        Assert.Contains("Throttled: at most", run.LogText, StringComparison.Ordinal);
        await run.AssertCopiedAsync();
    }

    [Theory]
    [InlineData(OciOperation.PutObject, true)]
    [InlineData(OciOperation.PutObject, false)]
    [InlineData(OciOperation.ListObjects, true)]
    public async Task HandleAsync_FirstRequestOfSmallObjectsIsThrottled_HalvesTheTransfersAndArrives(OciOperation operation, bool isTooMany)
    {
        await using var run = await CopyRun.StartAsync();
        await run.AddAsync("a.parquet", 50_000);
        await run.AddAsync("b.parquet", 60_000);
        await run.PlanAsync();
        var rule = run.Oci.Faults.Add(isTooMany ? OciFaultAction.TooManyRequests() : OciFaultAction.ServiceUnavailable(), info => info.Operation == operation);

        Assert.True((await run.InvokeAsync()).Done);

        Assert.Equal(1, rule.Triggered);
        Assert.Contains($"Throttled: at most {CopyLimits.HighestWorkers / 2} ", run.LogText, StringComparison.Ordinal);
        await run.AssertCopiedAsync();
    }

    [Fact]
    public async Task HandleAsync_DestinationThrottlesAlways_IsTransientAndSendsNothingTwiceLater()
    {
        await using var run = await CopyRun.StartAsync();
        run.Limits = run.Limits with { MaxWorkers = 2 };
        await run.AddAsync("a.parquet", Part * 8);
        await run.PlanAsync();
        var rule = run.Oci.Faults.Add(
            OciFaultAction.ServiceUnavailable(), info => info.Operation == OciOperation.UploadPart, times: int.MaxValue, skip: 4);

        await Assert.ThrowsAsync<TransferThrottledException>(() => run.InvokeAsync());
        var parts = Assert.Single(run.Oci.Store.Uploads(CopyRun.DestinationBucket)).Parts.Count;
        Assert.Equal(4, parts);

        run.Oci.Faults.Remove(rule);
        var result = await run.InvokeAsync();
        Assert.Equal((true, (8L - parts) * Part), (result.Done, result.SentBytes));
        await run.AssertCopiedAsync();
    }

    [Fact]
    public async Task HandleAsync_SourceThrottles_IsRepeatedThenTransient()
    {
        await using var run = await CopyRun.StartAsync();
        await run.AddAsync("a.parquet", 50_000);
        await run.PlanAsync();
        var once = run.S3.Faults.SlowDown(Exported, 1);
        Assert.True((await run.InvokeAsync()).Done);
        Assert.Equal(1, once.Applied);
        await run.AssertCopiedAsync();

        await run.AddAsync("b.parquet", 50_000);
        await run.PlanAsync();
        run.S3.Faults.SlowDown(Exported, int.MaxValue);
        await Assert.ThrowsAsync<TransferThrottledException>(() => run.InvokeAsync());
    }

    [Theory]
    [InlineData(50_000, OciOperation.PutObject)]
    [InlineData(Part * 4, OciOperation.CommitMultipartUpload)]
    [InlineData(Part * 4, OciOperation.UploadPart)]
    [InlineData(Part * 4, OciOperation.CreateMultipartUpload)]
    public async Task HandleAsync_AnswerLost_IsFoundByComparing(int size, OciOperation operation)
    {
        await using var run = await CopyRun.StartAsync();
        await run.AddAsync("a.parquet", size);
        await run.PlanAsync();
        var rule = run.Oci.Faults.Add(new OciFaultAction.LoseAnswer(), info => info.Operation == operation);

        Assert.True((await run.InvokeAsync()).Done);

        Assert.Equal(1, rule.Triggered);
        if (operation == OciOperation.CreateMultipartUpload)
        {
            // Nobody knows the id of the first upload: it has no parts, and the bucket's lifecycle rule removes it.
            Assert.Empty(Assert.Single(run.Oci.Store.Uploads(CopyRun.DestinationBucket)).Parts);
            Assert.Single(run.Oci.Store.List(CopyRun.DestinationBucket));
        }
        else
        {
            await run.AssertCopiedAsync();
        }
    }

    [Fact]
    public async Task HandleAsync_DeadlineWithinAnObject_ResumesWithoutSendingAgain()
    {
        await using var run = await CopyRun.StartAsync();
        run.Limits = run.Limits with { MaxWorkers = 2 };
        await run.AddAsync("small.parquet", 500);
        await run.AddAsync("large.parquet", (Part * 10) + 5);
        await run.PlanAsync();

        var first = await run.InvokeUntilTimeIsOverAsync(parts: 4);

        Assert.False(first.Done);
        Assert.Equal((1, 1), (first.Objects, first.RemainingObjects));
        Assert.Equal(4, Assert.Single(run.Oci.Store.Uploads(CopyRun.DestinationBucket)).Parts.Count);
        Assert.Null(await run.CopiedAsync());
        Assert.NotNull(run.Store.Find(CopyRun.SourceBucket, BridgeLayout.Checkpoint(CopyRun.Task, 3)));
        var held = run.Oci.Store.Uploads(CopyRun.DestinationBucket)[0].Parts.Sum(part => part.SizeBytes);

        var second = await run.InvokeAsync();

        Assert.True(second.Done);
        Assert.Equal((Part * 10) + 5 - held, second.SentBytes);
        await run.AssertCopiedAsync();
    }

    [Fact]
    public async Task HandleAsync_InvocationDiesInMidObject_NextOneSendsOnlyWhatIsMissing()
    {
        await using var run = await CopyRun.StartAsync();
        run.Limits = run.Limits with { MaxWorkers = 2 };
        await run.AddAsync("large.parquet", Part * 10);
        await run.PlanAsync();

        // From the seventh part on the service hangs, and the invocation dies with both workers in it. It is gone before the
        // next one begins, as the state machine sees to it: what it still had on the wire would replace parts of that one.
        var hang = run.Oci.Faults.Add(
            new OciFaultAction.Delay(Timeout.InfiniteTimeSpan), info => info.Operation == OciOperation.UploadPart, int.MaxValue, skip: 6);
        var dying = run.Function();
        var abandoned = run.InvokeAsync(dying);
        while (hang.Triggered < 2 && !abandoned.IsCompleted)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        dying.Dispose();
        await Assert.ThrowsAnyAsync<Exception>(() => abandoned);
        run.Oci.Faults.Clear();
        var result = await run.InvokeAsync();

        Assert.Equal((true, 4L * Part), (result.Done, result.SentBytes));
        await run.AssertCopiedAsync();
    }

    private static bool Exported(S3FaultContext context) => context.Key.StartsWith("exports/", StringComparison.Ordinal);

    private static bool Writes(OciRequestInfo info) => info.Operation is OciOperation.PutObject or OciOperation.UploadPart;
}
