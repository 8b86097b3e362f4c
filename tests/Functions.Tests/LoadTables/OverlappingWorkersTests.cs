using SnapshotBridge.Loading;
using SnapshotBridge.LoadTables;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables;

/// <summary>Workers that really work at the same time, also one that is thought dead beside its successor.</summary>
[Collection(LoadTablesTestGroup.Name)]
public sealed class OverlappingWorkersTests(LoadServers servers)
{
    private static readonly LoadPar Par = new("https://h/p/TOKEN_1/n/ns/b/bucket/o/");

    private readonly string _run = Guid.NewGuid().ToString("N")[..16];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Ran => $"scripted.`ran_{_run}`";

    /// <summary>Passed by whoever gets it; a test that holds it decides how long a load takes.</summary>
    private string Gate => $"GET_LOCK('gate_{_run}', 3600)";

    /// <summary>Events and connections on one queue: each load is begun once, by one of them.</summary>
    [Fact]
    public async Task Workers_ManyAtATime_LoadEachTableOnce()
    {
        const int Loads = 120;
        await using var session = await OpenAsync();
        // Whoever has the first load is held by it until another worker has ended one: no single one can be done with all before
        // the others have begun, however slow the machine is.
        await using var gate = await OpenAsync();
        await gate.ExecuteAsync(new Sql($"DO {Gate}"), "close the gate", Token);
        var queue = await PrepareAsync(session, Loads, load =>
        [
            new LoadStep(load == 0 ? $"DO {Gate}, RELEASE_LOCK('gate_{_run}')" : "DO SLEEP(0.01)"), new LoadStep($"INSERT INTO {Ran} VALUES ({load}, CONNECTION_ID())"),
        ]);
        for (var number = 0; number < 5; number++)
        {
            await queue.AddWorkerAsync($"{_run}_{number:D4}", _run, "snap-1", "par", LoadCarrier.Event, Token);
            await session.ExecuteAsync(WorkerCarriers.Event(_run, $"{_run}_{number:D4}", Par, DateTimeOffset.UtcNow.AddHours(1)), "start", Token);
        }

        var opening = OpenOnceOneHasEndedAsync(gate);
        await Task.WhenAll(Enumerable.Range(5, 3).Select(async number =>
        {
            await using (var own = await OpenAsync())
            {
                await new LoadQueue(own).AddWorkerAsync($"{_run}_{number:D4}", _run, "snap-1", "par", LoadCarrier.Connection, Token);
            }

            while (await new ConnectionWorker(Server()).LoadNextAsync(_run, $"{_run}_{number:D4}", Par, CancellationToken.None, Token))
            {
            }
        }));
        await opening;
        await WhenGoneAsync(queue);

        Assert.Equal(Enumerable.Range(0, Loads).Select(load => $"{load}"), await servers.HeatWave.ColumnAsync($"SELECT id FROM {Ran} ORDER BY id"));
        Assert.All(await queue.RowsAsync(_run, Token), row => Assert.Equal(("ended", 1, null), (row.State, row.Starts, row.Errno)));
        Assert.True((await queue.RowsAsync(_run, Token)).Select(row => row.WorkerId).Distinct().Count() > 1, "one worker has loaded everything");
    }

    /// <summary>The one statement that takes a load is enough by itself; the queue's lock only spares deadlocks.</summary>
    [Fact]
    public async Task Claim_WithoutTheQueuesLock_GivesNoLoadToTwo()
    {
        const int Loads = 200;
        await using var session = await OpenAsync();
        var queue = await PrepareAsync(session, Loads, _ => [new LoadStep("SELECT 1")]);

        var claims = await Task.WhenAll(Enumerable.Range(0, 8).Select(async number =>
        {
            await using var own = await OpenAsync();
            var claimed = 0;
            while ((await new LoadQueue(own).LookAsync(_run, Token)).Look.Queued > 0)
            {
                try
                {
                    claimed += await own.ExecuteAsync(new Sql(LedgerSql.Claim(_run, $"{_run}_{number:D4}")), "take a load", Token);
                }
                catch (HeatWaveStatementException exception) when (HeatWaveErrors.Kind(exception.Number) == HeatWaveErrorKind.Contended)
                {
                    // Rolled back: it has taken none.
                }
            }

            return claimed;
        }));

        Assert.Equal(Loads, claims.Sum());
        Assert.All(await queue.RowsAsync(_run, Token), row => Assert.Equal(("running", 1), (row.State, row.Starts)));
        Assert.Equal(claims.Where(claimed => claimed > 0), (await queue.RowsAsync(_run, Token)).GroupBy(row => row.WorkerId, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => group.Count()));
    }

