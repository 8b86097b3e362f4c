using SnapshotBridge.Errors;
using SnapshotBridge.Loading;
using SnapshotBridge.Reporting;
using SnapshotBridge.TestKit;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables;

/// <summary>Tables of an earlier run, counted again by the next one. What the server was asked is read from its own log.</summary>
[Collection(LoadTablesTestGroup.Name)]
public sealed class RecountTests(LoadServers servers)
{
    private const int Tables = 40;

    [Fact]
    public async Task Handle_RedriveThatEndsInBetween_CountsSeveralAtATimeAndNoTableTwice()
    {
        await using var asked = await AskedStatements.StartAsync(servers.HeatWave);
        var lab = await LoadedButForOneAsync();
        var saves = 0;
        var fault = servers.Aws.S3.Faults.AccessDenied(call =>
            call.Operation == "PutObject" && call.Key.EndsWith($"{lab.ExportTaskId}/load.json", StringComparison.Ordinal) && Interlocked.Increment(ref saves) > 1);

        // The attempt is written down, and then nothing any more, as if the invocation had been killed.
        await asked.ForgetAsync();
        Task dying;
        await using (await HeldTable.LockAsync(servers.HeatWave, lab.Schema, "t05"))
        {
            // Whoever counts that one waits until another has counted, too: how fast each of them is does not matter.
            dying = lab.InvokeAsync("execution-2");
            while (!dying.IsCompleted && (await asked.CountsAsync(lab.Schema)).Select(count => count.Connection).Distinct().Count() < 2)
            {
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }
        }

        await Assert.ThrowsAnyAsync<BridgeException>(() => dying);
        servers.Aws.S3.Faults.Remove(fault);
        var before = await asked.CountsAsync(lab.Schema);
        Assert.Equal("LOADED", (await lab.InvokeAsync("execution-2")).GetProperty("status").GetString());

        Assert.True(before.Select(count => count.Connection).Distinct().Count() > 1, "one connection has counted all tables");
        Assert.Equal(Tables - 1, before.Count(count => count.Table != "t00"));
        var after = await asked.CountsAsync(lab.Schema);
        Assert.Equal(Enumerable.Range(1, Tables - 1).Select(Name), after.Select(count => count.Table).Where(table => table != "t00").Order(StringComparer.Ordinal));
        var report = await lab.ReportAsync("execution-2");
        Assert.All(report.Tables, table => Assert.Equal((TableStatus.Loaded, 2), (table.Status, table.RowsLoaded)));
        Assert.Equal(Tables - 1, report.Tables.Count(table => table.Reason?.Contains("counted again", StringComparison.Ordinal) == true));
        Assert.Equal(Tables + 1, (await servers.HeatWave.CallsAsync(lab.Schema)).Count);
    }

    [Fact]
    public async Task Handle_StandingTableThatIsNotRight_IsLoadedBesideThoseThatAre()
    {
        var lab = await LoadedButForOneAsync();
        await servers.HeatWave.ExecuteAsync($"DELETE FROM `{lab.Schema}`.t07 LIMIT 1");
        await servers.HeatWave.ExecuteAsync($"DROP TABLE `{lab.Schema}`.t08");

        Assert.Equal("LOADED", (await lab.InvokeAsync("execution-2")).GetProperty("status").GetString());

        Assert.Equal((2, 2), (await servers.HeatWave.CountAsync(lab.Schema, "t07"), await servers.HeatWave.CountAsync(lab.Schema, "t08")));
        Assert.Equal(Tables + 3, (await servers.HeatWave.CallsAsync(lab.Schema)).Count);
    }

    /// <summary>As after a restart without a PAR. With thousands of tables the state takes megabytes: it is not written for each.</summary>
    [Fact]
    public async Task Handle_StandingTablesNoneOfWhichIsRight_AreLoadedAndTheStateIsWrittenAFewTimes()
    {
        var lab = await LoadedButForOneAsync();
        foreach (var index in Enumerable.Range(1, Tables - 1))
        {
            await servers.HeatWave.ExecuteAsync($"DELETE FROM `{lab.Schema}`.{Name(index)} LIMIT 1");
        }

        var saves = 0;
        var counted = servers.Aws.S3.Faults.AccessDenied(call =>
            call.Operation == "PutObject" && call.Key.EndsWith($"{lab.ExportTaskId}/load.json", StringComparison.Ordinal) && Interlocked.Increment(ref saves) < 0);
        try
        {
            Assert.Equal("LOADED", (await lab.InvokeAsync("execution-2")).GetProperty("status").GetString());
        }
        finally
        {
            servers.Aws.S3.Faults.Remove(counted);
        }

        Assert.InRange(saves, 1, Tables / 2);
        Assert.All((await lab.ReportAsync("execution-2")).Tables, table => Assert.Equal((TableStatus.Loaded, 2), (table.Status, table.RowsLoaded)));
    }

