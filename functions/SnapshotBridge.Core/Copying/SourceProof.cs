namespace SnapshotBridge.Copying;

/// <summary>What the source's stored checksum says about the bytes that were read.</summary>
/// <param name="IsMatch">False when the bytes are not those that were stored.</param>
/// <param name="Evidence">The level that the match gives.</param>
/// <param name="Reason">Why the level is not end-to-end.</param>
/// <param name="Algorithm">The checksum compared.</param>
/// <param name="Expected">The stored value.</param>
/// <param name="Actual">The computed value.</param>
internal readonly record struct SourceProof(bool IsMatch, CopyEvidence Evidence, string? Reason, string Algorithm, string Expected, string Actual)
{
    /// <summary>Compares a stored value with the computed one.</summary>
    public static SourceProof Compare(string algorithm, string expected, string actual) =>
        new(string.Equals(expected, actual, StringComparison.Ordinal), CopyEvidence.EndToEnd, null, algorithm, expected, actual);

    /// <summary>There is nothing to compare with.</summary>
    public static SourceProof Unproven(string reason) => new(true, CopyEvidence.Destination, reason, "", "", "");
}
