using System.Text.Json;
using System.Text.Json.Nodes;
using SnapshotBridge.Local.Cloud;
using SnapshotBridge.Local.Console;
using SnapshotBridge.Local.Databases.Export;
using SnapshotBridge.Local.Databases.Servers;
using SnapshotBridge.Local.Scenarios;

namespace SnapshotBridge.Local.Running;

/// <summary>One local run from the first server's start to the last one's stop.</summary>
public static class LocalRun
{
    /// <summary>Runs the options' scenario, or the plain pipeline.</summary>
    /// <param name="options">What to run.</param>
    /// <param name="view">The person watching.</param>
    /// <param name="cancellationToken">Stops the run; its servers are stopped in order.</param>
    /// <param name="inspect">Called at the end while the servers are still up.</param>
    /// <exception cref="LocalRunException">The run could not be set up, or a scenario did not end as designed.</exception>
    public static async Task<RunOutcome> ExecuteAsync(
        RunOptions options,
        IRunView view,
        CancellationToken cancellationToken,
        Func<LocalCloud, RunOutcome, Task>? inspect = null)
    {
        var scenario = ScenarioCatalogue.Find(options.Scenario);
        var logs = Directory.CreateTempSubdirectory("snapshot-bridge-logs-");
        try
        {
            var watch = new ExecutionWatch(view);
            await using var cloud = await StartAsync(scenario.Adjust(CloudOptions(options, scenario, logs.FullName)), watch, view, cancellationToken);
            var session = new RunSession(options, cloud, view, watch, logs.FullName);
            if (options.Scenario is not null)
            {
                view.Line($"scenario {scenario.Name}: {scenario.Summary}");
            }

            var outcome = await scenario.PlayAsync(session, cancellationToken);
            if (outcome.Report is { } report)
            {
                view.Tables(report.Tables, cloud.SourceRows);
            }

            if (inspect is not null)
            {
                await inspect(cloud, outcome);
            }

            view.Status("stopping the servers");
            return outcome;
        }
        finally
        {
            logs.Delete(recursive: true);
        }
    }

    /// <summary>The local cloud's options for a run's options.</summary>
    public static LocalCloudOptions CloudOptions(RunOptions options, Scenario scenario, string logFolder) => new()
    {
        Root = options.Root,
        LogFolder = logFolder,
        FromExport = options.FromExport,
        SizeMb = options.SizeMb ?? scenario.SizeMb,
        Settings = options.Settings,
        TimeFactor = options.TimeFactor,
        Ports = options.Ports,
        TargetSchemas = RenamedSchemas(options.Request),
    };

    /// <summary>What the request's <c>targetSchemas</c> rename to: the loading user gets its grants for them, as an operator would give them.</summary>
    private static IReadOnlyList<string> RenamedSchemas(string? request)
    {
        try
        {
            return (JsonNode.Parse(request ?? "{}") as JsonObject)?["targetSchemas"] is JsonObject renamed
                ? [.. renamed.Select(pair => pair.Value).OfType<JsonValue>().Where(value => value.GetValueKind() == JsonValueKind.String).Select(value => value.GetValue<string>())]
                : [];
        }
        catch (JsonException)
        {
            // A request that is no JSON is refused by the pipeline itself, which is what is to be seen.
            return [];
        }
    }

    private static async Task<LocalCloud> StartAsync(LocalCloudOptions options, ExecutionWatch watch, IRunView view, CancellationToken cancellationToken)
    {
        try
        {
            return await LocalCloud.StartAsync(options, watch, view.Line, cancellationToken);
        }
        catch (Exception problem) when (problem is RecordedExportException or DatabaseServerException or IOException or InvalidDataException or ArgumentException)
        {
            throw new LocalRunException(problem.GetType().Name, "setup", problem.Message, problem);
        }
    }
}
