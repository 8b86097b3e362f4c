namespace SnapshotBridge.Errors;

/// <summary>
/// Marks an exception that passes by itself: the state machine retries it in every state whose function can throw it. The
/// tests hold both against each other.
/// </summary>
public interface ITransientFailure;
