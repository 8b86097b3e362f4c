using System.Diagnostics;
using System.Globalization;
using SnapshotBridge.Loading;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables.Publishing;

/// <summary>
/// A schema of many tables. As many as SNAPSHOTBRIDGE_SCALE_TABLES says, for measuring; what each kind of statement took is
/// in the test's output.
/// </summary>
public sealed class PublishAtScaleTests(PublishServer server, ITestOutputHelper output) : IClassFixture<PublishServer>
{
    private static readonly bool IsMeasured = Environment.GetEnvironmentVariable("SNAPSHOTBRIDGE_SCALE_TABLES") is not null;

    private static readonly int Tables =
        int.TryParse(Environment.GetEnvironmentVariable("SNAPSHOTBRIDGE_SCALE_TABLES"), CultureInfo.InvariantCulture, out var tables) ? tables : 40;

    [Fact]
    public async Task Publish_ManyTables_NeedsStatementsInProportionAndServesEveryOne()
    {
        // What is measured rests as in operation.
        var lab = new PublishLab(server) { Remaining = () => TimeSpan.FromMinutes(14), Time = IsMeasured ? TimeProvider.System : new HastyTime() };
        lab.Choices = lab.Choices with { KeepVersions = 0 };
        // A table of HeatWave Lakehouse has no file on the server, and neither have these.
        await server.ExecuteAsync("SET GLOBAL innodb_file_per_table = OFF");
        var version = await server.VersionAsync();
        var names = Enumerable.Range(0, Tables).Select(index => string.Create(CultureInfo.InvariantCulture, $"t{index:D5}")).ToArray();

        foreach (var day in (int[])[1, 2])
        {
            var loaded = await lab.LoadManyAsync(day, names);
            var watch = Stopwatch.StartNew();
            MeasuredSession? measured = null;
            var (state, isDone) = await lab.PublishAsync(loaded, session => measured = new MeasuredSession(session));

            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{version}, day {day}, {Tables} tables: {watch.Elapsed.TotalSeconds:F2} s, of that {measured!.Total.TotalSeconds:F2} s in {measured.Statements} statements"));
            output.WriteLine(measured.Table());
            Assert.True(isDone);
            Assert.Null(Assert.Single(state.Published).NotSwitchedBecause);
            Assert.Empty(state.Published[0].Warnings);
            // A gated switch: the view, two that stand for its tables, and being led and shown; and what is the same for any schema.
            Assert.InRange(measured.Statements, Tables, (5 * Tables) + 50 + (Tables / 20));
            Assert.Equal([$"{day}"], await server.ColumnAsync($"SELECT DISTINCT `day` FROM ({string.Join(" UNION ALL ", Sample(names).Select(name => $"SELECT `day` FROM `{lab.Schema}`.`{name}`"))}) u"));
            Assert.Equal(names, await lab.NamesAsync());
        }
    }

    private static IEnumerable<string> Sample(string[] names) => names.Where((_, index) => index % Math.Max(1, names.Length / 20) == 0);

    /// <summary>What each kind of statement took.</summary>
    private sealed class MeasuredSession(IHeatWaveSession session) : IHeatWaveSession
    {
        private readonly Dictionary<string, (int Count, TimeSpan Time, TimeSpan Longest)> _kinds = new(StringComparer.Ordinal);

        public string Server => session.Server;

        public string User => session.User;

        public int Statements => _kinds.Values.Sum(kind => kind.Count);

        public TimeSpan Total => _kinds.Values.Aggregate(TimeSpan.Zero, (sum, kind) => sum + kind.Time);

        public string Table() => string.Join('\n', _kinds.Where(kind => kind.Value.Time > TimeSpan.FromMilliseconds(20)).OrderByDescending(kind => kind.Value.Time).Select(kind => string.Create(
            CultureInfo.InvariantCulture, $"  {kind.Value.Time.TotalSeconds,8:F3} s  {kind.Value.Count,6} times  longest {kind.Value.Longest.TotalMilliseconds,8:F1} ms  {kind.Key}")));

        public Task<int> ExecuteAsync(Sql statement, string action, CancellationToken cancellationToken) => TimeAsync(action, () => session.ExecuteAsync(statement, action, cancellationToken));

        public Task<IReadOnlyList<SqlRow>> QueryAsync(Sql statement, string action, CancellationToken cancellationToken) => TimeAsync(action, () => session.QueryAsync(statement, action, cancellationToken));

        public ValueTask DisposeAsync() => session.DisposeAsync();

        private async Task<T> TimeAsync<T>(string action, Func<Task<T>> run)
        {
            var began = Stopwatch.GetTimestamp();
            try
            {
                return await run();
            }
            finally
            {
                var took = Stopwatch.GetElapsedTime(began);
                var key = string.Join(' ', action.Split(' ').TakeWhile(word => !word.Contains('.', StringComparison.Ordinal)));
                var kind = _kinds.GetValueOrDefault(key);
                _kinds[key] = (kind.Count + 1, kind.Time + took, took > kind.Longest ? took : kind.Longest);
            }
        }
    }
}
