using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using SnapshotBridge.Parquet;
using SnapshotBridge.Requests;
using SnapshotBridge.Storage;

namespace SnapshotBridge.Loading.Verification;

/// <summary>
/// <c>"verify": "statistics"</c>: compares null counts, minima and maxima of loaded tables with what the Parquet footers
/// said when they were copied. One scan per table, several tables at a time, each for as long as the invocation lasts:
/// HeatWave aggregates billions of rows in minutes, and what takes longer is begun anew in the next invocation, a few times.
/// </summary>
internal sealed class StatisticsCheck(IHeatWaveServer server, IDocumentStore documents, LoadSettings settings, TimeProvider time, ILogger log)
{
    /// <summary>Tables of one call: what is known by then is written down before the next ones begin.</summary>
    public const int MostTables = 100;

    private const int ShownDifferences = 3;

    /// <summary>Whether a loaded table is still to be compared.</summary>
    public static bool IsPending(TableLoad table, VerifyMode verify) =>
        verify == VerifyMode.Statistics && table is { Phase: TablePhase.Loaded, Statistics: null };

    /// <summary>Whether there is time to begin a scan.</summary>
    public bool HasTime(Func<TimeSpan> remaining) => IsEnough(TimeForScan(remaining));

    /// <summary>Compares tables, as many as there is time for.</summary>
    /// <param name="pending">The tables; no more than <see cref="MostTables"/> are taken.</param>
    /// <param name="exportTaskId">The export.</param>
    /// <param name="remaining">How much time the invocation has left.</param>
    /// <param name="done">Takes each table as soon as it is judged, or has cost an invocation's time in vain.</param>
    /// <param name="cancellationToken">Ends everything.</param>
    public async Task RunAsync(
        IEnumerable<TableLoad> pending, string exportTaskId, Func<TimeSpan> remaining, ConcurrentQueue<TableLoad> done, CancellationToken cancellationToken)
    {
        var queue = new ConcurrentQueue<TableLoad>(pending.Take(MostTables));
        await Task.WhenAll(Enumerable.Range(0, Math.Min(settings.Scans, queue.Count)).Select(async _ =>
        {
            await using var session = await server.OpenAsync(cancellationToken);
            // Looked at once per table: a sandbox that pauses between two looks would leave less than nothing for the scan.
            while (TimeForScan(remaining) is var limit && IsEnough(limit) && queue.TryDequeue(out var table))
            {
                var judged = await CheckAsync(session, table, exportTaskId, limit, cancellationToken);
                done.Enqueue(judged);
                if (judged.Statistics is null)
                {
                    // Its time was this worker's: nothing else fits into the invocation.
                    return;
                }
            }
        }));
    }

    private TimeSpan TimeForScan(Func<TimeSpan> remaining) => remaining() - settings.Reserve;

    private bool IsEnough(TimeSpan forScan) => forScan >= settings.ShortestScan;

    private async Task<TableLoad> CheckAsync(
        IHeatWaveSession session, TableLoad table, string exportTaskId, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (table.ProofBatches is not { Length: > 0 } batches)
        {
            return Judge(table, StatisticsComparison.None(table.Columns.Count, "this load was begun by a version that kept no statistics"));
        }

        // The proofs of a table can be thousands of documents: reading them takes of the same time.
        using var limited = new CancellationTokenSource(limit, time);
        using var interrupt = CancellationTokenSource.CreateLinkedTokenSource(limited.Token, cancellationToken);
        try
        {
            var exported = await ExportedStatistics.ReadAsync(documents, exportTaskId, batches, table.Table, interrupt.Token);
            return Judge(table, exported.Unknown is { } unknown
                ? StatisticsComparison.None(table.Columns.Count, unknown)
                : await CompareAsync(session, table, exported.Columns, interrupt.Token));
        }
        catch (Exception exception) when (IsInterruption(exception) && !cancellationToken.IsCancellationRequested)
        {
            VerificationLog.ScanInterrupted(log, table.TargetSchema, table.TargetTable, table.InterruptedScans + 1, limit.TotalSeconds);
            return table.InterruptedScans + 1 < settings.MaxScans
                ? table with { InterruptedScans = table.InterruptedScans + 1 }
                : Judge(table, StatisticsComparison.None(table.Columns.Count, string.Create(
                    CultureInfo.InvariantCulture, $"reading its proofs and its smallest and largest values took longer than {limit.TotalSeconds:F0} seconds, {settings.MaxScans} times")));
        }
    }

    private static async Task<StatisticsOutcome> CompareAsync(
        IHeatWaveSession session, TableLoad table, IReadOnlyList<ColumnStatistics> exported, CancellationToken cancellationToken)
    {
        var comparison = new StatisticsComparison();
        var served = await ServedColumn.ReadAsync(session, table.TargetSchema, table.TargetTable, cancellationToken);
        var otherTypes = table.TypeChanges.Select(change => change.Column).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var columns = comparison.Match(table.Columns, exported, served, otherTypes);
        await new StatisticsScan(session, table.TargetSchema, table.TargetTable).CompareAsync(columns, comparison, cancellationToken);
        return comparison.Outcome;
    }

    private TableLoad Judge(TableLoad table, StatisticsOutcome outcome)
    {
        VerificationLog.Compared(
            log, table.TargetSchema, table.TargetTable, outcome.ValuesCompared, outcome.ColumnsCompared, outcome.Columns, outcome.ColumnsInFull, outcome.Differences.Count);
        if (outcome.Differences.Count == 0)
        {
            return table with { Statistics = outcome };
        }

        var differences = outcome.Differences.Select(difference =>
            $"{difference.Figure} of {difference.Column} is {difference.Exported} in the export and {difference.Loaded} in HeatWave").ToList();
        return table with
        {
            Statistics = outcome,
            Phase = TablePhase.Failed,
            Reason = $"all rows are there, but not all values are the export's: {SecretMask.Mask(Few.Of(differences, ShownDifferences))}",
        };
    }

    private static bool IsInterruption(Exception exception) => exception is OperationCanceledException
        || (exception is HeatWaveStatementException refused
            && HeatWaveErrors.Kind(refused.Number) is HeatWaveErrorKind.Interrupted or HeatWaveErrorKind.Contended);
}
