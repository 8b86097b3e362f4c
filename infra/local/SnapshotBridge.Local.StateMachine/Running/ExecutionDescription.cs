using System.Text.Json;
using System.Text.Json.Nodes;
using SnapshotBridge.Local.StateMachine.Asl;

namespace SnapshotBridge.Local.StateMachine.Running;

public enum ExecutionStatus
{
    Running,
    Succeeded,
    Failed,
    TimedOut,
    Aborted,
}

/// <summary>What DescribeExecution tells.</summary>
public sealed record ExecutionDescription
{
    public required string ExecutionArn { get; init; }

    public required string StateMachineArn { get; init; }

    public required string Name { get; init; }

    public required ExecutionStatus Status { get; init; }

    public required DateTimeOffset StartDate { get; init; }

    public DateTimeOffset? StopDate { get; init; }

    public required string Input { get; init; }

    public string? Output { get; init; }

    public string? Error { get; init; }

    public string? Cause { get; init; }

    public int RedriveCount { get; init; }

    public DateTimeOffset? RedriveDate { get; init; }

    /// <summary>The Map Run that started it, or null.</summary>
    public string? MapRunArn { get; init; }

    /// <summary>Its item's index in the Map Run, or null.</summary>
    public int? ItemIndex { get; init; }

    /// <summary>Null when RedriveExecution would take it, else why not.</summary>
    public string? NotRedrivableReason { get; init; }

    /// <summary>
    /// What made it fail: the state, error and cause of this execution, or, where a Distributed Map failed for its
    /// children, those of the first child that failed. Null unless it failed or timed out.
    /// </summary>
    public ExecutionFailure? Failure { get; init; }
}

/// <summary>The root of a failure.</summary>
/// <param name="ExecutionArn">The execution in which it happened, maybe a child.</param>
/// <param name="State">The state in which it happened; null when the execution as a whole timed out.</param>
/// <param name="Error">The error's name.</param>
/// <param name="Cause">The error's cause; for a function's error its JSON.</param>
public sealed record ExecutionFailure(string ExecutionArn, string? State, string Error, string? Cause)
{
    /// <summary>The cause as a person reads it: a function's <c>errorMessage</c>, else the cause itself.</summary>
    public string Message
    {
        get
        {
            if (Cause is null || !Cause.StartsWith('{'))
            {
                return Cause ?? "";
            }

            try
            {
                return JsonValues.Parse(Cause) is JsonObject error && JsonValues.String(error["errorMessage"]) is { } message ? message : Cause;
            }
            catch (JsonException)
            {
                return Cause;
            }
        }
    }
}

/// <summary>What DescribeMapRun tells.</summary>
public sealed record MapRunDescription
{
    public required string MapRunArn { get; init; }

    public required string ExecutionArn { get; init; }

    public required string StateMachineArn { get; init; }

    public required ExecutionStatus Status { get; init; }

    public required DateTimeOffset StartDate { get; init; }

    public DateTimeOffset? StopDate { get; init; }

    public required int MaxConcurrency { get; init; }

    public required MapRunCounts Counts { get; init; }

    public int RedriveCount { get; init; }

    public DateTimeOffset? RedriveDate { get; init; }
}

/// <summary>How a Map Run's items stand. One item is one child execution.</summary>
public sealed record MapRunCounts(int Total, int Pending, int Running, int Succeeded, int Failed, int TimedOut, int Aborted);

/// <summary>One entry of a list of executions.</summary>
public sealed record ExecutionPage(IReadOnlyList<ExecutionDescription> Executions, string? NextToken);

/// <summary>One page of an execution's history.</summary>
public sealed record HistoryPage(IReadOnlyList<HistoryEvent> Events, string? NextToken);

/// <summary>The error codes of the Step Functions API.</summary>
public sealed class StatesServiceException(string code, string message) : Exception(message)
{
    /// <summary>Such as <c>ExecutionAlreadyExists</c>.</summary>
    public string Code { get; } = code;
}
