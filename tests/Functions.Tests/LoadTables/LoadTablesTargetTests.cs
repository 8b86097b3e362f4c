using SnapshotBridge.Loading;
using SnapshotBridge.Reporting;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables;

/// <summary>Whose tables stand at the target, and what a run makes of those of an earlier one.</summary>
[Collection(LoadTablesTestGroup.Name)]
public sealed class LoadTablesTargetTests(LoadServers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ScriptedHeatWave HeatWave => servers.HeatWave;

    [Fact]
    public async Task Handle_TableOfSomebodyElse_StopsBeforeTheFirstChange()
    {
        var lab = await new LoadLab(servers).Table("theirs", 3).Table("ours", 7).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "theirs", rows: 3);
        await HeatWave.BehaveAsync(lab.Schema, "ours", rows: 7);
        await HeatWave.ExecuteAsync($"CREATE DATABASE `{lab.Schema}`");
        await HeatWave.ExecuteAsync($"CREATE TABLE `{lab.Schema}`.theirs (precious INT)");
        await HeatWave.ExecuteAsync($"INSERT INTO `{lab.Schema}`.theirs VALUES (42)");

        var exception = await Assert.ThrowsAsync<TargetTablesOccupiedException>(() => lab.InvokeAsync());

        Assert.Contains($"table {lab.Schema}.theirs", exception.Message, StringComparison.Ordinal);
        Assert.Equal(["42"], await HeatWave.ColumnAsync($"SELECT precious FROM `{lab.Schema}`.theirs"));
        Assert.Empty(await HeatWave.CallsAsync(lab.Schema));
        Assert.Empty(lab.Pars());
    }

    [Fact]
    public async Task Handle_OurTableMadeAnewBySomebodyElse_IsLeftAlone()
    {
        var lab = await new LoadLab(servers).Table("country", 3).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "country", rows: 3);
        await lab.InvokeAsync();
        await HeatWave.ExecuteAsync($"DROP TABLE `{lab.Schema}`.country");
        await Task.Delay(TimeSpan.FromSeconds(1.1), Token);
        await HeatWave.ExecuteAsync($"CREATE TABLE `{lab.Schema}`.country (precious INT)");

        var exception = await Assert.ThrowsAsync<TargetTablesOccupiedException>(() => lab.InvokeAsync("execution-2"));

        Assert.Contains("what SnapshotBridge did not create", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, await HeatWave.CountAsync(lab.Schema, "country"));
    }

    [Fact]
    public async Task Handle_SecondExecution_LoadsNothingTwiceAndNeedsNoPar()
    {
        var lab = await new LoadLab(servers).Table("country", 3).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "country", rows: 3);
        await lab.InvokeAsync();
        var par = Assert.Single(lab.Pars());

        var output = await lab.InvokeAsync("execution-2");

        Assert.Equal("LOADED", output.GetProperty("status").GetString());
        Assert.Equal(3, output.GetProperty("rows").GetInt64());
        Assert.Single(await HeatWave.CallsAsync(lab.Schema));
        Assert.Equal(par.Id, Assert.Single(lab.Pars()).Id);
        Assert.True((await lab.ReportAsync("execution-2")).Succeeded);
    }

    [Fact]
    public async Task Handle_SecondExecutionAfterRowsVanished_LoadsAgainAndReplacesThePar()
    {
        var lab = await new LoadLab(servers).Table("country", 3).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "country", rows: 3);
        await lab.InvokeAsync();
        await HeatWave.ExecuteAsync($"DELETE FROM `{lab.Schema}`.country WHERE id = 1");

        await lab.InvokeAsync("execution-2");

        Assert.Equal(3, await HeatWave.CountAsync(lab.Schema, "country"));
        Assert.Equal(2, (await HeatWave.CallsAsync(lab.Schema)).Count);
        Assert.Contains("execution-2", Assert.Single(lab.Pars()).Name, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handle_AnotherExportIntoTheSameSchema_ReplacesOurTables()
    {
        var first = await new LoadLab(servers).Table("country", 3).CopiedAsync();
        await HeatWave.BehaveAsync(first.Schema, "country", rows: 3);
        await first.InvokeAsync();
        var second = await new LoadLab(servers).Table(first.Schema, "country", ["id INT32"], 8).CopiedAsync();
        await HeatWave.BehaveAsync(first.Schema, "country", rows: 8);

        await second.InvokeAsync();

        Assert.Equal(8, await HeatWave.CountAsync(first.Schema, "country"));
        Assert.Equal(2, (await HeatWave.CallsAsync(first.Schema)).Count);
    }

    [Fact]
    public async Task Handle_TableThatIsNowEmpty_DropsTheRowsOfTheEarlierExport()
    {
        var first = await new LoadLab(servers).Table("country", 3).CopiedAsync();
        await HeatWave.BehaveAsync(first.Schema, "country", rows: 3);
        await first.InvokeAsync();
        var second = await new LoadLab(servers).Table(first.Schema, "country", ["id INT32"]).CopiedAsync();

        await second.InvokeAsync();

        Assert.Empty(await HeatWave.ColumnAsync("SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = @schema", ("schema", first.Schema)));
        var line = await second.ReportOfAsync("country");
        Assert.Equal(TableStatus.Empty, line.Status);
        Assert.Contains("was dropped", Assert.Single(line.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handle_OtherTargetSchema_LoadsAnewUnderThatName()
    {
        var lab = await new LoadLab(servers).Table("country", 3).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "country", rows: 3);
        await HeatWave.BehaveAsync($"{lab.Schema}_eu", "country", rows: 3);
        await lab.InvokeAsync();

        await lab.InvokeAsync("execution-2", targetSchema: $"{lab.Schema}_eu");

        Assert.Equal(3, await HeatWave.CountAsync($"{lab.Schema}_eu", "country"));
        Assert.Equal(3, await HeatWave.CountAsync(lab.Schema, "country"));
        Assert.Equal($"{lab.Schema}_eu", (await lab.ReportOfAsync("country", "execution-2")).TargetSchema);
    }

    [Fact]
    public async Task Handle_TableMadeBySomebodyElseAfterOurLoadFailed_IsLeftAlone()
    {
        var lab = await new LoadLab(servers).Table("country", 3).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "country", rows: 3, error: "out of memory");
        await Assert.ThrowsAsync<TablesNotLoadedException>(() => lab.InvokeAsync());
        await HeatWave.ExecuteAsync($"CREATE TABLE `{lab.Schema}`.country (precious INT)");
        await HeatWave.ExecuteAsync($"INSERT INTO `{lab.Schema}`.country VALUES (42)");
        await HeatWave.BehaveAsync(lab.Schema, "country", rows: 3);

        var exception = await Assert.ThrowsAsync<TargetTablesOccupiedException>(() => lab.InvokeAsync());

        Assert.Contains("what SnapshotBridge did not create", exception.Message, StringComparison.Ordinal);
        Assert.Equal(["42"], await HeatWave.ColumnAsync($"SELECT precious FROM `{lab.Schema}`.country"));
    }
}
