using System.Text.Json;
using Amazon.Lambda.Core;
using Amazon.RDS;
using Amazon.S3;
using Amazon.StepFunctions;
using SnapshotBridge.Aws;
using SnapshotBridge.Configuration;
using SnapshotBridge.Exports;
using SnapshotBridge.Sweeping;

namespace SnapshotBridge.StartExport;

/// <summary>
/// The schedule: starts runs for snapshots that no event has started one for. What fails is thrown, so that Lambda tries
/// again and then keeps the invocation in its dead-letter queue.
/// </summary>
public sealed class SweepFunction
{
    private readonly SweepOptions _options;
    private readonly IAmazonS3 _s3;
    private readonly IAmazonRDS _rds;
    private readonly IAmazonStepFunctions _stepFunctions;
    private readonly TimeProvider _time;

    /// <summary>As Lambda creates it: settings from the environment, clients from the SDK's own.</summary>
    public SweepFunction()
        : this(SweepOptions.Read(EnvironmentReader.Process()), AwsClients.S3(), ExportClients.Rds(), ExportClients.StepFunctions(), TimeProvider.System)
    {
    }

    public SweepFunction(SweepOptions options, IAmazonS3 s3, IAmazonRDS rds, IAmazonStepFunctions stepFunctions, TimeProvider time)
    {
        _options = options;
        _s3 = s3;
        _rds = rds;
        _stepFunctions = stepFunctions;
        _time = time;
    }

    /// <summary>One sweep. What the schedule sends says nothing that matters here.</summary>
    public async Task<SweepOutcome> HandleAsync(JsonElement occasion, ILambdaContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var sweep = new SnapshotSweep(
            new RdsSnapshotCatalogue(_rds),
            new S3DocumentStore(_s3, _options.Location.Bucket),
            new StepFunctionsExecutions(_stepFunctions, _options.StateMachineArn),
            _options,
            _time,
            new LambdaLog(context.Logger));
        return await InvocationTime.RunAsync(context, "Sweep", _time, sweep.RunAsync);
    }
}
