using SnapshotBridge.Copying;

namespace SnapshotBridge.Loading;

/// <summary>What the load needs of an object's proof (<see cref="CopiedObject"/>).</summary>
public sealed record ProvenObject(
    string DestinationName,
    long SizeBytes,
    long Rows,
    string Crc32C,
    string Crc64Nvme,
    string DestinationETag,
    CopyEvidence Evidence,
    string? EvidenceReason,
    IReadOnlyList<string> Columns);
