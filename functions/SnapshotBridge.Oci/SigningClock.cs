using System.Globalization;

namespace SnapshotBridge.Oci;

/// <summary>
/// The time that requests are signed for: this machine's, or the service's own once that has refused a signature and its
/// answer's Date shows that the clocks differ too much. Thread-safe.
/// </summary>
/// <param name="time">This machine's clock.</param>
internal sealed class SigningClock(TimeProvider time) : TimeProvider
{
    /// <summary>
    /// OCI refuses dates that are more than five minutes off (API documentation, "Request Signatures"). A Date is exact to the
    /// second and as old as the answer was under way: less than half of that is no reason to believe it more than ourselves.
    /// </summary>
    private static readonly TimeSpan SkewWorthCorrecting = TimeSpan.FromMinutes(2);

    private long _skewTicks;

    /// <summary>This machine's clock minus the service's, as far as it is corrected.</summary>
    public TimeSpan Skew => TimeSpan.FromTicks(Interlocked.Read(ref _skewTicks));

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow() - Skew;

    /// <summary>This machine's clock minus the service's; null where the answer does not tell.</summary>
    public TimeSpan? Compare(DateTimeOffset? serviceTime) => time.GetUtcNow() - serviceTime;

    /// <summary>After a refusal: true when the time that was signed for may be the reason, and from now on the service's counts.</summary>
    /// <param name="serviceTime">The refusal's Date.</param>
    /// <param name="signedWith">The <see cref="Skew"/> that the refused request was signed with.</param>
    public bool Follow(DateTimeOffset? serviceTime, TimeSpan signedWith)
    {
        if (Compare(serviceTime) is not { } found || (found - signedWith).Duration() < SkewWorthCorrecting)
        {
            return false;
        }

        Interlocked.Exchange(ref _skewTicks, found.Ticks);
        return true;
    }

    /// <summary>The correction in words.</summary>
    public string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"this machine's clock is {Math.Abs(Skew.TotalSeconds):F0} s {(Skew >= TimeSpan.Zero ? "ahead of" : "behind")} the service's, whose time counts from now on");
}
