using SnapshotBridge.Aws;
using SnapshotBridge.CopyTable.Wire;
using SnapshotBridge.Oci;

namespace SnapshotBridge.CopyTable;

/// <summary>
/// The OCI client of a function that lives from invocation to invocation: made anew when the secret has another value.
/// </summary>
internal sealed class OciConnection(CopyTableOptions options, SecretReader secrets, TimeProvider time) : IDisposable
{
    private OciObjectStorage? _storage;
    private string? _secretText;
    private string? _namespace = options.OciNamespace;

    /// <summary>Changes how patient the client is; for tests.</summary>
    public Func<OciClientOptions, OciClientOptions> Configure { get; init; } = configured => configured;

    /// <summary>Told of every attempt that is repeated.</summary>
    public Action<OciRetry>? OnRetry { get; set; }

    /// <summary>The client and the bucket. The namespace is asked once where the settings do not name it.</summary>
    public async Task<(OciObjectStorage Storage, OciBucket Bucket)> OpenAsync(DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        var text = await secrets.ReadTextAsync(options.OciSecretId, cancellationToken);
        if (_storage is null || text != _secretText)
        {
            var credentials = OciCredentials.Parse(text, options.OciSecretId);
            _storage?.Dispose();
            _storage = new OciObjectStorage(credentials, Configure(new OciClientOptions
            {
                Endpoint = options.OciEndpoint,
                Region = options.OciRegion,
                Time = time,
                OnRetry = retry => OnRetry?.Invoke(retry),
                Handler = elsewhere => new BlockingHttpHandler(elsewhere, time) { ConnectTimeout = TimeSpan.FromSeconds(15) },
            }));
            _secretText = text;
        }

        _namespace ??= await _storage.GetNamespaceAsync(deadline, cancellationToken);
        return (_storage, new OciBucket(_namespace, options.OciBucket));
    }

    /// <summary>After OCI refused the key: true when the secret has a new value since, which is worth another try.</summary>
    public async Task<bool> RefreshAsync(CancellationToken cancellationToken)
    {
        var refused = _secretText;
        secrets.Forget(options.OciSecretId);
        return await secrets.ReadTextAsync(options.OciSecretId, cancellationToken) != refused;
    }

    public void Dispose() => _storage?.Dispose();
}
