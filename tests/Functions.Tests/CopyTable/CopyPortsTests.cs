using SnapshotBridge.Copying;
using SnapshotBridge.CopyTable;
using SnapshotBridge.Core.Tests.Copying;
using SnapshotBridge.Oci;
using Xunit;

namespace SnapshotBridge.Functions.Tests.CopyTable;

/// <summary>The adapter for OCI against the OCI endpoint: the promises that the engine builds on.</summary>
public sealed class OciObjectSinkTests : ObjectSinkConformance, IAsyncLifetime
{
    private CopyRun _run = null!;
    private OciObjectStorage? _storage;

    public async ValueTask InitializeAsync() => _run = await CopyRun.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _storage?.Dispose();
        await _run.DisposeAsync();
    }

    protected override Task<IObjectSink> StartAsync()
    {
        _storage = new OciObjectStorage(
            OciCredentials.Parse(_run.User.SecretJson(), "secret"), new OciClientOptions { Endpoint = _run.Oci.Endpoint });
        var bucket = new OciBucket(_run.Oci.Store.Namespace, CopyRun.DestinationBucket);
        return Task.FromResult<IObjectSink>(new OciObjectSink(_storage, bucket, DateTimeOffset.UtcNow.AddMinutes(5)));
    }
}

/// <summary>The adapter for S3 against the S3 endpoint.</summary>
public sealed class S3ObjectSourceTests : ObjectSourceConformance, IAsyncLifetime
{
    private CopyRun _run = null!;
    private S3Downloads _downloads = null!;

    public async ValueTask InitializeAsync()
    {
        _run = await CopyRun.StartAsync();
        _downloads = new S3Downloads(_run.S3Client, TimeProvider.System);
    }

    public ValueTask DisposeAsync()
    {
        _downloads.Dispose();
        return _run.DisposeAsync();
    }

    protected override async Task<(IObjectSource Source, string ETag)> StartAsync(string key, byte[] content)
    {
        var stored = await _run.Store.PutAsync(CopyRun.SourceBucket, key, new MemoryStream(content), null, Token);
        return (new S3ObjectSource(_run.S3Client, _downloads, CopyRun.SourceBucket, new S3SourceOptions(), () => { }), stored.ETag);
    }

    protected override async Task<(IObjectSource Source, string ETag)> StartInPartsAsync(string key, byte[] content, int partBytes) =>
        (new S3ObjectSource(_run.S3Client, _downloads, CopyRun.SourceBucket, new S3SourceOptions(), () => { }), await _run.UploadInPartsAsync(key, content, partBytes, "CRC32C"));

    [Fact]
    public async Task ReadAsync_MissingBucket_IsReportedAsThat()
    {
        var source = new S3ObjectSource(_run.S3Client, _downloads, "no-such-bucket", new S3SourceOptions(), () => { });
        await Assert.ThrowsAsync<Errors.BucketNotFoundException>(() => source.ReadAsync("k", "\"e\"", 10, 0, new byte[10], Token));
    }
}
