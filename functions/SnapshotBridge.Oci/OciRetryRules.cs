using System.Net.Http.Headers;

namespace SnapshotBridge.Oci;

/// <summary>Which failures are worth another attempt, and after how long. Pure.</summary>
internal static class OciRetryRules
{
    /// <summary>409s that pass by themselves; every other conflict is the caller's.</summary>
    private static readonly string[] PassingConflicts = ["ConcurrentObjectUpdate", "IncorrectState", "LockConflict"];

    public static OciVerdict Judge(OciFailure failure) => failure switch
    {
        { Status: 429 or 503 } => OciVerdict.Throttled,
        { Status: 408 } => OciVerdict.Transient,
        { Status: 409, Code: { } code } when PassingConflicts.Contains(code, StringComparer.Ordinal) => OciVerdict.Transient,
        { Status: 501 } => OciVerdict.Final,
        { Status: >= 500 } => OciVerdict.Transient,
        { Status: 404, Code: "BucketNotFound" or "NotAuthorizedOrNotFound" } => OciVerdict.BucketNotFound,
        _ => OciVerdict.Final,
    };

    /// <summary>True when the service may have carried the request out although it did not say so.</summary>
    public static bool MayHaveBeenDone(OciFailure failure) => failure.Status is 408 or >= 500;

    /// <summary>
    /// Full jitter: anything from nothing to the ceiling, which doubles from the first to the last; after a Retry-After, so that those
    /// who were all told the same do not come back all at once.
    /// </summary>
    /// <param name="failedAttempts">How many attempts have failed, from 1.</param>
    /// <param name="options">The ceilings.</param>
    /// <param name="retryAfter">What the service asked for.</param>
    public static TimeSpan Wait(int failedAttempts, OciClientOptions options, TimeSpan? retryAfter)
    {
        var ceiling = Math.Min(options.LastRetryCeiling.TotalSeconds, options.FirstRetryCeiling.TotalSeconds * Math.Pow(2, failedAttempts - 1));
        var jitter = TimeSpan.FromSeconds(ceiling * options.Randomizer());
        return (retryAfter ?? TimeSpan.Zero) + jitter;
    }

    /// <summary>Retry-After in either of its forms, never negative.</summary>
    public static TimeSpan? RetryAfter(RetryConditionHeaderValue? header, DateTimeOffset now)
    {
        var wait = header?.Delta ?? header?.Date - now;
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }
}

internal enum OciVerdict
{
    /// <summary>Another attempt would get the same answer.</summary>
    Final,

    /// <summary>The service or the connection failed.</summary>
    Transient,

    /// <summary>The service asks for fewer requests.</summary>
    Throttled,

    /// <summary>A 404 for the bucket, which may be spurious.</summary>
    BucketNotFound,
}
