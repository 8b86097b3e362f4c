using SnapshotBridge.Copying;

namespace SnapshotBridge.Loading;

/// <summary>The OCI bucket as the load sees it. Passing failures come as <see cref="TransferThrottledException"/> and <see cref="TransferInterruptedException"/>.</summary>
public interface IDestination
{
    /// <summary>Bucket and namespace, for messages.</summary>
    string Name { get; }

    /// <summary>All objects below a prefix, over all pages, in the order of the names.</summary>
    IAsyncEnumerable<SinkListing> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Makes sure that a small document has this content, replacing an earlier one only if it differs.</summary>
    Task EnsureDocumentAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);
}
