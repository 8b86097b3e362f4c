using System.Text.Json.Serialization;

namespace SnapshotBridge.Planning;

/// <summary>
/// What one export holds and where it goes: written once by PlanCopy to <c>bridge/&lt;exportTaskId&gt;/plan.json</c>,
/// read by CopyTable and LoadTables.
/// </summary>
public sealed record CopyPlan
{
    public const int CurrentVersion = 1;

    public int Version { get; init; } = CurrentVersion;

    public required string ExportTaskId { get; init; }

    /// <summary>The ARN of the snapshot that was exported.</summary>
    public required string SourceArn { get; init; }

    /// <summary>The S3 bucket that holds the export.</summary>
    public required string Bucket { get; init; }

    /// <summary>The export's folder in the bucket, with a trailing slash: <c>exports/&lt;exportTaskId&gt;/</c>.</summary>
    public required string SourcePrefix { get; init; }

    /// <summary>This export's folder in the OCI bucket, with a trailing slash.</summary>
    public required string DestinationPrefix { get; init; }

    /// <summary>Every table with at least a marker, empty ones included, in the order of S3's listing.</summary>
    public required IReadOnlyList<PlannedTable> Tables { get; init; }

    /// <summary>What RDS did not export, with RDS's reason.</summary>
    public required IReadOnlyList<SkippedTable> Skipped { get; init; }

    public required int Batches { get; init; }

    public required long Objects { get; init; }

    public required long Bytes { get; init; }

    /// <summary>How many batches the Distributed Map copies at a time.</summary>
    public required int MaxConcurrency { get; init; }

    /// <summary>What the state machine is expected to cost; null in plans of earlier versions.</summary>
    public OrchestrationCost? Orchestration { get; init; }

    /// <summary>SHA-256 over all batches, in hexadecimal: another plan of the same export is recognised by it.</summary>
    public string? BatchesHash { get; init; }

    /// <summary>When the snapshot was taken, UTC, if the export says so.</summary>
    public DateTimeOffset? SnapshotTime { get; init; }

    public DateTimeOffset PlannedAt { get; init; }
}

/// <summary>One table of the export.</summary>
public sealed record PlannedTable
{
    public required string Database { get; init; }

    /// <summary>The schema; for MySQL it equals <see cref="Database"/>.</summary>
    public required string Schema { get; init; }

    /// <summary>The table's name as the source spells it where the export says so, else as its folder spells it.</summary>
    public required string Table { get; init; }

    /// <summary>The table's folder in S3, with a trailing slash.</summary>
    public required string SourcePrefix { get; init; }

    /// <summary>The table's folder in the OCI bucket, with a trailing slash.</summary>
    public required string DestinationPrefix { get; init; }

    public required int Objects { get; init; }

    public required long Bytes { get; init; }

    /// <summary>The source's column types, in the source's order; empty where the export does not tell.</summary>
    public required IReadOnlyList<SourceColumn> Columns { get; init; }

    /// <summary>A warning that RDS gave for this table although it exported it.</summary>
    public string? Warning { get; init; }

    /// <summary>True when the table has no Parquet file: it has no rows.</summary>
    public bool IsEmpty => Objects == 0;

    public string FullName => $"{Schema}.{Table}";
}

/// <summary>One column as <c>export_tables_info</c> describes it.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="OriginalType">The source's type without length, such as <c>varchar</c>.</param>
/// <param name="ExportedType">The Parquet type that RDS intended, such as <c>binary (UTF8)</c>.</param>
public sealed record SourceColumn(
    string Name,
    [property: JsonConverter(typeof(RepeatedText))] string OriginalType,
    [property: JsonConverter(typeof(RepeatedText))] string ExportedType)
{
    public int? CharacterLength { get; init; }

    public int? NumericPrecision { get; init; }

    public int? DateTimePrecision { get; init; }
}

/// <summary>A table, or a whole database, that RDS left out.</summary>
public sealed record SkippedTable(string Target, string Reason);

/// <summary>One unit of copying: objects of one table prefix, or of several small tables.</summary>
public sealed record CopyBatch
{
    public required string ExportTaskId { get; init; }

    /// <summary>The batch's number, from 0.</summary>
    public required int Batch { get; init; }

    public required string Bucket { get; init; }

    public required IReadOnlyList<PlannedObject> Objects { get; init; }
}

/// <summary>One Parquet file to copy.</summary>
/// <param name="Key">The key in S3.</param>
/// <param name="DestinationName">The object name in the OCI bucket.</param>
/// <param name="SizeBytes">The whole object's size that the listing gave, also for a slice.</param>
/// <param name="ETag">The ETag that the listing gave; reads are pinned to it.</param>
/// <param name="Table">Which table of the plan it belongs to, as an index into <see cref="CopyPlan.Tables"/>.</param>
public sealed record PlannedObject(string Key, string DestinationName, long SizeBytes, string ETag, int Table)
{
    /// <summary>The parts of the object that this batch copies; null for all of it. Plan and table count the object once, whatever its slices.</summary>
    public ObjectSlice? Slice { get; init; }

    /// <summary>What this batch copies of the object, in bytes.</summary>
    [JsonIgnore]
    public long BytesToCopy => Slice?.LengthBytes(SizeBytes) ?? SizeBytes;
}

/// <summary>What the Distributed Map hands to one child: identifiers only.</summary>
public sealed record BatchReference(string ExportTaskId, int Batch);
