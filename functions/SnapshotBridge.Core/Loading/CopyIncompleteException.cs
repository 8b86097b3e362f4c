using SnapshotBridge.Errors;

namespace SnapshotBridge.Loading;

/// <summary>The plan or the proof of some batches is missing: the copy has not ended, whatever the state machine thinks.</summary>
public sealed class CopyIncompleteException(string exportTaskId, string missing)
    : BridgeException($"The copy of export task {exportTaskId} is not complete: {missing}. Start an execution for the same snapshot again: it copies what is missing and then loads.");
