using System.Text.Json.Serialization.Metadata;

namespace SnapshotBridge.Storage;

/// <summary>The control documents of a run: small JSON objects in the export bucket.</summary>
public interface IDocumentStore
{
    /// <summary>The document at <paramref name="key"/>, or null where there is none.</summary>
    /// <exception cref="Errors.BridgeException">The store refused, or the document is not valid JSON of this type; the message names bucket and key.</exception>
    Task<T?> ReadAsync<T>(string key, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class;

    /// <summary>Writes the document whole, replacing an earlier one.</summary>
    Task WriteAsync<T>(string key, T document, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class;

    /// <summary>
    /// Writes the document unless there is one: of several writers exactly one gets true. False can also mean that the
    /// document is the caller's own, written by a request whose answer was lost: read it and compare.
    /// </summary>
    Task<bool> TryCreateAsync<T>(string key, T document, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class;

    /// <summary>Writes text that is not JSON of ours, such as a report page.</summary>
    Task WriteTextAsync(string key, string text, string contentType, CancellationToken cancellationToken);

    /// <summary>All keys below a prefix, in the store's order, over all pages.</summary>
    IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Deletes the document; one that is already gone is no error.</summary>
    Task DeleteAsync(string key, CancellationToken cancellationToken);
}

/// <summary>One object of a listing. <paramref name="ETag"/> is the store's own text, quotes included.</summary>
/// <param name="Key">The whole key, decoded.</param>
/// <param name="SizeBytes">The object's size in bytes.</param>
/// <param name="ETag">The entity tag as the store gave it; with SSE-KMS it is not an MD5.</param>
/// <param name="ChecksumAlgorithm">The checksum the store keeps (CRC64NVME, CRC32, …), or null where it keeps none.</param>
public sealed record StoredObject(string Key, long SizeBytes, string ETag, string? ChecksumAlgorithm = null);
