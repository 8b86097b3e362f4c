using SnapshotBridge.Loading;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables;

/// <summary>What happens to a target between the moment in which its load is queued and the one in which its turn comes.</summary>
[Collection(LoadTablesTestGroup.Name)]
public sealed class QueuedDropTests(LoadServers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ScriptedHeatWave HeatWave => servers.HeatWave;

    /// <summary>It was ours when it was queued. A queue may take days.</summary>
    [Theory]
    [InlineData(LoadMode.Event)]
    [InlineData(LoadMode.Connection)]
    public async Task Handle_OurTableMadeAnewBySomebodyElseWhileItsLoadWaits_IsLeftAlone(LoadMode mode)
    {
        var first = await Tables(new LoadLab(servers), null).CopiedAsync();
        await HeatWave.BehaveAsync(first.Schema, "slow", rows: 60);
        await HeatWave.BehaveAsync(first.Schema, "swift", rows: 3);
        Assert.Equal("LOADED", (await first.InvokeAsync()).GetProperty("status").GetString());
        var second = await Tables(new LoadLab(servers), first.Schema).CopiedAsync();
        second.Options = second.Options with { Settings = second.Options.Settings with { Mode = mode, Workers = 1 } };
        await HeatWave.HoldAsync(first.Schema, "slow");

        var loading = Task.Run(() => PollAsync(second), Token);
        await HeatWave.CalledAsync(first.Schema, 3);
        // CREATE_TIME has whole seconds.
        await Task.Delay(TimeSpan.FromSeconds(1.1), Token);
        await HeatWave.ExecuteAsync($"DROP TABLE `{first.Schema}`.swift");
        await HeatWave.ExecuteAsync($"CREATE TABLE `{first.Schema}`.swift (precious INT)");
        await HeatWave.ExecuteAsync($"INSERT INTO `{first.Schema}`.swift VALUES (42)");
        await HeatWave.ReleaseAsync(first.Schema, "slow");

        var exception = await Assert.ThrowsAsync<TablesNotLoadedException>(() => loading);
        Assert.Contains("1 of 2 tables", exception.Message, StringComparison.Ordinal);
        Assert.StartsWith("the load failed with error 1050: what stands there now was not created by SnapshotBridge, but since the load was queued", (await second.ReportOfAsync("swift")).Reason, StringComparison.Ordinal);
        Assert.Equal(["42"], await HeatWave.ColumnAsync($"SELECT precious FROM `{first.Schema}`.swift"));
        // It is not taken for ours later either.
        await Assert.ThrowsAsync<TargetTablesOccupiedException>(() => second.InvokeAsync("execution-2"));
    }

    /// <summary>The larger one is loaded first.</summary>
    private static LoadLab Tables(LoadLab lab, string? schema) => lab
        .Files(schema ?? lab.Schema, "slow", ["id INT32"], (new byte[600], 60))
        .Files(schema ?? lab.Schema, "swift", ["id INT32"], (new byte[30], 3));

    private static async Task PollAsync(LoadLab lab)
    {
        while ((await lab.InvokeAsync()).GetProperty("status").GetString() != "LOADED")
        {
        }
    }
}
