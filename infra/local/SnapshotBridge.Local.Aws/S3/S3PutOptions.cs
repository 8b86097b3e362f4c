namespace SnapshotBridge.Local.Aws.S3;

/// <summary>What may go with a put.</summary>
public sealed record S3PutOptions
{
    /// <summary>The content type.</summary>
    public string ContentType { get; init; } = "binary/octet-stream";

    /// <summary>User metadata, names without <c>x-amz-meta-</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>Other headers to store, such as Content-Encoding.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Refuses to replace an object, as <c>If-None-Match: *</c>.</summary>
    public bool IfAbsent { get; init; }

    /// <summary>Replaces only the object with this ETag, as <c>If-Match</c>.</summary>
    public string? IfMatch { get; init; }

    /// <summary>The checksum that the uploader chose; null for S3's default.</summary>
    public S3ChecksumAlgorithm? ChecksumAlgorithm { get; init; }

    /// <summary>Further digests to compute while the bytes pass, for the checks of <see cref="BeforeCommit"/>.</summary>
    internal IReadOnlyList<ContentDigest> Digests { get; init; } = [];

    /// <summary>The last word before the object appears; throws to refuse it.</summary>
    internal Action<ContentDigester, long>? BeforeCommit { get; init; }

    internal string EventName { get; init; } = "ObjectCreated:Put";
}
