using SnapshotBridge.Errors;

namespace SnapshotBridge.Exports;

/// <summary>RDS knows no such snapshot. Final.</summary>
public sealed class SnapshotNotFoundException(string sourceArn, string? hint = null)
    : BridgeException(
        $"RDS has no snapshot '{sourceArn}'{(hint is null ? "" : $" ({hint})")}. "
        + "Copy the ARN from the snapshot's page in the RDS console; automated snapshots vanish when their retention ends, and a snapshot shared by another account must be copied first.");
