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

    private async Task<(LoadQueue Ledger, LoadRow Seen)> RunningLoadAsync(IHeatWaveSession session)
    {
        foreach (var statement in LedgerSql.Create)
        {
            await session.ExecuteAsync(new Sql(statement), "create the ledger", Token);
        }

        var ledger = new LoadQueue(session);
        await ledger.EnqueueAsync(new QueuedLoad(LoadQueue.LoadId(_run, 0), _run, "snap-1", 0, "shop", "orders", [new LoadStep("SELECT 1")]), Token);
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
