using Amazon.Lambda.Core;
using Amazon.RDS;
using Amazon.S3;
using Amazon.StepFunctions;
using SnapshotBridge.Aws;
using SnapshotBridge.Configuration;
using SnapshotBridge.Exports;
using SnapshotBridge.Metrics;

namespace SnapshotBridge.ExportMarker;

/// <summary>
/// S3 has seen a marker of an export: time to ask RDS. Events come at least once and in any order, so everything here can be
/// repeated. What fails is thrown, so that Lambda tries again and then keeps the event in its dead-letter queue.
/// </summary>
public sealed class Function
{
    private readonly SignalHost _host;

    /// <summary>As Lambda creates it: settings from the environment, clients from the SDK's own.</summary>
    public Function()
        : this(ExportMarkerOptions.Read(EnvironmentReader.Process(), "ExportMarker"), AwsClients.S3(), ExportClients.Rds(), ExportClients.StepFunctions(), TimeProvider.System, EmbeddedMetrics.OfThisFunction())
    {
    }

    public Function(ExportMarkerOptions options, IAmazonS3 s3, IAmazonRDS rds, IAmazonStepFunctions stepFunctions, TimeProvider time, IMetricRecorder? metrics = null) =>
        _host = new SignalHost(options, s3, rds, stepFunctions, time, metrics ?? NoMetrics.Instance);

    /// <summary>Handles all objects of one event; a test event has none.</summary>
    public async Task HandleAsync(MarkerEvent notification, ILambdaContext context)
    {
        ArgumentNullException.ThrowIfNull(notification);
        ArgumentNullException.ThrowIfNull(context);
        await _host.RunAsync(context, "ExportMarker", (signals, token) => signals.OnObjectsAsync(notification.Objects(), token));
    }
}
