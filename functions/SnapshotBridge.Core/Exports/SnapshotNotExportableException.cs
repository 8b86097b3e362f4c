using SnapshotBridge.Errors;

namespace SnapshotBridge.Exports;

/// <summary>RDS refuses to export this snapshot (InvalidExportSourceState). Final.</summary>
public sealed class SnapshotNotExportableException(string sourceArn, string detail, Exception? innerException = null)
    : BridgeException(
        $"RDS does not export the snapshot {sourceArn} in its state ({detail}). "
        + "Check in the RDS console that it is available and not of magnetic storage, RDS Custom or Aurora Serverless v1; else take another snapshot.",
        innerException);
