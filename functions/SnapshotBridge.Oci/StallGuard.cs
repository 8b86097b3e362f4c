namespace SnapshotBridge.Oci;

/// <summary>Cancels its token when nobody reported progress for a while. One per attempt.</summary>
internal sealed class StallGuard : IDisposable
{
    private readonly CancellationTokenSource _stall;
    private readonly CancellationTokenSource _deadline;
    private readonly CancellationTokenSource _linked;
    private readonly TimeSpan _patience;

    public StallGuard(TimeSpan patience, TimeSpan untilDeadline, TimeProvider time, CancellationToken cancellationToken)
    {
        _patience = patience;
        _stall = new CancellationTokenSource(patience, time);
        _deadline = new CancellationTokenSource(untilDeadline, time);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(_stall.Token, _deadline.Token, cancellationToken);
    }

    public CancellationToken Token => _linked.Token;

    public bool HasStalled => _stall.IsCancellationRequested;

    public bool IsPastDeadline => _deadline.IsCancellationRequested;

    /// <summary>Something moved: wait the whole time again.</summary>
    public void Progress() => _stall.CancelAfter(_patience);

    /// <summary>The answer may take this long to begin.</summary>
    public void AwaitAnswer(TimeSpan patience) => _stall.CancelAfter(patience);

    /// <summary>Nothing is expected to move now: the caller has the word.</summary>
    public void Pause() => _stall.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _linked.Dispose();
        _deadline.Dispose();
        _stall.Dispose();
    }
}