    [Fact]
    public async Task Handle_CountThatDoesNotEnd_IsGivenUpAfterSomeInvocationsAndSaid()
    {
        var lab = await LoadedButForOneAsync();
        var settings = lab.Options.Settings;
        lab.Options = lab.Options with { Settings = settings with { Reserve = TimeSpan.FromSeconds(12), MaxCounts = 2 } };

        // The table that is loaded now is not there before the other has been given up: the run would then be at its end.
        await servers.HeatWave.HoldAsync(lab.Schema, Name(0));
        await using var held = await HeldTable.LockAsync(servers.HeatWave, lab.Schema, "t05");
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            // The invocation's time is over, but for what is kept back, when that table's count is all that is left.
            var time = new ManualTime(DateTimeOffset.UtcNow);
            lab.Time = time;
            var invocation = lab.InvokeAsync("execution-2");
            while (!invocation.IsCompleted && !(await CountedAsync(lab) == Tables - 2 && await IsBeingCountedAsync(lab, "t05")))
            {
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }

            time.Advance(lab.InvocationTime - TimeSpan.FromSeconds(10));
            Assert.Equal("LOADING", (await invocation).GetProperty("status").GetString());
        }

        await servers.HeatWave.ReleaseAsync(lab.Schema, Name(0));
        lab.Time = TimeProvider.System;
        var failure = await Assert.ThrowsAsync<TablesNotLoadedException>(() => lab.InvokeAsync("execution-2"));

        Assert.Contains("t05 (counting its rows took longer than", failure.Message, StringComparison.Ordinal);
        Assert.Equal(Tables - 1, (await lab.ReportAsync("execution-2")).Totals.Loaded);
    }

    [Fact]
    public async Task Handle_ServerWithoutFreeConnections_CountsOverTheOneThatItHas()
    {
        var lab = await LoadedButForOneAsync();
        var user = $"'few_{lab.Schema}'@'%'";
        await servers.HeatWave.ExecuteAsync($"CREATE USER {user} IDENTIFIED BY 'Secret-1' WITH MAX_USER_CONNECTIONS 1");
        await servers.HeatWave.ExecuteAsync($"GRANT ALL ON *.* TO {user}");
        lab.UsePassword($"few_{lab.Schema}", "Secret-1");
        await servers.HeatWave.BehaveAsync(lab.Schema, "t00", rows: 2, error: "still out of memory");

        await Assert.ThrowsAsync<TablesNotLoadedException>(() => lab.InvokeAsync("execution-2"));

        Assert.Equal(Tables - 1, (await lab.ReportAsync("execution-2")).Totals.Loaded);
        Assert.Contains("fewer connections", lab.Log, StringComparison.Ordinal);
        await servers.HeatWave.ExecuteAsync($"DROP USER {user}");
    }

    private static string Name(int table) => $"t{table:D2}";

    /// <summary>How many tables of the run at hand were counted and found right.</summary>
    private async Task<int> CountedAsync(LoadLab lab) =>
        (await servers.HeatWave.ColumnAsync("SELECT 1 FROM snapshotbridge.queue WHERE target_schema = @schema AND state = 'counted'", ("schema", lab.Schema))).Count;

    private async Task<bool> IsBeingCountedAsync(LoadLab lab, string table) =>
        (await servers.HeatWave.ColumnAsync("SELECT 1 FROM information_schema.PROCESSLIST WHERE LOCATE(@count, INFO) = 1", ("count", $"SELECT COUNT(*) FROM `{lab.Schema}`.`{table}`"))).Count > 0;

    /// <summary>All tables are loaded but <c>t00</c>, which would be now.</summary>
    private async Task<LoadLab> LoadedButForOneAsync()
    {
        var lab = new LoadLab(servers);
        lab.Options = lab.Options with { Settings = lab.Options.Settings with { Watch = TimeSpan.FromMinutes(4) } };
        for (var table = 0; table < Tables; table++)
        {
            lab.Table(Name(table), 2);
            await servers.HeatWave.BehaveAsync(lab.Schema, Name(table), rows: 2, error: table == 0 ? "out of memory" : null);
        }

        await lab.CopiedAsync();
        await Assert.ThrowsAsync<TablesNotLoadedException>(() => lab.InvokeAsync());
        await servers.HeatWave.BehaveAsync(lab.Schema, Name(0), rows: 2);
        return lab;
    }
}
