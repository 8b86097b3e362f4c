using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Amazon.SecretsManager;
using Amazon.SecretsManager.Model;
using SnapshotBridge.Configuration;

namespace SnapshotBridge.Aws;

/// <summary>
/// Reads JSON secrets from Secrets Manager and keeps each for five minutes, so that a rotated secret is taken up without
/// a deployment. Errors name the secret and its fields, never a value.
/// </summary>
public sealed class SecretReader(IAmazonSecretsManager secrets, TimeProvider time) : IDisposable
{
    /// <summary>How long a value is reused.</summary>
    public static readonly TimeSpan CacheDuration = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, (DateTimeOffset ReadAt, string Text)> _cache = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _gate = new(1, 1);

    /// <summary>The secret's JSON object. Required members of <typeparamref name="T"/> must be there and not blank.</summary>
    /// <exception cref="SecretNotFoundException">There is no such secret.</exception>
    /// <exception cref="SecretInvalidException">It is not a JSON object with the required fields.</exception>
    /// <exception cref="Errors.AwsAccessDeniedException">The function's role may not read or decrypt it.</exception>
    /// <exception cref="Errors.AwsServiceUnavailableException">Secrets Manager did not answer; transient.</exception>
    public async Task<T> ReadAsync<T>(string secretId, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class =>
        SecretParser.Parse(secretId, await ReadTextAsync(secretId, cancellationToken), type);

    /// <summary>Forgets a secret, after the service that it is for has refused it: it may have been rotated since.</summary>
    public void Forget(string secretId) => _cache.TryRemove(secretId, out _);

    public void Dispose() => _gate.Dispose();

    /// <summary>The secret's text as it is stored, for a reader that checks it by itself. The same errors, but nothing is parsed.</summary>
    public async Task<string> ReadTextAsync(string secretId, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var now = time.GetUtcNow();
            if (_cache.TryGetValue(secretId, out var cached) && now - cached.ReadAt < CacheDuration)
            {
                return cached.Text;
            }

            var text = await FetchAsync(secretId, cancellationToken);
            _cache[secretId] = (now, text);
            return text;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<string> FetchAsync(string secretId, CancellationToken cancellationToken)
    {
        try
        {
            var response = await secrets.GetSecretValueAsync(new GetSecretValueRequest { SecretId = secretId }, cancellationToken);
            return response.SecretString
                ?? throw new SecretInvalidException(secretId, "it holds binary data, not text", "the documented fields as text");
        }
        catch (ResourceNotFoundException exception)
        {
            throw new SecretNotFoundException(secretId, exception);
        }
        catch (Exception exception)
            when (AwsErrors.Wrap(exception, "secretsmanager:GetSecretValue", $"secret '{secretId}'", null, cancellationToken) is { } wrapped)
        {
            throw wrapped;
        }
    }
}

/// <summary>Turns a secret's text into its typed form without ever putting the text into an error.</summary>
internal static class SecretParser
{
    public static T Parse<T>(string secretId, string text, JsonTypeInfo<T> type) where T : class
    {
        var required = type.Properties.Where(property => property.IsRequired).Select(property => property.Name).ToList();
        var expected = string.Join(", ", type.Properties.Select(property => property.IsRequired ? $"\"{property.Name}\"" : $"\"{property.Name}\" (optional)"));
        try
        {
            using var document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new SecretInvalidException(secretId, $"it is a JSON {document.RootElement.ValueKind} and not an object", expected);
            }

            var missing = required.Where(name => !HasText(document.RootElement, name)).ToList();
            if (missing.Count > 0)
            {
                throw new SecretInvalidException(secretId, $"missing or blank: {string.Join(", ", missing)}", expected);
            }

            return document.RootElement.Deserialize(type) ?? throw new SecretInvalidException(secretId, "it is empty", expected);
        }
        catch (JsonException)
        {
            // The parser's message can quote the text, so it goes no further.
            throw new SecretInvalidException(secretId, "it is not a JSON object of the expected types", expected);
        }
    }

    private static bool HasText(JsonElement secret, string name) =>
        secret.TryGetProperty(name, out var value)
        && value.ValueKind != JsonValueKind.Null
        && !(value.ValueKind == JsonValueKind.String && string.IsNullOrWhiteSpace(value.GetString()));
}
