using Amazon.Lambda.Core;
using Amazon.S3;
using Amazon.SecretsManager;
using SnapshotBridge.Aws;
using SnapshotBridge.Configuration;
using SnapshotBridge.Copying;
using SnapshotBridge.Errors;
using SnapshotBridge.Metrics;
using SnapshotBridge.Oci;
using SnapshotBridge.Planning;
using SnapshotBridge.Storage;
using InvocationTime = SnapshotBridge.Copying.InvocationTime;

namespace SnapshotBridge.CopyTable;

/// <summary>
/// Copies one batch of Parquet files from S3 to OCI Object Storage with proof, as far as its time goes; called again it
/// continues, and called for a batch that is done it verifies that and returns.
/// </summary>
public sealed class Function : IDisposable
{
    private readonly CopyTableOptions _options;
    private readonly IAmazonS3 _s3;
    private readonly TimeProvider _time;
    private readonly IMetricRecorder _metrics;
    private readonly SecretReader _secrets;
    private readonly OciConnection _oci;
    private readonly S3Downloads _downloads;
    private readonly PartBuffers _buffers = new();
    private readonly TransferThreads _transfers = new(CopyLimits.HighestWorkers);

    public Function()
        : this(CopyTableOptions.Read(EnvironmentReader.Process()), AwsClients.S3(), AwsClients.SecretsManager(), TimeProvider.System, configureOci: configured => configured, EmbeddedMetrics.OfThisFunction())
    {
    }

    /// <summary>For tests and other hosts.</summary>
    public Function(CopyTableOptions options, IAmazonS3 s3, IAmazonSecretsManager secrets, TimeProvider time)
        : this(options, s3, secrets, time, configureOci: configured => configured)
    {
    }

    internal Function(
        CopyTableOptions options, IAmazonS3 s3, IAmazonSecretsManager secrets, TimeProvider time, Func<OciClientOptions, OciClientOptions> configureOci,
        IMetricRecorder? metrics = null)
    {
        _options = options;
        _s3 = s3;
        _time = time;
        _metrics = metrics ?? NoMetrics.Instance;
        _secrets = new SecretReader(secrets, time);
        _downloads = new S3Downloads(s3, time);
        _oci = new OciConnection(options, _secrets, time) { Configure = configureOci };
        SourceOptions = new S3SourceOptions { Time = time };
    }

    /// <summary>How patient reads from S3 are.</summary>
    internal S3SourceOptions SourceOptions { get; init; }

    /// <summary>The buffers, for tests that watch the memory.</summary>
    internal PartBuffers Buffers => _buffers;

    public async Task<CopyTableResult> HandleAsync(CopyTableRequest request, ILambdaContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(context);
        if (request.Preflight is { } preflight)
        {
            return CopyTableResult.OfPreflight(await Aws.InvocationTime.RunAsync(
                context, "CopyTable", _time, token => CopyTablePreflight.RunAsync(preflight, _options, _s3, _secrets, _oci.Configure, _time, token)));
        }

        var logger = new LambdaLog(context.Logger);
        if (string.IsNullOrWhiteSpace(request.ExportTaskId) || request.Batch is not >= 0)
        {
            throw new CopyBatchMissingException(request.ExportTaskId ?? "", request.Batch ?? -1, "the request names no batch");
        }

        // A host without a deadline gives a time beyond what a timer takes.
        TimeSpan Remaining() => context.RemainingTime < InvocationTime.Unlimited.Total ? context.RemainingTime : InvocationTime.Unlimited.Total;
        var invocation = new InvocationTime(Remaining(), Remaining);
        var documents = new S3DocumentStore(_s3, _options.ExportBucket);
        var key = BridgeLayout.Batch(request.ExportTaskId, request.Batch.Value);
        var batch = await documents.ReadAsync(key, PlanningJson.Default.CopyBatch, CancellationToken.None)
            ?? throw new CopyBatchMissingException(request.ExportTaskId, request.Batch.Value, $"s3://{_options.ExportBucket}/{key} does not exist");
        var traffic = new CopyTraffic();
        try
        {
            var result = await CopyAsync(batch, documents, invocation, traffic, logger);
            _metrics.Record(MetricRecords.Copied(batch.ExportTaskId, batch.Batch, result, traffic));
            return CopyTableResult.From(batch.ExportTaskId, batch.Batch, result);
        }
        catch (BridgeException failure)
        {
            _metrics.Record(MetricRecords.CopyFailed(batch.ExportTaskId, batch.Batch, traffic, failure));
            throw;
        }
    }

    public void Dispose()
    {
        _oci.Dispose();
        _downloads.Dispose();
        _transfers.Dispose();
        _secrets.Dispose();
    }

    private async Task<CopyBatchResult> CopyAsync(CopyBatch batch, S3DocumentStore documents, InvocationTime invocation, CopyTraffic traffic, LambdaLog logger)
    {
        CopyEngine? engine = null;
        _oci.OnRetry = retry =>
        {
            logger.OciRetried(retry.Operation, retry.Attempt, retry.Reason, retry.Wait.TotalSeconds);
            traffic.Retried();
            if (retry.IsThrottle)
            {
                ReportThrottled();
            }
        };
        _downloads.OnClockCorrected = ahead => logger.S3ClockCorrected(ahead.TotalSeconds);
        var source = new S3ObjectSource(_s3, _downloads, batch.Bucket, SourceOptions, ReportThrottled);
        for (var isRetry = false; ; isRetry = true)
        {
            try
            {
                var deadline = _time.GetUtcNow() + invocation.Remaining() - invocation.Closing;
                var (storage, bucket) = await _oci.OpenAsync(deadline, CancellationToken.None);
                engine = new CopyEngine(
                    source, new OciObjectSink(storage, bucket, deadline), documents, _options.Limits, _buffers, _time, logger, _transfers);
                return await engine.CopyAsync(batch, invocation, CancellationToken.None);
            }
            catch (OciAuthenticationFailedException) when (!isRetry)
            {
                if (!await _oci.RefreshAsync(CancellationToken.None))
                {
                    throw;
                }

                logger.OciKeyRotated(_options.OciSecretId);
            }
        }

        void ReportThrottled()
        {
            traffic.Throttled();
            engine?.ReportThrottled();
        }
    }
}
