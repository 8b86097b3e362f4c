using System.Text;
using System.Text.Json;
using Amazon.Lambda.Core;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Amazon.SecretsManager;
using SnapshotBridge.Copying;
using SnapshotBridge.CopyTable;
using SnapshotBridge.Core.Tests.Copying;
using SnapshotBridge.Local.Aws;
using SnapshotBridge.Local.Aws.S3;
using SnapshotBridge.Local.Aws.SecretsManager;
using SnapshotBridge.Local.Aws.Signing;
using SnapshotBridge.Local.Oci;
using SnapshotBridge.Metrics;
using SnapshotBridge.Planning;
using SnapshotBridge.Storage;
using SnapshotBridge.TestKit;
using Xunit;

namespace SnapshotBridge.Functions.Tests.CopyTable;

/// <summary>The function between a real S3 endpoint, a real Secrets Manager endpoint and a real OCI endpoint, all on loopback.</summary>
internal sealed class CopyRun : IAsyncDisposable
{
    public const string Task = "snap-1a2b";
    public const string SourceBucket = "export-bucket";
    public const string DestinationBucket = "snapshots";
    private const string SecretId = "oci-key";

    private readonly List<PlannedObject> _planned = [];
    private readonly string _folder;
    private readonly AwsServerOptions _aws;
    private readonly StringBuilder _log = new();

    private CopyRun(string folder, AwsServerOptions aws, OciUser user)
    {
        _folder = folder;
        _aws = aws;
        User = user;
    }

    public OciUser User { get; }

    public S3Store Store { get; private set; } = null!;

    public S3Server S3 { get; private set; } = null!;

    public SecretsServer Secrets { get; private set; } = null!;

    public OciEndpoint Oci { get; private set; } = null!;

    public AmazonS3Client S3Client { get; private set; } = null!;

    public AmazonSecretsManagerClient SecretsClient { get; private set; } = null!;

    /// <summary>Everything the function logged.</summary>
    public string LogText => _log.ToString();

    /// <summary>1 MiB parts, unless a test says otherwise.</summary>
    public CopyLimits Limits { get; set; } = new() { MemoryBytes = 512 << 20, PartSizeBytes = 1 << 20, CheckpointInterval = TimeSpan.FromMilliseconds(200) };

    public string OciBucketName { get; set; } = DestinationBucket;

    public IReadOnlyList<PlannedObject> Planned => _planned;

    public static async Task<CopyRun> StartAsync()
    {
        var token = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory("snapshotbridge-copy-").FullName;
        var key = new AwsAccessKey("AKIATEST", "a-secret-access-key-of-the-test");
        var run = new CopyRun(folder, new AwsServerOptions { AccessKeys = [key] }, OciUser.Generate());
        run.Store = new S3Store(new S3StoreOptions { Folder = folder });
        run.Store.CreateBucket(SourceBucket);
        run.S3 = await S3Server.StartAsync(run.Store, new S3ServerOptions { AccessKeys = [key] }, token);
        run.Secrets = await SecretsServer.StartAsync(
            new SecretsStore(run._aws.Region, run._aws.AccountId, TimeProvider.System), run._aws, token);
        run.Secrets.Store.Put(SecretId, run.User.SecretJson());
        run.Oci = await OciEndpoint.StartAsync(new OciEndpointOptions { Buckets = [DestinationBucket], Users = [run.User] }, token);
        run.Connect(key);
        return run;
    }

    /// <summary>Replaces the S3 client, for a wrong key.</summary>
    public void Connect(AwsAccessKey key)
    {
        var credentials = new BasicAWSCredentials(key.AccessKeyId, key.SecretAccessKey);
        S3Client = new AmazonS3Client(credentials, new AmazonS3Config
        {
            ServiceURL = S3.Endpoint.ToString(),
            AuthenticationRegion = _aws.Region,
            ForcePathStyle = true,
            MaxErrorRetry = 2,
            DefaultAWSCredentials = credentials,
        });
        SecretsClient = new AmazonSecretsManagerClient(credentials, new AmazonSecretsManagerConfig
        {
            ServiceURL = Secrets.Endpoint.ToString(),
            AuthenticationRegion = _aws.Region,
            MaxErrorRetry = 1,
        });
    }

    /// <summary>Stores a Parquet file and plans it.</summary>
    public async Task<byte[]> AddAsync(string name, int sizeBytes, int rows = 3, int table = 0)
    {
        var content = TestObjects.Parquet(sizeBytes, rows, seed: sizeBytes + _planned.Count);
        await AddAsync(name, content, table);
        return content;
    }

    public async Task AddAsync(string name, byte[] content, int table = 0)
    {
        var key = $"exports/{Task}/world/world.t{table}/1/{name}";
        var stored = await Store.PutAsync(SourceBucket, key, new MemoryStream(content), null, TestContext.Current.CancellationToken);
        _planned.Add(new PlannedObject(key, $"{Task}/world/world.t{table}/1/{name}", content.Length, stored.ETag, table));
    }

