using SnapshotBridge.Errors;

namespace SnapshotBridge.Configuration;

/// <summary>Secrets Manager has no such secret. Final.</summary>
public sealed class SecretNotFoundException(string secretId, Exception? innerException = null)
    : BridgeException(
        $"Secrets Manager has no secret '{secretId}' with a current value. "
        + "Create it in the function's region, or correct the setting that names it.",
        innerException);
