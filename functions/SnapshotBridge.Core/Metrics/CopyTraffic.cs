namespace SnapshotBridge.Metrics;

/// <summary>How often one invocation of the copy was slowed down or had to repeat a request. Safe to call from many transfers.</summary>
public sealed class CopyTraffic
{
    private int _throttles;
    private int _retries;

    public int Throttles => Volatile.Read(ref _throttles);

    public int Retries => Volatile.Read(ref _retries);

    /// <summary>A service asked to slow down.</summary>
    public void Throttled() => Interlocked.Increment(ref _throttles);

    /// <summary>A request is repeated.</summary>
    public void Retried() => Interlocked.Increment(ref _retries);
}