    /// <summary>Stores a file in parts and plans it.</summary>
    public async Task AddInPartsAsync(string name, byte[] content, int partBytes, string algorithm)
    {
        var key = $"exports/{Task}/world/world.t0/1/{name}";
        var eTag = await UploadInPartsAsync(key, content, partBytes, algorithm);
        _planned.Add(new PlannedObject(key, $"{Task}/world/world.t0/1/{name}", content.Length, eTag, 0));
    }

    /// <summary>Stores a file by a multipart upload, whose checksum is one over those of its parts; returns its ETag.</summary>
    public async Task<string> UploadInPartsAsync(string key, byte[] content, int partBytes, string algorithm)
    {
        var token = TestContext.Current.CancellationToken;
        var upload = await S3Client.InitiateMultipartUploadAsync(
            new InitiateMultipartUploadRequest { BucketName = SourceBucket, Key = key, ChecksumAlgorithm = algorithm, ChecksumType = ChecksumType.COMPOSITE }, token);
        var parts = new List<PartETag>();
        for (var offset = 0; offset < content.Length; offset += partBytes)
        {
            var length = Math.Min(partBytes, content.Length - offset);
            using var body = new MemoryStream(content, offset, length);
            var part = new UploadPartRequest { BucketName = SourceBucket, Key = key, UploadId = upload.UploadId, PartNumber = parts.Count + 1, InputStream = body };
            if (algorithm == "CRC32C")
            {
                // Without its native library the SDK does not compute this one.
                part.ChecksumCRC32C = Crc32C.ToBase64(Crc32C.Compute(content.AsSpan(offset, length)));
            }
            else
            {
                part.ChecksumAlgorithm = algorithm;
            }

            parts.Add(new PartETag(await S3Client.UploadPartAsync(part, token)));
        }

        var stored = await S3Client.CompleteMultipartUploadAsync(
            new CompleteMultipartUploadRequest { BucketName = SourceBucket, Key = key, UploadId = upload.UploadId, PartETags = parts, ChecksumType = ChecksumType.COMPOSITE }, token);
        return stored.ETag;
    }

    /// <summary>Writes the batch document, as PlanCopy does; with a slice, that of every object.</summary>
    public Task PlanAsync(ObjectSlice? slice = null) => WriteAsync(
        BridgeLayout.Batch(Task, 3),
        JsonSerializer.SerializeToUtf8Bytes(
            new CopyBatch { ExportTaskId = Task, Batch = 3, Bucket = SourceBucket, Objects = [.. _planned.Select(planned => planned with { Slice = slice })] },
            PlanningJson.Default.CopyBatch));

    /// <summary>The function's own patience, on the real clock: a busy machine makes a body stand still for seconds, which is no fault.</summary>
    public S3SourceOptions SourceOptions { get; set; } = new() { FirstPause = TimeSpan.FromMilliseconds(20) };

