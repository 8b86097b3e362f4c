namespace SnapshotBridge.Copying;

/// <summary>What one invocation has done so far.</summary>
internal sealed class CopyTotals
{
    private long _sentBytes;
    private int _skipped;
    private int _found;
    private int _objects;
    private int _parts;

    public long SentBytes => Interlocked.Read(ref _sentBytes);

    public int SkippedObjects => Volatile.Read(ref _skipped);

    /// <summary>Parts and objects that were finished: any is progress.</summary>
    public int Steps => Volatile.Read(ref _objects) + Parts;

    /// <summary>Objects and slices that were finished and not found at the destination.</summary>
    public int SentObjects => Math.Max(0, Volatile.Read(ref _objects) - Volatile.Read(ref _found));

    public int Parts => Volatile.Read(ref _parts);

    public void Sent(long bytes) => Interlocked.Add(ref _sentBytes, bytes);

    public void Skipped() => Interlocked.Increment(ref _skipped);

    public void PartFinished() => Interlocked.Increment(ref _parts);

    public void ObjectFinished() => Interlocked.Increment(ref _objects);

    /// <summary>An object that counts as finished was complete at the destination.</summary>
    public void Found()
    {
        Interlocked.Increment(ref _found);
        Skipped();
    }
}
