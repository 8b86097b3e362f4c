using SnapshotBridge.Local.Aws.Protocols;

namespace SnapshotBridge.Local.Aws.EventBridge;

/// <summary>What goes wrong on purpose at EventBridge.</summary>
public sealed class EventsFaults
{
    private readonly Lock _lock = new();
    private readonly List<(AwsServiceException Error, int[] Left)> _errors = [];
    private readonly Queue<(string Code, string Message)> _refusals = new();

    /// <summary>Answers an error to the next requests.</summary>
    /// <param name="error">For example <c>InternalException</c> (500) or <c>AccessDeniedException</c>.</param>
    /// <param name="count">How many requests.</param>
    public void Fail(AwsServiceException error, int count = 1)
    {
        lock (_lock)
            _errors.Add((error, [count]));
    }

    /// <summary>Refuses the next entries in requests that succeed otherwise.</summary>
    /// <param name="code">For example <c>ThrottlingException</c> or <c>InternalFailure</c>.</param>
    /// <param name="message">Its words.</param>
    /// <param name="count">How many entries.</param>
    public void RefuseEntries(string code, string message, int count = 1)
    {
        lock (_lock)
        {
            for (var number = 0; number < count; number++)
                _refusals.Enqueue((code, message));
        }
    }

    /// <summary>Ends all faults.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _errors.Clear();
            _refusals.Clear();
        }
    }

    internal void ThrowIfTold()
    {
        lock (_lock)
        {
            foreach (var (error, left) in _errors)
            {
                if (left[0]-- > 0)
                    throw new AwsServiceException(error.Code, error.Message, error.StatusCode);
                left[0] = 0;
            }
        }
    }

    internal (string Code, string Message)? RefusalOfEntry()
    {
        lock (_lock)
            return _refusals.TryDequeue(out var refusal) ? refusal : null;
    }
}
