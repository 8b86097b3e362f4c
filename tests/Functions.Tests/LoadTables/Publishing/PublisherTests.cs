using SnapshotBridge.Loading;
using SnapshotBridge.Loading.Publishing;
using SnapshotBridge.Planning;
using SnapshotBridge.Requests;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables.Publishing;

public sealed class PublisherTests(PublishServer server) : IClassFixture<PublishServer>
{
    private readonly PublishLab _lab = new(server);

    [Fact]
    public async Task Publish_FirstVersion_ServesItThroughViews()
    {
        var published = await _lab.BringAsync(1, "orders", "items");

        Assert.Equal("items=1 orders=1", await _lab.ServedAsync());
        Assert.Equal((_lab.Version(1), 2), (published.Version, published.Views));
        Assert.NotNull(published.SwitchedAt);
        Assert.Null(published.NotSwitchedBecause);
    }

    [Fact]
    public async Task Publish_NextVersions_KeepsOneAndDropsTheOlder()
    {
        await _lab.BringAsync(1, "orders");
        await _lab.BringAsync(2, "orders");
        var third = await _lab.BringAsync(3, "orders");

        Assert.Equal("orders=3", await _lab.ServedAsync());
        Assert.Equal("2 3", await _lab.StandingAsync(3));
        Assert.Equal([_lab.Version(1)], third.DroppedVersions);
        Assert.Equal([new KeptVersion(_lab.Version(2), "keepVersions is 1")], third.KeptVersions);
    }

    [Fact]
    public async Task Publish_TheSameVersionAgain_ChangesNothing()
    {
        var first = await _lab.BringAsync(1, "orders");

        Assert.Equal(first.SwitchedAt, (await _lab.BringAsync(1, "orders")).SwitchedAt);
        Assert.Equal("orders=1", await _lab.ServedAsync());
    }

    [Fact]
    public async Task Publish_AnOlderSnapshotByHand_GoesBackToItsVersion()
    {
        await _lab.BringAsync(1, "orders");
        await _lab.BringAsync(2, "orders");

        Assert.NotNull((await _lab.BringAsync(1, "orders")).SwitchedAt);

        Assert.Equal("orders=1", await _lab.ServedAsync());
        Assert.Equal("1 2", await _lab.StandingAsync(2));
    }

    [Fact]
    public async Task Publish_AnOlderSnapshotByAnEvent_KeepsTheNewer()
    {
        await _lab.BringAsync(2, "orders");
        _lab.FromEvent = true;

        var published = await _lab.BringAsync(1, "orders");

        Assert.True(published.IsSuperseded);
        Assert.Contains(_lab.Version(2), published.NotSwitchedBecause, StringComparison.Ordinal);
        Assert.Equal("orders=2", await _lab.ServedAsync());
    }

    [Fact]
    public async Task Publish_OneTableFailed_GoesOnServingTheOldVersion()
    {
        await _lab.BringAsync(1, "orders", "items");
        var (plan, state) = await _lab.LoadAsync(2, "orders", "items");
        state = state with { Tables = [state.Tables[0] with { Phase = TablePhase.Failed }, state.Tables[1]] };

        var published = Assert.Single((await _lab.PublishAsync((plan, state))).State.Published);

        Assert.Contains("1 of its 2 tables was not loaded: orders", published.NotSwitchedBecause, StringComparison.Ordinal);
        Assert.Equal("items=1 orders=1", await _lab.ServedAsync());
        Assert.Equal("1 2", await _lab.StandingAsync(2));
    }

    [Fact]
    public async Task Publish_TablesCameAndWent_ServesExactlyTheNewOnes()
    {
        await _lab.BringAsync(1, "orders", "gone");

        Assert.Equal(["gone"], (await _lab.BringAsync(2, "orders", "fresh")).RemovedViews);
        Assert.Equal("fresh=2 orders=2", await _lab.ServedAsync());
    }

