namespace SnapshotBridge.IntegrityMatrix;

/// <summary>One row as it was measured.</summary>
/// <param name="Outcome">What the copy made of the fault.</param>
/// <param name="IsRight">Whether what stands at the destination's name is right; null where nothing does.</param>
/// <param name="FaultsApplied">True when everything that was to go wrong did: otherwise the row says nothing.</param>
/// <param name="Detail">The error, or how well the bytes are vouched for.</param>
public sealed record RowResult(RowOutcome Outcome, bool? IsRight, bool FaultsApplied, string Detail)
{
    /// <summary>Bytes that were sent beyond the object's own.</summary>
    public long SentAgainBytes { get; init; }

    /// <summary>Bytes of the parts that were under way when the process was killed; 0 where none was.</summary>
    public long InFlightBytes { get; init; }

    /// <summary>Uploads that are open in the end, and paid for.</summary>
    public int OpenUploads { get; init; }

    internal static RowOutcome Judge(bool succeeded, bool? isRight) => (succeeded, isRight) switch
    {
        (true, true) => RowOutcome.Repaired,
        (true, _) => RowOutcome.Unnoticed,
        (false, false) => RowOutcome.ReportedButLeft,
        (false, _) => RowOutcome.Reported,
    };
}
