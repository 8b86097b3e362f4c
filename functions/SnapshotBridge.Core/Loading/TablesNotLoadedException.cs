using SnapshotBridge.Errors;

namespace SnapshotBridge.Loading;

/// <summary>At least one table is not in HeatWave as it was exported. All others were tried, and the report is written.</summary>
public sealed class TablesNotLoadedException(int failed, int total, string reasons, string reportKey)
    : BridgeException($"{failed} of {total} tables {(failed == 1 ? "was" : "were")} not loaded: {reasons}. The report is at {reportKey}. Start an execution for the same snapshot again when the causes are gone: it loads only what is missing.");
