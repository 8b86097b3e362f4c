using SnapshotBridge.Errors;

namespace SnapshotBridge.Storage;

/// <summary>A control document is not what this version writes: cut off, edited by hand, or of another version. Final.</summary>
public sealed class DocumentInvalidException(string bucket, string key, string detail, Exception? innerException = null)
    : BridgeException(
        $"The document s3://{bucket}/{key} cannot be read: {detail}. "
        + "If it was edited, restore it; else delete it and run again, then the step that writes it makes it anew.",
        innerException);
