using System.Globalization;
using SnapshotBridge.Loading;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading;

public sealed class LoadQueueTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Some ten milliseconds a statement, and 900 seconds an invocation: what begins an attempt must not cost one for each table.</summary>
    [Fact]
    public async Task Enqueue_TenThousandTables_TakesFewStatements()
    {
        await using var session = new RecordingSession();

        await new LoadQueue(session).EnqueueAsync(Loads(10_000, "ALTER TABLE t SECONDARY_LOAD"), Token);

        Assert.InRange(session.Statements.Count, 1, 500);
        Assert.Equal(10_000, session.Rows("`queue` "));
        Assert.Equal(30_000, session.Rows("`queue_steps` "));
    }

    /// <summary>A worker takes what is queued.</summary>
    [Fact]
    public async Task Enqueue_EachTable_HasItsStepsBeforeItIsQueued()
    {
        await using var session = new RecordingSession();

        await new LoadQueue(session).EnqueueAsync(Loads(250, "ALTER TABLE t SECONDARY_LOAD"), Token);

        var withSteps = new HashSet<string>();
        foreach (var statement in session.Statements)
        {
            var ids = statement.Parameters.Select(item => item.Value).OfType<string>().Where(value => value.StartsWith("run-", StringComparison.Ordinal)).ToHashSet();
            if (statement.Text.Contains("`queue_steps` ", StringComparison.Ordinal))
            {
                withSteps.UnionWith(ids);
            }
            else
            {
                Assert.Subset(withSteps, ids);
            }
        }
    }

    [Fact]
    public async Task Enqueue_WideTables_KeepsStatementsBelowTheServersPacket()
    {
        await using var session = new RecordingSession();

        await new LoadQueue(session).EnqueueAsync(Loads(300, new string('c', 60_000)), Token);

        Assert.All(session.Statements, statement => Assert.InRange(statement.Parameters.Sum(item => (item.Value as string)?.Length ?? 0), 1, 2_000_000));
        Assert.Equal(900, session.Rows("`queue_steps` "));
    }

    private static IEnumerable<QueuedLoad> Loads(int count, string statement) => Enumerable.Range(0, count).Select(index => new QueuedLoad(
        LoadQueue.LoadId("run", index),
        "run",
        "task",
        index,
        "shop",
        string.Create(CultureInfo.InvariantCulture, $"t{index}"),
        [new LoadStep(LedgerSql.Mark("run")), new LoadStep(LoadStepKind.Run, statement, "'"), new LoadStep(LoadStepKind.Load, statement, null)]));

    private sealed class RecordingSession : IHeatWaveSession
    {
        public string Server => "heatwave";

        public string User => "loader";

        public List<Sql> Statements { get; } = [];

        public int Rows(string table) => Statements.Where(statement => statement.Text.Contains(table, StringComparison.Ordinal)).Sum(statement => statement.Text.Split("(@").Length - 1);

        public Task<int> ExecuteAsync(Sql statement, string action, CancellationToken cancellationToken)
        {
            Statements.Add(statement);
            return Task.FromResult(1);
        }

        public Task<IReadOnlyList<SqlRow>> QueryAsync(Sql statement, string action, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
