using SnapshotBridge.Errors;

namespace SnapshotBridge.Copying;

/// <summary>An object needs parts that do not fit into the function's memory: a part number ends at 10,000, so parts grow with the object.</summary>
public sealed class ObjectTooLargeException(string key, long sizeBytes, long neededBytes, long budgetBytes)
    : BridgeException(
        $"Source object '{key}' has {sizeBytes} bytes and needs a buffer of {neededBytes} bytes, but the function's memory leaves {budgetBytes}. Raise the memory of CopyTable, or lower PART_SIZE_MIB and MULTIPART_THRESHOLD_MIB if they ask for more than the object needs.");
