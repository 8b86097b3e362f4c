using SnapshotBridge.Errors;

namespace SnapshotBridge.Planning;

/// <summary>RDS says COMPLETE but a file that it writes last is not there yet. Transient for a while: the state machine asks again.</summary>
public sealed class ExportFilesPendingException(string bucket, string prefix, string missing)
    : BridgeException(
        $"The export in s3://{bucket}/{prefix} is complete for RDS, but {missing}. "
        + "It is looked at again; if it stays so, the files were deleted: start an execution with \"newExport\": true."), ITransientFailure;
