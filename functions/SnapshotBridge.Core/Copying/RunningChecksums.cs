namespace SnapshotBridge.Copying;

/// <summary>
/// The checksums of a buffer while it is being filled: what has just arrived is still in the processor's cache, and costs
/// a third of what a pass over the full buffer does. One per reading.
/// </summary>
internal sealed class RunningChecksums(ReadOnlyMemory<byte> buffer)
{
    // Less is not worth the call; more would leave the cache of a small processor.
    private const int LeastBytes = 128 * 1024;

    private PartChecksums _checksums = PartChecksums.Empty(withCrc32: false);
    private int _covered;

    /// <summary>Tells how many bytes of the buffer are there; fewer than before when the source begins anew.</summary>
    public void Received(int count)
    {
        if (count < _covered)
        {
            _checksums = PartChecksums.Empty(withCrc32: false);
            _covered = 0;
        }

        if (count - _covered >= LeastBytes)
        {
            Cover(count);
        }
    }

    /// <summary>The checksums of the whole buffer, which is full now.</summary>
    public PartChecksums Finish()
    {
        Cover(buffer.Length);
        return _checksums;
    }

    private void Cover(int count)
    {
        _checksums = _checksums.Append(buffer.Span[_covered..count]);
        _covered = count;
    }
}
