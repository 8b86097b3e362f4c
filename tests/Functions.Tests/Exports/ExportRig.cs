using System.Text;
using Amazon.RDS;
using Amazon.RDS.Model;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.StepFunctions;
using SnapshotBridge.Exports;
using SnapshotBridge.Local.Aws;
using SnapshotBridge.Local.Aws.Rds;
using SnapshotBridge.Requests;
using SnapshotBridge.Storage;
using Xunit;

namespace SnapshotBridge.Functions.Tests.Exports;

/// <summary>S3, RDS and the callbacks on loopback, with the clients that the functions are given.</summary>
internal sealed class ExportRig : IAsyncDisposable
{
    public const string Bucket = "export-bucket", Role = "arn:aws:iam::123456789012:role/export", Key = "alias/export";

    private readonly string _folder;
    private readonly List<IDisposable> _clients = [];

    private ExportRig(string folder, AwsEndpoints aws, CallbackRecorder callbacks)
    {
        (_folder, Aws, Callbacks) = (folder, aws, callbacks);
        SnapshotArn = aws.RdsStore.AddSnapshot(Snapshot("shop-2025"));
        aws.RdsStore.Engine = Engine;
        aws.S3Store.CreateBucket(Bucket);
        Options = new StartExportOptions
        {
            Target = new ExportTarget(Bucket, "exports/", Role, Key),
            Requests = new RequestContext(aws.Region, []),
        };
    }

    public AwsEndpoints Aws { get; }

    public CallbackRecorder Callbacks { get; }

    public TestEngine Engine { get; } = new();

    public LogContext Context { get; } = new();

    public RigTime Time { get; } = new();

    public StartExportOptions Options { get; set; }

    public string SnapshotArn { get; }

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<ExportRig> StartAsync(Func<RdsStoreOptions, RdsStoreOptions>? rds = null)
    {
        var folder = Directory.CreateTempSubdirectory("exports-").FullName;
        var options = new RdsStoreOptions { StartingTime = TimeSpan.Zero };
        var aws = await AwsEndpoints.StartAsync(new AwsEndpointsOptions { Folder = folder, Rds = rds?.Invoke(options) ?? options }, Token);
        var callbacks = await CallbackRecorder.StartAsync(
            new AwsServerOptions { AccessKeys = [aws.AccessKey], Region = aws.Region, AccountId = aws.AccountId }, Token);
        return new ExportRig(folder, aws, callbacks);
    }

    public static RdsSnapshot Snapshot(string id, string engine = "mysql", RdsSnapshotKind kind = RdsSnapshotKind.Instance, string database = "shop") => new()
    {
        Kind = kind,
        Identifier = id,
        DatabaseIdentifier = database,
        Engine = engine,
        CreatedAt = new DateTimeOffset(2025, 1, 31, 2, 0, 5, TimeSpan.Zero),
    };

    public IAmazonS3 S3(AWSCredentials? credentials = null) =>
        Own(new AmazonS3Client(credentials ?? Credentials, Configure(new AmazonS3Config { ForcePathStyle = true }, Aws.S3.Endpoint)));

    public AmazonRDSClient Rds() => Own(new AmazonRDSClient(Credentials, Configure(new AmazonRDSConfig(), Aws.Rds.Endpoint)));

    public IAmazonStepFunctions StepFunctions() =>
        Own(new AmazonStepFunctionsClient(Credentials, Configure(new AmazonStepFunctionsConfig(), Callbacks.Endpoint)));

    public AWSCredentials Credentials => new BasicAWSCredentials(Aws.AccessKey.AccessKeyId, Aws.AccessKey.SecretAccessKey);

    /// <summary>A client whose behaviour a test changes.</summary>
    public TRds Changed<TRds>(Func<AWSCredentials, AmazonRDSConfig, TRds> create) where TRds : AmazonRDSClient =>
        Own(create(Credentials, Configure(new AmazonRDSConfig(), Aws.Rds.Endpoint)));

    /// <summary>An export that somebody starts outside the bridge, or another attempt of ours.</summary>
    public async Task<string> ExportAsync(string id, string prefix = "exports", IEnumerable<string>? only = null, bool wait = true)
    {
        await Rds().StartExportTaskAsync(
            new StartExportTaskRequest
            {
                ExportTaskIdentifier = id, SourceArn = SnapshotArn, S3BucketName = Bucket, S3Prefix = prefix,
                IamRoleArn = Role, KmsKeyId = Key, ExportOnly = only?.ToList(),
            },
            Token);
        if (wait)
            await Aws.RdsStore.WhenExportsEndAsync(Token);
        return id;
    }

