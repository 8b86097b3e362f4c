namespace SnapshotBridge.Copying;

/// <summary>
/// Where objects go. Every write is conditional: an object that already stands at the name is never replaced. An
/// implementation retries a request itself; what it cannot know after a lost answer it reports as it finds it
/// (<see cref="SinkOutcome.AlreadyExists"/>, <see cref="SinkOutcome.UploadNotFound"/>), and the caller compares.
/// All methods throw <see cref="TransferThrottledException"/> and <see cref="TransferInterruptedException"/> when the
/// attempts are used up.
/// </summary>
public interface IObjectSink
{
    /// <summary>Writes a whole object, if none stands at the name.</summary>
    Task<SinkResult> PutAsync(string name, ReadOnlyMemory<byte> content, uint crc32C, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellationToken);

    /// <summary>Opens a multipart upload and returns its id, or null where an object stands at the name.</summary>
    Task<string?> CreateUploadAsync(string name, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellationToken);

    /// <summary>Writes one part, numbered from 1, in any order; the same number again replaces the part.</summary>
    Task<SinkResult> PutPartAsync(string name, string uploadId, int number, ReadOnlyMemory<byte> content, uint crc32C, CancellationToken cancellationToken);

    /// <summary>The parts that the upload holds, or null where the upload is not known (committed, aborted or expired).</summary>
    Task<IReadOnlyList<SinkPart>?> ListPartsAsync(string name, string uploadId, CancellationToken cancellationToken);

    /// <summary>Makes the parts an object, if none stands at the name.</summary>
    Task<SinkResult> CommitAsync(string name, string uploadId, IReadOnlyList<SinkPart> parts, CancellationToken cancellationToken);

    /// <summary>Gives the upload up; one that is already gone is no error.</summary>
    Task AbortAsync(string name, string uploadId, CancellationToken cancellationToken);

    /// <summary>The object at the name, or null.</summary>
    Task<SinkObject?> HeadAsync(string name, CancellationToken cancellationToken);

    /// <summary>Deletes the object if it still has this ETag; one that is already gone is no error. False when another object stands there.</summary>
    Task<bool> DeleteAsync(string name, string eTag, CancellationToken cancellationToken);

    /// <summary>All objects below a prefix whose names are <paramref name="first"/> or come after it, in the order of the names' UTF-8 bytes, over all pages.</summary>
    IAsyncEnumerable<SinkListing> ListAsync(string prefix, string first, CancellationToken cancellationToken);
}

/// <summary>How a conditional write ended.</summary>
public enum SinkOutcome
{
    /// <summary>Written; the result carries the ETag and, for a whole object, the stored CRC32C.</summary>
    Written,

    /// <summary>An object stands at the name: somebody else's, or ours after a lost answer.</summary>
    AlreadyExists,

    /// <summary>The upload is not known: committed after a lost answer, aborted or expired.</summary>
    UploadNotFound,

    /// <summary>The service computed another checksum than the one sent and refused the bytes.</summary>
    ChecksumRefused,
}

/// <param name="Outcome">How it ended.</param>
/// <param name="ETag">The new object's or part's ETag; empty unless written.</param>
/// <param name="Crc32C">The CRC32C that the store keeps for the whole object; null for a part, and where the service did not tell.</param>
/// <param name="Detail">The service's words where it refused.</param>
public sealed record SinkResult(SinkOutcome Outcome, string ETag = "", string? Crc32C = null, string? Detail = null);

/// <param name="Number">The part's number, from 1.</param>
/// <param name="ETag">The part's entity tag.</param>
/// <param name="SizeBytes">The part's size in bytes.</param>
public sealed record SinkPart(int Number, string ETag, long SizeBytes);

/// <param name="SizeBytes">The object's size in bytes.</param>
/// <param name="ETag">The object's entity tag.</param>
/// <param name="Crc32C">The CRC32C over the whole object, base64; null where the store keeps none.</param>
/// <param name="Metadata">The object's own metadata, without the service's header prefix, names in lower case.</param>
public sealed record SinkObject(long SizeBytes, string ETag, string? Crc32C, IReadOnlyDictionary<string, string> Metadata);

/// <param name="Name">The object's whole name.</param>
/// <param name="SizeBytes">The object's size in bytes.</param>
/// <param name="ETag">The object's entity tag.</param>
public sealed record SinkListing(string Name, long SizeBytes, string ETag);
