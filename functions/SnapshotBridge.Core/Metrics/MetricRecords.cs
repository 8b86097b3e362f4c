using System.Globalization;
using SnapshotBridge.Copying;
using SnapshotBridge.Exports;
using SnapshotBridge.Loading.Verification;
using SnapshotBridge.Planning;
using SnapshotBridge.Reporting;
using static SnapshotBridge.Metrics.BridgeMetrics;

namespace SnapshotBridge.Metrics;

/// <summary>What each event of a run measures, as pure functions of its result.</summary>
public static class MetricRecords
{
    public static MetricRecord ExportStarted(string exportTaskId, string execution) =>
        new("export-started", [ExportsStarted.Of(1)], Of(exportTaskId, execution));

    public static MetricRecord ExportAdopted(string exportTaskId, string execution) =>
        new("export-adopted", [ExportsAdopted.Of(1)], Of(exportTaskId, execution));

    public static MetricRecord SnapshotIgnored(string execution) =>
        new("snapshot-ignored", [SnapshotsIgnored.Of(1)], [new("execution", execution)]);

    /// <summary>A run's wait for its export is over.</summary>
    /// <param name="task">The task, which has ended.</param>
    /// <param name="execution">The run.</param>
    /// <param name="waitingSince">When the run began to wait: the duration of an export that had ended before is no news.</param>
    public static MetricRecord ExportEnded(ExportTaskState task, string execution, DateTimeOffset waitingSince)
    {
        ArgumentNullException.ThrowIfNull(task);
        List<MetricValue> values = [(task.IsComplete ? ExportsCompleted : ExportsFailed).Of(1)];
        if (task is { StartedAt: { } started, EndedAt: { } ended } && ended >= waitingSince && ended >= started)
        {
            values.Add(ExportSeconds.Of((ended - started).TotalSeconds));
        }

        return new MetricRecord("export-ended", values, [.. Of(task.ExportTaskId, execution), new("status", task.Status)]);
    }

    public static MetricRecord Planned(PlanOutcome plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return new MetricRecord(
            "planned",
            [PlannedTables.Of(plan.Tables), PlannedObjects.Of(plan.Objects), PlannedBytes.Of(plan.Bytes), PlannedBatches.Of(plan.Batches)],
            [new("exportTaskId", plan.ExportTaskId)]);
    }

    /// <summary>
    /// One invocation of the copy. What it sent is counted each time, because each time it was paid for; what is proven is
    /// counted once, when the proof is written.
    /// </summary>
    public static MetricRecord Copied(string exportTaskId, int batch, CopyBatchResult result, CopyTraffic traffic)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(traffic);
        List<MetricValue> values = [SentBytes.Of(result.SentBytes), .. Traffic(traffic)];
        if (result.SentBytes > 0 && result.Elapsed > TimeSpan.Zero)
        {
            values.Add(CopyThroughput.Of(Math.Round(result.MegabytesPerSecond, 3)));
        }

        if (result.NewlyProven is { } proven)
        {
            values.AddRange([CopiedObjects.Of(proven.Objects), CopiedBytes.Of(proven.Bytes), ObjectsBelowEndToEnd.Of(proven.ObjectsBelowEndToEnd)]);
        }

        return new MetricRecord("copied", values, [.. Batch(exportTaskId, batch), new("done", result.Done ? "true" : "false")]);
    }

    /// <summary>An invocation of the copy that ended with an error.</summary>
    public static MetricRecord CopyFailed(string exportTaskId, int batch, CopyTraffic traffic, Exception failure)
    {
        ArgumentNullException.ThrowIfNull(traffic);
        ArgumentNullException.ThrowIfNull(failure);
        return new MetricRecord("copy-failed", Traffic(traffic), [.. Batch(exportTaskId, batch), new("error", failure.GetType().Name)]);
    }

    /// <summary>A run that has its report.</summary>
    public static MetricRecord Reported(RunReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var loaded = report.Tables.Where(table => table.Status == TableStatus.Loaded).ToList();
        var statistics = report.Tables.Select(table => table.Statistics).OfType<StatisticsOutcome>().ToList();
        return new MetricRecord(
            "reported",
            [
                TablesLoaded.Of(report.Totals.Loaded),
                TablesEmpty.Of(report.Totals.Empty),
                TablesSkipped.Of(report.Totals.Skipped),
                TablesFailed.Of(report.Totals.Failed),
                RowsLoaded.Of(report.Totals.Rows),
                RowsDiffering.Of(report.Tables.Sum(table => Math.Abs((double)((table.RowsLoaded - table.RowsExported) ?? 0)))),
                BytesLoaded.Of(loaded.Sum(table => (double)table.Bytes)),
                TypeChanges.Of(loaded.Sum(table => table.TypeChanges.Count)),
                StatisticsCompared.Of(statistics.Sum(outcome => (double)outcome.ValuesCompared)),
                StatisticsDiffering.Of(statistics.Sum(outcome => (double)outcome.Differences.Count)),
                SchemasNotSwitched.Of(report.PublishedSchemas.Count(schema => schema is { SwitchedAt: null, IsSuperseded: false })),
                VersionsDropped.Of(report.PublishedSchemas.Sum(schema => schema.DroppedVersions.Count)),
                LoadSeconds.Of(Math.Round(report.Tables.Sum(table => table.LoadSeconds ?? 0), 3)),
                (report.Succeeded ? RunsSucceeded : RunsWithFailedTables).Of(1),
                RunSeconds.Of(Math.Round(Math.Max(0, (report.FinishedAt - report.StartedAt).TotalSeconds), 3)),
            ],
            Of(report.ExportTaskId, report.ExecutionName));
    }

    /// <summary>The end of a run was announced, or could not be.</summary>
    public static MetricRecord Announced(RunReport report, bool announced)
    {
        ArgumentNullException.ThrowIfNull(report);
        return new MetricRecord("announced", [AnnouncementsFailed.Of(announced ? 0 : 1)], Of(report.ExportTaskId, report.ExecutionName));
    }

    private static MetricValue[] Traffic(CopyTraffic traffic) => [CopyThrottles.Of(traffic.Throttles), CopyRetries.Of(traffic.Retries)];

    private static KeyValuePair<string, string>[] Of(string exportTaskId, string execution) => [new("exportTaskId", exportTaskId), new("execution", execution)];

    private static KeyValuePair<string, string>[] Batch(string exportTaskId, int batch) =>
        [new("exportTaskId", exportTaskId), new("batch", batch.ToString(CultureInfo.InvariantCulture))];
}