    [Fact]
    public async Task Publish_ExportOfOneTable_LeavesTheOthersAndTheVersionThatTheyRead()
    {
        _lab.Choices = _lab.Choices with { KeepVersions = 0 };
        await _lab.BringAsync(1, "orders", "items");
        _lab.Scope = ExportScope.Of([$"{_lab.Schema}.orders"]);

        var published = await _lab.BringAsync(2, "orders");

        Assert.Equal("items=1 orders=2", await _lab.ServedAsync());
        Assert.Contains($"{_lab.Schema}.items still serves", Assert.Single(published.Warnings), StringComparison.Ordinal);
        Assert.Equal([new KeptVersion(_lab.Version(1), "views still read it")], published.KeptVersions);
    }

    [Fact]
    public async Task Publish_TableThatRdsSkipped_StaysAsItWas()
    {
        await _lab.BringAsync(1, "orders", "odd");
        _lab.Skipped.Add(new SkippedTable($"{_lab.Schema}.odd", "huge row"));

        await _lab.BringAsync(2, "orders");

        Assert.Equal("odd=1 orders=2", await _lab.ServedAsync());
    }

    [Fact]
    public async Task Publish_AfterReplace_SwapsTheTablesAwayAndDropsThem()
    {
        await _lab.ReplacedTableAsync("orders");
        await _lab.ReplacedTableAsync("other");

        var published = await _lab.BringAsync(1, "orders");

        Assert.Equal("orders=1 other=0", await _lab.ServedAsync());
        Assert.Contains("other", Assert.Single(published.Warnings), StringComparison.Ordinal);
        Assert.Equal(["other"], await server.ColumnAsync($"SELECT target_table FROM snapshotbridge.tables WHERE target_schema = '{_lab.Schema}'"));
    }

    [Fact]
    public async Task Publish_InReplaceMode_DropsVersionsThatNoViewReads()
    {
        await _lab.BringAsync(1, "orders");
        await _lab.BringAsync(2, "orders");
        var (plan, state) = await _lab.LoadAsync(3);
        _lab.Choices = _lab.Choices with { Publish = PublishMode.Replace };
        state = state with { Tables = [new TableLoad { Table = 0, TargetSchema = _lab.Schema, TargetTable = "orders", Rows = 1, Columns = [], Phase = TablePhase.Loaded }] };

        Assert.True((await _lab.PublishAsync((plan, state))).IsDone);

        _lab.Choices = _lab.Choices with { Publish = PublishMode.Swap };
        Assert.Equal("2", await _lab.StandingAsync(2));
    }

