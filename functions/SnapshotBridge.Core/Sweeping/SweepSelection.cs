using SnapshotBridge.Exports;
using SnapshotBridge.Requests;

namespace SnapshotBridge.Sweeping;

/// <summary>Which snapshots a sweep looks at: of each of our databases the newest that can be exported.</summary>
public static class SweepSelection
{
    /// <summary>
    /// The newest available snapshot of each instance and cluster, oldest first. Left out are snapshots of other databases
    /// and engines, those older than <paramref name="notBefore"/>, and those that RDS takes by itself before an upgrade or
    /// at deletion, as for events. Older ones of the same database are superseded: a sweep never bridges them.
    /// </summary>
    public static IReadOnlyList<SnapshotArn> Newest(IEnumerable<SnapshotDescription> snapshots, RequestContext context, DateTimeOffset notBefore)
    {
        ArgumentNullException.ThrowIfNull(snapshots);
        ArgumentNullException.ThrowIfNull(context);
        return
        [
            .. snapshots
                .Where(snapshot => snapshot is { IsAvailable: true, IsExportable: true } && snapshot.CreatedAt >= notBefore && context.IsOurs(snapshot.Database))
                .Select(snapshot => (Arn: SnapshotArn.Parse(snapshot.Arn, "snapshot", new List<string>()), Snapshot: snapshot))
                .Where(entry => entry.Arn is not null && SnapshotOrigin.TakenByRds(entry.Arn.Id) is null)
                .GroupBy(entry => (entry.Arn!.Kind, entry.Snapshot.Database.ToUpperInvariant()))
                // The name decides between two of the same second, so that every sweep decides alike.
                .Select(group => group.OrderBy(entry => entry.Snapshot.CreatedAt).ThenBy(entry => entry.Snapshot.Arn, StringComparer.Ordinal).Last())
                .OrderBy(entry => entry.Snapshot.CreatedAt).ThenBy(entry => entry.Snapshot.Arn, StringComparer.Ordinal)
                .Select(entry => entry.Arn!),
        ];
    }
}
