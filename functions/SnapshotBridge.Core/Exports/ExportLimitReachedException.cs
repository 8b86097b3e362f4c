using SnapshotBridge.Errors;

namespace SnapshotBridge.Exports;

/// <summary>RDS runs as many exports as it allows (ExportTaskLimitReachedFault). It becomes an <see cref="ExportSlotsBusyException"/> that names them.</summary>
public sealed class ExportLimitReachedException(string detail, Exception? innerException = null)
    : BridgeException($"RDS runs as many export tasks as it allows ({detail}). Wait until one has ended.", innerException);