    /// <summary>A worker that was given up while it still loads: what it says at last is not what its successor has done.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Worker_WhoseLoadWasGivenToAnother_DoesNotEndIt(bool asEvent)
    {
        await using var session = await OpenAsync();
        var queue = await PrepareAsync(session, 1, _ => [new LoadStep($"DO {Gate}")]);
        await session.ExecuteAsync(new Sql($"DO {Gate}"), "close the gate", Token);
        var worker = $"{_run}_0000";
        await queue.AddWorkerAsync(worker, _run, "snap-1", "par", asEvent ? LoadCarrier.Event : LoadCarrier.Connection, Token);
        Task<bool>? connection = null;
        if (asEvent)
        {
            await session.ExecuteAsync(WorkerCarriers.Event(_run, worker, Par, DateTimeOffset.UtcNow.AddHours(1)), "start", Token);
        }
        else
        {
            connection = new ConnectionWorker(Server()).LoadNextAsync(_run, worker, Par, CancellationToken.None, Token);
        }

        while ((await queue.LookAsync(_run, Token)).Look.Running == 0)
        {
            await Task.Delay(20, Token);
        }

        // As if its lock had been thought gone: the successor has the load, and has not ended it.
        var row = Assert.Single(await queue.RowsAsync(_run, Token));
        Assert.True(await queue.RequeueAsync(row, [new LoadStep("SELECT 1")], Token));
        await session.ExecuteAsync(new Sql(LedgerSql.Claim(_run, $"{_run}_0001")), "take the load", Token);
        await session.ExecuteAsync(new Sql($"DO RELEASE_LOCK('gate_{_run}')"), "open the gate", Token);
        await (connection ?? Task.CompletedTask);
        await WhenGoneAsync(queue);

        row = Assert.Single(await queue.RowsAsync(_run, Token));
        Assert.Equal(("running", $"{_run}_0001", 2), (row.State, row.WorkerId, row.Starts));
    }

    /// <summary>Killed on the server, it keeps its lock until its statement has ended: a successor comes after it and not beside it.</summary>
    [Fact]
    public async Task Worker_KilledOnTheServer_IsSeenAsWorkingUntilItsStatementHasEnded()
    {
        await using var session = await OpenAsync();
        var queue = await PrepareAsync(session, 1, load => [new LoadStep($"INSERT INTO {Ran} VALUES ({load}, CONNECTION_ID())"), new LoadStep("DO SLEEP(60)")]);
        var worker = $"{_run}_0000";
        await queue.AddWorkerAsync(worker, _run, "snap-1", "par", LoadCarrier.Event, Token);
        await session.ExecuteAsync(WorkerCarriers.Event(_run, worker, Par, DateTimeOffset.UtcNow.AddHours(1)), "start", Token);
        List<string> connection;
        while ((connection = await servers.HeatWave.ColumnAsync($"SELECT connection FROM {Ran}")).Count == 0)
        {
            await Task.Delay(20, Token);
        }

        Assert.Equal((1, 0, 1), await LookAsync(queue));
        await servers.HeatWave.ExecuteAsync($"KILL CONNECTION {connection[0]}");
        while (await servers.HeatWave.ColumnAsync("SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = @id", ("id", connection[0])) is [_])
        {
            await Task.Delay(20, Token);
        }

        Assert.Equal((1, 1, 0), await LookAsync(queue));
    }

    private async Task<(long Running, long Orphans, long Live)> LookAsync(LoadQueue queue)
    {
        var (look, _) = await queue.LookAsync(_run, Token);
        return (look.Running, look.Orphans, look.Live);
    }

    private async Task<LoadQueue> PrepareAsync(IHeatWaveSession session, int loads, Func<int, IReadOnlyList<LoadStep>> steps)
    {
        await new LoadLedger(session).EnsureAsync(Token);
        await servers.HeatWave.ExecuteAsync($"CREATE TABLE {Ran} (id INT NOT NULL, connection BIGINT NOT NULL)");
        var queue = new LoadQueue(session);
        await queue.EnqueueAsync([.. Enumerable.Range(0, loads).Select(load => new QueuedLoad(LoadQueue.LoadId(_run, load), _run, "snap-1", load, "shop", $"t{load}", steps(load)))], Token);
        return queue;
    }

    private async Task OpenOnceOneHasEndedAsync(IHeatWaveSession gate)
    {
        var queue = new LoadQueue(gate);
        while (!(await queue.RowsAsync(_run, Token)).Any(row => row.State == "ended"))
        {
            await Task.Delay(20, Token);
        }

        await gate.ExecuteAsync(new Sql($"DO RELEASE_LOCK('gate_{_run}')"), "open the gate", Token);
    }

    private async Task WhenGoneAsync(LoadQueue queue)
    {
        while ((await queue.WorkersAsync(_run, Token)).Any(worker => worker.Runs || worker.Waits))
        {
            await Task.Delay(50, Token);
        }
    }

    private Task<IHeatWaveSession> OpenAsync() => Server().OpenAsync(Token);

    private MySqlHeatWaveServer Server()
    {
        var server = servers.HeatWave.Server;
        var login = new HeatWaveCredentials { Username = server.User, Password = server.Password };
        return new MySqlHeatWaveServer(server.Host, (uint)server.Port, HeatWaveSslMode.None, null, (_, _) => Task.FromResult(login));
    }
}
