using SnapshotBridge.Copying;
using SnapshotBridge.Loading;
using SnapshotBridge.Loading.Declarations;
using SnapshotBridge.Loading.Publishing;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading.Publishing;

public sealed class EmptyTablesTests : IAsyncDisposable
{
    private static readonly TableDeclaration Declaration = new([new DeclaredColumn("id", "BIGINT"), new DeclaredColumn("photo", "LONGBLOB") { IsLoadable = false }]);

    private readonly RecordingSession _session = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    [Fact]
    public void Create_Declaration_IsAnOrdinaryTableForHeatWave() => Assert.Equal(
        "CREATE TABLE `shop`.`orders` (`id` BIGINT NULL, `photo` LONGBLOB NULL NOT SECONDARY) ENGINE=InnoDB SECONDARY_ENGINE=rapid",
        EmptyTables.Create("shop", "orders", Declaration, withKey: false));

    [Fact]
    public async Task Make_NothingThere_MarksCreatesNotesAndLoads()
    {
        var table = await MakeAsync();

        Assert.Equal(TablePhase.Empty, table.Phase);
        Assert.Equal("it holds no rows; it is there with its 2 declared columns", table.Reason);
        Assert.Empty(table.Warnings);
        Assert.Equal(
            ["REPLACE INTO `snapshotbridge`.`tables`", "CREATE TABLE `shop`.`orders`", "UPDATE `snapshotbridge`.`tables`", "ALTER TABLE `shop`.`orders` SECONDARY_LOAD GUIDED OFF"],
            _session.Beginnings("REPLACE INTO `snapshotbridge`.`tables`", "CREATE TABLE `shop`.`orders`", "UPDATE `snapshotbridge`.`tables`", "ALTER TABLE `shop`.`orders` SECONDARY_LOAD GUIDED OFF"));
    }

    [Fact]
    public async Task Make_EarlierTableOfOurs_GoesJustBefore()
    {
        await MakeAsync(Mark("another export", rows: 9));

        Assert.StartsWith("DROP TABLE IF EXISTS `shop`.`orders`", _session.Statements[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Make_EarlierViewOfOurs_GoesJustBefore()
    {
        await MakeAsync(isView: true);

        Assert.Equal("DROP VIEW IF EXISTS `shop`.`orders`", _session.Statements[0]);
    }

    [Fact]
    public async Task Make_MadeByThisExport_IsLeft()
    {
        await MakeAsync(Mark("task", rows: 0));

        Assert.Empty(_session.Statements);
    }

    /// <summary>A run that died between the table and its note.</summary>
    [Fact]
    public async Task Make_HalfMadeByThisExport_IsMadeAnew()
    {
        await MakeAsync(Mark("task", rows: null));

        Assert.Contains(_session.Statements, statement => statement.StartsWith("CREATE TABLE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Make_ServerThatWantsPrimaryKeys_GetsOneThatNobodySees()
    {
        _session.Refuse("ENGINE=InnoDB", 3750, times: 1);

        Assert.Empty((await MakeAsync()).Warnings);

        Assert.Contains(_session.Statements, statement => statement.Contains("INVISIBLE PRIMARY KEY", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Make_LoadRefused_LeavesTheTableAndWarns()
    {
        _session.Refuse("SECONDARY_LOAD", 3889, times: 1);

        Assert.Contains("error 3889", Assert.Single((await MakeAsync()).Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Make_TableRefused_ForgetsTheMarkAndWarns()
    {
        _session.Refuse("ENGINE=InnoDB", 1118, times: 2);

        Assert.Contains("error 1118", Assert.Single((await MakeAsync()).Warnings), StringComparison.Ordinal);
        Assert.StartsWith("DELETE FROM `snapshotbridge`.`tables`", _session.Statements[^1], StringComparison.Ordinal);
    }

    private Task<TableLoad> MakeAsync(TableMark? mark = null, bool isView = false) =>
        new EmptyTables(_session, new LoadLedger(_session), ServerVersion.Parse("9.7.0-cloud", "server")).MakeAsync(
            new TableLoad { Table = 0, TargetSchema = "shop", TargetTable = "orders", Rows = 0, Columns = [], Evidence = CopyEvidence.EndToEnd, Phase = TablePhase.Empty },
            Declaration,
            "task",
            mark,
            isView,
            Token);

    private static TableMark Mark(string exportTaskId, long? rows) => new("shop", "orders", exportTaskId, EmptyTables.LoadId, "", 1, 1, rows);

    /// <summary>Notes every statement, and refuses those that a test says.</summary>
    private sealed class RecordingSession : IHeatWaveSession
    {
        private (string Part, int Number, int Times) _refusal = ("", 0, 0);

        public List<string> Statements { get; } = [];

        public string Server => "server";

        public string User => "loader";

        public void Refuse(string part, int number, int times) => _refusal = (part, number, times);

        /// <summary>The given beginning that each statement has, in order.</summary>
        public IEnumerable<string> Beginnings(params string[] known) =>
            Statements.Select(statement => known.FirstOrDefault(beginning => statement.StartsWith(beginning, StringComparison.Ordinal)) ?? statement);

        public Task<int> ExecuteAsync(Sql statement, string action, CancellationToken cancellationToken)
        {
            Statements.Add(statement.Text);
            if (_refusal.Times > 0 && statement.Text.Contains(_refusal.Part, StringComparison.Ordinal))
            {
                _refusal.Times--;
                throw new HeatWaveStatementException(_refusal.Number, action, "no");
            }

            return Task.FromResult(1);
        }

        public Task<IReadOnlyList<SqlRow>> QueryAsync(Sql statement, string action, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<SqlRow>>([]);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
