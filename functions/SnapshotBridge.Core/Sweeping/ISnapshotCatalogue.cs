using SnapshotBridge.Exports;

namespace SnapshotBridge.Sweeping;

/// <summary>RDS's snapshots, as far as the schedule needs them. Every failure is a <see cref="Errors.BridgeException"/>.</summary>
public interface ISnapshotCatalogue
{
    /// <summary>All snapshots of this account and region, of instances and of clusters, over all pages, whatever their state. One may come twice.</summary>
    IAsyncEnumerable<SnapshotDescription> ListAsync(CancellationToken cancellationToken);
}
