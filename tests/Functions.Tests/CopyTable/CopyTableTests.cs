using System.Text;
using System.Text.Json;
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

/// <summary>The function between S3 and OCI: what arrives with which proof, and what it refuses.</summary>
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

        // A quarter of 512 MB is 128 MB; this object has 160, and the buffers may take 336 in all.
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
}
