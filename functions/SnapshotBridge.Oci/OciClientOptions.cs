using System.Text.RegularExpressions;

namespace SnapshotBridge.Oci;

/// <summary>How the client reaches the service and how patient it is.</summary>
public sealed partial record OciClientOptions
{
    /// <summary>The service's root, such as <c>https://objectstorage.us-ashburn-1.oraclecloud.com</c>.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>The region as messages name it; the endpoint's host where none is given.</summary>
    public string? Region { get; init; }

    /// <summary>How long a connection may stand still in either direction before the attempt is given up.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long connecting may take, TLS included.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a commit may take: the service puts up to 10,000 parts together before it answers.</summary>
    public TimeSpan CommitTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Attempts per request. Eight is what Oracle's own SDK defaults to.</summary>
    public int MaxAttempts { get; init; } = 8;

    /// <summary>Retries of a 404 for the bucket: it has been seen on valid requests under concurrency, so it is not believed at once.</summary>
    public int MaxBucketNotFoundRetries { get; init; } = 3;

    /// <summary>The ceiling of the first wait; it doubles with each attempt.</summary>
    public TimeSpan FirstRetryCeiling { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>The ceiling of every wait.</summary>
    public TimeSpan LastRetryCeiling { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Bodies from this size on wait for the service's go-ahead (Expect: 100-continue), so that a refusal costs no transfer.
    /// For smaller ones the round trip costs more than it saves: a seventh of the processor time of an object of 1 MiB.
    /// </summary>
    public int ExpectContinueBytes { get; init; } = 16 << 20;

    /// <summary>The same once an attempt has failed: then a refusal is likely, and the service may be asking for less.</summary>
    public int RepeatedExpectContinueBytes { get; init; } = 1 << 20;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>
    /// Whether a refused signature is repeated for the service's own time where its Date shows that this clock is off. False where
    /// somebody wants to hear of that.
    /// </summary>
    public bool FollowsServiceTime { get; init; } = true;

    /// <summary>A number from 0 to below 1, for the jitter.</summary>
    public Func<double> Randomizer { get; init; } = Random.Shared.NextDouble;

    /// <summary>Waits before a retry; null waits on <see cref="Time"/>.</summary>
    public Func<TimeSpan, CancellationToken, Task>? Delay { get; init; }

    /// <summary>Puts another way to send requests before the client's own; null for none. It owns what it is given.</summary>
    public Func<HttpMessageHandler, HttpMessageHandler>? Handler { get; init; }

    /// <summary>Told of every failed attempt that will be repeated, before the wait.</summary>
    public Action<OciRetry>? OnRetry { get; init; }

    /// <summary>The public endpoint of a region of the commercial realm. For another realm set the endpoint itself.</summary>
    public static Uri EndpointOf(string region) => RegionShape().IsMatch(region)
        ? new Uri($"https://objectstorage.{region}.oraclecloud.com")
        : throw new ArgumentException($"'{region}' is not an OCI region identifier such as us-ashburn-1.", nameof(region));

    /// <summary>Whether the text has the shape of a region identifier.</summary>
    public static bool IsRegion(string region) => RegionShape().IsMatch(region);

    internal string RegionName => Region ?? Endpoint.Authority;

    [GeneratedRegex("^[a-z]{2,}(-[a-z]+)+-[0-9]+$")]
    private static partial Regex RegionShape();
}

/// <summary>One failed attempt.</summary>
/// <param name="Operation">The call and its target.</param>
/// <param name="Attempt">Which attempt failed, from 1.</param>
/// <param name="IsThrottle">True when the service asked for fewer requests (429, 503).</param>
/// <param name="Reason">What happened; holds no secret.</param>
/// <param name="Wait">How long the client waits before the next attempt.</param>
public sealed record OciRetry(string Operation, int Attempt, bool IsThrottle, string Reason, TimeSpan Wait);
