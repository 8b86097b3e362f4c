using System.Globalization;

namespace SnapshotBridge.Errors;

/// <summary>
/// AWS refused a request for its time (<c>RequestTimeTooSkewed</c>), also after the clock was corrected by the service's.
/// Final until the clock is put right; no policy helps.
/// </summary>
/// <param name="operation">The IAM action of the call.</param>
/// <param name="target">What the call was about.</param>
/// <param name="now">This machine's clock, in UTC.</param>
/// <param name="serviceTime">The service's clock, from the answer's Date header; null where it is not known.</param>
/// <param name="detail">The service's words.</param>
/// <param name="innerException">What the SDK threw.</param>
public sealed class AwsClockSkewedException(
    string operation, string target, DateTimeOffset now, DateTimeOffset? serviceTime, string detail, Exception? innerException = null)
    : BridgeException(Describe(operation, target, now, serviceTime, detail), innerException)
{
    /// <summary>This machine's clock minus the service's; null where the service's is not known.</summary>
    public TimeSpan? ClockSkew { get; } = now - serviceTime;

    private static string Describe(string operation, string target, DateTimeOffset now, DateTimeOffset? serviceTime, string detail)
    {
        var here = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var clocks = serviceTime is { } there
            ? $"this machine's clock says {here}, the service's {there.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}: "
                + $"{(now - there).Duration().TotalSeconds.ToString("F0", CultureInfo.InvariantCulture)} s {(now >= there ? "ahead" : "behind")}"
            : $"this machine's clock says {here}, the answer tells no time of the service's";
        return $"{operation} on {target} was refused for its time ({detail}): {clocks}; more than 900 s apart is refused. "
            + "On Lambda this passes with a new sandbox: redrive. Elsewhere set the clock.";
    }
}
