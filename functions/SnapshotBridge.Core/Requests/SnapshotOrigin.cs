namespace SnapshotBridge.Requests;

/// <summary>Tells by its name why a snapshot exists.</summary>
internal static class SnapshotOrigin
{
    /// <summary>
    /// What RDS took the snapshot for, or null where a person, a schedule or a backup plan wanted it. RDS takes some
    /// itself, before an upgrade and at deletion, which look like ordinary manual ones but for their name.
    /// </summary>
    public static string? TakenByRds(string id) =>
        id.StartsWith("preupgrade-", StringComparison.OrdinalIgnoreCase) ? "a snapshot that RDS took before an upgrade"
        : id.EndsWith("-final-snapshot", StringComparison.OrdinalIgnoreCase) ? "the final snapshot of a deleted database"
        : null;
}
