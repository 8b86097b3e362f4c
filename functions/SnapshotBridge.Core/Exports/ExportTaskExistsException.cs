using SnapshotBridge.Errors;

namespace SnapshotBridge.Exports;

/// <summary>Another execution has just started a task of this identifier (ExportTaskAlreadyExists). It is looked at and adopted.</summary>
public sealed class ExportTaskExistsException(string exportTaskId, Exception? innerException = null)
    : BridgeException($"RDS has an export task '{exportTaskId}' already. Start again: it is adopted if it is of the same snapshot and scope.", innerException);
