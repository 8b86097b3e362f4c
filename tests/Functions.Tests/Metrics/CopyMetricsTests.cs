using SnapshotBridge.Copying;
using SnapshotBridge.Functions.Tests.CopyTable;
using SnapshotBridge.Local.Aws.S3;
using SnapshotBridge.Local.Oci;
using SnapshotBridge.Metrics;
using SnapshotBridge.TestKit.Metrics;
using Xunit;

namespace SnapshotBridge.Functions.Tests.Metrics;

public sealed class CopyMetricsTests
{
    private readonly RecordedMetrics _metrics = new();

    [Fact]
    public async Task CopyTable_CalledAgain_CountsWhatIsProvenOnceAndSendsNothing()
    {
        await using var run = await CopyRun.StartAsync();
        await run.AddAsync("a.parquet", 300_000);
        await run.AddAsync("b.parquet", 2_500_000);
        await run.PlanAsync();

        await InvokeAsync(run);
        await InvokeAsync(run);

        Assert.Equal(["copied", "copied"], _metrics.Events);
        var bytes = run.Planned.Sum(planned => planned.SizeBytes);
        Assert.Equal((2, bytes, bytes, 0), (
            _metrics.Sum(BridgeMetrics.CopiedObjects), _metrics.Sum(BridgeMetrics.CopiedBytes), _metrics.Sum(BridgeMetrics.SentBytes), _metrics.Sum(BridgeMetrics.ObjectsBelowEndToEnd)));
        // An invocation that sends nothing has no speed: a zero would only spoil the average.
        Assert.Single(_metrics.Records.SelectMany(record => record.Values), value => value.Metric == BridgeMetrics.CopyThroughput);
    }

    [Fact]
    public async Task CopyTable_SourceWithoutChecksum_CountsTheWeakEvidence()
    {
        await using var run = await CopyRun.StartAsync();
        run.Store.ChecksumRules = [new S3ChecksumRule((_, key) => key.StartsWith("exports/", StringComparison.Ordinal), null, null)];
        await run.AddAsync("a.parquet", 300_000);
        await run.PlanAsync();

        await InvokeAsync(run);

        Assert.Equal(1, _metrics.Sum(BridgeMetrics.ObjectsBelowEndToEnd));
    }

    [Fact]
    public async Task CopyTable_DestinationThrottlesAlways_CountsThrottlesAndNamesTheError()
    {
        await using var run = await CopyRun.StartAsync();
        await run.AddAsync("a.parquet", 300_000);
        await run.PlanAsync();
        run.Oci.Faults.Add(OciFaultAction.TooManyRequests(), info => info.Operation == OciOperation.PutObject, times: int.MaxValue);

        await Assert.ThrowsAsync<TransferThrottledException>(() => InvokeAsync(run));

        var record = Assert.Single(_metrics.Records);
        Assert.Equal("copy-failed", record.Event);
        Assert.Contains(new KeyValuePair<string, string>("error", nameof(TransferThrottledException)), record.Properties);
        Assert.True(_metrics.Sum(BridgeMetrics.CopyThrottles) > 1);
        Assert.True(_metrics.Sum(BridgeMetrics.CopyRetries) > 1);
    }

    private async Task InvokeAsync(CopyRun run)
    {
        using var function = run.Function(metrics: _metrics);
        await run.InvokeAsync(function);
    }
}
