using SnapshotBridge.Errors;

namespace SnapshotBridge.Configuration;

/// <summary>A secret exists but does not hold what is expected. Final. The message names fields, never their values.</summary>
public sealed class SecretInvalidException(string secretId, string problem, string expected)
    : BridgeException($"The secret '{secretId}' cannot be used: {problem}. Store a JSON object with {expected}.");
