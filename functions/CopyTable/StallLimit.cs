namespace SnapshotBridge.CopyTable;

/// <summary>Cancels its token when nothing has come for a while, or with another token. One per request or body.</summary>
internal sealed class StallLimit : IDisposable
{
    private readonly TimeSpan _patience;
    private readonly CancellationTokenSource _ended;
    private readonly CancellationTokenRegistration _with;

    public StallLimit(TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        // One source that the other token cancels too: a linked one takes no clock, and would be one more for each body.
        _patience = patience;
        _ended = new CancellationTokenSource(patience, time);
        _with = cancellationToken.UnsafeRegister(static ended => ((CancellationTokenSource)ended!).Cancel(), _ended);
    }

    public CancellationToken Token => _ended.Token;

    /// <summary>Enough has come: waits the whole time again. Only sets the timer anew, on its clock.</summary>
    public void Renew() => _ended.CancelAfter(_patience);

    public void Dispose()
    {
        // Ends only after a cancellation under way, which needs the source.
        _with.Dispose();
        _ended.Dispose();
    }
}
