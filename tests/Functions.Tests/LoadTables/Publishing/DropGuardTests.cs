using SnapshotBridge.Loading;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables.Publishing;

/// <summary>What a worker takes for ours just before it drops it, as a server answers.</summary>
public sealed class DropGuardTests(PublishServer server) : IClassFixture<PublishServer>
{
    private readonly PublishLab _lab = new(server) { Time = new HastyTime() };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Table_OursNobodysOrTheirs_CountsTheirsAlone()
    {
        await _lab.ReplacedTableAsync("orders");
        Assert.Equal((0, 0), (await TheirsAsync(DropGuard.Table(_lab.Schema, "orders")), await TheirsAsync(DropGuard.Table(_lab.Schema, "nobody's"))));

        await server.ExecuteAsync($"UPDATE snapshotbridge.tables SET table_created_at = table_created_at - 1 WHERE target_schema = '{_lab.Schema}'");
        Assert.Equal(1, await TheirsAsync(DropGuard.Table(_lab.Schema, "orders")));

        // Half loaded: known by the mark that was set before it was created.
        await server.ExecuteAsync($"UPDATE snapshotbridge.tables SET marked_at = table_created_at + 1, table_created_at = NULL WHERE target_schema = '{_lab.Schema}'");
        Assert.Equal(0, await TheirsAsync(DropGuard.Table(_lab.Schema, "orders")));
        await server.ExecuteAsync($"UPDATE snapshotbridge.tables SET marked_at = marked_at + 1 WHERE target_schema = '{_lab.Schema}'");
        Assert.Equal(1, await TheirsAsync(DropGuard.Table(_lab.Schema, "orders")));

        await server.ExecuteAsync($"DROP TABLE `{_lab.Schema}`.orders; CREATE VIEW `{_lab.Schema}`.orders AS SELECT 1 AS a");
        Assert.Equal(1, await TheirsAsync(DropGuard.Table(_lab.Schema, "orders")));
    }

    [Fact]
    public async Task View_OursNobodysOrTheirs_CountsTheirsAlone()
    {
        await _lab.BringAsync(1, "orders");
        Assert.Equal((0, 0), (await TheirsAsync(DropGuard.View(_lab.Schema, "orders")), await TheirsAsync(DropGuard.View(_lab.Schema, "nobody's"))));

        await server.ExecuteAsync($"CREATE OR REPLACE VIEW `{_lab.Schema}`.orders AS SELECT `day` FROM `{_lab.Version(1)}`.orders");
        Assert.Equal(1, await TheirsAsync(DropGuard.View(_lab.Schema, "orders")));

        await server.ExecuteAsync($"DROP VIEW `{_lab.Schema}`.orders; CREATE TABLE `{_lab.Schema}`.orders (a INT)");
        Assert.Equal(1, await TheirsAsync(DropGuard.View(_lab.Schema, "orders")));
    }

    [Fact]
    public async Task View_DiedOnItsWayThroughTheGate_IsOurs()
    {
        await _lab.BringAsync(1, "items", "orders");
        var second = await _lab.LoadAsync(2, "items", "orders");
        await Assert.ThrowsAsync<KilledException>(() => _lab.PublishAsync(second, session => new KilledSession(session, "switch the views")));

        Assert.Equal((0, 0), (await TheirsAsync(DropGuard.View(_lab.Schema, "items")), await TheirsAsync(DropGuard.View(_lab.Schema, "orders"))));
    }

    private async Task<long?> TheirsAsync(LoadStep guard)
    {
        await using var session = await server.OpenAsync();
        // As a worker runs it.
        foreach (var statement in (string[])[$"SET @step = {SqlText.Literal(guard.Head)}", "PREPARE step FROM @step", "EXECUTE step"])
        {
            await session.ExecuteAsync(new Sql(statement), "look", Token);
        }

        return (await session.QueryAsync(new Sql($"SELECT {DropGuard.Variable}"), "look", Token))[0].Number(0);
    }
}
