using System.Security.Cryptography;
using SnapshotBridge.Local.Aws.Protocols;

namespace SnapshotBridge.Local.Aws.SecretsManager;

/// <summary>The secrets behind the Secrets Manager endpoint, in memory only. Safe for concurrent use.</summary>
/// <param name="region">The region of the ARNs.</param>
/// <param name="accountId">The account of the ARNs.</param>
/// <param name="clock">The store's clock.</param>
public sealed class SecretsStore(string region, string accountId, TimeProvider clock)
{
    private const string RandomAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Secret> _secrets = new(StringComparer.Ordinal);

    /// <summary>Stores a text, as a new secret or as the new version of the one with this name.</summary>
    /// <returns>The secret's ARN.</returns>
    public string Put(string name, string text) => Put(name, text, null, null, mustExist: null).Arn;

    /// <summary>Stores bytes, as a new secret or as the new version of the one with this name.</summary>
    /// <returns>The secret's ARN.</returns>
    public string Put(string name, ReadOnlyMemory<byte> bytes) => Put(name, null, bytes.ToArray(), null, mustExist: null).Arn;

    /// <summary>Creates a secret without a value, as a deployment does that leaves the value to its owner.</summary>
    /// <returns>The secret's ARN.</returns>
    public string CreateEmpty(string name) => Add(name).Arn;

    /// <exception cref="AwsServiceException">ResourceExistsException.</exception>
    internal Secret Add(string name)
    {
        lock (_lock)
        {
            return _secrets.ContainsKey(name)
                ? throw new AwsServiceException("ResourceExistsException", $"The operation failed because the secret {name} already exists.")
                : _secrets[name] = new Secret(name, NewArn(name), clock.GetUtcNow(), Current: null, Previous: null);
        }
    }

    internal IReadOnlyList<Secret> All()
    {
        lock (_lock)
            return [.. _secrets.Values];
    }

    /// <param name="id">Name, whole ARN, or ARN without its random ending.</param>
    /// <exception cref="AwsServiceException">ResourceNotFoundException.</exception>
    internal Secret Find(string id)
    {
        lock (_lock)
        {
            return _secrets.GetValueOrDefault(id)
                ?? _secrets.Values.FirstOrDefault(secret => secret.Arn == id || secret.Arn[..^7] == id)
                ?? throw new AwsServiceException("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
        }
    }

    /// <param name="id">The name, or for an existing secret its ARN.</param>
    /// <param name="text">The text, or null where bytes are given.</param>
    /// <param name="bytes">The bytes, or null where text is given.</param>
    /// <param name="versionId">The caller's id for the version.</param>
    /// <param name="mustExist">Whether the secret must or must not exist; null for either.</param>
    /// <exception cref="AwsServiceException">ResourceNotFoundException, ResourceExistsException.</exception>
    internal Secret Put(string id, string? text, byte[]? bytes, string? versionId, bool? mustExist)
    {
        lock (_lock)
        {
            Secret? existing = null;
            if (mustExist == true)
                existing = Find(id);
            else if (_secrets.TryGetValue(id, out existing) && mustExist == false)
                throw new AwsServiceException("ResourceExistsException", $"The operation failed because the secret {id} already exists.");

            var now = clock.GetUtcNow();
            var version = new SecretVersion(versionId ?? Guid.NewGuid().ToString(), text, bytes, now);
            var name = existing?.Name ?? id;
            return _secrets[name] = new Secret(
                name,
                existing?.Arn ?? NewArn(name),
                existing?.Created ?? now, version, existing?.Current);
        }
    }

    private string NewArn(string name) => $"arn:aws:secretsmanager:{region}:{accountId}:secret:{name}-{RandomNumberGenerator.GetString(RandomAlphabet, 6)}";
}

/// <summary>One secret with the two versions that have a stage; a secret may have no value yet.</summary>
internal sealed record Secret(string Name, string Arn, DateTimeOffset Created, SecretVersion? Current, SecretVersion? Previous);

/// <summary>One version's content.</summary>
internal sealed record SecretVersion(string VersionId, string? Text, byte[]? Bytes, DateTimeOffset Created)
{
    /// <summary>The id alone: content never reaches a log by accident.</summary>
    public override string ToString() => VersionId;
}
