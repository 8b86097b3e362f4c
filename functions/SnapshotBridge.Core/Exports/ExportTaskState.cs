using SnapshotBridge.Requests;

namespace SnapshotBridge.Exports;

/// <summary>One export task as RDS describes it.</summary>
public sealed record ExportTaskState
{
    public required string ExportTaskId { get; init; }

    public required string SourceArn { get; init; }

    public required string Bucket { get; init; }

    /// <summary>The prefix that the task was started with; RDS gives "" where there was none.</summary>
    public required string Prefix { get; init; }

    public required ExportScope Scope { get; init; }

    /// <summary>STARTING, IN_PROGRESS, COMPLETE, FAILED, CANCELING or CANCELED.</summary>
    public required string Status { get; init; }

    public int PercentProgress { get; init; }

    public string? FailureCause { get; init; }

    /// <summary>RDS's warnings as a JSON text, or null.</summary>
    public string? WarningMessage { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public DateTimeOffset? SnapshotTime { get; init; }

    /// <summary>How much data RDS says that it read, in GB; null where it does not say.</summary>
    public double? ExtractedGigabytes { get; init; }

    public bool IsComplete => Is("COMPLETE");

    public bool IsFailed => Is("FAILED");

    public bool IsCanceled => Is("CANCELED");

    public bool IsCanceling => Is("CANCELING");

    /// <summary>Whether the task has ended, well or not. A status that is not known counts as not ended.</summary>
    public bool HasEnded => IsComplete || IsFailed || IsCanceled;

    /// <summary>Whether the task's files are, or will be, below this bucket and prefix.</summary>
    public bool GoesTo(string bucket, string prefix) =>
        Bucket == bucket && Prefix.Trim('/') == prefix.Trim('/');

    // RDS answers in upper case and filters in lower case: a change of case must not become an endless wait.
    private bool Is(string status) => Status.Equals(status, StringComparison.OrdinalIgnoreCase);

    /// <summary>The exception that says how a task ended badly, or null when it did not.</summary>
    public Errors.BridgeException? Failure() =>
        IsFailed ? new ExportTaskFailedException(ExportTaskId, SourceArn, FailureCause)
        : IsCanceled ? new ExportTaskCanceledException(ExportTaskId, SourceArn, FailureCause)
        : null;
}
