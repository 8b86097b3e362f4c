using System.Globalization;
using MySqlConnector;
using SnapshotBridge.Loading;
using SnapshotBridge.Loading.Publishing;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables.Publishing;

/// <summary>Several views of a schema that are switched together.</summary>
public sealed class PublishGateTests(PublishServer server) : IClassFixture<PublishServer>
{
    private readonly PublishLab _lab = new(server) { Time = new HastyTime() };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Publish_KilledAroundEachStatement_ShowsOneVersionAndGoesOn(bool afterwards)
    {
        var deaths = new List<string>();
        for (var statement = 1; ; statement++)
        {
            var lab = new PublishLab(server) { Time = new HastyTime() };
            lab.Choices = lab.Choices with { KeepVersions = 0 };
            await lab.BringAsync(1, "gone", "items", "orders");
            var loaded = await lab.LoadAsync(2, "fresh", "items", "orders");

            KilledSession? killed = null;
            try
            {
                await lab.PublishAsync(loaded, session => killed = new KilledSession(session, statement, afterwards));
                break;
            }
            catch (KilledException)
            {
                deaths.Add(killed!.KilledAt!);
                var found = await FoundAsync(lab);
                Assert.True(
                    found is "gone=1 items=1 orders=1" or "items=2 orders=2" or "fresh=2 items=2 orders=2", $"killed around '{killed.KilledAt}': readers find {found}");
            }

            var (state, isDone) = await lab.PublishAsync(loaded);

            Assert.True(isDone, $"killed around '{killed.KilledAt}'");
            Assert.Null(Assert.Single(state.Published).NotSwitchedBecause);
            Assert.Empty(state.Published[0].Warnings);
            Assert.Equal($"fresh=2 items=2 orders=2 after {killed.KilledAt}", $"{await lab.ServedAsync()} after {killed.KilledAt}");
            Assert.Equal("2", await lab.StandingAsync(2));
            Assert.Equal(["fresh", "items", "orders"], await server.ColumnAsync($"SELECT view_name FROM snapshotbridge.views WHERE public_schema = '{lab.Schema}' ORDER BY view_name"));
        }

        foreach (var step in (string[])["create the gate", "create what stands for", "read a trial view", "lead the view", "switch the views", "show the view", "drop the gate", "drop the version"])
        {
            Assert.Contains(deaths, death => death.StartsWith(step, StringComparison.Ordinal));
        }
    }

    /// <summary>A run that died half way is never taken up again; the next snapshot's is.</summary>
    [Theory]
    [InlineData("lead the view")]
    [InlineData("switch the views")]
    [InlineData("show the view")]
    public async Task Publish_AfterARunThatDiedForGood_GoesOnFromWhatItServes(string action)
    {
        await _lab.BringAsync(1, "items", "orders");
        var second = await _lab.LoadAsync(2, "items", "orders");
        await Assert.ThrowsAsync<KilledException>(() => _lab.PublishAsync(second, session => new KilledSession(session, action)));

        var third = await _lab.BringAsync(3, "items", "orders");

        Assert.Null(third.NotSwitchedBecause);
        Assert.Equal("items=3 orders=3", await _lab.ServedAsync());
        Assert.True((await _lab.PublishAsync(second)).IsDone);
        Assert.Equal("items=2 orders=2", await _lab.ServedAsync());
    }

    [Fact]
    public async Task Publish_OtherColumns_KeepsTheOldNamesUntilTheViewIsShown()
    {
        await _lab.BringAsync(1, "items", "orders");
        var loaded = await _lab.LoadAsync(2, "items", "orders");
        await server.ExecuteAsync($"ALTER TABLE `{_lab.Version(2)}`.items DROP COLUMN `odd``name`, ADD COLUMN `more` INT DEFAULT 5, MODIFY COLUMN `day` VARCHAR(5)");
        await Assert.ThrowsAsync<KilledException>(() => _lab.PublishAsync(loaded, session => new KilledSession(session, "switch the views")));

        Assert.Equal(["2-"], await server.ColumnAsync($"SELECT CONCAT(`day`, '-', IFNULL(`odd``name`, '')) FROM `{_lab.Schema}`.items"));
        Assert.True((await _lab.PublishAsync(loaded)).IsDone);

        Assert.Equal(["2-5"], await server.ColumnAsync($"SELECT CONCAT(`day`, '-', `more`) FROM `{_lab.Schema}`.items"));
        Assert.Equal(
            ["day", "more"], await server.ColumnAsync($"SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = '{_lab.Schema}' AND TABLE_NAME = 'items' ORDER BY ORDINAL_POSITION"));
    }

