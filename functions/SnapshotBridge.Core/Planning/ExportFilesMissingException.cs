using SnapshotBridge.Errors;

namespace SnapshotBridge.Planning;

/// <summary>RDS lists tables as exported of which there is neither a file nor a marker. Final: going on would lose them silently.</summary>
public sealed class ExportFilesMissingException(string bucket, string prefix, IReadOnlyList<string> targets)
    : BridgeException(
        $"RDS lists {targets.Count} table(s) as COMPLETE that have no file below s3://{bucket}/{prefix}: {string.Join(", ", targets.Take(20))}{(targets.Count > 20 ? ", …" : "")}. "
        + "Their files were deleted or never written: start an execution with \"newExport\": true.");
