using SnapshotBridge.Errors;

namespace SnapshotBridge.Copying;

/// <summary>An object (or the whole bucket) that the plan names is not in S3 any more.</summary>
public sealed class SourceObjectMissingException(string bucket, string key, string answer)
    : BridgeException(
        $"Source object '{key}' is not in bucket '{bucket}' ({answer}) although the plan lists it. Check that no lifecycle rule or person deletes exports below this prefix, then start a new run with newExport.")
{
    public string Key { get; } = key;
}
