namespace SnapshotBridge.Copying;

/// <summary>
/// What it took to copy a batch, all its invocations together: written with the batch's proof, for the report. An invocation
/// that was killed counts as far as its last checkpoint.
/// </summary>
public sealed record CopyWork
{
    /// <summary>When the first invocation began, UTC.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When the proof was written, or the checkpoint, UTC.</summary>
    public required DateTimeOffset EndedAt { get; init; }

    public required int Invocations { get; init; }

    /// <summary>What the invocations took, added up, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>The same times the function's memory, in GiB-seconds: what Lambda is paid by.</summary>
    public required double GibibyteSeconds { get; init; }

    /// <summary>What was sent, in bytes, parts that had to be sent again included: what egress is paid by.</summary>
    public required long SentBytes { get; init; }

    /// <summary>Objects that were finished and not found complete at the destination.</summary>
    public required int SentObjects { get; init; }

    /// <summary>Parts of multipart uploads.</summary>
    public required int SentParts { get; init; }

    /// <summary>With what another invocation did after this.</summary>
    public CopyWork Then(CopyWork later)
    {
        ArgumentNullException.ThrowIfNull(later);
        return new CopyWork
        {
            StartedAt = StartedAt,
            EndedAt = later.EndedAt,
            Invocations = Invocations + later.Invocations,
            Seconds = Seconds + later.Seconds,
            GibibyteSeconds = GibibyteSeconds + later.GibibyteSeconds,
            SentBytes = SentBytes + later.SentBytes,
            SentObjects = SentObjects + later.SentObjects,
            SentParts = SentParts + later.SentParts,
        };
    }
}
