namespace SnapshotBridge.Errors;

/// <summary>AWS refused the function's role or credentials. Final: only a change of policy or credentials helps.</summary>
public sealed class AwsAccessDeniedException(string operation, string target, string detail, Exception? innerException = null)
    : BridgeException(
        $"{operation} on {target} was refused ({detail}). "
        + $"Allow {operation} for this target in the policy of the function's role, and in the bucket and KMS key policies where they restrict it.",
        innerException);
