using System.Security.Cryptography;

namespace SnapshotBridge.Copying;

/// <summary>What the source's stored checksum says about the bytes that were read.</summary>
/// <param name="IsMatch">False when the bytes are not those that were stored.</param>
/// <param name="Evidence">The level that the match gives.</param>
/// <param name="Reason">Why the level is not end-to-end.</param>
/// <param name="Algorithm">The checksum compared.</param>
/// <param name="Expected">The stored value.</param>
/// <param name="Actual">The computed value.</param>
internal readonly record struct SourceProof(bool IsMatch, CopyEvidence Evidence, string? Reason, string Algorithm, string Expected, string Actual)
{
    /// <summary>Judges an object whose bytes are no longer in memory, by its combined checksums.</summary>
    public static SourceProof Judge(StoredChecksum? stored, PartChecksums computed) => Judge(stored, computed, content: null);

    /// <summary>Judges an object that is whole in memory: hashes that do not combine can be computed too.</summary>
    public static SourceProof Judge(StoredChecksum? stored, PartChecksums computed, ReadOnlyMemory<byte>? content)
    {
        if (stored is null)
        {
            return Unproven("S3 keeps no checksum for this object");
        }

        if (!stored.IsFullObject)
        {
            return Unproven($"S3 keeps only a composite {Name(stored.Algorithm)}, over its uploader's parts");
        }

        return stored.Algorithm switch
        {
            ChecksumAlgorithm.Crc64Nvme => Compare(stored, Crc64Nvme.ToBase64(computed.Crc64Nvme)),
            ChecksumAlgorithm.Crc32C => Compare(stored, Crc32C.ToBase64(computed.Crc32C)),
            ChecksumAlgorithm.Crc32 when computed.Crc32 is { } crc32 => Compare(stored, Crc32.ToBase64(crc32)),
            ChecksumAlgorithm.Sha256 when content is { } bytes => Compare(stored, Convert.ToBase64String(SHA256.HashData(bytes.Span))),
#pragma warning disable CA5350 // S3 offers SHA-1 as a checksum; here it guards against accidents, not against forgery.
            ChecksumAlgorithm.Sha1 when content is { } bytes => Compare(stored, Convert.ToBase64String(SHA1.HashData(bytes.Span))),
#pragma warning restore CA5350
            _ => Unproven($"the {Name(stored.Algorithm)} that S3 keeps cannot be computed from parts"),
        };
    }

    private static SourceProof Compare(StoredChecksum stored, string actual) =>
        new(string.Equals(stored.Value, actual, StringComparison.Ordinal), CopyEvidence.EndToEnd, null, Name(stored.Algorithm), stored.Value, actual);

    private static SourceProof Unproven(string reason) => new(true, CopyEvidence.Destination, reason, "", "", "");

    private static string Name(ChecksumAlgorithm algorithm) => algorithm switch
    {
        ChecksumAlgorithm.Crc64Nvme => "CRC64NVME",
        ChecksumAlgorithm.Crc32C => "CRC32C",
        ChecksumAlgorithm.Crc32 => "CRC32",
        ChecksumAlgorithm.Sha1 => "SHA1",
        _ => "SHA256",
    };
}
