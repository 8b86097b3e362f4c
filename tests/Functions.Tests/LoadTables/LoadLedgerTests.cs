using SnapshotBridge.Loading;
using SnapshotBridge.LoadTables;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables;

[Collection(LoadTablesTestGroup.Name)]
public sealed class LoadLedgerTests(LoadServers servers)
{
    private readonly string _run = Guid.NewGuid().ToString("N")[..16];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The queue is read before the workers: a worker may end its load and be gone between the two.</summary>
    [Fact]
    public async Task Requeue_LoadThatHasEndedSinceItWasRead_KeepsItsMessages()
    {
        await using var session = await OpenAsync();
        var (ledger, seen) = await RunningLoadAsync(session);
        await servers.HeatWave.ExecuteAsync("INSERT INTO snapshotbridge.messages (load_id, type, log) VALUES (@load, 'warn', '2 values were rounded')", ("load", seen.LoadId));
        await ledger.EndAsync(seen.LoadId, null, null, Token);

        Assert.False(await ledger.RequeueAsync(seen, [new LoadStep("SELECT 2"), new LoadStep(LoadStepKind.Load, "SELECT '", "'")], Token));

        Assert.Equal("ended", Assert.Single(await ledger.RowsAsync(_run, Token)).State);
        Assert.Equal("2 values were rounded", Assert.Single(await ledger.MessagesAsync(seen.LoadId, Token)).Text);
    }

    [Fact]
    public async Task Requeue_LoadWhoseWorkerIsGone_IsQueuedWithoutMessages()
    {
        await using var session = await OpenAsync();
        var (ledger, seen) = await RunningLoadAsync(session);
        await servers.HeatWave.ExecuteAsync("INSERT INTO snapshotbridge.messages (load_id, type, log) VALUES (@load, 'warn', 'half a table')", ("load", seen.LoadId));

        Assert.True(await ledger.RequeueAsync(seen, [new LoadStep("SELECT 2"), new LoadStep(LoadStepKind.Load, "SELECT '", "'")], Token));

        Assert.Equal("queued", Assert.Single(await ledger.RowsAsync(_run, Token)).State);
        Assert.Empty(await ledger.MessagesAsync(seen.LoadId, Token));
        Assert.Equal([new LoadStep("SELECT 2"), new LoadStep(LoadStepKind.Load, "SELECT '", "'")], await ledger.StepsAsync(seen.LoadId, Token));
    }

    [Fact]
    public async Task Enqueue_NamesAndStatementsOfAnyText_ComeBackAsTheyAre()
    {
        await using var session = await OpenAsync();
        await CreateLedgerAsync(session);
        LoadStep[] steps = [new("SELECT '\\'', `a``b`, @v0 -- \U0001F600"), new(LoadStepKind.Call, "CALL x('", "/p/')")];
        var queue = new LoadQueue(session);

        await queue.EnqueueAsync([.. Enumerable.Range(0, 150).Select(index => new QueuedLoad(LoadQueue.LoadId(_run, index), _run, "snap-1", index, "s'`\\", $"t\"{index}", steps))], Token);

        var rows = await queue.RowsAsync(_run, Token);
        Assert.Equal(Enumerable.Range(0, 150).Select(index => ("s'`\\", $"t\"{index}", "queued")), rows.Select(row => (row.Schema, row.Table, row.State)));
        Assert.Equal(steps, await queue.StepsAsync(rows[149].LoadId, Token));
    }

    /// <summary>A queue may take longer than a PAR lives, and with an expired one every table after that would fail.</summary>
    [Fact]
    public async Task Worker_WhoseParHasLivedTooLong_EndsAndLeavesTheQueue()
    {
        await using var session = await OpenAsync();
        await CreateLedgerAsync(session);
        var queue = new LoadQueue(session);
        await queue.EnqueueAsync([.. Enumerable.Range(0, 3).Select(index => new QueuedLoad(LoadQueue.LoadId(_run, index), _run, "snap-1", index, "shop", $"t{index}", [new LoadStep("DO SLEEP(1.5)")]))], Token);
        var worker = $"{_run}_0000";
        await queue.AddWorkerAsync(worker, _run, "snap-1", "par", LoadCarrier.Event, Token);

        // In the middle of the first table.
        await session.ExecuteAsync(WorkerCarriers.Event(_run, worker, new LoadPar("https://h/p/TOKEN_1/n/ns/b/bucket/o/"), DateTimeOffset.UtcNow.AddSeconds(1)), "start", Token);
        Worker state;
        do
        {
            await Task.Delay(100, Token);
            state = Assert.Single(await queue.WorkersAsync(_run, Token));
        }
        while (state.Runs || !state.HasBegun);

        Assert.Equal("queued", (await queue.RowsAsync(_run, Token))[2].State);
        Assert.All(await queue.RowsAsync(_run, Token), row => Assert.Null(row.Errno));
    }

