using SnapshotBridge.Local.Aws.S3;
using SnapshotBridge.Local.Oci;

namespace SnapshotBridge.IntegrityMatrix;

/// <summary>The matrix: everything that can happen to bytes between two stores.</summary>
public static class IntegrityRows
{
    /// <summary>Refusals in a row at each service: more than a client's first few attempts, fewer than it has.</summary>
    private const int Storm = 6;

    public static IReadOnlyList<IntegrityRow> All { get; } =
    [
        SourceFlip("source-flip-crc64nvme", "source: bit flip, KMS object with CRC64NVME", S3ChecksumAlgorithm.Crc64Nvme),
        SourceFlip("source-flip-crc32", "source: bit flip, KMS object with CRC32", S3ChecksumAlgorithm.Crc32),
        SourceFlip(WithoutChecksum, "source: bit flip, KMS object without checksum", null),
        new("source-truncated", "source: body ends early", RowOutcome.Repaired)
        {
            Source = (faults, size) => [faults.Truncate(size.InTheMiddle % size.PartBytes, Object)],
        },
        new("destination-flip-arriving", "destination: bit flip on the way", RowOutcome.Repaired)
        {
            IsSmall = true,
            Oci = (faults, size) => [faults.Add(new OciFaultAction.FlipBeforeCheck(size.SmallBytes / 2))],
            S3Sink = (faults, size) => [faults.FlipArriving(size.SmallBytes / 2)],
        },
        new("destination-flip-stored", "destination: bit flip in the store", RowOutcome.Repaired)
        {
            IsSmall = true,
            Oci = (faults, size) => [faults.Add(new OciFaultAction.FlipAfterCheck(size.SmallBytes / 2))],
            S3Sink = (faults, size) => [faults.FlipStored(size.SmallBytes / 2)],
        },
        new("part-duplicated", "destination: a part also stands in another's place", RowOutcome.Repaired)
        {
            Oci = (faults, _) => [faults.Add(new OciFaultAction.RepeatPart(1, 2))],
            S3Sink = (faults, _) => [faults.RepeatPart(1, 2)],
        },
        new("part-lost", "destination: an acknowledged part is gone", RowOutcome.Repaired)
        {
            Oci = (faults, _) => [faults.Add(new OciFaultAction.LosePart())],
            S3Sink = (faults, _) => [faults.LosePart()],
        },
        new("parts-swapped", "destination: two parts in each other's place", RowOutcome.Repaired)
        {
            Oci = (faults, _) => [faults.Add(new OciFaultAction.SwapParts(1, 2))],
            S3Sink = (faults, _) => [faults.SwapParts(1, 2)],
        },
        new("source-replaced", "source: object replaced while it is read, reading resumed", RowOutcome.Reported)
        {
            Source = (faults, size) =>
            [
                faults.Replace(MatrixObjects.Parquet(size.LargeBytes, seed: 2), size.PartBytes / 2, Object),
                faults.Reset(size.PartBytes / 2, Object),
            ],
        },
        new("source-reset", "source: connection reset in mid-body", RowOutcome.Repaired)
        {
            Source = (faults, size) => [faults.Reset(size.PartBytes / 2, Object)],
        },
        new("destination-reset", "destination: connection reset in mid-body", RowOutcome.Repaired)
        {
            Oci = (faults, size) => [faults.Add(new OciFaultAction.ResetRequest(size.PartBytes / 4))],
            S3Sink = (faults, size) => [faults.ResetUpload(size.PartBytes / 4)],
        },
        new("throttling", $"both: {Storm} refusals for overload in a row", RowOutcome.Repaired)
        {
            Source = (faults, _) => [faults.SlowDown(Object, Storm)],
            Oci = (faults, _) => [faults.Add(OciFaultAction.TooManyRequests(), request => request.Operation == OciOperation.UploadPart, Storm)],
            S3Sink = (faults, _) => [faults.SlowDown(request => request.Operation == "UploadPart", Storm)],
        },
        new("killed", "process killed in mid-object, started again", RowOutcome.Repaired) { IsKilled = true },
        new("commit-answer-lost", "destination: commit carried out, answer lost", RowOutcome.Repaired)
        {
            Oci = (faults, _) => [faults.Add(new OciFaultAction.LoseAnswer(), request => request.Operation == OciOperation.CommitMultipartUpload)],
            S3Sink = (faults, _) => [faults.LoseAnswer(request => request.Operation == "CompleteMultipartUpload")],
        },
    ];

    /// <summary>The row whose object has nothing stored to compare with: only a second reading shows the fault.</summary>
    public const string WithoutChecksum = "source-flip-no-checksum";

    private static IntegrityRow SourceFlip(string name, string title, S3ChecksumAlgorithm? checksum) =>
        new(name, title, RowOutcome.Repaired)
        {
            Checksum = checksum,
            Source = (faults, size) => [faults.FlipByte(size.InTheMiddle, Object)],
        };

    private static bool Object(S3FaultContext request) => request.Operation == "GetObject" && request.Key.EndsWith(".parquet", StringComparison.Ordinal);
}
