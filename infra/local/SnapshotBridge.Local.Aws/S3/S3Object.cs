namespace SnapshotBridge.Local.Aws.S3;

/// <summary>One stored object, without its bytes.</summary>
public sealed record S3Object
{
    /// <summary>The bucket.</summary>
    public required string Bucket { get; init; }

    /// <summary>The key, decoded.</summary>
    public required string Key { get; init; }

    /// <summary>The length in bytes.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>The entity tag, quotes included. As with SSE-KMS it is no MD5 of the content.</summary>
    public required string ETag { get; init; }

    /// <summary>When it was stored, whole seconds.</summary>
    public required DateTimeOffset LastModified { get; init; }

    /// <summary>Orders the writes of one key; upper-case hexadecimal.</summary>
    public required string Sequencer { get; init; }

    /// <summary>The stored checksum, or null where none is kept.</summary>
    public required S3Checksum? Checksum { get; init; }

    /// <summary>The content type.</summary>
    public required string ContentType { get; init; }

    /// <summary>The other headers stored with the object: Content-Encoding, Cache-Control and so on.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>The user's metadata, names without <c>x-amz-meta-</c>.</summary>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    /// <summary>The sizes of its parts; empty unless it came by a multipart upload.</summary>
    public required IReadOnlyList<long> PartSizes { get; init; }

    /// <summary>The file that holds the bytes.</summary>
    internal string Path { get; init; } = "";
}

/// <summary>An object has come into being or has been replaced.</summary>
public sealed class S3ObjectCreatedEventArgs(S3Object stored, string eventName) : EventArgs
{
    /// <summary>The object as stored.</summary>
    public S3Object Stored { get; } = stored;

    /// <summary>S3's name of the event, for example <c>ObjectCreated:Put</c>.</summary>
    public string EventName { get; } = eventName;
}
