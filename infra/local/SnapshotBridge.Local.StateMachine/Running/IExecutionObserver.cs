namespace SnapshotBridge.Local.StateMachine.Running;

/// <summary>
/// Live progress of executions, for a console. Methods are called by the execution itself, so they must be quick, must
/// not throw, and may be called by several executions at a time. No task token ever gets here.
/// </summary>
public interface IExecutionObserver
{
    void ExecutionStarted(ExecutionIdentity execution)
    {
    }

    void StateEntered(ExecutionIdentity execution, string state, string type)
    {
    }

    void StateExited(ExecutionIdentity execution, string state, string type)
    {
    }

    void RetryScheduled(ExecutionIdentity execution, RetryNotice retry)
    {
    }

    /// <summary>A Distributed Map has read its items.</summary>
    void ChildrenPlanned(ExecutionIdentity parent, string state, int total)
    {
    }

    /// <summary>A child execution of a Distributed Map has ended.</summary>
    void ChildFinished(ExecutionIdentity parent, ChildNotice child)
    {
    }

    void ExecutionEnded(ExecutionDescription execution)
    {
    }
}

/// <summary>Which execution it is.</summary>
/// <param name="Arn">Its ARN.</param>
/// <param name="Name">Its name.</param>
/// <param name="ParentArn">The execution whose Distributed Map started it, or null.</param>
public sealed record ExecutionIdentity(string Arn, string Name, string? ParentArn)
{
    public bool IsChild => ParentArn is not null;
}

/// <summary>A failed attempt that is repeated.</summary>
/// <param name="State">The state's name.</param>
/// <param name="Error">The error's name.</param>
/// <param name="Cause">The error's cause; for a function's error its JSON.</param>
/// <param name="Retry">The number of this retry under its retrier, from 1.</param>
/// <param name="MaxAttempts">How many retries its retrier grants.</param>
/// <param name="Delay">The wait as Step Functions would wait, jitter included.</param>
/// <param name="ShortenedDelay">The wait here.</param>
public sealed record RetryNotice(string State, string Error, string? Cause, int Retry, int MaxAttempts, TimeSpan Delay, TimeSpan ShortenedDelay);

/// <summary>A child execution that has ended.</summary>
/// <param name="Child">The child.</param>
/// <param name="Index">The item's index, from 0.</param>
/// <param name="Finished">How many children have succeeded so far, this one included.</param>
/// <param name="Total">How many items there are.</param>
/// <param name="Status">How it ended.</param>
/// <param name="Failure">What made it fail, or null.</param>
public sealed record ChildNotice(ExecutionIdentity Child, int Index, int Finished, int Total, ExecutionStatus Status, ExecutionFailure? Failure);
