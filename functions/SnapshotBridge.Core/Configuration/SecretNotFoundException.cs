using SnapshotBridge.Errors;

namespace SnapshotBridge.Configuration;

/// <summary>Secrets Manager has no such secret, or one without a value, as a deployment creates it. Final.</summary>
public sealed class SecretNotFoundException(string secretId, Exception? innerException = null)
    : BridgeException(
        $"Secrets Manager has no secret '{secretId}' with a current value. "
        + "If the deployment has created it, store its value (aws secretsmanager put-secret-value); "
        + "else create it in the function's region, or correct the setting that names it.",
        innerException);
