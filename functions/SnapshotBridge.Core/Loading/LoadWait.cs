namespace SnapshotBridge.Loading;

/// <summary>How long the state machine waits before it calls LoadTables again.</summary>
public static class LoadWait
{
    /// <summary>The shortest wait, also where each invocation loads on its own connection.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(5);

    /// <summary>The longest wait in the first day.</summary>
    public static readonly TimeSpan LongestOfADay = TimeSpan.FromSeconds(300);

    /// <summary>The longest wait of all.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(600);

    /// <summary>
    /// A tenth of the load's age, or a twentieth of what it is expected to take yet, within 5 s and 300 s; from the second day
    /// on up to 600 s. An execution's history takes 25,000 events (AWS Step Functions quotas) and one look needs nine of
    /// them: so a load of weeks stays below it.
    /// </summary>
    /// <param name="age">Since the attempt began.</param>
    /// <param name="expected">What the load is expected to take from now on; null where nothing is known.</param>
    public static TimeSpan After(TimeSpan age, TimeSpan? expected)
    {
        var wanted = Max(age / 10, (expected ?? TimeSpan.Zero) / 20);
        var longest = age < TimeSpan.FromDays(1) ? LongestOfADay : Min(Longest, LongestOfADay * age.TotalDays);
        return TimeSpan.FromSeconds(Math.Ceiling(Max(Shortest, Min(wanted, longest)).TotalSeconds));
    }

    /// <summary>What queued tables are expected to take, by the speed of those that this attempt has loaded; null before the first.</summary>
    /// <param name="tables">Each table's bytes, and its seconds where it is loaded; null seconds for one that waits.</param>
    /// <param name="workers">How many load at a time.</param>
    public static TimeSpan? Expected(IReadOnlyCollection<(long Bytes, double? Seconds)> tables, int workers)
    {
        var loaded = tables.Where(table => table.Seconds is > 0).ToList();
        if (loaded.Count == 0)
        {
            return null;
        }

        var (bytes, seconds) = (loaded.Sum(table => (double)table.Bytes), loaded.Sum(table => table.Seconds!.Value));
        // A small table's seconds are mostly its beginning, so its bytes say little: the average table is the other measure.
        var waiting = tables.Where(table => table.Seconds is null).ToList();
        var expected = Math.Max(waiting.Sum(table => (double)table.Bytes) * seconds / Math.Max(bytes, 1), waiting.Count * seconds / loaded.Count);
        return TimeSpan.FromSeconds(Math.Min(expected / Math.Max(workers, 1), TimeSpan.FromDays(30).TotalSeconds));
    }

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
