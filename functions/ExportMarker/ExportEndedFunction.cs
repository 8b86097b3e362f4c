using Amazon.Lambda.Core;
using Amazon.RDS;
using Amazon.S3;
using Amazon.StepFunctions;
using SnapshotBridge.Aws;
using SnapshotBridge.Configuration;
using SnapshotBridge.Exports;
using SnapshotBridge.Metrics;

namespace SnapshotBridge.ExportMarker;

/// <summary>RDS says that an export has ended: the same decision as the marker's, from the other signal.</summary>
public sealed class ExportEndedFunction
{
    private readonly SignalHost _host;

    /// <summary>As Lambda creates it: settings from the environment, clients from the SDK's own.</summary>
    public ExportEndedFunction()
        : this(ExportMarkerOptions.Read(EnvironmentReader.Process(), "ExportEnded"), AwsClients.S3(), ExportClients.Rds(), ExportClients.StepFunctions(), TimeProvider.System, EmbeddedMetrics.OfThisFunction())
    {
    }

    public ExportEndedFunction(ExportMarkerOptions options, IAmazonS3 s3, IAmazonRDS rds, IAmazonStepFunctions stepFunctions, TimeProvider time, IMetricRecorder? metrics = null) =>
        _host = new SignalHost(options, s3, rds, stepFunctions, time, metrics ?? NoMetrics.Instance);

    /// <summary>Handles one EventBridge event of RDS about a snapshot.</summary>
    public async Task HandleAsync(RdsEvent notification, ILambdaContext context)
    {
        ArgumentNullException.ThrowIfNull(notification);
        ArgumentNullException.ThrowIfNull(context);
        await _host.RunAsync(context, "ExportEnded", (signals, token) => signals.OnExportEndedAsync(
            notification.Detail?.EventId ?? "", notification.Detail?.SourceArn ?? "", token));
    }
}
