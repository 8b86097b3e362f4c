namespace SnapshotBridge.CopyTable;

/// <summary>How patient a read is.</summary>
public sealed record S3SourceOptions
{
    /// <summary>How long <see cref="StallBytes"/> may take before a body is continued on another connection.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>What has to come within <see cref="StallTimeout"/>, unless the body ends before.</summary>
    public int StallBytes { get; init; } = 64 * 1024;

    /// <summary>Bodies per read: a broken one is continued this often less one.</summary>
    public int MaxAttempts { get; init; } = 6;

    /// <summary>The ceiling of the first pause before a body is continued; it doubles each time (full jitter).</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(0.2);

    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A longer Retry-After is not waited for: the state machine repeats what this function gives up.</summary>
    public TimeSpan LongestRetryAfter { get; init; } = TimeSpan.FromSeconds(60);

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