    /// <summary>Waits until the task is writing.</summary>
    public async Task WhenRunningAsync(string id)
    {
        while (Aws.RdsStore.ExportTasks.Single(task => task.ExportTaskIdentifier == id).Status == "STARTING")
            await Task.Delay(5, Token);
    }

    public async Task<string?> TextAsync(string key) =>
        Aws.S3Store.Find(Bucket, key) is null ? null : Encoding.UTF8.GetString(await Aws.S3Store.ReadAsync(Bucket, key, Token));

    public Task PutAsync(string key, string text) => Aws.S3Store.PutAsync(Bucket, key, Encoding.UTF8.GetBytes(text), null, Token);

    public Task PutTokenAsync(string task, string execution, string token) => PutAsync(
        BridgeLayout.Token(task, execution),
        $$"""{"exportTaskId":"{{task}}","executionName":"{{execution}}","taskToken":"{{token}}","savedAt":"2025-01-31T00:00:00Z"}""");

    /// <summary>Keys of ours, without the folder bridge/.</summary>
    public IEnumerable<string> Documents => Aws.S3Store.List(Bucket, "bridge/").Select(item => item.Key["bridge/".Length..]);

    public async ValueTask DisposeAsync()
    {
        Engine.Release();
        _clients.ForEach(client => client.Dispose());
        await Callbacks.DisposeAsync();
        await Aws.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static T Configure<T>(T config, Uri endpoint) where T : ClientConfig
    {
        config.ServiceURL = endpoint.AbsoluteUri;
        config.AuthenticationRegion = "us-east-1";
        config.MaxErrorRetry = 0;
        return config;
    }

    private T Own<T>(T client) where T : IDisposable
    {
        _clients.Add(client);
        return client;
    }
}

/// <summary>Writes one table and RDS's JSON files, when it may.</summary>
internal sealed class TestEngine : IExportEngine
{
    private TaskCompletionSource _gate = Open();

    /// <summary>RDS's warnings.</summary>
    public string? Warning { get; set; }

    /// <summary>Keeps exports running until <see cref="Release"/>.</summary>
    public void Hold() => _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release() => _gate.TrySetResult();

    public async Task<ExportResult> ExportAsync(ExportJob job, IExportTarget target, IProgress<int> percent, CancellationToken cancellationToken)
    {
        var root = $"{(job.Prefix.Length == 0 ? "" : job.Prefix + "/")}{job.ExportTaskIdentifier}/";
        await PutAsync($"{root}world/world.city/1/part-00000-c000.gz.parquet", "PAR1 bytes PAR1");
        await PutAsync($"{root}world/world.city/1/_SUCCESS", "");
        percent.Report(40);
        await _gate.Task.WaitAsync(cancellationToken);
        await PutAsync($"{root}export_tables_info_{job.ExportTaskIdentifier}_from_1_to_1.json", """{"perTableStatus":[{"target":"world.world.city","status":"COMPLETE"}]}""");
        await PutAsync($"{root}export_info_{job.ExportTaskIdentifier}.json", $$"""{"exportTaskIdentifier":"{{job.ExportTaskIdentifier}}","sourceArn":"{{job.SourceArn}}","status":"COMPLETE"}""");
        return new ExportResult(Warning, 1);

        Task PutAsync(string key, string text) => target.PutAsync(key, new MemoryStream(Encoding.UTF8.GetBytes(text)), cancellationToken);
    }

    private static TaskCompletionSource Open()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }
}

/// <summary>The real time plus what a test adds; a wait calls the test and is over.</summary>
internal sealed class RigTime : TimeProvider
{
    public TimeSpan Ahead { get; set; }

    public Func<Task>? OnWait { get; set; }

    public List<TimeSpan> Waits { get; } = [];

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (state is CancellationTokenSource)
        {
            // A limit: nobody waits for it.
            return base.CreateTimer(callback, state, dueTime, period);
        }

        Waits.Add(dueTime);
        return new Timer(callback, state, OnWait);
    }

    private sealed class Timer : ITimer
    {
        public Timer(TimerCallback callback, object? state, Func<Task>? onWait) => _ = Task.Run(async () =>
        {
            if (onWait is not null)
                await onWait();
            callback(state);
        });

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
