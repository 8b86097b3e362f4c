using SnapshotBridge.Local.Aws.S3;
using SnapshotBridge.Local.Oci;

namespace SnapshotBridge.IntegrityMatrix;

/// <summary>What a copy made of a fault.</summary>
public enum RowOutcome
{
    /// <summary>The copy succeeded, and what arrived is right.</summary>
    Repaired,

    /// <summary>The copy failed, and nothing stands at the destination's name.</summary>
    Reported,

    /// <summary>The copy failed, but wrong bytes stand at the destination's name.</summary>
    ReportedButLeft,

    /// <summary>The copy succeeded, and what arrived is wrong.</summary>
    Unnoticed,
}

/// <summary>How large the matrix's objects are.</summary>
/// <param name="PartBytes">One part; the small object has half of it.</param>
public sealed record MatrixSize(int PartBytes)
{
    /// <summary>Three parts and a half.</summary>
    public int LargeBytes => (PartBytes * 3) + (PartBytes / 2);

    public int SmallBytes => PartBytes / 2;

    /// <summary>In the middle of the large object's second part.</summary>
    public long InTheMiddle => (PartBytes * 3L) / 2;
}

/// <summary>One fault, and what must become of it.</summary>
/// <param name="Name">Names the row.</param>
/// <param name="Title">The fault in words.</param>
/// <param name="Expected">What our copy must make of it.</param>
public sealed record IntegrityRow(string Name, string Title, RowOutcome Expected)
{
    /// <summary>The checksum that S3 has stored with the object; null for none.</summary>
    public S3ChecksumAlgorithm? Checksum { get; init; } = S3ChecksumAlgorithm.Crc64Nvme;

    /// <summary>True for an object of one part.</summary>
    public bool IsSmall { get; init; }

    /// <summary>True when the copying process is killed in mid-object and started again.</summary>
    public bool IsKilled { get; init; }

    /// <summary>What goes wrong at the source.</summary>
    public Func<S3Faults, MatrixSize, IEnumerable<S3Fault>> Source { get; init; } = (_, _) => [];

    /// <summary>What goes wrong at OCI, where we copy to.</summary>
    public Func<OciFaults, MatrixSize, IEnumerable<OciFaultRule>> Oci { get; init; } = (_, _) => [];

    /// <summary>The same at S3, where rclone copies to.</summary>
    public Func<S3Faults, MatrixSize, IEnumerable<S3Fault>> S3Sink { get; init; } = (_, _) => [];

    public override string ToString() => Name;
}
