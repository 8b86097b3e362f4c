namespace SnapshotBridge.Errors;

/// <summary>The export bucket does not exist, or is of another region or account. Final.</summary>
public sealed class BucketNotFoundException(string operation, string bucket, Exception? innerException = null)
    : BridgeException(
        $"{operation} failed: the S3 bucket '{bucket}' does not exist. "
        + "Correct EXPORT_BUCKET, or create the bucket in the region of the function and of the snapshot.",
        innerException);
