using System.Globalization;
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

    /// <summary>So many files one document lists at most: some 6 MB of JSON. Larger exports have <c>_MANIFEST/000000.json</c> and so on beside the manifest.</summary>
    public const int MostObjects = 20_000;

    public int Version { get; init; } = CurrentVersion;

    public required string ExportTaskId { get; init; }

    public required string SourceArn { get; init; }

    public DateTimeOffset? SnapshotTime { get; init; }

    public required IReadOnlyList<ManifestTable> Tables { get; init; }

    /// <summary>
    /// The documents to write, each made when it is asked for: first those that list files where there are too many for one
    /// document, the manifest last.
    /// </summary>
    public static IEnumerable<(string Name, byte[] Content)> Documents(CopiedExport export)
    {
        ArgumentNullException.ThrowIfNull(export);
        var plan = export.Plan;
        var isInline = plan.Objects <= MostObjects;
        var tables = new List<ManifestTable>(plan.Tables.Count);
        var listed = new List<ManifestObject>();
        var number = 0;
        for (var index = 0; index < plan.Tables.Count; index++)
        {
            var (table, rows, bytes) = (plan.Tables[index], 0L, 0L);
            var files = new List<string>();
            foreach (var item in export.ObjectsOf(index))
            {
                rows += item.Rows;
                bytes += item.SizeBytes;
                listed.Add(ManifestObject.Of(item));
                if (isInline)
                {
                    continue;
                }

                var file = FileName(number);
                if (files.Count == 0 || files[^1] != file)
                {
                    files.Add(file);
                }

                if (listed.Count == MostObjects)
                {
                    yield return (file, ToBytes(listed));
                    listed.Clear();
                    number++;
                }
            }

            tables.Add(new ManifestTable(
                table.Database, table.Schema, table.Table, table.DestinationPrefix, rows, bytes, isInline ? [.. listed] : null, isInline ? null : files));
            if (isInline)
            {
                listed.Clear();
            }
        }

        if (listed.Count > 0)
        {
            yield return (FileName(number), ToBytes(listed));
        }

        var manifest = new DestinationManifest
        {
            ExportTaskId = plan.ExportTaskId,
            SourceArn = plan.SourceArn,
            SnapshotTime = plan.SnapshotTime,
            Tables = tables,
        };
        yield return ($"{plan.DestinationPrefix}_MANIFEST.json", JsonSerializer.SerializeToUtf8Bytes(manifest, LoadingJson.Default.DestinationManifest));

        string FileName(int file) => string.Create(CultureInfo.InvariantCulture, $"{plan.DestinationPrefix}_MANIFEST/{file:D6}.json");
    }

    private static byte[] ToBytes(List<ManifestObject> objects) => JsonSerializer.SerializeToUtf8Bytes(objects, LoadingJson.Default.ListManifestObject);
}

/// <summary>
/// One table of the manifest. Its files stand in <c>Objects</c>, or, where there are too many for one document, in the
/// documents that <c>ObjectFiles</c> names, among those of other tables; the other one is absent.
/// </summary>
public sealed record ManifestTable(
    string Database, string Schema, string Table, string Prefix, long Rows, long Bytes, IReadOnlyList<ManifestObject>? Objects, IReadOnlyList<string>? ObjectFiles);

/// <summary>One Parquet file of the manifest.</summary>
public sealed record ManifestObject(
    string Name, long SizeBytes, long Rows, string Crc32C, string Crc64Nvme, string ETag, CopyEvidence Evidence, string? EvidenceReason)
{
    internal static ManifestObject Of(ProvenObject item) => new(
        item.DestinationName, item.SizeBytes, item.Rows, item.Crc32C, item.Crc64Nvme, item.DestinationETag, item.Evidence, item.EvidenceReason);
}
