namespace SnapshotBridge.Planning;

/// <summary>How much there is to copy: of one object, of a table, of a batch.</summary>
internal readonly record struct CopyLoad(long Bytes, int Objects)
{
    /// <summary>
    /// What one object more costs in time, expressed in bytes. A GET, a PUT and their bookkeeping take about 3 ms of a
    /// processor (measured with objects of 1 MiB), some 5 ms of a function's share of one; at 70 MB/s that is 350 kB.
    /// </summary>
    public const long ObjectOverheadBytes = 384 << 10;

    /// <summary>The time it takes, expressed in bytes: what batches are balanced by, so that neither bytes nor objects pile up in one.</summary>
    public long Cost => Bytes + (Objects * ObjectOverheadBytes);

    public static CopyLoad operator +(CopyLoad left, CopyLoad right) => new(left.Bytes + right.Bytes, left.Objects + right.Objects);
}

/// <summary>What one batch holds at most. One object, or one slice, that is larger is a batch alone.</summary>
internal readonly record struct BatchBounds(long Bytes, int Objects)
{
    public bool Hold(CopyLoad load) => load.Bytes <= Bytes && load.Objects <= Objects;
}
