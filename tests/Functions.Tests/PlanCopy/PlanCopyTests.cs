using System.Text.Json;
using Amazon.Runtime;
using SnapshotBridge.Errors;
using SnapshotBridge.Exports;
using SnapshotBridge.Functions.Tests.Exports;
using SnapshotBridge.Loading;
using SnapshotBridge.PlanCopy;
using SnapshotBridge.Planning;
using SnapshotBridge.Requests;
using Xunit;

namespace SnapshotBridge.Functions.Tests.PlanCopy;

public sealed class PlanCopyTests
{
    private static readonly PlanCopyOptions Options = new() { Location = new ExportLocation(ExportRig.Bucket, "exports/"), DestinationPrefix = "landing/" };

    [Fact]
    public async Task Handle_CompleteExport_WritesEverythingAndAnswersEveryFieldThatTheStateMachineReads()
    {
        await using var rig = await ExportRig.StartAsync();
        await rig.ExportAsync("shop-1");

        var output = await PlanAsync(rig, "shop-1");

        Assert.Equal(
            """{"exportTaskId":"shop-1","planKey":"bridge/shop-1/plan.json","batchesKey":"bridge/shop-1/batches.json","tables":1,"batches":1,"objects":1,"bytes":15,"skipped":0,"maxConcurrency":1,"transitions":11}""",
            output.GetRawText());
        Assert.Equal(["shop-1/batches.json", "shop-1/batches/000000.json", "shop-1/plan.json"], rig.Documents);
        Assert.Equal("""[{"exportTaskId":"shop-1","batch":0}]""", await rig.TextAsync("bridge/shop-1/batches.json"));
        var batch = JsonSerializer.Deserialize((await rig.TextAsync("bridge/shop-1/batches/000000.json"))!, PlanningJson.Default.CopyBatch)!;
        var item = Assert.Single(batch.Objects);
        Assert.Equal(rig.Aws.S3Store.Find(ExportRig.Bucket, item.Key)!.ETag.Trim('"'), item.ETag.Trim('"'));
        Assert.Equal("landing/shop-1/world/world.city/1/part-00000-c000.gz.parquet", item.DestinationName);
    }

    [Fact]
    public async Task Handle_ExportOfMoreThanOnePage_IsListedWhole()
    {
        await using var rig = await ExportRig.StartAsync();
        await rig.ExportAsync("shop-1");
        for (var i = 1; i <= 1_100; i++)
            await rig.PutAsync($"exports/shop-1/world/world.city/1/part-{i:D5}-c000.gz.parquet", "x");

        var output = await PlanAsync(rig, "shop-1");

        Assert.Equal((1_101, 7), (output.GetProperty("objects").GetInt32(), output.GetProperty("batches").GetInt32()));
    }

    [Fact]
    public async Task Handle_RealAuroraExport_PlansItsNineTables()
    {
        var folder = RealExport();
        Assert.SkipWhen(folder is null, "The recorded Aurora export (shared/data/aurora-export-2020) is not beside this repository.");
        await using var rig = await ExportRig.StartAsync();
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            await using var content = File.OpenRead(file);
            await rig.Aws.S3Store.PutAsync(ExportRig.Bucket, $"exports/ci/{Path.GetRelativePath(folder, file).Replace('\\', '/')}", content, null, ExportRig.Token);
        }

        var output = await PlanAsync(rig, "ci");

