using SnapshotBridge.Storage;

namespace SnapshotBridge.Copying;

/// <summary>
/// Keeps a batch's checkpoint and writes it: at once where the order matters (an upload was opened, an upload is about
/// to be committed), else at most every interval, and never two writes at a time.
/// </summary>
internal sealed class CheckpointWriter(
    IDocumentStore documents,
    string exportTaskId,
    int batch,
    int invocationsWithoutProgress,
    TimeSpan interval,
    Func<CopyWork> work,
    TimeProvider time) : IDisposable
{
    private readonly string _key = BridgeLayout.Checkpoint(exportTaskId, batch);
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly SortedDictionary<int, CopiedObject> _done = [];
    private readonly SortedDictionary<int, UploadState> _open = [];
    private readonly BatchStatistics _statistics = new();
    private long _changes;
    private long _written;
    private long _writtenAt = time.GetTimestamp();
    private TimeSpan _lastCost;

    /// <summary>Objects that are done, by their index in the batch.</summary>
    public IReadOnlyDictionary<int, CopiedObject> Done
    {
        get
        {
            lock (_lock)
            {
                return new SortedDictionary<int, CopiedObject>(_done);
            }
        }
    }

    /// <summary>What the footers of the objects that are done say.</summary>
    public IReadOnlyList<TableStatistics> Statistics
    {
        get
        {
            lock (_lock)
            {
                return _statistics.Tables;
            }
        }
    }

    /// <summary>Uploads that are open, by their object's index in the batch.</summary>
    public IReadOnlyList<UploadState> Open
    {
        get
        {
            lock (_lock)
            {
                return [.. _open.Values];
            }
        }
    }

    /// <summary>Takes over what an earlier invocation achieved.</summary>
    public void Restore(int index, CopiedObject done)
    {
        lock (_lock)
        {
            _done[index] = done;
        }
    }

    /// <summary>Takes over what an earlier document counted, as far as its objects are all among those restored.</summary>
    public void Restore(IReadOnlyList<TableStatistics>? counted, IReadOnlyList<CopiedObject> objects)
    {
        lock (_lock)
        {
            var restored = new Dictionary<string, CopiedObject>(StringComparer.Ordinal);
            foreach (var done in _done.Values)
            {
                restored[done.Key] = done;
            }

            _statistics.Restore(counted, objects, restored);
        }
    }

    public void Restore(UploadState open)
    {
        lock (_lock)
        {
            _open[open.Index] = open;
        }
    }

    public async Task OpenedAsync(UploadState upload, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _open[upload.Index] = upload;
            _changes++;
        }

        await FlushAsync(cancellationToken);
    }

    public void Closed(int index)
    {
        lock (_lock)
        {
            if (_open.Remove(index))
            {
                _changes++;
            }
        }
    }

    public async Task PartFinishedAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _changes++;
        }

        await FlushIfDueAsync(cancellationToken);
    }

    public async Task FinishedAsync(int index, CopiedObject done, bool isSliced, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _done[index] = _statistics.Take(done, isSliced);
            _open.Remove(index);
            _changes++;
        }

        await FlushIfDueAsync(cancellationToken);
    }

    /// <summary>Writes whatever is not written yet.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        long wanted;
        lock (_lock)
        {
            wanted = _changes;
        }

        await _writing.WaitAsync(cancellationToken);
        try
        {
            await WriteAsync(wanted, invocationsWithoutProgress, cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>The last write of an invocation that did not finish the batch.</summary>
    public async Task CloseAsync(int stalledInvocations, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await WriteAsync(long.MaxValue, stalledInvocations, cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }

    public Task DeleteAsync(CancellationToken cancellationToken) => documents.DeleteAsync(_key, cancellationToken);

    public void Dispose() => _writing.Dispose();

    private async Task FlushIfDueAsync(CancellationToken cancellationToken)
    {
        // Whoever finds a write under way leaves its change to the next one.
        if (!await _writing.WaitAsync(0, cancellationToken))
        {
            return;
        }

        try
        {
            // A long checkpoint must not take a tenth of the time for itself.
            var due = _lastCost * 10 > interval ? _lastCost * 10 : interval;
            if (time.GetElapsedTime(_writtenAt) >= due)
            {
                long wanted;
                lock (_lock)
                {
                    wanted = _changes;
                }

                await WriteAsync(wanted, invocationsWithoutProgress, cancellationToken);
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task WriteAsync(long wanted, int stalledInvocations, CancellationToken cancellationToken)
    {
        CopyCheckpoint checkpoint;
        long changes;
        lock (_lock)
        {
            if (_written >= wanted)
            {
                return;
            }

            changes = _changes;
            checkpoint = new CopyCheckpoint
            {
                ExportTaskId = exportTaskId,
                Batch = batch,
                InvocationsWithoutProgress = stalledInvocations,
                Done = [.. _done.Values],
                Statistics = _statistics.Tables,
                Open = [.. _open.Values.Select(upload => upload.ToRecord())],
                Work = work(),
            };
        }

        var startedAt = time.GetTimestamp();
        await documents.WriteAsync(_key, checkpoint, CopyingJson.Default.CopyCheckpoint, cancellationToken);
        _written = changes;
        _writtenAt = time.GetTimestamp();
        _lastCost = time.GetElapsedTime(startedAt);
    }
}
