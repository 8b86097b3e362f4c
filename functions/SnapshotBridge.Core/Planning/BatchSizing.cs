namespace SnapshotBridge.Planning;

/// <summary>
/// How large batches are to be, from the totals of an export. Small exports are cut so fine that every function gets a share;
/// large ones by the configured bounds; and where those would give more children than <see cref="MostBatches"/>, the bounds grow.
/// </summary>
/// <param name="TargetCost">The cost (<see cref="CopyLoad.Cost"/>) of a batch.</param>
/// <param name="Bounds">What a batch holds at most.</param>
/// <param name="SmallestSliceBytes">Objects up to this size are never cut, however small batches are.</param>
internal readonly record struct BatchSizing(long TargetCost, BatchBounds Bounds, long SmallestSliceBytes)
{
    /// <summary>
    /// The most children that a plan has. Step Functions would take more (its quota is 10,000 at the same time), but each
    /// costs three state transitions, and LoadTables reads a proof of each.
    /// </summary>
    public const int MostBatches = 10_000;

    /// <summary>A batch's document is read whole by CopyTable: so many objects are 4 MB of JSON.</summary>
    public const int MostObjects = 10_000;

    // Less than this a function copies in about the time that its start takes.
    private const long SmallestUsefulCost = 64L << 20;

    // From this size on, several batches per function even out slow ones and cost hardly more: one takes 15 s.
    private const long ComfortableCost = 1L << 30;
    private const int ComfortableRounds = 4;

    /// <summary>Objects beyond this are cut into slices of at most this.</summary>
    public long SliceBytes => Math.Max(SmallestSliceBytes, Math.Min(TargetCost, Bounds.Bytes));

    public static BatchSizing For(CopyLoad total, PlanCopyOptions options)
    {
        var (byBytes, byObjects) = (Share(total.Bytes, options.BatchBytes), Share(total.Objects, options.BatchObjects));

        // Where a bound has to grow, it grows to twice the mean, because tables that do not fill a batch leave room in it.
        var bounds = new BatchBounds(
            byBytes <= MostBatches ? options.BatchBytes : 2 * Share(total.Bytes, MostBatches),
            byObjects <= MostBatches ? options.BatchObjects : (int)Math.Clamp(2 * Share(total.Objects, MostBatches), options.BatchObjects, MostObjects));
        var oneEach = Math.Min(options.MaxConcurrency, Share(total.Cost, SmallestUsefulCost));
        var comfortable = Math.Min((long)options.MaxConcurrency * ComfortableRounds, total.Cost / ComfortableCost);
        var batches = Math.Clamp(Math.Max(Math.Max(byBytes, byObjects), Math.Max(oneEach, comfortable)), 1, MostBatches);
        return new BatchSizing(Math.Max(1, Share(total.Cost, batches)), bounds, options.SliceBytes);
    }

    /// <summary>The next larger one, for tables that leave so much room in their batches that there are too many.</summary>
    public BatchSizing Larger() => new(
        2 * TargetCost, new BatchBounds(2 * Bounds.Bytes, Math.Max(Bounds.Objects, Math.Min(2 * Bounds.Objects, MostObjects))), SmallestSliceBytes);

    private static long Share(long total, long parts) => (total + parts - 1) / parts;
}