        Assert.Equal((9, 57_441), (output.GetProperty("tables").GetInt32(), output.GetProperty("bytes").GetInt32()));
    }

    [Fact]
    public async Task Handle_FilesNotThereYet_IsPending()
    {
        await using var rig = await ExportRig.StartAsync();

        var exception = await Assert.ThrowsAsync<ExportFilesPendingException>(() => PlanAsync(rig, "shop-1"));

        Assert.Contains("s3://export-bucket/exports/shop-1/ is complete for RDS, but its file export_info_shop-1.json is not there", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handle_DescriptionCutOff_NamesTheFile()
    {
        await using var rig = await ExportRig.StartAsync();
        await rig.ExportAsync("shop-1");
        await rig.PutAsync("exports/shop-1/export_info_shop-1.json", """{"status":"COMP""");

        var exception = await Assert.ThrowsAsync<ExportFilesInvalidException>(() => PlanAsync(rig, "shop-1"));

        Assert.Contains("The export's file s3://export-bucket/exports/shop-1/export_info_shop-1.json cannot be understood", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handle_BucketMissing_NamesIt()
    {
        await using var rig = await ExportRig.StartAsync();

        var exception = await Assert.ThrowsAsync<BucketNotFoundException>(
            () => PlanAsync(rig, "shop-1", Options with { Location = new ExportLocation("no-such-bucket", "exports/") }));

        Assert.Contains("'no-such-bucket' does not exist", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handle_ListingRefused_NamesTheActionToAllow()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Aws.S3.Faults.AccessDenied();

        var exception = await Assert.ThrowsAsync<AwsAccessDeniedException>(() => PlanAsync(rig, "shop-1"));

        Assert.Contains("Allow s3:ListBucket for this target", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handle_S3Throttles_IsTransient()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Aws.S3.Faults.SlowDown();

        await Assert.ThrowsAsync<AwsServiceUnavailableException>(() => PlanAsync(rig, "shop-1"));
    }

    [Fact]
    public async Task Handle_WrongSecretKey_IsRefusedAndNotRetried()
    {
        await using var rig = await ExportRig.StartAsync();
        var function = new Function(Options, rig.S3(new BasicAWSCredentials(rig.Aws.AccessKey.AccessKeyId, "wrong")), TimeProvider.System);

        await Assert.ThrowsAsync<AwsAccessDeniedException>(
            () => LambdaCall.InvokeAsync<Input, PlanOutcome>(function.HandleAsync, """{"exportTaskId":"shop-1"}""", rig.Context));
    }

    [Fact]
    public async Task Handle_WithoutExportTask_SaysHowToStart()
    {
        await using var rig = await ExportRig.StartAsync();

        var exception = await Assert.ThrowsAsync<RequestInvalidException>(
            () => LambdaCall.InvokeAsync<Input, PlanOutcome>(new Function(Options, rig.S3(), TimeProvider.System).HandleAsync, "{}", rig.Context));

        Assert.Contains("exportTaskId is missing", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(""" "targetSchemas":{"world":"shop"} """, typeof(TargetConflictException), "schemas shop and world would both be shop")]
    [InlineData(""" "columnTypes":{"world.town":{"id":"INT"}} """, typeof(RequestInvalidException), "names table 'world.town', which the export does not hold")]
    public async Task Handle_RequestThatDoesNotFitTheExport_IsRefusedBeforeAnythingIsWritten(string request, Type error, string said)
    {
        await using var rig = await ExportRig.StartAsync();
        await rig.ExportAsync("shop-1");
        await rig.PutAsync("exports/shop-1/export_tables_info_shop-1_from_1_to_1.json", """{"perTableStatus":[{"target":"world.world.city","status":"COMPLETE"},{"target":"shop.shop.orders","status":"COMPLETE"}]}""");
        await rig.PutAsync("exports/shop-1/shop/shop.orders/1/part-00000-c000.gz.parquet", "PAR1 bytes PAR1");
        string Request(string more) => $$"""{"snapshotArn":"arn:aws:rds:{{rig.Aws.Region}}:123456789012:cluster-snapshot:s",{{more}}}""";

        var exception = await Assert.ThrowsAnyAsync<BridgeException>(
            () => PlanAsync(rig, "shop-1", Options with { Region = rig.Aws.Region }, Request(request)));

        Assert.IsType(error, exception);
        Assert.Contains(said, exception.Message, StringComparison.Ordinal);
        Assert.Empty(rig.Documents);

        // With a request that fits, the same export is planned.
        Assert.Equal(2, (await PlanAsync(rig, "shop-1", Options with { Region = rig.Aws.Region }, Request("""
            "targetSchemas":{"world":"town"}
            """))).GetProperty("tables").GetInt32());
    }

    private static Task<JsonElement> PlanAsync(ExportRig rig, string task, PlanCopyOptions? options = null, string? request = null) =>
        LambdaCall.InvokeAsync<Input, PlanOutcome>(
            new Function(options ?? Options, rig.S3(), TimeProvider.System).HandleAsync,
            request is null ? $$"""{"exportTaskId":"{{task}}"}""" : $$"""{"exportTaskId":"{{task}}","request":{{request}}}""",
            rig.Context);

    private static string? RealExport()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", "data", "aurora-export-2020", "data");
            if (Directory.Exists(candidate))
                return candidate;
        }

        return null;
    }
}
