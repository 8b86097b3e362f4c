using SnapshotBridge.Loading;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading;

/// <summary>What creates schemas, and what does not any more: the statement takes a lock that others wait for.</summary>
public sealed class TargetSchemasTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CreateMissing_ManyTablesOfFewSchemas_CreatesTheMissingOneOnce()
    {
        await using var session = new ExistingNames("there");

        await new TargetSchemas(session, StringComparer.OrdinalIgnoreCase).CreateMissingAsync([.. Enumerable.Repeat("There", 50), .. Enumerable.Repeat("new", 50), "NEW"], Token);

        Assert.Equal(["CREATE DATABASE IF NOT EXISTS `new` CHARACTER SET utf8mb4"], session.Executed);
    }

    [Fact]
    public async Task CreateMissing_NothingToLoad_AsksNothing()
    {
        await using var session = new ExistingNames();

        await new TargetSchemas(session, StringComparer.Ordinal).CreateMissingAsync([], Token);

        Assert.Equal(0, session.Queries);
    }

    [Fact]
    public async Task Ensure_BookkeepingThatIsThere_IsLookedForInOneStatementAndLeft()
    {
        await using var session = new ExistingNames([.. LedgerSql.Tables]);

        await new LoadLedger(session).EnsureAsync(Token);

        Assert.Equal(1, session.Queries);
        Assert.Empty(session.Executed);
    }

    [Fact]
    public async Task Ensure_BookkeepingOfAnEarlierVersion_GetsWhatItLacksAndNothingElse()
    {
        await using var session = new ExistingNames("tables", "loads", "queue", "queue_workers", "messages");

        await new LoadLedger(session).EnsureAsync(Token);

        Assert.Equal(LedgerSql.Create.Skip(1).Count(statement => !statement.Contains("`tables` (", StringComparison.Ordinal)) - 3, session.Executed.Count);
        Assert.Contains(session.Executed, statement => statement.Contains("`queue_steps` (", StringComparison.Ordinal));
        Assert.DoesNotContain(session.Executed, statement => statement.StartsWith("CREATE DATABASE", StringComparison.Ordinal));
    }

    private sealed class ExistingNames(params string[] names) : IHeatWaveSession
    {
        public string Server => "heatwave";

        public string User => "loader";

        public List<string> Executed { get; } = [];

        public int Queries { get; private set; }

        public Task<int> ExecuteAsync(Sql statement, string action, CancellationToken cancellationToken)
        {
            Executed.Add(statement.Text);
            return Task.FromResult(0);
        }

        public Task<IReadOnlyList<SqlRow>> QueryAsync(Sql statement, string action, CancellationToken cancellationToken)
        {
            Queries++;
            return Task.FromResult<IReadOnlyList<SqlRow>>([.. names.Select(name => new SqlRow(name))]);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