    [Fact]
    public async Task ForgetEarlier_RunsOfTheSameExportAndOldOnesOfOthers_GoWithTheirEvents()
    {
        await using var session = await OpenAsync();
        await CreateLedgerAsync(session);
        var queue = new LoadQueue(session);
        var (mine, old, fresh) = ($"{_run}m", $"{_run}o", $"{_run}f");
        foreach (var (run, export) in ((string, string)[])[(_run, $"snap-{_run}"), (mine, $"snap-{_run}"), (old, "snap-old"), (fresh, "snap-fresh")])
        {
            await queue.EnqueueAsync([new QueuedLoad(LoadQueue.LoadId(run, 0), run, export, 0, "shop", "orders", [new LoadStep("SELECT 1")])], Token);
            await queue.AddWorkerAsync($"{run}_0000", run, export, "par", LoadCarrier.Event, Token);
            var (head, tail) = WorkerBody.Around(run, $"{run}_0000", DateTimeOffset.MaxValue);
            // One that never begins.
            await session.ExecuteAsync(new Sql($"CREATE EVENT snapshotbridge.`load_{run}` ON SCHEDULE AT CURRENT_TIMESTAMP + INTERVAL 1 DAY DO {head}'https://h/p/TOKEN_1/n/ns/b/bucket/o/'{tail}"), "prepare", Token);
        }

        await servers.HeatWave.ExecuteAsync("UPDATE snapshotbridge.queue SET queued_at = UTC_TIMESTAMP(6) - INTERVAL 2 DAY WHERE run_id = @run", ("run", old));

        await queue.ForgetEarlierAsync($"snap-{_run}", _run, TimeSpan.FromDays(1), Token);

        foreach (var gone in (string[])[mine, old])
        {
            Assert.Empty(await queue.RowsAsync(gone, Token));
            Assert.Empty(await queue.StepsAsync(LoadQueue.LoadId(gone, 0), Token));
            Assert.Empty(await servers.HeatWave.ColumnAsync($"SELECT EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_NAME = 'load_{gone}'"));
        }

        foreach (var left in (string[])[_run, fresh])
        {
            Assert.Single(await queue.RowsAsync(left, Token));
            Assert.Single(await queue.StepsAsync(LoadQueue.LoadId(left, 0), Token));
            await queue.ForgetRunAsync(left, Token);
        }
    }

    /// <summary>A server that compares names without case may hold the mark of an earlier spelling.</summary>
    [Fact]
    public async Task Marks_OfOneTableInTwoSpellings_TheLaterComesLast()
    {
        await using var session = await OpenAsync();
        await CreateLedgerAsync(session);
        foreach (var (table, markedAt) in ((string, int)[])[("City", 20), ("city", 10), ("other", 30)])
        {
            await servers.HeatWave.ExecuteAsync("INSERT INTO snapshotbridge.tables (target_schema, target_table, export_task_id, load_id, par_name, marked_at) VALUES (@schema, @table, 'x', 'y', 'z', @at)", ("schema", _run), ("table", table), ("at", markedAt));
        }

        Assert.Equal(["city", "City", "other"], (await new LoadLedger(session).MarksAsync([_run], Token)).Select(mark => mark.Table));
        Assert.Equal(["city", "City"], (await new LoadLedger(session).MarksAsync([_run], Token, "CITY")).Select(mark => mark.Table));
    }

    private static async Task CreateLedgerAsync(IHeatWaveSession session)
    {
        foreach (var statement in LedgerSql.Create)
        {
            await session.ExecuteAsync(new Sql(statement), "create the ledger", Token);
        }
    }

    private async Task<(LoadQueue Ledger, LoadRow Seen)> RunningLoadAsync(IHeatWaveSession session)
    {
        await CreateLedgerAsync(session);
        var ledger = new LoadQueue(session);
        await ledger.EnqueueAsync([new QueuedLoad(LoadQueue.LoadId(_run, 0), _run, "snap-1", 0, "shop", "orders", [new LoadStep("SELECT 1")])], Token);
        await session.ExecuteAsync(new Sql(LedgerSql.Claim(_run, "worker")), "take the load", Token);
        return (ledger, Assert.Single(await ledger.RowsAsync(_run, Token)));
    }

    private Task<IHeatWaveSession> OpenAsync()
    {
        var server = servers.HeatWave.Server;
        var login = new HeatWaveCredentials { Username = server.User, Password = server.Password };
        return new MySqlHeatWaveServer(server.Host, (uint)server.Port, HeatWaveSslMode.None, null, (_, _) => Task.FromResult(login)).OpenAsync(Token);
    }
}
