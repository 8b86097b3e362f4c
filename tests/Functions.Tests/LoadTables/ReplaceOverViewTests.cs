using MySqlConnector;
using SnapshotBridge.Loading;
using SnapshotBridge.Requests;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables;

/// <summary>A schema that was published by <c>swap</c> is loaded by <c>replace</c>: each view makes way for a table.</summary>
[Collection(LoadTablesTestGroup.Name)]
public sealed class ReplaceOverViewTests(LoadServers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ScriptedHeatWave HeatWave => servers.HeatWave;

    [Fact]
    public async Task Handle_WorkerKilledBeforeItDroppedOurView_IsFollowedByOneThatLoads()
    {
        var first = await PublishedAsync();
        var second = await new LoadLab(servers).Table(first.Schema, "country", ["id INT32", "name BYTE_ARRAY (UTF8)"], 8).CopiedAsync();
        second.Options = second.Options with { Settings = second.Options.Settings with { Watch = TimeSpan.FromSeconds(0.5) } };
        await HeatWave.BehaveAsync(first.Schema, "country", rows: 8);
        await using (var reader = await HeatWave.OpenAsync())
        {
            // What a query reads cannot be dropped: the worker waits there.
            await using var transaction = await reader.BeginTransactionAsync(Token);
            await using (var command = new MySqlCommand($"SELECT COUNT(*) FROM `{first.Schema}`.country", reader, transaction))
            {
                Assert.Equal(3L, Convert.ToInt64(await command.ExecuteScalarAsync(Token), System.Globalization.CultureInfo.InvariantCulture));
            }

            Assert.Equal("LOADING", (await second.InvokeAsync()).GetProperty("status").GetString());
            await HeatWave.ExecuteAsync($"KILL CONNECTION {await WaitingWorkerAsync(first.Schema)}");
            await transaction.RollbackAsync(Token);
        }

        var output = await second.InvokeAsync();
        for (var attempt = 0; attempt < 600 && output.GetProperty("status").GetString() != "LOADED"; attempt++)
        {
            output = await second.InvokeAsync();
        }

        Assert.Equal("LOADED", output.GetProperty("status").GetString());
        Assert.Equal(8, await HeatWave.CountAsync(first.Schema, "country"));
        Assert.Equal(
            ["BASE TABLE"], await HeatWave.ColumnAsync("SELECT TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA = @schema AND TABLE_NAME = 'country'", ("schema", first.Schema)));
    }

    /// <summary>Three rows behind a view.</summary>
    private async Task<LoadLab> PublishedAsync()
    {
        var lab = await new LoadLab(servers).Table("country", 3).CopiedAsync();
        lab.Options = lab.Options with { Settings = lab.Options.Settings with { Defaults = lab.Options.Settings.Defaults with { Publish = PublishMode.Swap } } };

        // The version's name is not known before: the first CALL, which finds nothing to do, tells it.
        await Assert.ThrowsAsync<TablesNotLoadedException>(() => lab.InvokeAsync());
        var version = Assert.Single(await HeatWave.ColumnAsync(
            "SELECT DISTINCT schema_name FROM scripted.calls WHERE schema_name LIKE @version", ("version", lab.Schema.Replace("_", "\\_", StringComparison.Ordinal) + "\\_\\_%")));
        await HeatWave.BehaveAsync(version, "country", rows: 3);
        Assert.Equal("LOADED", (await lab.InvokeAsync("execution-2")).GetProperty("status").GetString());
        Assert.Equal(3, await HeatWave.CountAsync(lab.Schema, "country"));
        return lab;
    }

    private async Task<string> WaitingWorkerAsync(string schema)
    {
        while (true)
        {
            var found = await HeatWave.ColumnAsync(
                "SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE @drop AND STATE LIKE '%metadata lock%'", ("drop", $"DROP VIEW%{schema}%"));
            if (found.Count > 0)
            {
                return found[0];
            }

            await Task.Delay(50, Token);
        }
    }
}
