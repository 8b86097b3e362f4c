namespace Oci.Common.Retry;

/// <summary>
/// Which failures are repeated. As in the package, a request sent with one buffers its whole body, and only such a request looks at
/// its cancellation token.
/// </summary>
public class RetryConfiguration
{
    public int MaxAttempts { get; set; } = 7;

    public int TotalElapsedTimeInSecs { get; set; } = 600;

    /// <summary>Hundreds of status codes that are repeated, such as 5 for all of 5xx.</summary>
    public List<int> RetryableStatusCodeFamilies { get; set; } = [];

    /// <summary>Status codes that are repeated.</summary>
    public ICollection<Tuple<int, string>> RetryableErrors { get; set; } =
    [
        Tuple.Create(409, "IncorrectState"), Tuple.Create(429, ""), Tuple.Create(500, ""), Tuple.Create(502, ""),
        Tuple.Create(503, ""), Tuple.Create(504, ""),
    ];

    public Func<int, double> GetNextDelayInSeconds { get; set; } =
        attempt => Math.Min(30, Math.Pow(2, attempt - 1)) + (Random.Shared.Next(1000) / 1000.0);
}
