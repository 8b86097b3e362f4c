using SnapshotBridge.Errors;

namespace SnapshotBridge.Copying;

/// <summary>Another object stands at the destination name. It is never overwritten.</summary>
public sealed class DestinationConflictException(string objectName, string found, string wanted)
    : BridgeException(
        $"Destination object '{objectName}' already exists with other content ({found}; to be written: {wanted}) and is never overwritten. Delete it, or set another DESTINATION_PREFIX, then redrive the run.")
{
    public string ObjectName { get; } = objectName;
}
