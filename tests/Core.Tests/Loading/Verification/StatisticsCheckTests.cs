using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using SnapshotBridge.Copying;
using SnapshotBridge.Loading;
using SnapshotBridge.Loading.Verification;
using SnapshotBridge.Parquet;
using SnapshotBridge.Requests;
using SnapshotBridge.Storage;
using SnapshotBridge.TestKit;
using Xunit;
using StoredDocuments = SnapshotBridge.Core.Tests.Copying.MemoryDocuments;

namespace SnapshotBridge.Core.Tests.Loading.Verification;

/// <summary>Which statements are sent, and what becomes of a scan that is refused or takes too long.</summary>
public sealed partial class StatisticsCheckTests
{
    private static readonly LoadSettings Settings = new() { Reserve = TimeSpan.FromSeconds(1), ShortestScan = TimeSpan.FromSeconds(1), MaxScans = 2 };

    private readonly ManualTime _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunAsync_EqualFigures_TakesOneStatementForTheTable()
    {
        var server = new ScriptedServer(columns: 3);

        var table = await CheckAsync(server, Table(3));

        Assert.Equal((TablePhase.Loaded, 3, 9), (table.Phase, table.Statistics!.ColumnsCompared, table.Statistics.ValuesCompared));
        Assert.Equal((3, 3), (table.Statistics.Columns, table.Statistics.ColumnsInFull));
        Assert.Equal(
            ["SELECT COUNT(*), COUNT(`c0`), CAST(MIN(`c0`) AS CHAR), CAST(MAX(`c0`) AS CHAR), COUNT(`c1`), CAST(MIN(`c1`) AS CHAR), CAST(MAX(`c1`) AS CHAR), COUNT(`c2`), CAST(MIN(`c2`) AS CHAR), CAST(MAX(`c2`) AS CHAR) FROM `shop`.`t`"],
            server.Scans);
    }

    [Fact]
    public async Task RunAsync_WideTable_TakesAStatementPer250Columns()
    {
        var server = new ScriptedServer(columns: 1017);

        var table = await CheckAsync(server, Table(1017));

        Assert.Equal(1017, table.Statistics!.ColumnsCompared);
        Assert.Equal(5, server.Scans.Count);
    }

    [Fact]
    public async Task RunAsync_OneColumnThatTheServerRefuses_IsFoundByHalving()
    {
        var server = new ScriptedServer(columns: 16) { Refuses = "`c5`" };

        var table = await CheckAsync(server, Table(16));

        Assert.Equal((TablePhase.Loaded, 16, 15, 15), (table.Phase, table.Statistics!.Columns, table.Statistics.ColumnsCompared, table.Statistics.ColumnsInFull));
        Assert.Equal(["c5: error 3889: no"], table.Statistics.NotCompared);
        Assert.Equal(9, server.Scans.Count);
    }

    [Fact]
    public async Task RunAsync_OtherMaximum_FailsTheTableAndNamesBothValues()
    {
        var server = new ScriptedServer(columns: 2) { Maximum = "12345678901234567891" };

        var table = await CheckAsync(server, Table(2));

        Assert.Equal(TablePhase.Failed, table.Phase);
        Assert.Equal(
            "all rows are there, but not all values are the export's: maximum of c0 is 9 in the export and 12345678901234567891 in HeatWave; maximum of c1 is 9 in the export and 12345678901234567891 in HeatWave",
            table.Reason);
    }

    [Fact]
    public async Task RunAsync_ScanThatDoesNotEnd_IsInterruptedAndGivenUpAfterSeveralInvocations()
    {
        var server = new ScriptedServer(columns: 1) { WhenScanHangs = TimeIsOver };

        var first = await CheckAsync(server, Table(1));
        Assert.Equal((TablePhase.Loaded, 1, true), (first.Phase, first.InterruptedScans, first.Statistics is null));
        Assert.True(StatisticsCheck.IsPending(first, VerifyMode.Statistics));

        var second = await CheckAsync(server, first);
        Assert.Equal(TablePhase.Loaded, second.Phase);
        Assert.Matches("^the whole table: reading its proofs and its smallest and largest values took longer than [12] seconds, 2 times$", Assert.Single(second.Statistics!.NotCompared));
        Assert.Equal(2, server.Scans.Count);
    }

    [Fact]
    public async Task RunAsync_ProofsThatAreNotReadInTime_AreGivenUpLikeAScan()
    {
        var server = new ScriptedServer(columns: 1);
        var documents = Documents(1);
        documents.BeforeRead = (_, token) =>
        {
            TimeIsOver();
            return Task.Delay(Timeout.Infinite, token);
        };
        var done = new ConcurrentQueue<TableLoad>();

        await Check(server, documents).RunAsync([Table(1)], "task", () => TimeSpan.FromSeconds(2.5), done, Token);

        var table = Assert.Single(done);
        Assert.Equal((TablePhase.Loaded, 1, true), (table.Phase, table.InterruptedScans, table.Statistics is null));
        Assert.Empty(server.Scans);
    }

