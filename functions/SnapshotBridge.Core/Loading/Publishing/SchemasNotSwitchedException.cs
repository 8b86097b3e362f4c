using SnapshotBridge.Errors;

namespace SnapshotBridge.Loading.Publishing;

/// <summary>Every table is in HeatWave, but readers of at least one schema are still served its earlier version. The report is written.</summary>
public sealed class SchemasNotSwitchedException(string reasons, string reportKey)
    : BridgeException($"Every table was loaded, but readers are still served the earlier version: {reasons}. The report is at {reportKey}. Redrive the execution when the causes are gone: it loads nothing again.");
