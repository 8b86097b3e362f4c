using SnapshotBridge.Errors;

namespace SnapshotBridge.Planning;

/// <summary>A JSON file that RDS wrote beside the data cannot be understood. Final.</summary>
public sealed class ExportFilesInvalidException(string bucket, string key, string detail, Exception? innerException = null)
    : BridgeException(
        $"The export's file s3://{bucket}/{key} cannot be understood: {detail}. "
        + "If it was changed or cut off, start an execution with \"newExport\": true; if RDS writes it so, this version does not know its form.",
        innerException);
