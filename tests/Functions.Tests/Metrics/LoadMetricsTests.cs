using SnapshotBridge.Functions.Tests.LoadTables;
using SnapshotBridge.Loading;
using SnapshotBridge.LoadTables;
using SnapshotBridge.Metrics;
using SnapshotBridge.TestKit.Metrics;
using Xunit;

namespace SnapshotBridge.Functions.Tests.Metrics;

[Collection(LoadTablesTestGroup.Name)]
public sealed class LoadMetricsTests(LoadServers servers)
{
    private readonly RecordedMetrics _metrics = new();

    [Fact]
    public async Task LoadTables_Finished_CountsTablesRowsAndTheRun()
    {
        var lab = await new LoadLab(servers).Table("one", 3, 4).Table("two", 5).Table("none").Skipped("world.x", "why").CopiedAsync();
        await servers.HeatWave.BehaveAsync(lab.Schema, "one", rows: 7);
        await servers.HeatWave.BehaveAsync(lab.Schema, "two", rows: 5);

        await LoadAsync(lab);

        Assert.Equal(["reported", "announced"], _metrics.Records.Select(record => record.Event));
        Assert.Equal((2, 1, 1, 0), (
            _metrics.Sum(BridgeMetrics.TablesLoaded), _metrics.Sum(BridgeMetrics.TablesEmpty), _metrics.Sum(BridgeMetrics.TablesSkipped), _metrics.Sum(BridgeMetrics.TablesFailed)));
        Assert.Equal((12, 0, 1), (_metrics.Sum(BridgeMetrics.RowsLoaded), _metrics.Sum(BridgeMetrics.RowsDiffering), _metrics.Sum(BridgeMetrics.RunsSucceeded)));
        Assert.True(_metrics.Sum(BridgeMetrics.RunSeconds) >= 0);
    }

    [Fact]
    public async Task LoadTables_FewerRowsThanExported_CountsTheDifferenceAndTheFailedTable()
    {
        var lab = await new LoadLab(servers).Table("short", 5).CopiedAsync();
        await servers.HeatWave.BehaveAsync(lab.Schema, "short", rows: 3);

        await Assert.ThrowsAsync<TablesNotLoadedException>(() => LoadAsync(lab));

        Assert.Equal((1, 1, 2), (
            _metrics.Sum(BridgeMetrics.RunsWithFailedTables), _metrics.Sum(BridgeMetrics.TablesFailed), _metrics.Sum(BridgeMetrics.RowsDiffering)));
    }

    private async Task LoadAsync(LoadLab lab)
    {
        using var s3 = lab.S3();
        using var secrets = lab.SecretsManager();
        using var events = lab.EventBridge();
        using var function = lab.WarmFunction = new Function(lab.Options, s3, secrets, events, TimeProvider.System, _metrics);
        await lab.InvokeAsync();
    }
}
