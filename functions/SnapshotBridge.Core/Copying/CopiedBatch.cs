using System.Text.Json.Serialization;
using SnapshotBridge.Parquet;

namespace SnapshotBridge.Copying;

/// <summary>
/// The proof for one batch, written by CopyTable to <c>bridge/&lt;exportTaskId&gt;/copied/</c> when every object of the
/// batch is done. LoadTables reads these for its completeness gate and for the row counts.
/// </summary>
public sealed record CopiedBatch
{
    public required string ExportTaskId { get; init; }

    public required int Batch { get; init; }

    public required IReadOnlyList<CopiedObject> Objects { get; init; }

    /// <summary>What it took; null in proofs of earlier versions.</summary>
    public CopyWork? Work { get; init; }

    /// <summary>
    /// What the objects' footers say about their tables' columns, but for objects that were copied in slices, whose
    /// proofs say it themselves; null in documents of earlier versions.
    /// </summary>
    public IReadOnlyList<TableStatistics>? Statistics { get; init; }
}

/// <summary>How well one object's bytes are vouched for.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CopyEvidence>))]
public enum CopyEvidence
{
    /// <summary>The checksum that S3 stored and the one that OCI stored both equal those of the bytes that passed through.</summary>
    [JsonStringEnumMemberName("end-to-end")]
    EndToEnd,

    /// <summary>S3 had no whole-object checksum: length, pinned ETag and TLS vouch for the first leg, OCI's CRC32C for the second.</summary>
    [JsonStringEnumMemberName("destination")]
    Destination,
}

/// <summary>One object that is provably at its destination.</summary>
public sealed record CopiedObject
{
    public required string Key { get; init; }

    public required string DestinationName { get; init; }

    /// <summary>Which table of the plan it belongs to, as an index into <see cref="Planning.CopyPlan.Tables"/>.</summary>
    public required int Table { get; init; }

    public required long SizeBytes { get; init; }

    public required CopyEvidence Evidence { get; init; }

    /// <summary>Why the evidence is not end-to-end; null when it is.</summary>
    public string? EvidenceReason { get; init; }

    /// <summary>CRC32C over the whole object, base64 of four big-endian bytes, equal to what OCI stores.</summary>
    public required string Crc32C { get; init; }

    /// <summary>CRC64NVME over the whole object, base64 of eight big-endian bytes.</summary>
    public required string Crc64Nvme { get; init; }

    public required string SourceETag { get; init; }

    public required string DestinationETag { get; init; }

    /// <summary>Rows according to the Parquet footer.</summary>
    public required long Rows { get; init; }

    /// <summary>The Parquet columns in file order, as <c>name type</c> texts; parts of one table must agree.</summary>
    public required IReadOnlyList<string> Columns { get; init; }

    /// <summary>
    /// What the footer says about each column's values. In documents only of an object that was copied in slices: of others
    /// it is added up per table, <see cref="CopiedBatch.Statistics"/>.
    /// </summary>
    public IReadOnlyList<ColumnStatistics>? Statistics { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CopiedBatch))]
[JsonSerializable(typeof(CopyCheckpoint))]
[JsonSerializable(typeof(SharedUploadDocument))]
[JsonSerializable(typeof(SliceDocument))]
[JsonSerializable(typeof(SharedObjectDocument))]
public sealed partial class CopyingJson : JsonSerializerContext;
