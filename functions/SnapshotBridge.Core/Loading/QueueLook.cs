namespace SnapshotBridge.Loading;

/// <summary>
/// What one statement tells of a run's queue, however long it is: the index holds what is counted, and only what is under way
/// is read. Workers only ever take and end loads, so that equal figures mean that nothing has happened.
/// </summary>
/// <param name="Queued">Loads that nobody has taken.</param>
/// <param name="Running">Loads under way.</param>
/// <param name="Ended">Loads that have ended, judged or not.</param>
/// <param name="Other">Loads in any other state.</param>
/// <param name="Orphans">Loads under way whose worker is gone, or has ended them while this was read.</param>
/// <param name="Live">Workers that hold their lock.</param>
internal sealed record QueueLook(long Queued, long Running, long Ended, long Other, long Orphans, long Live)
{
    /// <summary>Whether there may be more to judge than when <paramref name="seen"/> was read.</summary>
    public bool IsDue(QueueLook? seen) => Orphans > 0 || seen is null || (Ended, Other) != (seen.Ended, seen.Other);
}
