using SnapshotBridge.Requests;

namespace SnapshotBridge.Loading;

/// <summary>
/// How long a PAR lives. Loads begin with it for a while, its window, and each of them is to have all the hours that the
/// request gives: so it lives the window longer, as far as PARs may.
/// </summary>
internal static class ParLife
{
    /// <summary>The longest life of any PAR.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(BridgeRequest.MaxParHours);

    /// <summary>Short, because whoever sees a PAR reads the export with it; not shorter than any invocation.</summary>
    private static readonly TimeSpan ShortestWindow = TimeSpan.FromMinutes(15);

    // It is made some moments before its workers are noted, and two clocks are involved.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>For how long after its creation loads begin with a PAR.</summary>
    /// <param name="requested">The life that the request or the deployment gives.</param>
    public static TimeSpan Window(TimeSpan requested)
    {
        // Near the longest life, so short that what was requested is left.
        var window = requested / 10 < Longest - requested ? requested / 10 : Longest - requested;
        return window > ShortestWindow ? window : ShortestWindow;
    }

    /// <summary>The life that it is created with.</summary>
    /// <param name="requested">The life that the request or the deployment gives.</param>
    public static TimeSpan Of(TimeSpan requested) => requested + Window(requested) < Longest ? requested + Window(requested) : Longest;

    /// <summary>What is left of it at the least when a load begins: the requested life, or the longest less the shortest window.</summary>
    /// <param name="requested">The life that the request or the deployment gives.</param>
    public static TimeSpan AtBegin(TimeSpan requested) => Of(requested) - Window(requested);

    /// <summary>Whether it had ended.</summary>
    /// <param name="requested">The life that the request or the deployment gives.</param>
    /// <param name="age">Since its worker was noted.</param>
    public static bool HasEnded(TimeSpan requested, TimeSpan age) => age >= Of(requested) - Tolerance;
}
