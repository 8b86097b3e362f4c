using System.Text.Json;
using SnapshotBridge.Copying;

namespace SnapshotBridge.Loading;

/// <summary>
/// What stands below one run's folder in the OCI bucket, for whoever finds the data without this project's bookkeeping:
/// written as <c>_MANIFEST.json</c> beside the databases, where no table's prefix reaches it. The same export always
/// gives the same bytes.
/// </summary>
public sealed record DestinationManifest
{
    public const int CurrentVersion = 1;

    public int Version { get; init; } = CurrentVersion;

    public required string ExportTaskId { get; init; }

    public required string SourceArn { get; init; }

    public DateTimeOffset? SnapshotTime { get; init; }

    public required IReadOnlyList<ManifestTable> Tables { get; init; }

    /// <summary>The manifest's own name.</summary>
    public static string NameBelow(string destinationPrefix) => $"{destinationPrefix}_MANIFEST.json";

    public static DestinationManifest Of(CopiedExport export)
    {
        var objects = export.Objects.ToLookup(item => item.Table);
        return new DestinationManifest
        {
            ExportTaskId = export.Plan.ExportTaskId,
            SourceArn = export.Plan.SourceArn,
            SnapshotTime = export.Plan.SnapshotTime,
            Tables = [.. export.Plan.Tables.Select((table, index) => new ManifestTable(
                table.Database,
                table.Schema,
                table.Table,
                table.DestinationPrefix,
                objects[index].Sum(item => item.Rows),
                objects[index].Sum(item => item.SizeBytes),
                [.. objects[index].OrderBy(item => item.DestinationName, StringComparer.Ordinal).Select(item => new ManifestObject(
                    item.DestinationName, item.SizeBytes, item.Rows, item.Crc32C, item.Crc64Nvme, item.DestinationETag, item.Evidence, item.EvidenceReason))]))],
        };
    }

    /// <summary>The manifest's bytes.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, LoadingJson.Default.DestinationManifest);
}

/// <summary>One table of the manifest.</summary>
public sealed record ManifestTable(
    string Database, string Schema, string Table, string Prefix, long Rows, long Bytes, IReadOnlyList<ManifestObject> Objects);

/// <summary>One Parquet file of the manifest.</summary>
public sealed record ManifestObject(
    string Name, long SizeBytes, long Rows, string Crc32C, string Crc64Nvme, string ETag, CopyEvidence Evidence, string? EvidenceReason);
