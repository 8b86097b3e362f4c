namespace SnapshotBridge.Copying;

/// <summary>
/// Hands out the right to run one transfer together with its buffer: as many as the limit allows, earlier objects
/// first so that objects finish rather than all being begun, none any more once the gate is stopped or time is short.
/// </summary>
internal sealed class TransferGate(PartBuffers buffers, AdaptiveConcurrency limit, InvocationTime invocation, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<TaskCompletionSource<TransferLease?>, (int Object, long Turn)> _waiting = new();
    private int _running;
    private long _turns;
    private long _slowestTicks;
    private bool _stopped;

    /// <summary>True once no transfer will be granted any more.</summary>
    public bool IsStopped
    {
        get
        {
            lock (_lock)
            {
                return _stopped;
            }
        }
    }

    /// <summary>A turn, or null when the gate is stopped.</summary>
    public Task<TransferLease?> EnterAsync(int objectIndex)
    {
        lock (_lock)
        {
            CheckTime();
            if (_stopped)
            {
                return Task.FromResult<TransferLease?>(null);
            }

            if (_running < limit.Current)
            {
                return Task.FromResult<TransferLease?>(Grant());
            }

            var turn = new TaskCompletionSource<TransferLease?>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(turn, (objectIndex, _turns++));
            return turn.Task;
        }
    }

    /// <summary>Grants nothing more; transfers under way go on.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            StopLocked();
        }
    }

    internal void Leave(byte[] buffer, long startedAt)
    {
        lock (_lock)
        {
            buffers.Return(buffer);
            _running--;
            _slowestTicks = Math.Max(_slowestTicks, time.GetElapsedTime(startedAt).Ticks);
            CheckTime();
            while (_running < limit.Current && _waiting.TryDequeue(out var turn, out _))
            {
                try
                {
                    turn.SetResult(Grant());
                }
                catch (Exception failure)
                {
                    // No memory for another buffer: whoever waits for it must hear of it, and whoever leaves has done nothing wrong.
                    turn.SetException(failure);
                }
            }
        }
    }

    private TransferLease Grant()
    {
        var lease = new TransferLease(this, buffers.Rent(), time.GetTimestamp());
        _running++;
        return lease;
    }

    private void CheckTime()
    {
        if (!_stopped && invocation.Remaining() < invocation.Reserve(TimeSpan.FromTicks(_slowestTicks)))
        {
            StopLocked();
        }
    }

    private void StopLocked()
    {
        _stopped = true;
        while (_waiting.TryDequeue(out var turn, out _))
        {
            turn.SetResult(null);
        }
    }
}

/// <summary>One granted transfer and its buffer. Dispose to let the next one in.</summary>
internal sealed class TransferLease(TransferGate gate, byte[] buffer, long startedAt) : IDisposable
{
    private byte[]? _buffer = buffer;

    public Memory<byte> Buffer => _buffer ?? throw new ObjectDisposedException(nameof(TransferLease));

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } returned)
        {
            gate.Leave(returned, startedAt);
        }
    }
}
