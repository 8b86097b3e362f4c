namespace SnapshotBridge.Errors;

/// <summary>AWS answered that the request itself is wrong. Final: the same request gets the same answer.</summary>
public sealed class AwsRequestFailedException(string operation, string target, string detail, Exception? innerException = null)
    : BridgeException(
        $"{operation} on {target} failed ({detail}). The same request would fail again: correct the setting or the target that it names.",
        innerException);
