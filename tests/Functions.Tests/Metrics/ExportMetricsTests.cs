using Amazon.RDS.Model;
using SnapshotBridge.ExportMarker;
using SnapshotBridge.Exports;
using SnapshotBridge.Functions.Tests.Exports;
using SnapshotBridge.Metrics;
using SnapshotBridge.Planning;
using SnapshotBridge.TestKit.Metrics;
using Xunit;

namespace SnapshotBridge.Functions.Tests.Metrics;

/// <summary>What the handlers of an export measure: each event once, however often they are called.</summary>
public sealed class ExportMetricsTests
{
    private readonly RecordedMetrics _metrics = new();
    private int _entries;

    [Fact]
    public async Task StartExport_EnteredAgainWhileWaiting_CountsOneStart()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Engine.Hold();

        await EnterAsync(rig);
        await EnterAsync(rig);
        await EnterAsync(rig);

        Assert.Equal(["export-started"], _metrics.Events);
        Assert.Equal(["exportTaskId", "execution"], _metrics.Records[0].Properties.Select(property => property.Key));
    }

    [Fact]
    public async Task StartExport_TwoRunsOfOneSnapshot_CountAStartAndAnAdoption()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Engine.Hold();

        await EnterAsync(rig, "run-1");
        await EnterAsync(rig, "run-2");
        await EnterAsync(rig, "run-2");

        Assert.Equal(["export-started", "export-adopted"], _metrics.Events);
    }

    [Fact]
    public async Task StartExport_AdoptsACompleteExport_CountsNoDurationThatNobodyWaitedFor()
    {
        await using var rig = await ExportRig.StartAsync();
        await rig.ExportAsync("by-hand");
        rig.Time.Ahead = TimeSpan.FromMinutes(5);

        await EnterAsync(rig, startedAgo: TimeSpan.Zero);

        Assert.Equal(["export-adopted", "export-ended"], _metrics.Events);
        Assert.Equal(1, _metrics.Sum(BridgeMetrics.ExportsCompleted));
        Assert.Null(_metrics.Sum(BridgeMetrics.ExportSeconds));
    }

    [Fact]
    public async Task StartExport_ItsExportFails_IsCountedOnce()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Engine.Hold();
        await EnterAsync(rig);
        var id = rig.Aws.RdsStore.ExportTasks[0].ExportTaskIdentifier;
        await rig.Rds().CancelExportTaskAsync(new CancelExportTaskRequest { ExportTaskIdentifier = id }, ExportRig.Token);
        await rig.Aws.RdsStore.WhenExportsEndAsync(ExportRig.Token);

        await Assert.ThrowsAsync<ExportTaskCanceledException>(() => EnterAsync(rig));

        Assert.Equal(["export-started", "export-ended"], _metrics.Events);
        Assert.Equal((1, null), (_metrics.Sum(BridgeMetrics.ExportsFailed), _metrics.Sum(BridgeMetrics.ExportsCompleted)));
    }

    [Fact]
    public async Task StartExport_EventOfAnotherDatabase_CountsAsIgnored()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Options = rig.Options with { Requests = rig.Options.Requests with { SourceDatabases = ["another"] } };
        var notification = $$"""
            {"source":"aws.rds","detail-type":"RDS DB Snapshot Event","account":"123456789012","region":"us-east-1",
             "detail":{"EventID":"RDS-EVENT-0042","SourceArn":"{{rig.SnapshotArn}}","SourceIdentifier":"shop-2025","SourceType":"SNAPSHOT","Message":"Manual snapshot created"} }
            """;

        await EnterAsync(rig, request: notification);

        Assert.Equal(["snapshot-ignored"], _metrics.Events);
    }

    [Fact]
    public async Task Signals_SeveralOfOneExport_CountItsEndOncePerRun()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Engine.Hold();
        await EnterAsync(rig, "run-1");
        await EnterAsync(rig, "run-2");
        rig.Engine.Release();
        await rig.Aws.RdsStore.WhenExportsEndAsync(ExportRig.Token);
        var id = rig.Aws.RdsStore.ExportTasks[0].ExportTaskIdentifier;

        await MarkerAsync(rig, id);
        await MarkerAsync(rig, id);

        Assert.Equal(2, _metrics.Sum(BridgeMetrics.ExportsCompleted));
        Assert.Equal(
            ["run-1", "run-2"],
            _metrics.Records.Where(record => record.Event == "export-ended").Select(record => record.Properties.Single(property => property.Key == "execution").Value));
        Assert.Equal(_metrics.Sum(BridgeMetrics.ExportsStarted) + _metrics.Sum(BridgeMetrics.ExportsAdopted), _metrics.Sum(BridgeMetrics.ExportsCompleted));
    }

    [Fact]
    public async Task PlanCopy_CalledAgain_CountsThePlanOnce()
    {
        await using var rig = await ExportRig.StartAsync();
        await rig.ExportAsync("shop-1");
        var options = new PlanCopyOptions { Location = new ExportLocation(ExportRig.Bucket, "exports/") };
        var function = new SnapshotBridge.PlanCopy.Function(options, rig.S3(), TimeProvider.System, _metrics);

        await function.HandleAsync(new SnapshotBridge.PlanCopy.Input { ExportTaskId = "shop-1" }, rig.Context);
        await function.HandleAsync(new SnapshotBridge.PlanCopy.Input { ExportTaskId = "shop-1" }, rig.Context);

        Assert.Equal(["planned"], _metrics.Events);
        Assert.Equal((1, 1, 15), (_metrics.Sum(BridgeMetrics.PlannedTables), _metrics.Sum(BridgeMetrics.PlannedObjects), _metrics.Sum(BridgeMetrics.PlannedBytes)));
    }

    private async Task EnterAsync(ExportRig rig, string execution = "run-1", string? request = null, TimeSpan? startedAgo = null)
    {
        request ??= $$"""{"snapshotArn":"{{rig.SnapshotArn}}"}""";
        var started = rig.Time.GetUtcNow() - (startedAgo ?? TimeSpan.FromMinutes(1));
        var payload = $$"""
            {"request":{{request}},"executionName":"{{execution}}",
             "executionStartTime":"{{started:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}}","taskToken":"AQCEAAAAKgAAAAMAAAAAAAAAAe-token-{{++_entries}}"}
            """;
        var function = new SnapshotBridge.StartExport.Function(rig.Options, rig.S3(), rig.Rds(), rig.StepFunctions(), rig.Time, _metrics);
        await LambdaCall.InvokeAsync<SnapshotBridge.StartExport.Input, ExportOutcome>(function.HandleAsync, payload, rig.Context);
    }

    private Task MarkerAsync(ExportRig rig, string exportTaskId)
    {
        var options = new ExportMarkerOptions(new ExportLocation(ExportRig.Bucket, "exports/"));
        var function = new SnapshotBridge.ExportMarker.Function(options, rig.S3(), rig.Rds(), rig.StepFunctions(), rig.Time, _metrics);
        var notification = $$"""{"Records":[{"s3":{"bucket":{"name":"{{ExportRig.Bucket}}"},"object":{"key":"exports/{{exportTaskId}}/world/world.city/1/_SUCCESS"} } }]}""";
        return LambdaCall.InvokeAsync<MarkerEvent>(function.HandleAsync, notification, rig.Context);
    }
}
