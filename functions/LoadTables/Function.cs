using Amazon.EventBridge;
using Amazon.Lambda.Core;
using Amazon.S3;
using Amazon.SecretsManager;
using SnapshotBridge.Announcing;
using SnapshotBridge.Aws;
using SnapshotBridge.Configuration;
using SnapshotBridge.Errors;
using SnapshotBridge.Loading;
using SnapshotBridge.Metrics;
using SnapshotBridge.Oci;
using SnapshotBridge.Requests;

[assembly: LambdaSerializer(typeof(SnapshotBridge.LoadTables.LoadTablesSerializer))]

namespace SnapshotBridge.LoadTables;

/// <summary>Loads what was copied into HeatWave, checks every table and writes the report. Called again until it says LOADED.</summary>
public sealed class Function : IDisposable
{
    // Lambda kills without a word: what ends by itself a little earlier has a name.
    private static readonly TimeSpan LastMoment = TimeSpan.FromSeconds(5);

    private readonly LoadTablesOptions _options;
    private readonly S3DocumentStore _documents;
    private readonly SecretReader _secrets;
    private readonly TimeProvider _time;
    private readonly IMetricRecorder _metrics;
    private readonly EventBridgeAnnouncer _announcer;

    public Function()
        : this(
            LoadTablesOptions.Read(EnvironmentReader.Process()),
            AwsClients.S3(),
            AwsClients.SecretsManager(),
            new AmazonEventBridgeClient(AwsClients.Configure(new AmazonEventBridgeConfig())),
            TimeProvider.System,
            EmbeddedMetrics.OfThisFunction())
    {
    }

    /// <summary>For tests and other hosts.</summary>
    public Function(
        LoadTablesOptions options, IAmazonS3 s3, IAmazonSecretsManager secrets, IAmazonEventBridge events, TimeProvider time, IMetricRecorder? metrics = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _time = time;
        _metrics = metrics ?? NoMetrics.Instance;
        _documents = new S3DocumentStore(s3, options.ExportBucket);
        _secrets = new SecretReader(secrets, time);
        _announcer = new EventBridgeAnnouncer(events, options.EventBus, time);
    }

    public async Task<LoadTablesOutput> HandleAsync(LoadTablesInput input, ILambdaContext context)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(context);
        if (input.Preflight is { } preflight)
        {
            return LoadTablesOutput.OfPreflight(await InvocationTime.RunAsync(context, "LoadTables", _time, token =>
                LoadTablesPreflight.RunAsync(preflight, _options, _documents, _secrets, Server(), _announcer, _time, token)));
        }

        if (string.IsNullOrEmpty(input.ExportTaskId) || string.IsNullOrEmpty(input.ExecutionName) || input.ExecutionStartTime == default)
        {
            throw new RequestInvalidException(
                ["exportTaskId, executionName and executionStartTime must all be there", "this function is invoked by the state machine: start an execution instead"]);
        }

        var request = BridgeRequest.ParseAccepted(input.Request, new RequestContext(_options.AwsRegion, []));
        var time = Time(context);
        var deadline = _time.GetUtcNow() + time - LastMoment;
        using var end = new CancellationTokenSource(time > LastMoment ? time - LastMoment : TimeSpan.Zero, _time);

        try
        {
            var result = await LoadAsync(
                new LoadInput(input.ExportTaskId, request, input.ExecutionName, input.ExecutionStartTime), _options.Settings.Within(time), deadline, new LambdaLog(context.Logger), context, end.Token);
            return new LoadTablesOutput
            {
                Status = result.IsLoaded ? LoadTablesOutput.Loaded : LoadTablesOutput.Loading,
                Tables = result.Tables,
                Rows = result.Rows,
                Bytes = result.Bytes,
                ReportKey = result.ReportKey,
                WaitSeconds = result.WaitSeconds,
            };
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            throw new HeatWaveUnavailableException($"{_options.HeatWaveHost}:{_options.HeatWavePort}", "it did not answer before this invocation's time was up");
        }
    }

    public void Dispose() => _secrets.Dispose();

    private async Task<LoadResult> LoadAsync(LoadInput input, LoadSettings settings, DateTimeOffset deadline, LambdaLog log, ILambdaContext context, CancellationToken cancellationToken)
    {
        try
        {
            return await RunAsync(input, settings, deadline, log, context, cancellationToken);
        }
        catch (OciAuthenticationFailedException)
        {
            // The API key may have been rotated since this warm function read it. A load can be entered again at any point.
            _secrets.Forget(_options.OciSecretId);
            return await RunAsync(input, settings, deadline, log, context, cancellationToken);
        }
    }

    private async Task<LoadResult> RunAsync(LoadInput input, LoadSettings settings, DateTimeOffset deadline, LambdaLog log, ILambdaContext context, CancellationToken cancellationToken)
    {
        var credentials = OciCredentials.Parse(await _secrets.ReadTextAsync(_options.OciSecretId, cancellationToken), _options.OciSecretId);
        using var storage = new OciObjectStorage(credentials, new OciClientOptions { Endpoint = _options.OciEndpoint, Region = _options.OciRegion, Time = _time });
        var bucket = new OciBucket(_options.OciNamespace ?? await storage.GetNamespaceAsync(deadline, cancellationToken), _options.OciBucket);
        using var requests = new OciPreauthenticatedRequests(credentials, bucket, _options, deadline, _time);
        var announcements = new RunAnnouncements(_announcer, _options.ExportBucket, _time, log, _metrics);
        var run = new LoadRun(_documents, new OciDestination(storage, bucket, deadline), requests, Server(), settings, announcements, _time, log, _metrics);
        return await run.RunAsync(input, () => context.RemainingTime, cancellationToken);
    }

    /// <summary>A context that does not tell the time may give more than a timer takes.</summary>
    private static TimeSpan Time(ILambdaContext context) => TimeSpan.FromTicks(Math.Min(context.RemainingTime.Ticks, TimeSpan.TicksPerDay));

    private MySqlHeatWaveServer Server() =>
        new(_options.HeatWaveHost, _options.HeatWavePort, _options.HeatWaveSslMode, _options.HeatWaveCaFile, ReadHeatWaveCredentialsAsync);

    private Task<HeatWaveCredentials> ReadHeatWaveCredentialsAsync(bool again, CancellationToken cancellationToken)
    {
        if (again)
        {
            _secrets.Forget(_options.HeatWaveSecretId);
        }

        return _secrets.ReadAsync(_options.HeatWaveSecretId, SecretsJson.Default.HeatWaveCredentials, cancellationToken);
    }
}
