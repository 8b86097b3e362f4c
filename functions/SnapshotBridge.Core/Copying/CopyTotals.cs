namespace SnapshotBridge.Copying;

/// <summary>What one invocation has done so far.</summary>
internal sealed class CopyTotals
{
    private long _sentBytes;
    private int _skipped;
    private int _steps;

    public long SentBytes => Interlocked.Read(ref _sentBytes);

    public int SkippedObjects => Volatile.Read(ref _skipped);

    /// <summary>Parts and objects that were finished: any is progress.</summary>
    public int Steps => Volatile.Read(ref _steps);

    public void Sent(long bytes) => Interlocked.Add(ref _sentBytes, bytes);

    public void Skipped() => Interlocked.Increment(ref _skipped);

    public void PartFinished() => Interlocked.Increment(ref _steps);

    public void ObjectFinished() => Interlocked.Increment(ref _steps);
}
