using System.Text;
using System.Text.Json;
using SnapshotBridge.Functions.Tests.Exports;
using SnapshotBridge.Preflight;
using SnapshotBridge.StartExport;
using Xunit;

namespace SnapshotBridge.Functions.Tests.Preflight;

public sealed class StartExportPreflightTests
{
    [Fact]
    public async Task HandleAsync_Preflight_ChecksAndStartsNothing()
    {
        await using var rig = await ExportRig.StartAsync();

        var answer = await RunAsync(rig, rig.SnapshotArn);

        answer.AssertOk("documents", "snapshot", "export.tasks");
        Assert.Contains("mysql snapshot of 'shop', available, encrypted", answer.Of("snapshot").Detail, StringComparison.Ordinal);
        Assert.Equal(PreflightResult.Skipped, answer.Of("export.rights").Result);
        Assert.Equal(ExportRig.Bucket, answer.Facts[PreflightFact.ExportBucket]);
        Assert.Empty(rig.Aws.RdsStore.ExportTasks);
        Assert.Empty(rig.Documents);
    }

    [Fact]
    public async Task HandleAsync_PreflightWithoutSnapshot_SkipsIt()
    {
        await using var rig = await ExportRig.StartAsync();

        Assert.Equal(PreflightResult.Skipped, (await RunAsync(rig, null)).Of("snapshot").Result);
    }

    [Fact]
    public async Task HandleAsync_UnencryptedSnapshot_Warns()
    {
        await using var rig = await ExportRig.StartAsync();
        var arn = rig.Aws.RdsStore.AddSnapshot(ExportRig.Snapshot("plain") with { Encrypted = false });

        var check = (await RunAsync(rig, arn)).Of("snapshot");
        Assert.Equal(PreflightResult.Warning, check.Result);
        Assert.Contains("not encrypted", check.Detail, StringComparison.Ordinal);
        Assert.Contains("KMS key", check.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("arn:aws:rds:us-east-1:123456789012:snapshot:absent", "has no snapshot", "Copy the ARN")]
    [InlineData("arn:aws:rds:eu-west-1:123456789012:snapshot:shop-2025", "it is in eu-west-1, and the stack is in us-east-1", "deploy the stack in the snapshot's")]
    [InlineData("shop-2025", "which is not an ARN", "Copy the ARN")]
    public async Task HandleAsync_WrongSnapshot_FailsWithTheRemedy(string arn, string detail, string remedy)
    {
        await using var rig = await ExportRig.StartAsync();

        (await RunAsync(rig, arn)).AssertFailed("snapshot", detail, remedy);
    }

    [Theory]
    [InlineData("oracle-ee", "available", "RDS exports snapshots of")]
    [InlineData("mysql", "creating", "Wait until the snapshot is available")]
    public async Task HandleAsync_SnapshotThatCannotBeExported_FailsWithTheRemedy(string engine, string status, string remedy)
    {
        await using var rig = await ExportRig.StartAsync();
        var arn = rig.Aws.RdsStore.AddSnapshot(ExportRig.Snapshot("other", engine) with { Status = status });

        (await RunAsync(rig, arn)).AssertFailed("snapshot", $"{engine} snapshot of 'shop', {status}", remedy);
    }

    [Fact]
    public async Task HandleAsync_NoBucket_FailsAndTheOtherChecksGoOn()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Options = rig.Options with { Target = rig.Options.Target with { Bucket = "no-such-bucket" } };

        var answer = await RunAsync(rig, rig.SnapshotArn);
        answer.AssertFailed("documents", "no-such-bucket", "correct the bucket's parameter");
        answer.AssertOk("snapshot");
    }

    [Fact]
    public async Task HandleAsync_FiveExportsRunning_Warns()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Engine.Hold();
        for (var number = 0; number < 5; number++)
        {
            await rig.Rds().StartExportTaskAsync(
                new Amazon.RDS.Model.StartExportTaskRequest
                {
                    ExportTaskIdentifier = $"busy-{number}", S3BucketName = ExportRig.Bucket, IamRoleArn = ExportRig.Role, KmsKeyId = ExportRig.Key,
                    SourceArn = rig.Aws.RdsStore.AddSnapshot(ExportRig.Snapshot($"s-{number}")),
                },
                ExportRig.Token);
        }

        var check = (await RunAsync(rig, null)).Of("export.tasks");
        Assert.Equal(PreflightResult.Warning, check.Result);
        Assert.Contains("5 of 5", check.Detail, StringComparison.Ordinal);
    }

    /// <summary>In and out through the serializer that the runtime uses.</summary>
    private static async Task<PreflightAnswer> RunAsync(ExportRig rig, string? arn)
    {
        var serializer = new Serializer();
        var preflight = new Dictionary<string, string?> { ["id"] = Checks.Id };
        if (arn is not null)
        {
            preflight["snapshotArn"] = arn;
        }

        using var input = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object> { ["preflight"] = preflight }));
        var function = new SnapshotBridge.StartExport.Function(rig.Options, rig.S3(), rig.Rds(), rig.StepFunctions(), TimeProvider.System);
        using var output = new MemoryStream();
        serializer.Serialize(await function.HandleAsync(serializer.Deserialize<Input>(input), rig.Context), output);
        var text = Encoding.UTF8.GetString(output.ToArray());
        return JsonDocument.Parse(text).RootElement.GetProperty("preflight").Deserialize<PreflightAnswer>()!;
    }
}
