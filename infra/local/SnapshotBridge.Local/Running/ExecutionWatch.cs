using System.Globalization;
using SnapshotBridge.Local.Console;
using SnapshotBridge.Local.StateMachine.Running;

namespace SnapshotBridge.Local.Running;

/// <summary>Tells the person watching what the state machine does, and remembers what scenarios ask about.</summary>
public sealed class ExecutionWatch(IRunView view) : IExecutionObserver
{
    private readonly Lock _gate = new();
    private readonly List<RetryNotice> _retries = [];
    private readonly List<string> _entered = [];

    /// <summary>The state that an execution (not a child) entered last.</summary>
    public string State { get; private set; } = "starting";

    /// <summary>All retries so far, of children too.</summary>
    public IReadOnlyList<RetryNotice> Retries
    {
        get
        {
            lock (_gate)
            {
                return [.. _retries];
            }
        }
    }

    /// <summary>All states entered so far, of children too.</summary>
    public IReadOnlyList<string> Entered
    {
        get
        {
            lock (_gate)
            {
                return [.. _entered];
            }
        }
    }

    public void ExecutionStarted(ExecutionIdentity execution)
    {
        if (!execution.IsChild)
        {
            view.Line($"execution {execution.Name}");
        }
    }

    public void StateEntered(ExecutionIdentity execution, string state, string type)
    {
        lock (_gate)
        {
            _entered.Add(state);
        }

        if (!execution.IsChild)
        {
            State = state;
            if (type is "Task" or "Map")
            {
                view.Line(state);
            }
        }
    }

    public void RetryScheduled(ExecutionIdentity execution, RetryNotice retry)
    {
        lock (_gate)
        {
            _retries.Add(retry);
        }

        view.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{retry.State}: {retry.Error}, retry {retry.Retry} of {retry.MaxAttempts} in {retry.ShortenedDelay.TotalSeconds:0.0} s (in the service {retry.Delay.TotalSeconds:0} s)"));
    }

    public void ChildrenPlanned(ExecutionIdentity parent, string state, int total) => view.Line($"{state}: {total} batches");

    public void ChildFinished(ExecutionIdentity parent, ChildNotice child)
    {
        if (child.Status == ExecutionStatus.Succeeded)
        {
            view.Status($"{child.Finished} of {child.Total} batches copied");
        }
        else
        {
            view.Line($"batch {child.Index} {child.Status}: {child.Failure?.Error}");
        }
    }

    public void ExecutionEnded(ExecutionDescription execution)
    {
        if (execution.MapRunArn is null)
        {
            view.Line($"execution {execution.Name} {execution.Status}");
        }
    }
}