    /// <summary>The function's clock, and that of its invocations.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    public SnapshotBridge.CopyTable.Function Function(Func<Oci.OciClientOptions, Oci.OciClientOptions>? configureOci = null, IMetricRecorder? metrics = null) => new(
        new CopyTableOptions
        {
            ExportBucket = SourceBucket,
            OciRegion = "us-ashburn-1",
            OciBucket = OciBucketName,
            OciSecretId = SecretId,
            OciEndpoint = Oci.Endpoint,
            Limits = Limits,
        },
        S3Client,
        SecretsClient,
        Time,
        configureOci ?? (options => options with { FirstRetryCeiling = TimeSpan.FromMilliseconds(20), LastRetryCeiling = TimeSpan.FromMilliseconds(200) }),
        metrics)
    {
        SourceOptions = SourceOptions,
    };

    /// <summary>One invocation in a sandbox of its own.</summary>
    public async Task<CopyTableResult> InvokeAsync(TimeSpan? timeout = null)
    {
        using var function = Function();
        return await InvokeAsync(function, timeout);
    }

    public Task<CopyTableResult> InvokeAsync(SnapshotBridge.CopyTable.Function function, TimeSpan? timeout = null) =>
        function.HandleAsync(new CopyTableRequest { ExportTaskId = Task, Batch = 3 }, Context(timeout ?? TimeSpan.FromMinutes(15)));

    public ILambdaContext Context(TimeSpan timeout) => new RecordedContext(timeout, Time, _log);

    /// <summary>
    /// An invocation whose time runs out while its uploads stand still: the service takes so many parts and no more. Time is a
    /// matter of the test, however slow the machine is; two workers are expected to be held.
    /// </summary>
    public async Task<CopyTableResult> InvokeUntilTimeIsOverAsync(int parts)
    {
        var time = new ManualTime(DateTimeOffset.UtcNow);
        (Time, var before) = (time, Time);
        var hang = Oci.Faults.Add(new OciFaultAction.Delay(Timeout.InfiniteTimeSpan), info => info.Operation == OciOperation.UploadPart, int.MaxValue, skip: parts);
        try
        {
            // Shorter than what the clients wait for a service: nothing else ends meanwhile.
            var invocation = InvokeAsync(TimeSpan.FromSeconds(30));
            while (hang.Triggered < 2 && !invocation.IsCompleted)
            {
                await System.Threading.Tasks.Task.Delay(20, TestContext.Current.CancellationToken);
            }

            time.Advance(TimeSpan.FromSeconds(28));
            return await invocation;
        }
        finally
        {
            Time = before;
            Oci.Faults.Clear();
        }
    }

    public async Task<CopiedBatch?> CopiedAsync() => Store.Find(SourceBucket, BridgeLayout.Copied(Task, 3)) is null
        ? null
        : JsonSerializer.Deserialize(await Store.ReadAsync(SourceBucket, BridgeLayout.Copied(Task, 3)), CopyingJson.Default.CopiedBatch);

    /// <summary>Everything arrived byte for byte with proof, nothing else is there, nothing is left open, no secret was logged.</summary>
    public async Task AssertCopiedAsync(CopyEvidence evidence = CopyEvidence.EndToEnd)
    {
        Assert.Equal(
            _planned.Select(planned => planned.DestinationName).Order(StringComparer.Ordinal),
            Oci.Store.List(DestinationBucket).Select(stored => stored.Name).Order(StringComparer.Ordinal));
        foreach (var planned in _planned)
        {
            var content = await Store.ReadAsync(SourceBucket, planned.Key, TestContext.Current.CancellationToken);
            Assert.True(content.AsSpan().SequenceEqual(Oci.Store.Read(DestinationBucket, planned.DestinationName)), planned.Key);
        }

        var copied = Assert.IsType<CopiedBatch>(await CopiedAsync());
        Assert.Equal(_planned.Select(planned => planned.Key), copied.Objects.Select(proof => proof.Key));
        Assert.All(copied.Objects, proof =>
        {
            Assert.Equal(evidence, proof.Evidence);
            Assert.Equal(TestObjects.Columns, proof.Columns);
            Assert.Equal(Oci.Store.Find(DestinationBucket, proof.DestinationName)!.Crc32C, proof.Crc32C);
        });
        Assert.Empty(Oci.Store.Uploads(DestinationBucket));
        Assert.Null(Store.Find(SourceBucket, BridgeLayout.Checkpoint(Task, 3)));
        AssertNoSecrets();
    }

    public void AssertNoSecrets()
    {
        var documents = Store.List(SourceBucket, "bridge/").Select(stored => Encoding.UTF8.GetString(Store.ReadAsync(SourceBucket, stored.Key).Result));
        foreach (var text in documents.Append(LogText))
        {
            Assert.DoesNotContain("PRIVATE KEY", text, StringComparison.Ordinal);
            Assert.DoesNotContain(User.Key.PrivateKeyPem.Split('\n')[3], text, StringComparison.Ordinal);
            Assert.DoesNotContain("a-secret-access-key-of-the-test", text, StringComparison.Ordinal);
            Assert.DoesNotContain("Signature version", text, StringComparison.Ordinal);
        }
    }

    public async ValueTask DisposeAsync()
    {
        S3Client.Dispose();
        SecretsClient.Dispose();
        await Oci.DisposeAsync();
        await Secrets.DisposeAsync();
        await S3.DisposeAsync();
        Store.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    public Task WriteAsync(string key, byte[] content) => Store.PutAsync(SourceBucket, key, new MemoryStream(content), null, TestContext.Current.CancellationToken);

    private sealed class RecordedContext(TimeSpan timeout, TimeProvider time, StringBuilder log) : ILambdaContext, ILambdaLogger
    {
        private readonly long _startedAt = time.GetTimestamp();

        public string AwsRequestId => "request-1";

        public IClientContext ClientContext => null!;

        public string FunctionName => "CopyTable";

        public string FunctionVersion => "$LATEST";

        public ICognitoIdentity Identity => null!;

        public string InvokedFunctionArn => "arn:aws:lambda:us-east-1:123456789012:function:CopyTable";

        public ILambdaLogger Logger => this;

        public string LogGroupName => "/aws/lambda/CopyTable";

        public string LogStreamName => "stream";

        public int MemoryLimitInMB => 512;

        public TimeSpan RemainingTime => timeout - time.GetElapsedTime(_startedAt);

        public void Log(string message) => LogLine(message);

        public void LogLine(string message)
        {
            lock (log)
            {
                log.AppendLine(message);
            }
        }
    }
}
