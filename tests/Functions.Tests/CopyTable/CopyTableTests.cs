using System.Text;
using System.Text.Json;
using SnapshotBridge.Configuration;
using SnapshotBridge.Copying;
using SnapshotBridge.CopyTable;
using SnapshotBridge.Core.Tests.Copying;
using SnapshotBridge.Errors;
using SnapshotBridge.Local.Aws.S3;
using SnapshotBridge.Local.Aws.Signing;
using SnapshotBridge.Local.Oci;
using SnapshotBridge.Parquet;
using SnapshotBridge.Planning;
using SnapshotBridge.Storage;
using Xunit;

namespace SnapshotBridge.Functions.Tests.CopyTable;

public sealed class CopyTableTests
{
    private const int Part = 1 << 20;

    [Fact]
    public async Task HandleAsync_SmallAndLargeObjects_ArriveWithProof()
    {
        await using var run = await CopyRun.StartAsync();
        await run.AddAsync("part-00000-a.gz.parquet", 300, rows: 7);
        await run.AddAsync("part-00001-b c+ü.gz.parquet", Part);
        await run.AddAsync("part-00002.gz.parquet", (Part * 5) + 123, rows: 11, table: 1);
        await run.PlanAsync();

        var result = await run.InvokeAsync();

        Assert.Equal((CopyRun.Task, 3, true, 3, 0, 0), (result.ExportTaskId, result.Batch, result.Done, result.Objects, result.SkippedObjects, result.RemainingObjects));
        Assert.Equal(run.Planned.Sum(planned => planned.SizeBytes), result.Bytes);
        Assert.Equal(result.Bytes, result.SentBytes);
        Assert.Equal([7, 3, 11], (await run.CopiedAsync())!.Objects.Select(proof => proof.Rows));
        Assert.Contains("MB/s", run.LogText, StringComparison.Ordinal);
        await run.AssertCopiedAsync();
    }

    [Fact]
    public async Task HandleAsync_ThroughTheSerializer_EmitsEveryFieldInCamelCase()
    {
        await using var run = await CopyRun.StartAsync();
        await run.PlanAsync();
        var serializer = new CopyTableSerializer();
        using var input = new MemoryStream(Encoding.UTF8.GetBytes($$"""{"exportTaskId":"{{CopyRun.Task}}","batch":3}"""));
        using var function = run.Function();

        var result = await function.HandleAsync(serializer.Deserialize<CopyTableRequest>(input), run.Context(TimeSpan.FromMinutes(1)));

        using var output = new MemoryStream();
        serializer.Serialize(result, output);
        using var json = JsonDocument.Parse(output.ToArray());
        Assert.Equal(
            ["exportTaskId", "batch", "done", "objects", "bytes", "skippedObjects", "remainingObjects", "sentBytes", "seconds"],
            json.RootElement.EnumerateObject().Select(property => property.Name));
        Assert.True(json.RootElement.GetProperty("done").GetBoolean());
    }

    [Fact]
    public async Task HandleAsync_CalledAgain_VerifiesAndReturnsWithoutReading()
    {
        await using var run = await CopyRun.StartAsync();
        await run.AddAsync("a.parquet", 5000);
        await run.AddAsync("b.parquet", Part * 2);
        await run.PlanAsync();
        await run.InvokeAsync();
        run.S3.Requests.Clear();
        run.Oci.Store.ClearRequests();

        var result = await run.InvokeAsync();

        Assert.Equal((true, 2, 2, 0L), (result.Done, result.Objects, result.SkippedObjects, result.SentBytes));
        Assert.DoesNotContain(run.S3.Requests.Entries, entry => entry.Key.StartsWith("exports/", StringComparison.Ordinal));
        Assert.DoesNotContain(run.Oci.Store.Requests, request => request.Request.Operation is not (OciOperation.ListObjects or OciOperation.GetNamespace));
        await run.AssertCopiedAsync();
    }

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

