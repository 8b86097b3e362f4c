using System.Text.Json.Nodes;
using SnapshotBridge.Local.Aws.Protocols;

namespace SnapshotBridge.Local.Aws.Rds;

/// <summary>What goes wrong on purpose at RDS.</summary>
public sealed class RdsFaults(TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly List<(Func<string, bool> When, Func<AwsServiceException> Error, int[] Left)> _errors = [];
    private readonly List<(Func<RdsExportTask, bool> When, int Percent, string Cause, int[] Left)> _failures = [];
    private readonly List<(int Count, DateTimeOffset Until)> _foreign = [];
    private readonly TaskCompletionSource _hangs = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _starting;

    /// <summary>Events that never reach EventBridge.</summary>
    public Func<JsonObject, bool>? LoseEvent { get; set; }

    /// <summary>Lets the next exports fail with RDS's words once they have reached a percentage. What they have written stays.</summary>
    /// <param name="percent">0 to 100; 100 fails after everything is written.</param>
    /// <param name="cause">The task's FailureCause.</param>
    /// <param name="when">Which tasks; all by default.</param>
    /// <param name="count">How many.</param>
    public void FailExport(int percent, string cause, Func<RdsExportTask, bool>? when = null, int count = 1)
    {
        lock (_lock)
            _failures.Add((when ?? (_ => true), percent, cause, [count]));
    }

    /// <summary>Occupies slots with exports of somebody else in the account.</summary>
    public void OccupySlots(int count, TimeSpan duration)
    {
        lock (_lock)
            _foreign.Add((count, clock.GetUtcNow() + duration));
    }

    /// <summary>Keeps new exports in STARTING until <see cref="ReleaseStarting"/>.</summary>
    public void HangInStarting()
    {
        lock (_lock)
            _starting ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Done as soon as an export is kept by <see cref="HangInStarting"/>.</summary>
    public Task Hangs => _hangs.Task;

    /// <summary>Ends <see cref="HangInStarting"/>.</summary>
    public void ReleaseStarting()
    {
        lock (_lock)
        {
            _starting?.TrySetResult();
            _starting = null;
        }
    }

    /// <summary>Answers "Rate exceeded" to the next requests.</summary>
    /// <param name="action">The action, for example <c>DescribeExportTasks</c>; null for any.</param>
    /// <param name="count">How many requests; the SDKs try three times.</param>
    public void Throttle(string? action = null, int count = 1)
        => Fail(() => new AwsServiceException("Throttling", "Rate exceeded"), action, count);

    /// <summary>Answers a server error to the next requests.</summary>
    public void ServerError(string? action = null, int count = 1)
        => Fail(() => new AwsServiceException("ServiceUnavailable", "The request has failed due to a temporary failure of the server.", 503), action, count);

    /// <summary>Answers any other error to the next requests.</summary>
    public void Fail(Func<AwsServiceException> error, string? action = null, int count = 1)
    {
        lock (_lock)
            _errors.Add((name => action is null || name == action, error, [count]));
    }

    /// <summary>Ends all faults.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _errors.Clear();
            _failures.Clear();
            _foreign.Clear();
            LoseEvent = null;
        }

        ReleaseStarting();
    }

    internal void ThrowFor(string action)
    {
        lock (_lock)
        {
            foreach (var (when, error, left) in _errors)
            {
                if (left[0] > 0 && when(action))
                {
                    left[0]--;
                    throw error();
                }
            }
        }
    }

    internal int ForeignExports()
    {
        var now = clock.GetUtcNow();
        lock (_lock)
            return _foreign.Where(foreign => foreign.Until > now).Sum(foreign => foreign.Count);
    }

    internal Task WhenStartingMayEnd()
    {
        lock (_lock)
        {
            if (_starting is null)
                return Task.CompletedTask;
            _hangs.TrySetResult();
            return _starting.Task;
        }
    }

    /// <summary>The failure this task is doomed to, or null.</summary>
    internal (int Percent, string Cause)? TakeFailure(RdsExportTask task)
    {
        lock (_lock)
        {
            foreach (var (when, percent, cause, left) in _failures)
            {
                if (left[0] > 0 && when(task))
                {
                    left[0]--;
                    return (percent, cause);
                }
            }
        }

        return null;
    }
}
