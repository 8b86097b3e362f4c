using System.Collections.Concurrent;
using SnapshotBridge.Local.StateMachine.Running;

namespace SnapshotBridge.StateMachine.Tests.Kit;

/// <summary>Keeps what an observer is told.</summary>
public sealed class Recorder : IExecutionObserver
{
    public ConcurrentQueue<string> Entered { get; } = new();

    public ConcurrentQueue<RetryNotice> Retries { get; } = new();

    public ConcurrentQueue<ChildNotice> Children { get; } = new();

    public ConcurrentQueue<ExecutionDescription> Ended { get; } = new();

    public void StateEntered(ExecutionIdentity execution, string state, string type) => Entered.Enqueue(state);

    public void RetryScheduled(ExecutionIdentity execution, RetryNotice retry) => Retries.Enqueue(retry);

    public void ChildFinished(ExecutionIdentity parent, ChildNotice child) => Children.Enqueue(child);

    public void ExecutionEnded(ExecutionDescription execution) => Ended.Enqueue(execution);
}
