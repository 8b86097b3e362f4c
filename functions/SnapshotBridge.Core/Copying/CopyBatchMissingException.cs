using SnapshotBridge.Errors;

namespace SnapshotBridge.Copying;

/// <summary>There is no such batch to copy: PlanCopy writes the batches, and the state machine names them.</summary>
public sealed class CopyBatchMissingException(string exportTaskId, int batch, string reason)
    : BridgeException(
        $"There is no batch {batch} of export '{exportTaskId}' to copy: {reason}. Run the state machine from PlanCopy, with an input of {{\"exportTaskId\", \"batch\"}} for CopyTable.");
