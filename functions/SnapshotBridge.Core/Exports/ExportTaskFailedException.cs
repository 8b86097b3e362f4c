using SnapshotBridge.Errors;

namespace SnapshotBridge.Exports;

/// <summary>RDS ended an export task as FAILED. The run fails at once, with RDS's own cause.</summary>
public sealed class ExportTaskFailedException(string exportTaskId, string sourceArn, string? failureCause)
    : BridgeException(
        $"RDS ended the export task '{exportTaskId}' of {sourceArn} as FAILED: {FailureCause.Text(failureCause)}. "
        + $"{FailureCause.Remedy(failureCause)} Then redrive the execution or start a new one: either starts another export.");