    [Fact]
    public async Task RunAsync_NoTimeLeft_BeginsNothing()
    {
        var server = new ScriptedServer(columns: 1);
        var done = new ConcurrentQueue<TableLoad>();

        await Check(server, Documents(1)).RunAsync([Table(1)], "task", () => TimeSpan.FromSeconds(1.5), done, Token);

        Assert.Empty(done);
        Assert.Empty(server.Scans);
    }

    [Fact]
    public async Task RunAsync_PauseRightAfterTheLookAtTheTime_ComparesThatTableAndBeginsNoOther()
    {
        var server = new ScriptedServer(columns: 1);
        var done = new ConcurrentQueue<TableLoad>();
        var looks = new Queue<TimeSpan>([TimeSpan.FromSeconds(2.5), TimeSpan.FromSeconds(-10)]);

        await Check(server, Documents(1), scans: 1).RunAsync([Table(1), Table(1)], "task", () => looks.Count > 1 ? looks.Dequeue() : looks.Peek(), done, Token);

        Assert.Equal(1, Assert.Single(done).Statistics!.ColumnsCompared);
    }

    [Theory]
    [InlineData(TablePhase.Loaded, VerifyMode.Statistics, true)]
    [InlineData(TablePhase.Loaded, VerifyMode.Rows, false)]
    [InlineData(TablePhase.Failed, VerifyMode.Statistics, false)]
    [InlineData(TablePhase.Empty, VerifyMode.Statistics, false)]
    [InlineData(TablePhase.Queued, VerifyMode.Statistics, false)]
    public void IsPending_LoadedTableOfARunThatAsksForIt_Is(TablePhase phase, VerifyMode verify, bool expected) =>
        Assert.Equal(expected, StatisticsCheck.IsPending(Table(1) with { Phase = phase }, verify));

    /// <summary>More than the scan may take passes.</summary>
    private void TimeIsOver() => _time.Advance(TimeSpan.FromSeconds(2));

    private async Task<TableLoad> CheckAsync(ScriptedServer server, TableLoad table)
    {
        var done = new ConcurrentQueue<TableLoad>();
        await Check(server, Documents(table.Columns.Count)).RunAsync([table], "task", () => TimeSpan.FromSeconds(2.5), done, Token);
        return Assert.Single(done);
    }

    private StatisticsCheck Check(ScriptedServer server, StoredDocuments documents, int? scans = null) =>
        new(server, documents, Settings with { Scans = scans ?? Settings.Scans }, _time, NullLogger.Instance);

    private static TableLoad Table(int columns) => new()
    {
        Table = 0,
        TargetSchema = "shop",
        TargetTable = "t",
        Rows = 10,
        Columns = [.. Enumerable.Range(0, columns).Select(column => $"c{column.ToString(CultureInfo.InvariantCulture)} INT32")],
        Phase = TablePhase.Loaded,
        ProofBatches = "0",
    };

    private static StoredDocuments Documents(int columns)
    {
        var documents = new StoredDocuments();
        var statistics = new ColumnStatistics { Nulls = 2, Minimum = StatisticsValue.Of((Int128)(-1)), Maximum = StatisticsValue.Of((Int128)9) };
        documents.Texts[BridgeLayout.Copied("task", 0)] = JsonSerializer.Serialize(
            new CopiedBatch
            {
                ExportTaskId = "task",
                Batch = 0,
                Objects = [ExportedStatisticsTests.Proof("a")],
                Statistics = [new TableStatistics { Table = 0, Objects = 1, Columns = [.. Enumerable.Repeat(statistics, columns)] }],
            },
            CopyingJson.Default.CopiedBatch);
        return documents;
    }

    /// <summary>A server of one table with ten rows of which two are NULL in each column.</summary>
    private sealed partial class ScriptedServer(int columns) : IHeatWaveServer, IHeatWaveSession
    {
        public string Server => "heatwave";

        public string User => "loader";

        public string? Refuses { get; init; }

        /// <summary>Called when a scan begins that then ends no more; null where scans end.</summary>
        public Action? WhenScanHangs { get; init; }

        public string Maximum { get; init; } = "9";

        public List<string> Scans { get; } = [];

        public Task<IHeatWaveSession> OpenAsync(CancellationToken cancellationToken) => Task.FromResult<IHeatWaveSession>(this);

        public Task<int> ExecuteAsync(Sql statement, string action, CancellationToken cancellationToken) => throw new NotSupportedException();

        public async Task<IReadOnlyList<SqlRow>> QueryAsync(Sql statement, string action, CancellationToken cancellationToken)
        {
            if (statement.Text.Contains("information_schema", StringComparison.Ordinal))
            {
                return [.. Enumerable.Range(0, columns).Select(column => new SqlRow($"c{column.ToString(CultureInfo.InvariantCulture)}", "int", null, "", 0L))];
            }

            Scans.Add(statement.Text);
            if (WhenScanHangs is not null)
            {
                WhenScanHangs();
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            if (Refuses is not null && statement.Text.Contains(Refuses, StringComparison.Ordinal))
            {
                throw new HeatWaveStatementException(3889, action, "no");
            }

            return [new SqlRow([10L, .. CountPattern().Matches(statement.Text).SelectMany(_ => new object?[] { 8L, "-1", Maximum })])];
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        [GeneratedRegex(@"COUNT\(`")]
        private static partial Regex CountPattern();
    }
}
