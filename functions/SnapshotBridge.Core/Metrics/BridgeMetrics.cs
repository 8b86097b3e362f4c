using static SnapshotBridge.Metrics.MetricUnit;

namespace SnapshotBridge.Metrics;

/// <summary>
/// Everything that SnapshotBridge measures. All of it stands under one dimension, the pipeline's name, so that the number
/// of paid metrics per pipeline is the length of <see cref="All"/>, however many tables and exports there are.
/// </summary>
public static class BridgeMetrics
{
    public const string Namespace = "SnapshotBridge";

    /// <summary>The only dimension: the name of the deployed stack.</summary>
    public const string PipelineDimension = "Pipeline";

    public static Metric ExportsStarted { get; } = new("ExportsStarted", Count, "runs that started an export");

    public static Metric ExportsAdopted { get; } = new("ExportsAdopted", Count, "runs that took over an export of the same snapshot and scope instead of paying for another");

    public static Metric SnapshotsIgnored { get; } = new("SnapshotsIgnored", Count, "runs whose event was of no database of ours");

    public static Metric ExportsCompleted { get; } = new("ExportsCompleted", Count, "runs whose export was complete");

    public static Metric ExportsFailed { get; } = new("ExportsFailed", Count, "runs whose export failed or was cancelled");

    public static Metric ExportSeconds { get; } = new("ExportSeconds", Seconds, "from the start of an export task to its end, for runs that waited for it");

    public static Metric PlannedTables { get; } = new("PlannedTables", Count, "tables of a new plan");

    public static Metric PlannedObjects { get; } = new("PlannedObjects", Count, "Parquet files of a new plan");

    public static Metric PlannedBytes { get; } = new("PlannedBytes", Bytes, "bytes of a new plan");

    public static Metric PlannedBatches { get; } = new("PlannedBatches", Count, "copy batches of a new plan");

    public static Metric CopiedObjects { get; } = new("CopiedObjects", Count, "objects of a batch whose proof was written");

    public static Metric CopiedBytes { get; } = new("CopiedBytes", Bytes, "bytes of a batch whose proof was written");

    public static Metric ObjectsBelowEndToEnd { get; } = new("ObjectsBelowEndToEnd", Count, "of these objects, those that S3 kept no whole-object checksum for");

    public static Metric SentBytes { get; } = new("SentBytes", Bytes, "bytes that one invocation of the copy sent: what egress is paid for");

    public static Metric CopyThroughput { get; } = new("CopyThroughput", MegabytesPerSecond, "how fast one invocation of the copy sent");

    public static Metric CopyThrottles { get; } = new("CopyThrottles", Count, "answers of S3 and OCI that asked one invocation to slow down");

    public static Metric CopyRetries { get; } = new("CopyRetries", Count, "requests to OCI that one invocation repeated, throttled ones included");

    public static Metric TablesLoaded { get; } = new("TablesLoaded", Count, "tables whose rows and columns in HeatWave equal the export's");

    public static Metric TablesEmpty { get; } = new("TablesEmpty", Count, "tables without rows");

    public static Metric TablesSkipped { get; } = new("TablesSkipped", Count, "tables that RDS left out of the export");

    public static Metric TablesFailed { get; } = new("TablesFailed", Count, "tables that HeatWave did not load, or loaded differently");

    public static Metric RowsLoaded { get; } = new("RowsLoaded", Count, "rows counted in HeatWave");

    public static Metric RowsDiffering { get; } = new("RowsDiffering", Count, "by how many rows the tables in HeatWave differ from the export");

    public static Metric BytesLoaded { get; } = new("BytesLoaded", Bytes, "bytes of the Parquet files of the tables that are loaded");

    public static Metric TypeChanges { get; } = new("TypeChanges", Count, "columns of loaded tables whose type is not the source's");

    public static Metric StatisticsCompared { get; } = new("StatisticsCompared", Count, "null counts, minima and maxima that were compared with the export's");

    public static Metric StatisticsDiffering { get; } = new("StatisticsDiffering", Count, "of these, those that differ");

    public static Metric VersionsDropped { get; } = new("VersionsDropped", Count, "earlier versions of schemas that were dropped after a switch");

    public static Metric SchemasNotSwitched { get; } = new("SchemasNotSwitched", Count, "schemas whose readers still see an earlier version although a newer one was loaded");

    public static Metric LoadSeconds { get; } = new("LoadSeconds", Seconds, "the time that HeatWave took for all tables of a run, added up");

    public static Metric RunsSucceeded { get; } = new("RunsSucceeded", Count, "runs whose report names no failed table");

    public static Metric RunsWithFailedTables { get; } = new("RunsWithFailedTables", Count, "runs whose report names one or more");

    public static Metric RunSeconds { get; } = new("RunSeconds", Seconds, "from the start of an execution to its report");

    public static Metric AnnouncementsFailed { get; } = new("AnnouncementsFailed", Count, "runs whose end could not be announced on the event bus");

    public static IReadOnlyList<Metric> All { get; } =
    [
        ExportsStarted, ExportsAdopted, SnapshotsIgnored, ExportsCompleted, ExportsFailed, ExportSeconds,
        PlannedTables, PlannedObjects, PlannedBytes, PlannedBatches,
        CopiedObjects, CopiedBytes, ObjectsBelowEndToEnd, SentBytes, CopyThroughput, CopyThrottles, CopyRetries,
        TablesLoaded, TablesEmpty, TablesSkipped, TablesFailed, RowsLoaded, RowsDiffering, BytesLoaded, LoadSeconds,
        TypeChanges, StatisticsCompared, StatisticsDiffering, SchemasNotSwitched, VersionsDropped,
        RunsSucceeded, RunsWithFailedTables, RunSeconds, AnnouncementsFailed,
    ];
}
