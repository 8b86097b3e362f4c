using SnapshotBridge.Errors;

namespace SnapshotBridge.Copying;

/// <summary>An exported object is not the one that was planned: it was replaced after the listing or while it was read.</summary>
public sealed class SourceObjectChangedException(string key, string planned, string found)
    : BridgeException(
        $"Source object '{key}' changed after the copy was planned: planned {planned}, found {found}. Nothing but RDS may write below the export's prefix; find out who did, then start a new run with newExport.")
{
    public string Key { get; } = key;
}
