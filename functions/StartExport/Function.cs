using Amazon.Lambda.Core;
using Amazon.RDS;
using Amazon.S3;
using Amazon.StepFunctions;
using SnapshotBridge.Aws;
using SnapshotBridge.Configuration;
using SnapshotBridge.Exports;
using SnapshotBridge.Metrics;
using SnapshotBridge.Requests;

namespace SnapshotBridge.StartExport;

/// <summary>
/// The StartExport state: validates the request, starts an export or adopts one, and registers the task token. What it
/// returns is for its log; the state's result comes through the token.
/// </summary>
public sealed class Function
{
    private readonly StartExportOptions _options;
    private readonly IAmazonS3 _s3;
    private readonly IAmazonRDS _rds;
    private readonly IAmazonStepFunctions _stepFunctions;
    private readonly TimeProvider _time;
    private readonly IMetricRecorder _metrics;

    /// <summary>As Lambda creates it: settings from the environment, clients from the SDK's own.</summary>
    public Function()
        : this(StartExportOptions.Read(EnvironmentReader.Process()), AwsClients.S3(), ExportClients.Rds(), ExportClients.StepFunctions(), TimeProvider.System, EmbeddedMetrics.OfThisFunction())
    {
    }

    public Function(StartExportOptions options, IAmazonS3 s3, IAmazonRDS rds, IAmazonStepFunctions stepFunctions, TimeProvider time, IMetricRecorder? metrics = null)
    {
        _options = options;
        _s3 = s3;
        _rds = rds;
        _stepFunctions = stepFunctions;
        _time = time;
        _metrics = metrics ?? NoMetrics.Instance;
    }

    /// <summary>One entry into the state; every retry and redrive is another one with another token.</summary>
    public async Task<ExportOutcome> HandleAsync(Input input, ILambdaContext context)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(context);
        if (input.Preflight is { } preflight)
        {
            return new ExportOutcome("", ExportOutcome.Checked)
            {
                Preflight = await InvocationTime.RunAsync(context, "StartExport", _time, token => StartExportPreflight.RunAsync(preflight, _options, _s3, _rds, _time, token)),
            };
        }

        var problems = new List<string>();
        if (string.IsNullOrEmpty(input.ExecutionName))
        {
            problems.Add("executionName is missing");
        }

        if (string.IsNullOrEmpty(input.TaskToken))
        {
            problems.Add("taskToken is missing");
        }

        if (input.ExecutionStartTime == default)
        {
            problems.Add("executionStartTime is missing");
        }

        if (problems.Count > 0)
        {
            throw new RequestInvalidException([.. problems, "this function is invoked by the state machine: start an execution instead"]);
        }

        var starter = new ExportStarter(
            new RdsExportService(_rds),
            new S3DocumentStore(_s3, _options.Target.Bucket),
            new StepFunctionsCallbacks(_stepFunctions),
            _options,
            _time,
            new LambdaLog(context.Logger),
            _metrics);
        var outcome = BridgeRequest.Parse(input.Request, _options.Requests);
        var entry = new ExportEntry(outcome, input.ExecutionName!, input.ExecutionStartTime, input.TaskToken!);
        return await InvocationTime.RunAsync(context, "StartExport", _time, token => starter.EnterAsync(entry, token));
    }
}
