namespace SnapshotBridge.Local.Aws.S3;

/// <summary>The checksums that S3 can store with an object.</summary>
public enum S3ChecksumAlgorithm
{
    /// <summary>The default when the uploader sent none; always over the whole object.</summary>
    Crc64Nvme,

    /// <summary>CRC-32 as in zip and gzip.</summary>
    Crc32,

    /// <summary>CRC-32C (Castagnoli).</summary>
    Crc32C,

    /// <summary>SHA-1.</summary>
    Sha1,

    /// <summary>SHA-256.</summary>
    Sha256,
}

/// <summary>What a stored checksum covers.</summary>
public enum S3ChecksumType
{
    /// <summary>All bytes of the object.</summary>
    FullObject,

    /// <summary>The checksums of the parts; the value ends in <c>-</c> and their count.</summary>
    Composite,
}

/// <summary>The checksum stored with an object.</summary>
/// <param name="Algorithm">How it was computed.</param>
/// <param name="Type">What it covers.</param>
/// <param name="Value">Base64 of the big-endian value, as in the header.</param>
public sealed record S3Checksum(S3ChecksumAlgorithm Algorithm, S3ChecksumType Type, string Value);

/// <summary>Overrides which checksum is stored for some objects, to make each level of evidence that a copy can find.</summary>
/// <param name="When">Selects by bucket and key; the first rule that matches counts.</param>
/// <param name="Algorithm">What to store, or null for no checksum at all.</param>
/// <param name="CompositePartBytes">When set, a composite checksum over parts of this size is stored, as after a multipart upload.</param>
public sealed record S3ChecksumRule(Func<string, string, bool> When, S3ChecksumAlgorithm? Algorithm, int? CompositePartBytes = null);

internal static class S3ChecksumNames
{
    public static readonly IReadOnlyList<S3ChecksumAlgorithm> All = Enum.GetValues<S3ChecksumAlgorithm>();

    public static string Wire(this S3ChecksumAlgorithm algorithm) => algorithm switch
    {
        S3ChecksumAlgorithm.Crc64Nvme => "CRC64NVME",
        S3ChecksumAlgorithm.Crc32 => "CRC32",
        S3ChecksumAlgorithm.Crc32C => "CRC32C",
        S3ChecksumAlgorithm.Sha1 => "SHA1",
        _ => "SHA256",
    };

    public static string Header(this S3ChecksumAlgorithm algorithm) => "x-amz-checksum-" + algorithm.Wire().ToLowerInvariant();

    public static string Wire(this S3ChecksumType type) => type == S3ChecksumType.Composite ? "COMPOSITE" : "FULL_OBJECT";

    public static S3ChecksumAlgorithm Parse(string text)
    {
        foreach (var algorithm in All)
        {
            if (algorithm.Wire().Equals(text, StringComparison.OrdinalIgnoreCase))
                return algorithm;
        }

        throw new S3Exception("InvalidRequest", "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]", 400);
    }

    public static int ByteLength(this S3ChecksumAlgorithm algorithm) => algorithm switch
    {
        S3ChecksumAlgorithm.Crc64Nvme => 8,
        S3ChecksumAlgorithm.Sha1 => 20,
        S3ChecksumAlgorithm.Sha256 => 32,
        _ => 4,
    };
}
