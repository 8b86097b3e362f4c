namespace SnapshotBridge.Copying;

/// <summary>
/// How long the invocation may still run. New transfers stop in good time, so that those under way end and the
/// checkpoint is written before the function is killed.
/// </summary>
/// <param name="Total">What the invocation had when it began.</param>
/// <param name="Remaining">What it has now.</param>
public sealed record InvocationTime(TimeSpan Total, Func<TimeSpan> Remaining)
{
    private static readonly TimeSpan LeastReserve = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestClosing = TimeSpan.FromSeconds(10);

    /// <summary>For hosts without a deadline.</summary>
    public static InvocationTime Unlimited { get; } = new(TimeSpan.FromDays(1), () => TimeSpan.FromDays(1));

    /// <summary>
    /// What must be left for a new transfer to start: 30 seconds or three times the slowest transfer so far, whichever
    /// is more, but never more than a third of the whole.
    /// </summary>
    public TimeSpan Reserve(TimeSpan slowestTransfer)
    {
        var wanted = 3 * slowestTransfer;
        var atLeast = wanted > LeastReserve ? wanted : LeastReserve;
        var third = Total / 3;
        return atLeast < third ? atLeast : third;
    }

    /// <summary>What is kept for writing the checkpoint: transfers still under way then are given up.</summary>
    public TimeSpan Closing => Total / 10 < LongestClosing ? Total / 10 : LongestClosing;
}