    [Theory]
    [InlineData("CREATE TABLE `{0}`.orders (a INT)", "table")]
    [InlineData("CREATE VIEW `{0}`.orders AS SELECT 7 AS `day`", "view")]
    public async Task Prepare_SomethingOfSomebodyElse_ChangesNothing(string statement, string kind)
    {
        await server.ExecuteAsync($"CREATE DATABASE `{_lab.Schema}`");
        await server.ExecuteAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, statement, _lab.Schema));

        var exception = await Assert.ThrowsAsync<TargetConflictException>(() => _lab.LoadAsync(1, "orders"));

        Assert.Contains($"{kind} {_lab.Schema}.orders exists and was not created by SnapshotBridge", exception.Message, StringComparison.Ordinal);
        Assert.Empty(await _lab.StandingAsync(1));
        Assert.Empty(await server.ColumnAsync($"SELECT 1 FROM snapshotbridge.versions WHERE public_schema = '{_lab.Schema}'"));
    }

    [Fact]
    public async Task Prepare_ViewOfOursThatSomebodyChanged_ChangesNothing()
    {
        await _lab.BringAsync(1, "orders");
        await server.ExecuteAsync($"ALTER VIEW `{_lab.Schema}`.orders AS SELECT 7 AS `day`");

        await Assert.ThrowsAsync<TargetConflictException>(() => _lab.LoadAsync(2, "orders"));

        Assert.Equal("orders=7", await _lab.ServedAsync());
    }

    [Fact]
    public async Task Prepare_SchemaOfSomebodyElseUnderTheVersionsName_ChangesNothing()
    {
        await server.ExecuteAsync($"CREATE DATABASE `{_lab.Version(1)}`");

        Assert.Contains(_lab.Version(1), (await Assert.ThrowsAsync<TargetConflictException>(() => _lab.LoadAsync(1, "orders"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publish_SomethingAppearedMeanwhile_IsNotSwitchedAndSaysWhy()
    {
        var loaded = await _lab.LoadAsync(1, "orders");
        await server.ExecuteAsync($"CREATE DATABASE `{_lab.Schema}`");
        await server.ExecuteAsync($"CREATE TABLE `{_lab.Schema}`.orders AS SELECT 7 AS `day`");

        var published = Assert.Single((await _lab.PublishAsync(loaded)).State.Published);

        Assert.Contains($"table {_lab.Schema}.orders is in the way", published.NotSwitchedBecause, StringComparison.Ordinal);
        Assert.Equal("orders=7", await _lab.ServedAsync());
    }

    [Fact]
    public async Task Sweep_VersionWithATableOfSomebodyElse_Stays()
    {
        _lab.Choices = _lab.Choices with { KeepVersions = 0 };
        await _lab.BringAsync(1, "orders");
        await server.ExecuteAsync($"CREATE TABLE `{_lab.Version(1)}`.notes (a INT)");

        var kept = Assert.Single((await _lab.BringAsync(2, "orders")).KeptVersions);

        Assert.Equal("it holds notes, which SnapshotBridge did not create", kept.Reason);
        Assert.Equal("1 2", await _lab.StandingAsync(2));
    }

    [Fact]
    public async Task Sweep_VersionThatSomebodysViewReads_Stays()
    {
        _lab.Choices = _lab.Choices with { KeepVersions = 0 };
        await _lab.BringAsync(1, "orders");
        await server.ExecuteAsync($"CREATE VIEW `{_lab.Schema}`.mine AS SELECT `day` FROM `{_lab.Version(1)}`.orders");

        Assert.Equal("views still read it", Assert.Single((await _lab.BringAsync(2, "orders")).KeptVersions).Reason);
        Assert.Equal("mine=1 orders=2", await _lab.ServedAsync());
    }

    /// <summary>What the guide says has to be granted on a schema whose views read versions.</summary>
    [Fact]
    public async Task ReaderOf_ViewInAnotherSchema_IsSeenWithSelectAndShowViewOnThatSchema()
    {
        var (user, password, theirs) = ($"u_{_lab.Schema}", $"loads-{_lab.Schema}", $"h_{_lab.Schema}");
        await _lab.BringAsync(1, "orders");
        await server.ExecuteAsync($"CREATE USER '{user}'@'%' IDENTIFIED BY '{password}'");
        await server.ExecuteAsync($"GRANT SELECT, CREATE VIEW, SHOW VIEW ON `{_lab.Schema}%`.* TO '{user}'@'%'");
        await server.ExecuteAsync($"CREATE DATABASE `{theirs}`");
        await server.ExecuteAsync($"CREATE VIEW `{theirs}`.totals AS SELECT `day` FROM `{_lab.Version(1)}`.orders");
        // Our own view reads it as well.
        await server.ExecuteAsync($"DROP VIEW `{_lab.Schema}`.orders");
        try
        {
            foreach (var privilege in (string[])["USAGE ON *.*", $"SELECT ON `{theirs}`.*"])
            {
                await server.ExecuteAsync($"GRANT {privilege} TO '{user}'@'%'");
                Assert.Null(await ReaderAsync());
            }

            await server.ExecuteAsync($"GRANT SHOW VIEW ON `{theirs}`.* TO '{user}'@'%'");

            Assert.Equal($"{theirs}.totals", await ReaderAsync());
        }
        finally
        {
            await server.ExecuteAsync($"DROP DATABASE `{theirs}`");
        }

        async Task<string?> ReaderAsync()
        {
            await using var session = await server.OpenAsync(user, password);
            return await new PublishLedger(session, new LoadLedger(session), StringComparer.Ordinal).ReaderOfAsync(_lab.Version(1), TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Sweep_VersionThatItsRunStillWorksOn_Stays()
    {
        _lab.Choices = _lab.Choices with { KeepVersions = 0 };
        await _lab.LoadAsync(1, "orders");
        await _lab.LoadAsync(2, "orders");
        await server.ExecuteAsync($"UPDATE snapshotbridge.versions SET touched_at = UTC_TIMESTAMP(6) - INTERVAL 2 HOUR WHERE public_schema = '{_lab.Schema}'");
        await _lab.KeepVersionsAsync(2);

        var published = await _lab.BringAsync(3, "orders");

        Assert.Equal([_lab.Version(1)], published.DroppedVersions);
        Assert.Equal([new KeptVersion(_lab.Version(2), "another run loads it")], published.KeptVersions);
        Assert.Equal("2 3", await _lab.StandingAsync(3));
    }

    [Fact(Timeout = 300_000)]
    public async Task Publish_InReplaceModeWhileAQueryReadsAVersion_DoesNotWaitForIt()
    {
        await _lab.BringAsync(1, "orders");
        await _lab.BringAsync(2, "orders");
        var (plan, state) = await _lab.LoadAsync(3);
        await using var reader = await server.ReaderAsync();
        await using var transaction = await reader.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using (var command = new MySqlConnector.MySqlCommand($"SELECT `day` FROM `{_lab.Version(1)}`.orders", reader, transaction))
        {
            await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
        }

        _lab.Choices = _lab.Choices with { Publish = PublishMode.Replace };
        state = state with { Tables = [new TableLoad { Table = 0, TargetSchema = _lab.Schema, TargetTable = "orders", Rows = 1, Columns = [], Phase = TablePhase.Loaded }] };

        Assert.True((await _lab.PublishAsync((plan, state))).IsDone);

        await transaction.RollbackAsync(TestContext.Current.CancellationToken);
        _lab.Choices = _lab.Choices with { Publish = PublishMode.Swap };
        Assert.Equal("1 2", await _lab.StandingAsync(2));
    }

    [Fact]
    public async Task Publish_QueryThatHoldsTheNames_WaitsAndGoesOnLater()
    {
        await _lab.BringAsync(1, "orders");
        var loaded = await _lab.LoadAsync(2, "orders");
        await using (var reader = await server.ReaderAsync())
        {
            await using var transaction = await reader.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await using (var command = new MySqlConnector.MySqlCommand($"SELECT `day` FROM `{_lab.Schema}`.orders", reader, transaction))
            {
                Assert.Equal(1, Convert.ToInt32(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken), System.Globalization.CultureInfo.InvariantCulture));
            }

            var (state, isDone) = await _lab.PublishAsync(loaded);

            Assert.False(isDone);
            Assert.Empty(state.Published);
            await transaction.RollbackAsync(TestContext.Current.CancellationToken);
        }

        Assert.True((await _lab.PublishAsync(loaded)).IsDone);
        Assert.Equal("orders=2", await _lab.ServedAsync());
    }

    [Fact]
    public async Task Publish_NoTimeLeft_GoesOnInTheNextInvocation()
    {
        var loaded = await _lab.LoadAsync(1, "orders", "items");
        var calls = 0;
        _lab.Remaining = () => TimeSpan.FromSeconds(calls++ == 0 ? 60 : 1);
        Assert.False((await _lab.PublishAsync(loaded)).IsDone);
        _lab.Remaining = () => TimeSpan.FromMinutes(5);

        Assert.True((await _lab.PublishAsync(loaded)).IsDone);
        Assert.Equal("items=1 orders=1", await _lab.ServedAsync());
    }
}
