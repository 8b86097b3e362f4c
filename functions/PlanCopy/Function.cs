using Amazon.Lambda.Core;
using Amazon.S3;
using SnapshotBridge.Aws;
using SnapshotBridge.Configuration;
using SnapshotBridge.Metrics;
using SnapshotBridge.Planning;
using SnapshotBridge.Requests;

namespace SnapshotBridge.PlanCopy;

/// <summary>The PlanCopy state: lists a complete export once and writes the plan and its batches to S3.</summary>
public sealed class Function
{
    private readonly PlanCopyOptions _options;
    private readonly IAmazonS3 _s3;
    private readonly TimeProvider _time;
    private readonly IMetricRecorder _metrics;

    /// <summary>As Lambda creates it: settings from the environment, the client from the SDK's own.</summary>
    public Function()
        : this(PlanCopyOptions.Read(EnvironmentReader.Process()), AwsClients.S3(), TimeProvider.System, EmbeddedMetrics.OfThisFunction())
    {
    }

    public Function(PlanCopyOptions options, IAmazonS3 s3, TimeProvider time, IMetricRecorder? metrics = null)
    {
        _options = options;
        _s3 = s3;
        _time = time;
        _metrics = metrics ?? NoMetrics.Instance;
    }

    public async Task<PlanOutcome> HandleAsync(Input input, ILambdaContext context)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(context);
        if (input.Preflight is { } preflight)
        {
            return PlanOutcome.OfPreflight(await InvocationTime.RunAsync(context, "PlanCopy", _time, token => PlanCopyPreflight.RunAsync(preflight, _options, _s3, _time, token)));
        }

        if (string.IsNullOrEmpty(input.ExportTaskId))
        {
            throw new RequestInvalidException(["exportTaskId is missing", "this function is invoked by the state machine: start an execution instead"]);
        }

        var bucket = new S3DocumentStore(_s3, _options.Location.Bucket);
        var planner = new CopyPlanner(bucket, bucket, _options, _time, new LambdaLog(context.Logger));
        // LoadTables holds every request against the plan, also one that is not known here.
        var request = input.Request is { } asked ? BridgeRequest.ParseAccepted(asked, new RequestContext(_options.Region, [])) : null;
        var plan = await InvocationTime.RunAsync(context, "PlanCopy", _time, token => planner.PlanAsync(input.ExportTaskId, request, token));
        if (plan.IsNew)
        {
            _metrics.Record(MetricRecords.Planned(plan));
        }

        return plan;
    }
}
