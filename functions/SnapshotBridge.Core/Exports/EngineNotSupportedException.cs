using SnapshotBridge.Errors;

namespace SnapshotBridge.Exports;

/// <summary>The snapshot is of an engine that RDS does not export to Parquet. Final.</summary>
public sealed class EngineNotSupportedException(string sourceArn, string engine)
    : BridgeException(
        $"The snapshot {sourceArn} is of engine '{engine}'. RDS exports {string.Join(", ", SnapshotDescription.ExportableEngines)}; give a snapshot of one of these.");
