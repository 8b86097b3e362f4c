using SnapshotBridge.Loading;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading;

public sealed class LoadPreconditionsTests
{
    /// <summary>An earlier run loaded the table under another spelling, which such a server takes for the same name.</summary>
    [Fact]
    public async Task CheckTargets_MarksOfTwoSpellingsOnAServerWithoutCase_TheLaterDecides()
    {
        await using var session = new ScriptedSession();
        var probe = new ServerProbe(
            ServerVersion.Parse("9.7.0-cloud", "heatwave"), IsCloud: true, EventSchedulerRuns: true, StringComparer.OrdinalIgnoreCase, HasRapidTables: true, HasTaskApi: true, DateTimeOffset.UnixEpoch, FreeConnections: 9);
        var preconditions = new LoadPreconditions(session, probe, new LoadSettings(), TimeProvider.System);

        await preconditions.CheckTargetsAsync([new LoadTarget("shop", "city")], [], TestContext.Current.CancellationToken);

        session.CreatedAt = 100;
        await Assert.ThrowsAsync<TargetTablesOccupiedException>(() => preconditions.CheckTargetsAsync([new LoadTarget("shop", "city")], [], TestContext.Current.CancellationToken));
    }

    private sealed class ScriptedSession : IHeatWaveSession
    {
        public string Server => "heatwave";

        public string User => "loader";

        public long CreatedAt { get; set; } = 200;

        public Task<int> ExecuteAsync(Sql statement, string action, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<SqlRow>> QueryAsync(Sql statement, string action, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<SqlRow>>(
            statement.Text.Contains("information_schema.TABLES", StringComparison.Ordinal)
                ? [new SqlRow("shop", "city", "BASE TABLE", CreatedAt)]
                : [new SqlRow("shop", "City", "snap-1", "load-1", "par", 90L, 100L, 5L), new SqlRow("shop", "city", "snap-2", "load-2", "par", 190L, 200L, 5L)]);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