    [Fact]
    public async Task HandleAsync_BodyStandsStill_IsContinuedOnAnotherConnection()
    {
        await using var run = await CopyRun.StartAsync();
        await run.AddAsync("a.parquet", 400_000);
        await run.PlanAsync();
        run.StallTimeout = TimeSpan.FromSeconds(2);
        var stall = run.S3.Faults.LimitBandwidth(1, Exported, 1);
        Assert.True((await run.InvokeAsync()).Done);
        Assert.Equal(1, stall.Applied);
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

    [Fact]
    public async Task HandleAsync_SourceReplacedWhileRead_IsReported()
    {
        await using var run = await CopyRun.StartAsync();
        run.Limits = run.Limits with { MaxWorkers = 1 };
        await run.AddAsync("a.parquet", Part * 4);
        await run.PlanAsync();
        run.S3.Faults.Replace(TestObjects.Parquet(Part * 4, 9, seed: 99), 1000, Exported);

        var failure = await Assert.ThrowsAsync<SourceObjectChangedException>(() => run.InvokeAsync());

        Assert.Equal(run.Planned[0].Key, failure.Key);
        Assert.Empty(run.Oci.Store.List(CopyRun.DestinationBucket));
        Assert.Empty(run.Oci.Store.Uploads(CopyRun.DestinationBucket));
    }

    [Fact]
    public async Task HandleAsync_SourceReplacedOrDeletedBeforehand_IsReported()
    {
        await using var run = await CopyRun.StartAsync();
        await run.AddAsync("a.parquet", 5000);
        await run.PlanAsync();
        await run.WriteAsync(run.Planned[0].Key, TestObjects.Parquet(5000, 9, seed: 98));
        Assert.Equal(run.Planned[0].Key, (await Assert.ThrowsAsync<SourceObjectChangedException>(() => run.InvokeAsync())).Key);
        run.Store.Delete(CopyRun.SourceBucket, run.Planned[0].Key);
        Assert.Equal(run.Planned[0].Key, (await Assert.ThrowsAsync<SourceObjectMissingException>(() => run.InvokeAsync())).Key);
        Assert.Empty(run.Oci.Store.List(CopyRun.DestinationBucket));
    }

    [Theory]
    [InlineData(50_000, null, "no checksum")]
    [InlineData(Part * 3, null, "no checksum")]
    [InlineData(50_000, S3ChecksumAlgorithm.Crc32C, "composite")]
    [InlineData(Part * 3, S3ChecksumAlgorithm.Crc32C, "composite")]
    public async Task HandleAsync_NoUsableChecksumAtSource_SaysDestinationAndWhy(int size, S3ChecksumAlgorithm? algorithm, string reason)
    {
        await using var run = await CopyRun.StartAsync();
        int? compositePart = reason == "composite" ? 100_000 : null;
        run.Store.ChecksumRules = [new S3ChecksumRule((_, key) => key.StartsWith("exports/", StringComparison.Ordinal), algorithm, compositePart)];
        await run.AddAsync("a.parquet", size);
        await run.PlanAsync();
        Assert.True((await run.InvokeAsync()).Done);
        await run.AssertCopiedAsync(CopyEvidence.Destination);
        Assert.Contains(reason, (await run.CopiedAsync())!.Objects[0].EvidenceReason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(S3ChecksumAlgorithm.Sha256)]
    [InlineData(S3ChecksumAlgorithm.Sha1)]
    public async Task HandleAsync_HashOverALargeObject_IsEndToEnd(S3ChecksumAlgorithm algorithm)
    {
        await using var run = await CopyRun.StartAsync();
        run.Store.ChecksumRules = [new S3ChecksumRule((_, key) => key.StartsWith("exports/", StringComparison.Ordinal), algorithm, null)];
        await run.AddAsync("a.parquet", (Part * 5) + 17);
        await run.PlanAsync();
        Assert.True((await run.InvokeAsync()).Done);
        await run.AssertCopiedAsync();
    }

    [Theory]
    [InlineData("CRC32C")]
    [InlineData("CRC32")]
    [InlineData("SHA256")]
    [InlineData("SHA1")]
    public async Task HandleAsync_CompositeChecksumOfAMultipartUpload_IsEndToEnd(string algorithm)
    {
        await using var run = await CopyRun.StartAsync();
        await run.AddInPartsAsync("a.parquet", TestObjects.Parquet((12 << 20) + 345, 3, seed: 9), partBytes: 5 << 20, algorithm);
        await run.PlanAsync();
        Assert.True((await run.InvokeAsync()).Done);
        await run.AssertCopiedAsync();
    }

    [Fact]
    public async Task HandleAsync_ObjectInSlices_EachBatchSendsItsOwnAndTheLastMakesTheObject()
    {
        await using var run = await CopyRun.StartAsync();
        await run.AddAsync("a.parquet", (Part * 7) + 99);
        ObjectSlice[] slices = [new(0, 2, 1, 4, Part), new(1, 2, 5, 8, Part)];
        await run.PlanAsync(slices[1]);
        var first = await run.InvokeAsync();
        Assert.Equal((true, (Part * 3) + 99L), (first.Done, first.SentBytes));
        Assert.Empty(run.Oci.Store.List(CopyRun.DestinationBucket));
        Assert.Empty((await run.CopiedAsync())!.Objects);

        await run.PlanAsync(slices[0]);
        var second = await run.InvokeAsync();

        Assert.Equal((true, Part * 4L), (second.Done, second.SentBytes));
        await run.AssertCopiedAsync();
    }

    [Fact]
    public async Task HandleAsync_OtherObjectAtDestination_IsNeverOverwritten()
    {
        await using var run = await CopyRun.StartAsync();
        await run.AddAsync("a.parquet", 5000);
        await run.PlanAsync();
        run.Oci.Store.Put(CopyRun.DestinationBucket, run.Planned[0].DestinationName, "theirs"u8);
        var failure = await Assert.ThrowsAsync<DestinationConflictException>(() => run.InvokeAsync());
        Assert.Contains("DESTINATION_PREFIX", failure.Message, StringComparison.Ordinal);
        Assert.Equal("theirs"u8, run.Oci.Store.Read(CopyRun.DestinationBucket, run.Planned[0].DestinationName));
    }

    [Fact]
    public async Task HandleAsync_CopiedButNothingRecorded_AdoptsWithoutSending()
    {
        await using var run = await CopyRun.StartAsync();
        await run.AddAsync("a.parquet", 5000);
        await run.AddAsync("b.parquet", Part * 3);
        await run.PlanAsync();
        await run.InvokeAsync();
        run.Store.Delete(CopyRun.SourceBucket, BridgeLayout.Copied(CopyRun.Task, 3));
        run.S3.Requests.Clear();

        var result = await run.InvokeAsync();

        Assert.Equal((true, 2, 0L), (result.Done, result.SkippedObjects, result.SentBytes));
        await run.AssertCopiedAsync();

        // The small object is known by what is written beside it: no more than its end is read.
        Assert.Single(run.S3.Requests.Entries, entry => entry.Operation == "GetObject" && entry.Key.EndsWith("/a.parquet", StringComparison.Ordinal));
    }

    [Fact]
    public async Task HandleAsync_TruncatedParquet_IsReportedByKey()
    {
        await using var run = await CopyRun.StartAsync();
        await run.AddAsync("cut.parquet", TestObjects.Parquet(5000, 3, 1)[..4000]);
        await run.PlanAsync();
        var failure = await Assert.ThrowsAsync<ParquetFileInvalidException>(() => run.InvokeAsync());
        Assert.Contains(run.Planned[0].Key, failure.Message, StringComparison.Ordinal);
        Assert.Empty(run.Oci.Store.List(CopyRun.DestinationBucket));
    }

    [Fact]
    public async Task HandleAsync_NoSuchBucketAtOci_NamesBucketNamespaceAndRegion()
    {
        await using var run = await CopyRun.StartAsync();
        await run.AddAsync("a.parquet", 5000);
        await run.PlanAsync();
        run.OciBucketName = "missing";
        var failure = await Assert.ThrowsAsync<OciBucketNotFoundException>(() => run.InvokeAsync());
        Assert.Contains("missing", failure.Message, StringComparison.Ordinal);
        Assert.Contains("us-ashburn-1", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HandleAsync_WrongOciKey_IsReportedWithoutTheKey()
    {
        await using var run = await CopyRun.StartAsync();
        await run.AddAsync("a.parquet", 5000);
        await run.PlanAsync();
        run.Oci.Store.RemoveUser(run.User);
        var failure = await Assert.ThrowsAsync<OciAuthenticationFailedException>(() => run.InvokeAsync());
        Assert.DoesNotContain("PRIVATE", failure.ToString(), StringComparison.Ordinal);
        run.AssertNoSecrets();
    }

    [Fact]
    public async Task HandleAsync_OciKeyRotatedSinceLastInvocation_TakesTheNewOne()
    {
        await using var run = await CopyRun.StartAsync();
        await run.AddAsync("a.parquet", 5000);
        await run.PlanAsync();
        using var function = run.Function();
        await run.InvokeAsync(function);

        var rotated = OciUser.Generate();
        run.Oci.Store.RemoveUser(run.User);
        run.Oci.Store.AddUser(rotated);
        run.Secrets.Store.Put("oci-key", rotated.SecretJson());
        await run.AddAsync("b.parquet", 5000);
        await run.PlanAsync();

        Assert.True((await run.InvokeAsync(function)).Done);
        await run.AssertCopiedAsync();
    }

    [Fact]
    public async Task HandleAsync_WrongAwsKeyOrDeniedObject_IsReported()
    {
        await using var run = await CopyRun.StartAsync();
        await run.AddAsync("a.parquet", 5000);
        await run.PlanAsync();
        run.S3.Faults.AccessDenied(Exported);
        var denied = await Assert.ThrowsAsync<AwsAccessDeniedException>(() => run.InvokeAsync());
        Assert.Contains(run.Planned[0].Key, denied.Message, StringComparison.Ordinal);
        run.Connect(new AwsAccessKey("AKIATEST", "another"));
        await Assert.ThrowsAsync<AwsAccessDeniedException>(() => run.InvokeAsync());
    }

    [Fact]
    public async Task HandleAsync_NoSuchBatch_IsReported()
    {
        await using var run = await CopyRun.StartAsync();
        var failure = await Assert.ThrowsAsync<CopyBatchMissingException>(() => run.InvokeAsync());
        Assert.Contains(BridgeLayout.Batch(CopyRun.Task, 3), failure.Message, StringComparison.Ordinal);
        using var function = run.Function();
        await Assert.ThrowsAsync<CopyBatchMissingException>(
            () => function.HandleAsync(new CopyTableRequest { ExportTaskId = CopyRun.Task }, run.Context(TimeSpan.FromMinutes(1))));
    }

    [Fact]
    public async Task HandleAsync_ObjectsFarLargerThanTheMemoryShare_StayWithinTheBuffers()
    {
        await using var run = await CopyRun.StartAsync();

        // A quarter of 512 MB is 128 MB; this object has 160, and the buffers may take 352 in all.
        run.Limits = new CopyLimits { MemoryBytes = 512 << 20, PartSizeBytes = 8 << 20, MaxWorkers = 8 };
        await run.AddAsync("large.parquet", 160 << 20);
        await run.PlanAsync();
        using var function = run.Function();

        var result = await run.InvokeAsync(function);

        Assert.True(result.Done);
        Assert.Equal(8, function.Buffers.Count);
        Assert.True(function.Buffers.AllocatedBytes <= 64 << 20, $"{function.Buffers.AllocatedBytes}");
        Assert.True(function.Buffers.AllocatedBytes <= run.Limits.BufferBudgetBytes);
        await run.AssertCopiedAsync();
    }

    [Fact]
    public async Task HandleAsync_WarmSandbox_KeepsItsBuffersAndConnections()
    {
        await using var run = await CopyRun.StartAsync();
        using var function = run.Function();
        for (var round = 0; round < 3; round++)
        {
            await run.AddAsync($"{round}.parquet", Part * 6);
            await run.PlanAsync();
            var result = await run.InvokeAsync(function);
            Assert.Equal((true, round), (result.Done, result.SkippedObjects));
            Assert.InRange(function.Buffers.AllocatedBytes, 1, 16 << 20);
        }

        Assert.Single(run.Oci.Store.Requests, request => request.Request.Operation == OciOperation.GetNamespace);
        await run.AssertCopiedAsync();
    }

    private static bool Exported(S3FaultContext context) => context.Key.StartsWith("exports/", StringComparison.Ordinal);

    private static bool Writes(OciRequestInfo info) => info.Operation is OciOperation.PutObject or OciOperation.UploadPart;
}

public sealed class CopyTableOptionsTests
{
    private static readonly Dictionary<string, string> Complete = new()
    {
        ["EXPORT_BUCKET"] = "b",
        ["OCI_REGION"] = "us-ashburn-1",
        ["OCI_BUCKET"] = "o",
        ["OCI_SECRET_ID"] = "s",
    };

    [Fact]
    public void Read_OnlyWhatIsRequired_TakesTheDefaults()
    {
        var options = Read([]);
        Assert.Equal(new Uri("https://objectstorage.us-ashburn-1.oraclecloud.com"), options.OciEndpoint);
        Assert.Null(options.OciNamespace);
        Assert.Equal((1024L << 20, 10L << 20, 10L << 20), (options.Limits.MemoryBytes, options.Limits.PartSizeBytes, options.Limits.ThresholdBytes));
    }

    [Fact]
    public void Read_EverythingWrong_ReportsAllWithTheirValues()
    {
        var failure = Assert.Throws<InvalidOptionsException>(() => CopyTableOptions.Read(new EnvironmentReader(name => name switch
        {
            "OCI_REGION" => "Ashburn",
            "PART_SIZE_MIB" => "zero",
            "MULTIPART_THRESHOLD_MIB" => "5000",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE" => "64",
            _ => null,
        })));
        Assert.Equal(7, failure.Problems.Count);
        foreach (var text in new[] { "EXPORT_BUCKET", "OCI_BUCKET", "OCI_SECRET_ID", "'Ashburn'", "'zero'", "'5000'", "'64'" })
        {
            Assert.Contains(text, failure.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("OCI_ENDPOINT", "ftp://x")]
    [InlineData("OCI_ENDPOINT", "http://x/path")]
    [InlineData("PART_SIZE_MIB", "400")]
    [InlineData("MULTIPART_THRESHOLD_MIB", "400")]
    public void Read_OneValueWrong_NamesIt(string name, string value)
    {
        var failure = Assert.Throws<InvalidOptionsException>(
            () => Read(new() { [name] = value, ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = "512" }));
        Assert.Contains($"{name} is '{value}'", Assert.Single(failure.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OwnEndpoint_WinsOverTheRegions() =>
        Assert.Equal(new Uri("http://127.0.0.1:4000"), Read(new() { ["OCI_ENDPOINT"] = "http://127.0.0.1:4000" }).OciEndpoint);

    private static CopyTableOptions Read(Dictionary<string, string> more) =>
        CopyTableOptions.Read(new EnvironmentReader(name => more.GetValueOrDefault(name) ?? Complete.GetValueOrDefault(name)));
}
