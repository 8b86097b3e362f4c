using SnapshotBridge.Errors;

namespace SnapshotBridge.Exports;

/// <summary>RDS cannot write to the export bucket (InvalidS3BucketFault). Final.</summary>
public sealed class ExportBucketRefusedException(string bucket, string detail, Exception? innerException = null)
    : BridgeException(
        $"RDS cannot export to the S3 bucket '{bucket}' ({detail}). EXPORT_BUCKET must exist in the snapshot's region and be writable by the export role.",
        innerException);
