using SnapshotBridge.Errors;

namespace SnapshotBridge.Exports;

/// <summary>
/// RDS cannot start this export now: five are running already, or one of the same snapshot is
/// (RDS User Guide, limits of "Exporting DB snapshot data to Amazon S3"). Transient: the state machine waits its turn.
/// </summary>
public sealed class ExportSlotsBusyException(string sourceArn, string reason, IReadOnlyList<string> running)
    : BridgeException(
        $"The export of {sourceArn} must wait: {reason}. Running now: {(running.Count == 0 ? "none is listed any more" : string.Join(", ", running))}. "
        + "It is tried again every few minutes; cancel one of these tasks if this snapshot is more urgent."), ITransientFailure;
