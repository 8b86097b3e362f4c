using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;
using SnapshotBridge.Copying;
using ChecksumAlgorithm = SnapshotBridge.Copying.ChecksumAlgorithm;

namespace SnapshotBridge.CopyTable;

/// <summary>What S3's answers tell of the checksum that an object has there.</summary>
internal static class S3Checksums
{
    public static StoredChecksum? Of(GetObjectMetadataResponse found) => Of(
        found.ChecksumType, found.ChecksumCRC64NVME, found.ChecksumCRC32C, found.ChecksumCRC32, found.ChecksumSHA256, found.ChecksumSHA1);

    public static StoredChecksum? Of(GetObjectResponse found) => Of(
        found.ChecksumType, found.ChecksumCRC64NVME, found.ChecksumCRC32C, found.ChecksumCRC32, found.ChecksumSHA256, found.ChecksumSHA1);

    public static StoredChecksum? Of(HttpResponseMessage response) => Of(
        Header(response, "x-amz-checksum-type") is { } type ? ChecksumType.FindValue(type) : null,
        Header(response, "x-amz-checksum-crc64nvme"),
        Header(response, "x-amz-checksum-crc32c"),
        Header(response, "x-amz-checksum-crc32"),
        Header(response, "x-amz-checksum-sha256"),
        Header(response, "x-amz-checksum-sha1"));

    /// <summary>An ETag is the MD5 of an object that was sent by one request and is not encrypted with a key of KMS or the caller's.</summary>
    public static bool IsMd5(HttpResponseMessage response, string eTag) =>
        eTag.Trim('"') is { Length: 32 } text && text.All(char.IsAsciiHexDigit)
        && !response.Headers.NonValidated.Contains("x-amz-server-side-encryption-customer-algorithm")
        && (Header(response, "x-amz-server-side-encryption") is not { } encryption || !encryption.StartsWith("aws:kms", StringComparison.Ordinal));

#pragma warning disable CA5351 // S3's ETag is an MD5; here it guards against accidents, not against forgery.
    public static bool IsMd5Of(ReadOnlySpan<byte> content, string eTag) =>
        eTag.Trim('"').Equals(Convert.ToHexStringLower(MD5.HashData(content)), StringComparison.OrdinalIgnoreCase);
#pragma warning restore CA5351

    private static StoredChecksum? Of(ChecksumType? type, string? crc64Nvme, string? crc32C, string? crc32, string? sha256, string? sha1)
    {
        (ChecksumAlgorithm Algorithm, string? Value) found = (crc64Nvme, crc32C, crc32, sha256, sha1) switch
        {
            ({ Length: > 0 } text, _, _, _, _) => (ChecksumAlgorithm.Crc64Nvme, text),
            (_, { Length: > 0 } text, _, _, _) => (ChecksumAlgorithm.Crc32C, text),
            (_, _, { Length: > 0 } text, _, _) => (ChecksumAlgorithm.Crc32, text),
            (_, _, _, { Length: > 0 } text, _) => (ChecksumAlgorithm.Sha256, text),
            (_, _, _, _, { Length: > 0 } text) => (ChecksumAlgorithm.Sha1, text),
            _ => (default, null),
        };

        // Where the type is not told: composite values end in the number of parts, and CRC64NVME is never composite.
        return found.Value is { } value ? new StoredChecksum(found.Algorithm, type != ChecksumType.COMPOSITE && !value.Contains('-'), value) : null;
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;
}
