using SnapshotBridge.Errors;

namespace SnapshotBridge.Copying;

/// <summary>Several invocations in a row ended at their deadline without a single finished part.</summary>
public sealed class CopyStalledException(string exportTaskId, int batch, int invocations, int remainingObjects, long partSizeBytes)
    : BridgeException(
        $"Batch {batch} of export '{exportTaskId}' made no progress in {invocations} invocations; {remainingObjects} objects remain. A part of {partSizeBytes} bytes does not get through within the function's timeout: raise Timeout or memory of CopyTable, lower PART_SIZE_MIB, or check the network, then redrive.");
