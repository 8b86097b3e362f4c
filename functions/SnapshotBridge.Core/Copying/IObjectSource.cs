namespace SnapshotBridge.Copying;

/// <summary>
/// Where objects come from. An implementation retries a request and continues a broken body itself, fills buffers
/// whole, and notices a connection that stands still.
/// </summary>
public interface IObjectSource
{
    /// <summary>What the store says about an object, its stored checksum included.</summary>
    /// <exception cref="SourceObjectMissingException">There is no such object or bucket.</exception>
    /// <exception cref="TransferThrottledException">Throttled until the attempts were used up.</exception>
    /// <exception cref="TransferInterruptedException">The connection failed until the attempts were used up.</exception>
    Task<SourceObject> DescribeAsync(string key, CancellationToken cancellationToken);

    /// <summary>
    /// What the store says about one of the parts in which the object was uploaded, numbered from 1; null where it does
    /// not tell. A composite checksum is one over the checksums of these parts.
    /// </summary>
    /// <exception cref="SourceObjectChangedException">The object has another ETag.</exception>
    /// <exception cref="SourceObjectMissingException">There is no such object or bucket.</exception>
    /// <exception cref="TransferThrottledException">Throttled until the attempts were used up.</exception>
    /// <exception cref="TransferInterruptedException">The connection failed until the attempts were used up.</exception>
    Task<SourcePart?> DescribePartAsync(string key, string eTag, int number, CancellationToken cancellationToken);

    /// <summary>
    /// Fills <paramref name="buffer"/> with the object's bytes from <paramref name="offset"/>, of exactly the version
    /// with this ETag and size. Returns the stored checksum when the range is the whole object and the store told it,
    /// else null.
    /// </summary>
    /// <exception cref="SourceObjectChangedException">The object has another ETag or size.</exception>
    /// <exception cref="SourceObjectMissingException">There is no such object or bucket.</exception>
    /// <exception cref="TransferThrottledException">Throttled until the attempts were used up.</exception>
    /// <exception cref="TransferInterruptedException">The connection failed, ended early or stood still until the attempts were used up.</exception>
    Task<StoredChecksum?> ReadAsync(string key, string eTag, long sizeBytes, long offset, Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>
    /// The same, telling from time to time how many bytes at the buffer's beginning have arrived, and 0 when it begins
    /// anew: whoever needs every byte once more finds them in the processor's cache. Told before the task ends or never.
    /// </summary>
    Task<StoredChecksum?> ReadAsync(
        string key, string eTag, long sizeBytes, long offset, Memory<byte> buffer, Action<int> received, CancellationToken cancellationToken) =>
        ReadAsync(key, eTag, sizeBytes, offset, buffer, cancellationToken);
}

/// <param name="SizeBytes">The object's size in bytes.</param>
/// <param name="ETag">The entity tag as the store spells it, quotes included.</param>
/// <param name="Checksum">The checksum that the store keeps, or null where it keeps none.</param>
public sealed record SourceObject(long SizeBytes, string ETag, StoredChecksum? Checksum);

/// <param name="Count">How many parts the object has.</param>
/// <param name="SizeBytes">This part's size in bytes.</param>
/// <param name="Checksum">The part's checksum, base64, of the algorithm of the object's composite one; null where the store does not tell.</param>
public sealed record SourcePart(int Count, long SizeBytes, string? Checksum);

/// <summary>The algorithms of S3's additional checksums.</summary>
public enum ChecksumAlgorithm
{
    Crc64Nvme,
    Crc32C,
    Crc32,
    Sha1,
    Sha256,
}

/// <param name="Algorithm">Which checksum.</param>
/// <param name="IsFullObject">True for a checksum over the object's bytes, false for one over the checksums of its parts.</param>
/// <param name="Value">Base64 as in the service's header; a composite one may end in <c>-parts</c>.</param>
public sealed record StoredChecksum(ChecksumAlgorithm Algorithm, bool IsFullObject, string Value);
