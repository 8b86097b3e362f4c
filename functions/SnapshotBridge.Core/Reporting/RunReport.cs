using System.Text.Json.Serialization;
using SnapshotBridge.Copying;
using SnapshotBridge.Loading.Declarations;
using SnapshotBridge.Loading.Publishing;
using SnapshotBridge.Loading.Verification;
using SnapshotBridge.Requests;

namespace SnapshotBridge.Reporting;

/// <summary>
/// What became of one execution, table by table: written to <c>reports/&lt;execution&gt;/report.json</c>, described by
/// <c>infra/report.schema.json</c>. A version only adds to the one before, so that whoever reads an older one goes on reading.
/// </summary>
public sealed record RunReport
{
    /// <summary>2 added verdict, choices, stages, cost, and each table's next step; reports of version 1 have none of them.</summary>
    public const int CurrentVersion = 2;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>The outcome in one sentence; null in reports of version 1.</summary>
    public string? Verdict { get; init; }

    public required string ExecutionName { get; init; }

    public required string ExportTaskId { get; init; }

    public required string SourceArn { get; init; }

    /// <summary>When the snapshot was taken, UTC, if the export says so.</summary>
    public DateTimeOffset? SnapshotTime { get; init; }

    /// <summary>The export's folder in the OCI bucket; its <c>_MANIFEST.json</c> lists every file.</summary>
    public string? DestinationPrefix { get; init; }

    /// <summary>True when every table of the plan is loaded with equal counts, or is empty, and every schema serves it that was to.</summary>
    public required bool Succeeded { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required DateTimeOffset FinishedAt { get; init; }

    /// <summary>The HeatWave server's version as it says itself.</summary>
    public required string ServerVersion { get; init; }

    /// <summary>How the run was to load; null in reports of version 1.</summary>
    public RunChoices? Choices { get; init; }

    // A document that lacks a list, as older ones do, gives null to its setter: it becomes the empty list.

    /// <summary>What happened when, in order; empty in reports of version 1.</summary>
    public IReadOnlyList<StageReport> Stages { get; init => field = value ?? []; } = [];

    /// <summary>What the run is likely to cost; null in reports of version 1.</summary>
    public CostEstimate? Cost { get; init; }

    /// <summary>How the tables reached their readers.</summary>
    public PublishMode Publish { get; init; }

    /// <summary>With <see cref="PublishMode.Swap"/>: one entry per public schema, with the version that it serves and why.</summary>
    public IReadOnlyList<PublishedSchema> PublishedSchemas { get; init => field = value ?? []; } = [];

    /// <summary>One entry per table of the plan and per table that RDS skipped.</summary>
    public required IReadOnlyList<TableReport> Tables { get; init; }

    public required ReportTotals Totals { get; init; }
}

/// <summary>How one table ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TableStatus>))]
public enum TableStatus
{
    /// <summary>Loaded, and the rows and columns equal those of the export.</summary>
    [JsonStringEnumMemberName("loaded")]
    Loaded,

    /// <summary>No rows in the export, nothing to load.</summary>
    [JsonStringEnumMemberName("empty")]
    Empty,

    /// <summary>RDS left it out of the export.</summary>
    [JsonStringEnumMemberName("skipped")]
    Skipped,

    /// <summary>HeatWave did not load it, or its rows or columns differ.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,
}

/// <summary>One table's line of the report.</summary>
public sealed record TableReport
{
    public required string Schema { get; init; }

    public required string Table { get; init; }

    /// <summary>The schema that it was loaded into, or would have been.</summary>
    public required string TargetSchema { get; init; }

    public required TableStatus Status { get; init; }

    /// <summary>Why it is not simply loaded: RDS's reason, HeatWave's error, both counts of a difference.</summary>
    public string? Reason { get; init; }

    /// <summary>What to do about a table that failed or was skipped.</summary>
    public string? NextStep { get; init; }

    /// <summary>Rows according to the Parquet footers; null where there is no export.</summary>
    public long? RowsExported { get; init; }

    /// <summary>Rows counted in HeatWave; null where the table was not loaded.</summary>
    public long? RowsLoaded { get; init; }

    public int Objects { get; init; }

    public long Bytes { get; init; }

    /// <summary>The weakest evidence among its objects; null where it has none.</summary>
    public CopyEvidence? Evidence { get; init; }

    /// <summary>How long HeatWave took to load it, in seconds, to the microsecond.</summary>
    public double? LoadSeconds { get; init; }

    /// <summary>The schema whose view serves it, where that is not <see cref="TargetSchema"/>.</summary>
    public string? PublicSchema { get; init; }

    /// <summary>Columns of the export that HeatWave does not serve.</summary>
    public IReadOnlyList<string> DroppedColumns { get; init => field = value ?? []; } = [];

    /// <summary>Columns whose type is not the source's.</summary>
    public IReadOnlyList<TypeChange> TypeChanges { get; init => field = value ?? []; } = [];

    /// <summary>Null where statistics were not compared.</summary>
    public StatisticsOutcome? Statistics { get; init; }

    /// <summary>Warnings of RDS and of HeatWave for this table.</summary>
    public IReadOnlyList<string> Warnings { get; init => field = value ?? []; } = [];
}

/// <summary>The sums over <see cref="RunReport.Tables"/>.</summary>
public sealed record ReportTotals
{
    public required int Loaded { get; init; }

    public required int Empty { get; init; }

    public required int Skipped { get; init; }

    public required int Failed { get; init; }

    public required long Rows { get; init; }

    public required long Objects { get; init; }

    public required long Bytes { get; init; }

    /// <summary>Tables with a warning.</summary>
    public int Warned { get; init; }

    /// <summary>Columns whose type is not the source's.</summary>
    public int TypeChanges { get; init; }

    /// <summary>Columns of the export that HeatWave does not serve.</summary>
    public int DroppedColumns { get; init; }

    /// <summary>Tables with objects whose evidence is weaker than end-to-end.</summary>
    public int BelowEndToEnd { get; init; }

    /// <summary>Columns of the tables whose statistics were to be compared; 0 where the request asks for rows alone.</summary>
    public long StatisticsColumns { get; init; }

    /// <summary>Those of them of which at least one figure was compared.</summary>
    public long StatisticsColumnsCompared { get; init; }

    /// <summary>Those of them of which the null count, the minimum and the maximum were.</summary>
    public long StatisticsColumnsInFull { get; init; }

    /// <summary>Null counts, minima and maxima that were compared.</summary>
    public long StatisticsCompared { get; init; }

    /// <summary>Those of them that differ.</summary>
    public long StatisticsDifferent { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(RunReport))]
public sealed partial class ReportingJson : JsonSerializerContext;
