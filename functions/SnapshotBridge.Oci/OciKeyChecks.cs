using SnapshotBridge.Preflight;

namespace SnapshotBridge.Oci;

/// <summary>
/// The first checks of every function that talks to OCI: the secret is what it must be, the endpoint is reached, and OCI
/// accepts the key. What they opened is used by the checks that follow.
/// </summary>
/// <param name="secretId">The secret's name or ARN.</param>
/// <param name="namespaceName">The namespace that the settings name; null where it is asked for.</param>
/// <param name="bucketName">The bucket.</param>
/// <param name="readSecret">Reads the secret's text anew.</param>
/// <param name="options">How the client reaches the service.</param>
/// <param name="list">Takes the lines.</param>
public sealed class OciKeyChecks(
    string secretId, string? namespaceName, string bucketName, Func<CancellationToken, Task<string>> readSecret, OciClientOptions options, Checklist list) : IDisposable
{
    private OciCredentials? _credentials;
    private OciObjectStorage? _storage;

    /// <summary>The key, after <see cref="OpenAsync"/> gave a bucket.</summary>
    public OciCredentials Credentials => _credentials ?? throw new InvalidOperationException("There is no key yet.");

    /// <summary>The client, after <see cref="OpenAsync"/> gave a bucket.</summary>
    public OciObjectStorage Storage => _storage ?? throw new InvalidOperationException("There is no client yet.");

    /// <summary>Checks secret, network and key.</summary>
    /// <param name="next">The checks that need them: noted as skipped where they fail.</param>
    /// <returns>The bucket, or null.</returns>
    public async Task<OciBucket?> OpenAsync(IReadOnlyList<string> next)
    {
        ArgumentNullException.ThrowIfNull(next);
        var hasKey = await list.RunAsync("oci.secret", secretId, Remedies.Role, async token =>
        {
            _credentials = OciCredentials.Parse(await readSecret(token), secretId);
            return Finding.Ok($"an RSA key with fingerprint {_credentials.Fingerprint}, which is the private key's own");
        });
        var isReached = await list.RunAsync("oci.network", options.Endpoint.Authority, Remedies.Network, token =>
            NetworkProbe.ConnectAsync(options.Endpoint.Host, options.Endpoint.Port, options.Time, token));
        if (!hasKey || !isReached)
        {
            Skip(["oci.key", .. next], hasKey ? "OCI cannot be reached" : "there is no usable key");
            return null;
        }

        // A clock that is off is worked around where that is possible; here it is to be told.
        _storage = new OciObjectStorage(Credentials, options with { FollowsServiceTime = false });
        string? found = null;
        var isAccepted = await list.RunAsync("oci.key", Credentials.KeyId, Remedies.OciKey, async token =>
        {
            found = await _storage.GetNamespaceAsync(options.Time.GetUtcNow() + Checklist.Patience, token);
            return namespaceName is null || namespaceName == found
                ? Finding.Ok($"accepted; the tenancy's namespace is {found}")
                : Finding.Failed($"accepted, but the tenancy's namespace is {found} and OciNamespace is {namespaceName}", "Correct the parameter OciNamespace, or leave it empty: then it is asked for.");
        });
        if (!isAccepted)
        {
            Skip(next, "OCI does not take the key, or the namespace is wrong");
            return null;
        }

        return new OciBucket(found!, bucketName);
    }

    /// <summary>Notes checks that cannot be made.</summary>
    public void Skip(IReadOnlyList<string> names, string reason)
    {
        foreach (var name in names)
        {
            list.Skip(name, bucketName, reason);
        }
    }

    public void Dispose() => _storage?.Dispose();
}
