using SnapshotBridge.Loading;
using SnapshotBridge.Loading.Declarations;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading;

public sealed class TableInspectorTests
{
    private static readonly ServerProbe Probe = new(
        ServerVersion.Parse("9.7.0-cloud", "heatwave"), IsCloud: true, EventSchedulerRuns: true, StringComparer.Ordinal, HasRapidTables: true, HasTaskApi: true, DateTimeOffset.UnixEpoch, FreeConnections: 9);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Describe_SeveralTables_TakesThreeStatementsAndKeepsTablesApart()
    {
        await using var session = new ScriptedSession();

        var tables = await new TableInspector(session, Probe).DescribeAsync("shop", ["City", "city"], Token);

        Assert.Equal(3, session.Statements.Count);
        Assert.All(session.Statements, statement => Assert.Contains("IN (@table0, @table1)", statement, StringComparison.Ordinal));
        Assert.Equal(["City", "city"], tables.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([new DefinedColumn("id", "int"), new DefinedColumn("photo", "blob")], tables["city"].Definition);
        Assert.Equal(["id"], tables["city"].Columns);
        Assert.Equal(("AVAIL_RPDGSTABSTATE", 7L), (tables["city"].RapidStatus, tables["city"].RapidRows));
        Assert.Equal(["id"], tables["City"].Columns);
        Assert.Equal(("absent from rpd_tables", null), (tables["City"].RapidStatus, tables["City"].RapidRows));
    }

    [Fact]
    public async Task Inspect_OneTable_AsksForThatOneAndCounts()
    {
        await using var session = new ScriptedSession();

        var served = await new TableInspector(session, Probe).InspectAsync("shop", "city", Token);

        Assert.Equal(7, served.Rows);
        Assert.All(session.Statements.Take(3), statement => Assert.Contains("IN (@table0)", statement, StringComparison.Ordinal));
        Assert.Equal("SELECT COUNT(*) FROM `shop`.`city`", session.Statements[3]);
        Assert.False((await new TableInspector(session, Probe).InspectAsync("shop", "nothing", Token)).Exists);
    }

    private sealed class ScriptedSession : IHeatWaveSession
    {
        public string Server => "heatwave";

        public string User => "loader";

        public List<string> Statements { get; } = [];

        public Task<int> ExecuteAsync(Sql statement, string action, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<SqlRow>> QueryAsync(Sql statement, string action, CancellationToken cancellationToken)
        {
            Statements.Add(statement.Text);
            return Task.FromResult<IReadOnlyList<SqlRow>>(statement.Text switch
            {
                var text when text.Contains("information_schema.COLUMNS", StringComparison.Ordinal) =>
                    [new SqlRow("City", "id", "int", 0L), new SqlRow("city", "id", "int", 0L), new SqlRow("city", "photo", "blob", 1L)],
                var text when text.Contains("rpd_tables", StringComparison.Ordinal) => [new SqlRow("city", "AVAIL_RPDGSTABSTATE", 7L)],
                var text when text.Contains("rpd_column_id", StringComparison.Ordinal) => [new SqlRow("city", "id")],
                _ => [new SqlRow(7L)],
            });
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
