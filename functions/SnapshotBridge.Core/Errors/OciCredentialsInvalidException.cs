namespace SnapshotBridge.Errors;

/// <summary>The secret with the OCI API key cannot be used as it is. Nothing was sent. The message never holds the key or its passphrase.</summary>
/// <param name="secret">The secret's name or ARN.</param>
/// <param name="problems">Everything that is wrong with it.</param>
public sealed class OciCredentialsInvalidException(string secret, IReadOnlyList<string> problems)
    : BridgeException($"The OCI API key in secret '{secret}' cannot be used: {string.Join("; ", problems)}. "
        + "The secret must be JSON with \"tenancy\", \"user\", \"fingerprint\", \"privateKey\" (PEM) and, for an encrypted key, \"passphrase\".")
{
    public IReadOnlyList<string> Problems { get; } = problems;
}
