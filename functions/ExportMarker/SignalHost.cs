using Amazon.Lambda.Core;
using Amazon.RDS;
using Amazon.S3;
using Amazon.StepFunctions;
using SnapshotBridge.Aws;
using SnapshotBridge.Exports;
using SnapshotBridge.Metrics;

namespace SnapshotBridge.ExportMarker;

/// <summary>What both handlers need: they differ only in the signal that they read.</summary>
internal sealed class SignalHost(
    ExportMarkerOptions options, IAmazonS3 s3, IAmazonRDS rds, IAmazonStepFunctions stepFunctions, TimeProvider time, IMetricRecorder metrics)
{
    /// <summary>Does a handler's work within the invocation's time.</summary>
    public Task RunAsync(ILambdaContext context, string function, Func<ExportSignals, CancellationToken, Task> work)
    {
        var signals = Signals(context);
        return InvocationTime.RunAsync(context, function, time, token => work(signals, token));
    }

    private ExportSignals Signals(ILambdaContext context) => new(
        new RdsExportService(rds),
        new S3DocumentStore(s3, options.Location.Bucket),
        new StepFunctionsCallbacks(stepFunctions),
        options.Location,
        time,
        new LambdaLog(context.Logger),
        metrics);
}
