using SnapshotBridge.Storage;

namespace SnapshotBridge.Planning;

/// <summary>The export as the planner lists it: from any key on, so that several parts of one listing can run at a time.</summary>
public interface IExportListing
{
    /// <summary>
    /// All objects below <paramref name="prefix"/> whose keys come after <paramref name="after"/> (null: all), over all pages,
    /// in the order of the keys' UTF-8 bytes, as S3 promises for ListObjectsV2.
    /// </summary>
    /// <exception cref="Errors.BridgeException">The store refused; the message names bucket and prefix.</exception>
    IAsyncEnumerable<StoredObject> ListAsync(string prefix, string? after, CancellationToken cancellationToken);
}
