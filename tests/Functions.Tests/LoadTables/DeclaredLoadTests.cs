using SnapshotBridge.Loading;
using SnapshotBridge.Local.Databases.HeatWave;
using SnapshotBridge.Local.Databases.HeatWave.Declared;
using SnapshotBridge.Reporting;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables;

/// <summary>Declared tables, loaded as a HeatWave of each age loads them, by the user that the shipped grants make.</summary>
[Collection(LoadTablesTestGroup.Name)]
public sealed class DeclaredLoadTests(LoadServers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("9.7.0-cloud", LoadMode.Auto, true, "task")]
    [InlineData("9.3.1-cloud", LoadMode.Event, true, "task")]
    [InlineData("9.7.0-cloud", LoadMode.Auto, false, "event")]
    [InlineData("9.3.0-cloud", LoadMode.Auto, true, "event")]
    [InlineData("8.0.35-u3-cloud", LoadMode.Auto, true, "event")]
    [InlineData("9.7.0-cloud", LoadMode.Connection, true, "connection")]
    public async Task Handle_DeclaredTables_AreLoadedOnceByWhatTheServerHas(string version, LoadMode mode, bool withTaskRole, string carrier)
    {
        await using var declared = await DeclaredLoadLab.StartAsync(servers, HeatWaveEdition.Of(version), mode, withTaskRole);

        Assert.Equal("LOADED", (await declared.Lab.InvokeAsync()).GetProperty("status").GetString());

        Assert.Equal([carrier], await declared.CarriersAsync());
        Assert.All((string[])["shop", "town"], table => Assert.Equal([LoadEnd.Loaded], Ends(declared, table)));
        Assert.Equal("40|18446744073709551575|-40:15:00|1990", await declared.RowAsync("shop", 40));
        var report = await declared.Lab.ReportAsync();
        Assert.All(report.Tables, table => Assert.Equal((TableStatus.Loaded, 0, 0), (table.Status, table.TypeChanges.Count, table.Warnings.Count)));
    }

    [Theory]
    [InlineData(LoadMode.Auto, true)]
    [InlineData(LoadMode.Auto, false)]
    [InlineData(LoadMode.Connection, true)]
    public async Task Handle_WorkerKilledDuringALoad_LoadsThatTableAgainAndNoOther(LoadMode mode, bool withTaskRole)
    {
        await using var declared = await DeclaredLoadLab.StartAsync(servers, mode: mode, withTaskRole: withTaskRole);
        declared.HeatWave.Faults.KillSessionDuring(declared.Name("shop"));

        if (mode == LoadMode.Connection)
        {
            await Assert.ThrowsAsync<HeatWaveUnavailableException>(() => declared.Lab.InvokeAsync());
        }

        Assert.Equal("LOADED", (await declared.Lab.InvokeAsync()).GetProperty("status").GetString());

        Assert.Equal([LoadEnd.BrokenOff, LoadEnd.Loaded], Ends(declared, "shop"));
        var loads = declared.HeatWave.Loads.Of(declared.Name("shop"));
        Assert.True(loads[0].Ended < loads[1].Began, "the second load began before the first one had ended");
        Assert.Equal([LoadEnd.Loaded], Ends(declared, "town"));
        Assert.Equal(["50"], await declared.ColumnAsync($"SELECT COUNT(*) FROM `{declared.Lab.Schema}`.shop"));
    }

    [Fact]
    public async Task Handle_WorkerThatDiedAfterTheLoad_DoesNotLoadTheTableAgain()
    {
        await using var declared = await DeclaredLoadLab.StartAsync(servers);
        var loading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        declared.HeatWave.Faults.Hold(declared.Name("shop"), loading.Task);
        var watch = declared.Lab.Options;
        declared.Lab.Options = watch with { Settings = watch.Settings with { Watch = TimeSpan.Zero } };
        Assert.Equal("LOADING", (await declared.Lab.InvokeAsync()).GetProperty("status").GetString());
        loading.SetResult();
        while ((await declared.ColumnAsync("SELECT COUNT(*) FROM snapshotbridge.queue WHERE state = 'ended'"))[0] != "2")
        {
            await Task.Delay(50, Token);
        }

        // As if it had died before it could note the end.
        await declared.ExecuteAsync("UPDATE snapshotbridge.queue SET state = 'running', ended_at = NULL WHERE target_table = 'shop'");
        declared.Lab.Options = watch;

        Assert.Equal("LOADED", (await declared.Lab.InvokeAsync()).GetProperty("status").GetString());

        Assert.Equal([LoadEnd.Loaded], Ends(declared, "shop"));
        var report = await declared.Lab.ReportOfAsync("shop");
        Assert.Equal(TableStatus.Loaded, report.Status);
        Assert.Contains("whether the load left warnings is not known", Assert.Single(report.Warnings), StringComparison.Ordinal);
        Assert.Empty((await declared.Lab.ReportOfAsync("town")).Warnings);
    }

    /// <summary>On MySQL even CREATE DATABASE IF NOT EXISTS waits for whoever reads the schema, and lets all others wait.</summary>
    [Theory]
    [InlineData(LoadMode.Auto)]
    [InlineData(LoadMode.Connection)]
    public async Task Handle_SchemaThatSomebodyReadsAllTheTime_IsLoadedInto(LoadMode mode)
    {
        await using var declared = await DeclaredLoadLab.StartAsync(servers, mode: mode);
        await declared.ExecuteAsync($"CREATE DATABASE IF NOT EXISTS `{declared.Lab.Schema}`");
        await declared.ExecuteAsync($"CREATE TABLE `{declared.Lab.Schema}`.theirs (a INT PRIMARY KEY)");
        await using var reader = await declared.ReadingAsync("theirs");

        Assert.Equal("LOADED", (await declared.Lab.InvokeAsync()).GetProperty("status").GetString());

        Assert.All((string[])["shop", "town"], table => Assert.Equal([LoadEnd.Loaded], Ends(declared, table)));
    }

    [Theory]
    [InlineData("9.7.0-cloud", LoadMode.Auto, "6091")]
    [InlineData("8.0.35-u3-cloud", LoadMode.Auto, "3877")]
    [InlineData("9.7.0-cloud", LoadMode.Connection, "6091")]
    public async Task Handle_TypesRefusedOneAfterTheOther_LoadsWithOtherTypesOfThoseColumnsAlone(string version, LoadMode mode, string number)
    {
        await using var declared = await DeclaredLoadLab.StartAsync(servers, HeatWaveEdition.Of(version), mode);
        declared.HeatWave.Faults.RefuseConversion("BIGINT UNSIGNED");
        declared.HeatWave.Faults.RefuseConversion("TIME");

        Assert.Equal("LOADED", (await declared.Lab.InvokeAsync()).GetProperty("status").GetString());

        LoadEnd[] ends = [LoadEnd.Failed, LoadEnd.Failed, LoadEnd.Loaded];
        Assert.Equal(ends, Ends(declared, "shop"));
        Assert.Equal(["DECIMAL(20,0)", "VARCHAR(17)"], (await declared.TypesAsync("shop")).Skip(1).Take(2));
        Assert.StartsWith("YEAR", (await declared.TypesAsync("shop"))[3], StringComparison.Ordinal);
        Assert.Equal("40|18446744073709551575|-40:15:00|1990", await declared.RowAsync("shop", 40));
        var changes = (await declared.Lab.ReportOfAsync("shop")).TypeChanges;
        Assert.Equal([("views", "DECIMAL(20,0)"), ("opens", "VARCHAR(17)")], changes.Select(change => (change.Column, change.LoadedType)));
        Assert.Contains($"error {number}: Col 2 'views'", changes[0].Reason, StringComparison.Ordinal);
        Assert.Contains($"error {number}: Col 3 'opens'", changes[1].Reason, StringComparison.Ordinal);

        // Another execution finds the tables as they are, and knows what changed.
        Assert.Equal("LOADED", (await declared.Lab.InvokeAsync("execution-2")).GetProperty("status").GetString());
        Assert.Equal(ends, Ends(declared, "shop"));
        Assert.Equal(
            [("views", "DECIMAL(20,0)"), ("opens", "VARCHAR(17)")],
            (await declared.Lab.ReportOfAsync("shop", "execution-2")).TypeChanges.Select(change => (change.Column, change.LoadedType)));
    }

    [Fact]
    public async Task Handle_OtherTypeRefusedAsWell_FailsTheTableInTheServersWords()
    {
        await using var declared = await DeclaredLoadLab.StartAsync(servers);
        declared.HeatWave.Faults.RefuseConversion("TIME");
        declared.HeatWave.Faults.RefuseConversion("VARCHAR");

        var failure = await Assert.ThrowsAsync<TablesNotLoadedException>(() => declared.Lab.InvokeAsync());

        Assert.Contains("Col 3 'opens'", failure.Message, StringComparison.Ordinal);
        Assert.Equal([LoadEnd.Failed, LoadEnd.Failed], Ends(declared, "shop"));
    }

    private static IEnumerable<LoadEnd> Ends(DeclaredLoadLab declared, string table) => declared.HeatWave.Loads.Of(declared.Name(table)).Select(load => load.End);
}
