namespace SnapshotBridge.Copying;

/// <summary>
/// Threads that do nothing but transfers, so that a source or sink may read and write with blocking calls there: a thread that
/// waits in the kernel costs less than one that is woken by the pool for every piece that arrives. What a transfer awaits
/// besides, such as the pause before a repeated request, gives its thread to another one. Threads are made when first
/// needed. What comes after it was disposed is still done.
/// </summary>
public sealed class TransferThreads : TaskScheduler, IDisposable
{
    /// <summary>A transfer's own calls are a few dozen deep, TLS included.</summary>
    private const int StackBytes = 512 * 1024;

    [ThreadStatic]
    private static bool _isHere;

    private readonly Queue<Task> _waiting = new();
    private readonly object _lock = new();
    private int _idle;
    private int _threads;
    private bool _ended;

    /// <param name="most">How many threads there may be.</param>
    public TransferThreads(int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        MaximumConcurrencyLevel = most;
    }

    /// <summary>True on a thread that is for transfers, which may block.</summary>
    public static bool IsHere => _isHere;

    public override int MaximumConcurrencyLevel { get; }

    /// <summary>Ends the threads once they have done what is waiting; does not wait for that.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _ended = true;
            Monitor.PulseAll(_lock);
        }
    }

    protected override void QueueTask(Task task)
    {
        lock (_lock)
        {
            _waiting.Enqueue(task);
            if (_waiting.Count > _idle && _threads < MaximumConcurrencyLevel)
            {
                _threads++;
                new Thread(Work, StackBytes) { IsBackground = true, Name = "transfer" }.Start();
            }
            else
            {
                Monitor.Pulse(_lock);
            }
        }
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        _isHere && !taskWasPreviouslyQueued && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_lock)
        {
            return [.. _waiting];
        }
    }

    private void Work()
    {
        _isHere = true;
        while (Next() is { } task)
        {
            TryExecuteTask(task);
        }
    }

    private Task? Next()
    {
        lock (_lock)
        {
            while (_waiting.Count == 0)
            {
                if (_ended)
                {
                    _threads--;
                    return null;
                }

                _idle++;
                Monitor.Wait(_lock);
                _idle--;
            }

            return _waiting.Dequeue();
        }
    }
}
