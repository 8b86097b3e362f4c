namespace SnapshotBridge.Oci;

/// <summary>A bucket and the namespace (one per tenancy) that it is in.</summary>
public sealed record OciBucket(string NamespaceName, string BucketName);

/// <summary>How an object is written.</summary>
public sealed record OciPutOptions
{
    public string ContentType { get; init; } = "application/octet-stream";

    /// <summary>Only if no object has the name (if-none-match: *).</summary>
    public bool CreateOnly { get; init; }

    /// <summary>Only if the object has this ETag.</summary>
    public string? IfMatch { get; init; }

    /// <summary>CRC32C of the body where the caller knows it; else the client computes it. It is always sent and checked by the service.</summary>
    public uint? Crc32C { get; init; }

    /// <summary>User metadata without the <c>opc-meta-</c> prefix. All names and values together: at most 4,000 bytes (service limit).</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}

/// <summary>How a write ended where the caller has to decide what that means.</summary>
public enum OciWriteOutcome
{
    /// <summary>The service has stored it.</summary>
    Stored,

    /// <summary>412: with create-only an object has the name; with if-match it has another ETag or is gone.</summary>
    PreconditionFailed,

    /// <summary>404 for the upload: it was committed, aborted, or never existed.</summary>
    UploadNotFound,

    /// <summary>400: the bytes that arrived do not have the checksum that was sent; nothing was stored.</summary>
    ChecksumMismatch,
}

/// <summary>The result of a PUT or a commit.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="AnswerWasLost">
/// An earlier attempt of this very call ended without an answer and may have been carried out: a failed precondition or a
/// missing upload can be our own doing. HEAD and compare.
/// </param>
/// <param name="ETag">The object's new ETag; null unless stored.</param>
/// <param name="Crc32C">CRC32C that the service stored for the whole object; null unless stored or where it said none.</param>
/// <param name="RequestId">The service's <c>opc-request-id</c>.</param>
/// <param name="Detail">The service's code and message where it refused.</param>
public sealed record OciPutResult(OciWriteOutcome Outcome, bool AnswerWasLost, string? ETag, uint? Crc32C, string? RequestId, string? Detail = null);

/// <summary>The result of opening a multipart upload; <paramref name="UploadId"/> is null unless stored.</summary>
public sealed record OciCreateUploadResult(OciWriteOutcome Outcome, string? UploadId, string? RequestId);

/// <summary>The result of one part; <paramref name="ETag"/> is null unless stored.</summary>
public sealed record OciPartResult(OciWriteOutcome Outcome, int PartNumber, string? ETag, string? RequestId, string? Detail = null);

/// <summary>One part to commit.</summary>
public sealed record OciCommitPart(int PartNumber, string ETag);

/// <summary>One part that an open upload holds. The service does not list its CRC.</summary>
public sealed record OciUploadedPart(int PartNumber, string ETag, long SizeBytes, string? Md5);

/// <summary>An upload that was neither committed nor aborted; its parts are billed.</summary>
public sealed record OciOpenUpload(string ObjectName, string UploadId, DateTimeOffset? TimeCreated);

/// <summary>One object of a listing.</summary>
/// <param name="Name">The whole name.</param>
/// <param name="SizeBytes">Its size in bytes.</param>
/// <param name="ETag">Its ETag.</param>
/// <param name="Md5">Base64; for multipart objects the service's composite with <c>-count</c>.</param>
public sealed record OciListedObject(string Name, long SizeBytes, string? ETag, string? Md5);

/// <summary>What HEAD and GET say about an object.</summary>
/// <param name="SizeBytes">The whole object's size in bytes, also for a range.</param>
/// <param name="ETag">Its ETag.</param>
/// <param name="Crc32C">CRC32C of the whole object, also for multipart; null where it was written without one.</param>
/// <param name="ContentType">Its content type.</param>
/// <param name="Metadata">User metadata in lower case without the <c>opc-meta-</c> prefix.</param>
/// <param name="RequestId">The service's <c>opc-request-id</c>.</param>
public sealed record OciObjectInfo(
    long SizeBytes, string ETag, uint? Crc32C, string? ContentType, IReadOnlyDictionary<string, string> Metadata, string? RequestId);

/// <summary>What GetBucket says.</summary>
public sealed record OciBucketInfo(string NamespaceName, string BucketName, string? CompartmentId, string? ETag);

/// <summary>How a DELETE ended.</summary>
public enum OciDeleteOutcome
{
    Deleted,

    /// <summary>It was not there, or an earlier attempt whose answer was lost has deleted it.</summary>
    NotFound,

    /// <summary>The object has another ETag than the one demanded; it survives.</summary>
    PreconditionFailed,
}

/// <summary>Bytes of an object: the last <see cref="Length"/> ones when <see cref="Offset"/> is null.</summary>
public readonly record struct OciRange(long? Offset, long? Length)
{
    /// <summary>From an offset, to the end or for a number of bytes.</summary>
    public static OciRange From(long offset, long? length = null) => new(offset, length);

    /// <summary>The last bytes; the whole object where it is shorter.</summary>
    public static OciRange Last(long length) => new(null, length);

    internal string HeaderValue => (Offset, Length) switch
    {
        ({ } offset, { } length) => $"bytes={offset}-{offset + length - 1}",
        ({ } offset, null) => $"bytes={offset}-",
        (null, { } length) => $"bytes=-{length}",
        _ => throw new InvalidOperationException("A range needs an offset or a length."),
    };
}

/// <summary>An object's bytes as they arrive. A connection that dies or stalls surfaces as <see cref="Copying.TransferInterruptedException"/>: continue with a range.</summary>
public sealed class OciObjectContent(OciObjectInfo info, Stream stream) : IAsyncDisposable
{
    public OciObjectInfo Info { get; } = info;

    public Stream Stream { get; } = stream;

    public ValueTask DisposeAsync() => Stream.DisposeAsync();
}
