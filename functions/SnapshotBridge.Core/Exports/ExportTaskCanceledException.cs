using SnapshotBridge.Errors;

namespace SnapshotBridge.Exports;

/// <summary>Somebody cancelled the export task that the run was waiting for.</summary>
public sealed class ExportTaskCanceledException(string exportTaskId, string sourceArn, string? failureCause)
    : BridgeException(
        $"The export task '{exportTaskId}' of {sourceArn} was cancelled{(string.IsNullOrWhiteSpace(failureCause) ? "" : $": {failureCause.Trim()}")}. "
        + "Redrive the execution or start a new one to export again.");
