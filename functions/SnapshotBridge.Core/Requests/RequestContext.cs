namespace SnapshotBridge.Requests;

/// <summary>What a request is judged against.</summary>
/// <param name="Region">The function's region: RDS exports a snapshot only into its own region.</param>
/// <param name="SourceDatabases">The instances and clusters whose snapshot events are ours; empty means all.</param>
public sealed record RequestContext(string Region, IReadOnlyList<string> SourceDatabases)
{
    /// <summary>Whether an event about this instance or cluster is ours. RDS stores identifiers in lower case.</summary>
    public bool IsOurs(string database) =>
        SourceDatabases.Count == 0 || SourceDatabases.Contains(database, StringComparer.OrdinalIgnoreCase);
}
