namespace SnapshotBridge.Copying;

/// <summary>
/// A fixed set of buffers that outlives an invocation, so that a warm function does not allocate a second set beside
/// one that is not collected yet. Buffers are made when first needed. One copy at a time.
/// </summary>
public sealed class PartBuffers
{
    private readonly Stack<byte[]> _free = new();
    private readonly Lock _lock = new();
    private int _made;

    /// <summary>The size of every buffer in bytes; 0 before the first <see cref="Prepare"/>.</summary>
    public int BufferBytes { get; private set; }

    /// <summary>How many buffers there may be.</summary>
    public int Count { get; private set; }

    /// <summary>What all buffers that were made take together, in bytes.</summary>
    public long AllocatedBytes => (long)_made * BufferBytes;

    /// <summary>Sets size and number. Buffers of another size, or too many, are given up first.</summary>
    public void Prepare(int bufferBytes, int count)
    {
        lock (_lock)
        {
            if (_free.Count != _made)
            {
                throw new InvalidOperationException("Buffers are in use: one copy at a time.");
            }

            if (bufferBytes != BufferBytes || _made > count)
            {
                var had = _made > 0;
                _free.Clear();
                _made = 0;
                if (had)
                {
                    // The old set must be gone before the new one is made: together they would exceed the function's memory.
                    GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: false);
                }
            }

            BufferBytes = bufferBytes;
            Count = count;
        }
    }

    internal byte[] Rent()
    {
        lock (_lock)
        {
            if (_free.TryPop(out var buffer))
            {
                return buffer;
            }

            if (_made == Count)
            {
                throw new InvalidOperationException($"All {Count} buffers are in use.");
            }

            // Pinned: sockets and TLS read into it without pinning again, and the heap is never compacted around it.
            buffer = GC.AllocateUninitializedArray<byte>(BufferBytes, pinned: true);
            _made++;
            return buffer;
        }
    }

    internal void Return(byte[] buffer)
    {
        lock (_lock)
        {
            _free.Push(buffer);
        }
    }
}
