namespace SnapshotBridge.Errors;

/// <summary>
/// Everything that SnapshotBridge itself reports as wrong. Lambda reports a leaf's short class name, and that name is
/// what <c>ErrorEquals</c> in the state machine matches: leaves are sealed, unique and named for a decision.
/// A message names the thing, the value and the remedy, and never a token, PAR URL, key or password.
/// </summary>
public abstract class BridgeException(string message, Exception? innerException = null) : Exception(message, innerException);
