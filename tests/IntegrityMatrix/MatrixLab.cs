using System.Text.Json;
using SnapshotBridge.Copying;
using SnapshotBridge.Local.Aws;
using SnapshotBridge.Local.Aws.S3;
using SnapshotBridge.Local.Aws.SecretsManager;
using SnapshotBridge.Local.Aws.Signing;
using SnapshotBridge.Local.Oci;
using SnapshotBridge.Planning;
using SnapshotBridge.Storage;

namespace SnapshotBridge.IntegrityMatrix;

/// <summary>A source and both kinds of destination on loopback, with one object that is to be copied.</summary>
public sealed class MatrixLab : IAsyncDisposable
{
    public const string SourceBucket = "export-bucket";
    public const string DestinationBucket = "snapshots";
    public const string ExportTask = "snap-1a2b";
    internal const string SecretId = "oci-key";

    private readonly string _folder;
    private readonly S3Store _source;
    private readonly S3Store _sink;
    private readonly byte[] _content;

    private MatrixLab(string folder, IntegrityRow row, MatrixSize size)
    {
        _folder = folder;
        Row = row;
        Size = size;
        _content = MatrixObjects.Parquet(row.IsSmall ? size.SmallBytes : size.LargeBytes, seed: 1);

        // Documents have checksums whatever the row says.
        _source = new S3Store(new S3StoreOptions
        {
            Folder = Directory.CreateDirectory(Path.Combine(folder, "source")).FullName,
            ChecksumRules = [new S3ChecksumRule((_, key) => key.EndsWith(".parquet", StringComparison.Ordinal), row.Checksum)],
        });
        _sink = new S3Store(new S3StoreOptions { Folder = Directory.CreateDirectory(Path.Combine(folder, "sink")).FullName });
    }

    public IntegrityRow Row { get; }

    public MatrixSize Size { get; }

    public AwsAccessKey AccessKey { get; } = new("AKIAMATRIX", "a-secret-access-key-of-the-matrix");

    public string Region { get; } = new AwsServerOptions { AccessKeys = [] }.Region;

    public S3Server Source { get; private set; } = null!;

    public S3Server S3Sink { get; private set; } = null!;

    public OciEndpoint Oci { get; private set; } = null!;

    public SecretsServer Secrets { get; private set; } = null!;

    public string Key { get; } = $"exports/{ExportTask}/shop/shop.orders/1/part-0.parquet";

    public string Name { get; } = $"{ExportTask}/shop/shop.orders/1/part-0.parquet";

    public long ObjectBytes => _content.Length;

    public static async Task<MatrixLab> StartAsync(IntegrityRow row, MatrixSize size, CancellationToken cancellationToken)
    {
        var lab = new MatrixLab(Directory.CreateTempSubdirectory("snapshotbridge-matrix-").FullName, row, size);
        try
        {
            await lab.StartServersAsync(cancellationToken);
            return lab;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    /// <summary>What our copy proved; null where it has not come to that.</summary>
    public async Task<CopiedObject?> ProofAsync(CancellationToken cancellationToken)
    {
        var key = BridgeLayout.Copied(ExportTask, 0);
        return _source.Find(SourceBucket, key) is null
            ? null
            : JsonSerializer.Deserialize(await _source.ReadAsync(SourceBucket, key, cancellationToken), CopyingJson.Default.CopiedBatch)?.Objects.SingleOrDefault();
    }

    /// <summary>What stands at the destination of our copy: null for nothing, else whether it is right.</summary>
    public bool? IsRightAtOci() => Oci.Store.Find(DestinationBucket, Name) is null ? null : Oci.Store.Read(DestinationBucket, Name).AsSpan().SequenceEqual(_content);

    /// <summary>The same at the destination of rclone's.</summary>
    public async Task<bool?> IsRightAtS3Async(CancellationToken cancellationToken) =>
        _sink.Find(DestinationBucket, Key) is null ? null : (await _sink.ReadAsync(DestinationBucket, Key, cancellationToken)).AsSpan().SequenceEqual(_content);

    /// <summary>Uploads to S3 that were neither completed nor aborted.</summary>
    public int OpenUploadsAtS3() => _sink.OpenUploads(DestinationBucket);

    public async ValueTask DisposeAsync()
    {
        foreach (var server in new IAsyncDisposable?[] { Source, S3Sink, Oci, Secrets })
        {
            if (server is not null)
            {
                await server.DisposeAsync();
            }
        }

        _source.Dispose();
        _sink.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartServersAsync(CancellationToken cancellationToken)
    {
        _source.CreateBucket(SourceBucket);
        _sink.CreateBucket(DestinationBucket);
        var options = new S3ServerOptions { AccessKeys = [AccessKey] };
        Source = await S3Server.StartAsync(_source, options, cancellationToken);
        S3Sink = await S3Server.StartAsync(_sink, options, cancellationToken);
        var user = OciUser.Generate();
        Oci = await OciEndpoint.StartAsync(new OciEndpointOptions { Buckets = [DestinationBucket], Users = [user] }, cancellationToken);
        Secrets = await SecretsServer.StartAsync(new SecretsStore(options.Region, options.AccountId, TimeProvider.System), options, cancellationToken);
        Secrets.Store.Put(SecretId, user.SecretJson());

        var stored = await _source.PutAsync(SourceBucket, Key, _content, cancellationToken: cancellationToken);
        var batch = new CopyBatch
        {
            ExportTaskId = ExportTask,
            Batch = 0,
            Bucket = SourceBucket,
            Objects = [new PlannedObject(Key, Name, _content.Length, stored.ETag, 0)],
        };
        await _source.PutAsync(
            SourceBucket, BridgeLayout.Batch(ExportTask, 0), JsonSerializer.SerializeToUtf8Bytes(batch, PlanningJson.Default.CopyBatch), cancellationToken: cancellationToken);
    }
}
