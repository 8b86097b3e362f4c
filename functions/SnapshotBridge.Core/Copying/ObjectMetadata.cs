using System.Globalization;
using SnapshotBridge.Planning;

namespace SnapshotBridge.Copying;

/// <summary>
/// What we write beside an object, so that a later invocation recognises it as the copy of one version of one source
/// object. Names without the service's prefix <c>opc-meta-</c>.
/// </summary>
internal static class ObjectMetadata
{
    public const string Run = "sb-run";
    public const string SourceETag = "sb-src-etag";
    public const string SourceSize = "sb-src-size";
    public const string Crc64Nvme = "sb-crc64";
    public const string Crc32C = "sb-crc32c";

    /// <summary>For an object whose bytes are known before it is written.</summary>
    public static IReadOnlyDictionary<string, string> Whole(string exportTaskId, PlannedObject planned, PartChecksums checksums) =>
        new Dictionary<string, string>(Upload(exportTaskId, planned))
        {
            [Crc64Nvme] = Copying.Crc64Nvme.ToBase64(checksums.Crc64Nvme),
            [Crc32C] = Copying.Crc32C.ToBase64(checksums.Crc32C),
        };

    /// <summary>For a multipart upload, whose metadata is fixed before the first byte is read.</summary>
    public static IReadOnlyDictionary<string, string> Upload(string exportTaskId, PlannedObject planned) => new Dictionary<string, string>
    {
        [Run] = exportTaskId,
        [SourceETag] = planned.ETag.Trim('"'),
        [SourceSize] = planned.SizeBytes.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>True for a copy that we made of exactly this version of the source object.</summary>
    public static bool IsOurs(SinkObject found, string exportTaskId, PlannedObject planned) =>
        Upload(exportTaskId, planned).All(wanted => found.Metadata.TryGetValue(wanted.Key, out var value) && value == wanted.Value);

    /// <summary>The checksums of the bytes that were sent, where the object was written whole and OCI stores the same CRC32C.</summary>
    public static PartChecksums? SentChecksums(SinkObject found)
    {
        if (found.Crc32C is null
            || !found.Metadata.TryGetValue(Crc32C, out var crc32C)
            || crc32C != found.Crc32C
            || !found.Metadata.TryGetValue(Crc64Nvme, out var crc64))
        {
            return null;
        }

        try
        {
            return new PartChecksums(Copying.Crc32C.FromBase64(crc32C), Copying.Crc64Nvme.FromBase64(crc64), null);
        }
        catch (FormatException)
        {
            // Somebody edited the metadata: the bytes themselves are compared instead.
            return null;
        }
    }
}