    [Fact]
    public async Task Publish_ServerThatReadsNoGate_RenamesAndSaysSo()
    {
        await _lab.BringAsync(1, "items", "orders");
        var loaded = await _lab.LoadAsync(2, "items", "orders");

        var (state, isDone) = await _lab.PublishAsync(loaded, session => new RefusingSession(session, "read a trial view"));

        Assert.True(isDone);
        Assert.Contains("could not read a view through a gate (error 3889: not in the secondary engine)", Assert.Single(state.Published[0].Warnings), StringComparison.Ordinal);
        Assert.Equal("items=2 orders=2", await _lab.ServedAsync());
        Assert.Equal(["items", "orders"], await _lab.NamesAsync());
    }

    [Fact]
    public async Task Publish_TablesAndViewsTogether_RenamesAndSaysSo()
    {
        await _lab.BringAsync(1, "items");
        await _lab.ReplacedTableAsync("orders");

        var published = await _lab.BringAsync(2, "items", "orders");

        Assert.Contains("publish replace become views together with it: orders", Assert.Single(published.Warnings), StringComparison.Ordinal);
        Assert.Equal("items=2 orders=2", await _lab.ServedAsync());
    }

    /// <summary>A transaction holds what it has read: the switch waits for it, and nobody else sees half of one.</summary>
    [Fact]
    public async Task Publish_TransactionThatHoldsOneView_IsWaitedForAndSeesOneVersion()
    {
        await _lab.BringAsync(1, "items", "orders");
        var loaded = await _lab.LoadAsync(2, "items", "orders");
        await using (var reader = await server.ReaderAsync())
        {
            await using var transaction = await reader.BeginTransactionAsync(TestContext.Current.CancellationToken);
            Assert.Equal("1", await ReadAsync(reader, transaction, $"SELECT `day` FROM `{_lab.Schema}`.orders"));

            Assert.False((await _lab.PublishAsync(loaded)).IsDone);

            Assert.Equal("1 1", await ReadAsync(reader, transaction, $"SELECT CONCAT(i.`day`, ' ', o.`day`) FROM `{_lab.Schema}`.items i JOIN `{_lab.Schema}`.orders o"));
            await transaction.RollbackAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal("items=1 orders=1", await FoundAsync(_lab));
        Assert.True((await _lab.PublishAsync(loaded)).IsDone);
        Assert.Equal("items=2 orders=2", await _lab.ServedAsync());
    }

    /// <summary>What a reader of each name finds; nothing of a name that is away, or on its way out.</summary>
    private async Task<string> FoundAsync(PublishLab lab)
    {
        var found = new List<string>();
        foreach (var name in (await lab.NamesAsync()).Where(name => !name.StartsWith(ViewSql.ReservedPrefix, StringComparison.Ordinal)))
        {
            try
            {
                found.Add($"{name}={(await server.ColumnAsync($"SELECT `day` FROM `{lab.Schema}`.`{name}`")).Single()}");
            }
            catch (MySqlException exception) when (exception.Number == 1356 && name == "gone")
            {
            }
        }

        return string.Join(' ', found);
    }

    private static async Task<string> ReadAsync(MySqlConnection reader, MySqlTransaction transaction, string query)
    {
        await using var command = new MySqlCommand(query, reader, transaction);
        return Convert.ToString(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken), CultureInfo.InvariantCulture)!;
    }

    /// <summary>A server that refuses one kind of statement.</summary>
    private sealed class RefusingSession(IHeatWaveSession inner, string action) : IHeatWaveSession
    {
        public string Server => inner.Server;

        public string User => inner.User;

        public Task<int> ExecuteAsync(Sql statement, string what, CancellationToken cancellationToken) => inner.ExecuteAsync(statement, what, cancellationToken);

        public Task<IReadOnlyList<SqlRow>> QueryAsync(Sql statement, string what, CancellationToken cancellationToken) =>
            what.StartsWith(action, StringComparison.Ordinal) ? throw new HeatWaveStatementException(3889, what, "not in the secondary engine") : inner.QueryAsync(statement, what, cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
