using SnapshotBridge.Errors;

namespace SnapshotBridge.Loading;

/// <summary>The target schemas of the request cannot be used as they are. Found when the copy is planned, before a byte of it. Nothing was changed.</summary>
public sealed class TargetConflictException(string problems)
    : BridgeException($"The tables cannot be loaded under the requested names: {problems}. Nothing was changed. Correct targetSchemas in the request.");
