using SnapshotBridge.Copying;
using SnapshotBridge.CopyTable;
using SnapshotBridge.CopyTable.Wire;
using SnapshotBridge.Core.Tests.Copying;
using SnapshotBridge.Oci;
using Xunit;

namespace SnapshotBridge.Functions.Tests.CopyTable;

/// <summary>The adapter for OCI against the OCI endpoint: the promises that the engine builds on.</summary>
public class OciObjectSinkTests : ObjectSinkConformance, IAsyncLifetime
{
    private CopyRun _run = null!;
    private OciObjectStorage? _storage;

    public async ValueTask InitializeAsync() => _run = await CopyRun.StartAsync();

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _storage?.Dispose();
        await _run.DisposeAsync();
    }

    protected override Task<IObjectSink> StartAsync()
    {
        _storage = new OciObjectStorage(OciCredentials.Parse(_run.User.SecretJson(), "secret"), Options(new OciClientOptions { Endpoint = _run.Oci.Endpoint }));
        var bucket = new OciBucket(_run.Oci.Store.Namespace, CopyRun.DestinationBucket);
        return Task.FromResult<IObjectSink>(new OciObjectSink(_storage, bucket, DateTimeOffset.UtcNow.AddMinutes(5)));
    }

    private protected virtual OciClientOptions Options(OciClientOptions options) => options;
}

/// <summary>The same by blocking calls on threads for transfers, as the function writes.</summary>
public sealed class BlockingOciObjectSinkTests : OciObjectSinkTests
{
    private readonly TransferThreads _threads = new(2);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _threads.Dispose();
    }

    protected override async Task<IObjectSink> StartAsync() => new SinkOnTransferThreads(await base.StartAsync(), _threads);

    private protected override OciClientOptions Options(OciClientOptions options) =>
        options with { Handler = elsewhere => new BlockingHttpHandler(elsewhere, TimeProvider.System) };
}

/// <summary>The adapter for S3 against the S3 endpoint.</summary>
public class S3ObjectSourceTests : ObjectSourceConformance, IAsyncLifetime
{
    private CopyRun _run = null!;
    private S3Downloads _downloads = null!;

    public async ValueTask InitializeAsync()
    {
        _run = await CopyRun.StartAsync();
        _downloads = new S3Downloads(_run.S3Client, TimeProvider.System);
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _downloads.Dispose();
        await _run.DisposeAsync();
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

/// <summary>The same by blocking calls on threads for transfers, as the function reads.</summary>
public sealed class BlockingS3ObjectSourceTests : S3ObjectSourceTests
{
    private readonly TransferThreads _threads = new(2);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _threads.Dispose();
    }

    protected override async Task<(IObjectSource Source, string ETag)> StartAsync(string key, byte[] content) => Moved(await base.StartAsync(key, content));

    protected override async Task<(IObjectSource Source, string ETag)> StartInPartsAsync(string key, byte[] content, int partBytes) =>
        Moved(await base.StartInPartsAsync(key, content, partBytes));

    private (IObjectSource Source, string ETag) Moved((IObjectSource Source, string ETag) made) => (new SourceOnTransferThreads(made.Source, _threads), made.ETag);
}
