using System.CommandLine;
using System.CommandLine.Parsing;
using SnapshotBridge.Local.Running;

namespace SnapshotBridge.Local.Console;

/// <summary>What was asked for on the command line.</summary>
/// <param name="Options">The run's options.</param>
/// <param name="Serve">Start the servers alone and wait.</param>
/// <param name="ListScenarios">Print the scenarios and end.</param>
/// <param name="Preflight">Check the local deployment as infra/preflight.sh checks one in an account.</param>
/// <param name="AsJson">Print the preflight as one JSON document.</param>
public sealed record Invocation(RunOptions Options, bool Serve, bool ListScenarios, bool Preflight, bool AsJson);

/// <summary>The program's command line.</summary>
public static class CommandLine
{
    /// <summary>Parses the arguments and runs <paramref name="action"/>; help and errors are answered by the parser itself with status 0 and 1.</summary>
    public static Task<int> InvokeAsync(string root, IReadOnlyList<string> arguments, Func<Invocation, Task<int>> action)
    {
        var trigger = new Option<RunTrigger>("--trigger") { Description = "manual: a StartExecution input. event: an RDS event through the template's rule.", DefaultValueFactory = _ => RunTrigger.Manual };
        var fromExport = new Option<string?>("--from-export") { Description = "Replay a recorded export folder (the one that holds export_info_*.json) instead of exporting the generated source.", HelpName = "DIR" };
        var scenario = new Option<string?>("--scenario") { Description = "Provoke a case; see --list-scenarios.", HelpName = "NAME" };
        var listScenarios = new Option<bool>("--list-scenarios") { Description = "List the scenarios and end." };
        var serve = new Option<bool>("--serve") { Description = "Start the servers alone, print endpoints and credentials, and wait for Ctrl-C." };
        var preflight = new Option<bool>("--preflight") { Description = "Start the servers, check them as infra/preflight.sh checks a deployed stack, and end." };
        var snapshot = new Option<string?>("--snapshot") { Description = "With --preflight: the snapshot to look at, instead of the local one.", HelpName = "ARN" };
        var json = new Option<bool>("--json") { Description = "With --preflight: print one JSON document instead of lines." };
        var port = Pairs("--port", "NAME=PORT", "A fixed port for one server (s3, rds, secrets, events, stepfunctions, oci, aurora, heatwave); repeatable.");
        var size = new Option<double?>("--size-mb") { Description = "Megabytes of Parquet that the generated source becomes, roughly; 100 unless a scenario needs less.", HelpName = "N" };
        size.Validators.Add(result => Check(result, result.GetValueOrDefault<double?>() is null or (>= 1 and <= 100_000), "--size-mb takes 1 to 100000."));
        var request = new Option<string?>("--request") { Description = "The execution's input as JSON, instead of a request for the local snapshot.", HelpName = "JSON" };
        var settings = Pairs("--set", "NAME=VALUE", "An environment variable of the functions that differs from the template's; repeatable.");
        var factor = new Option<int>("--time-factor") { Description = "Divide waiting (Wait states, callback timeouts, retry pauses) by this. Running tasks keep their timeouts.", DefaultValueFactory = _ => 100, HelpName = "N" };
        factor.Validators.Add(result => Check(result, result.GetValueOrDefault<int>() is >= 1 and <= 10_000, "--time-factor takes 1 to 10000."));

        var command = new RootCommand("Runs SnapshotBridge's whole pipeline on this machine, without a cloud account.")
        {
            trigger, fromExport, scenario, listScenarios, serve, preflight, snapshot, json, port, size, request, settings, factor,
        };
        command.SetAction((parsed, _) => action(new Invocation(
            new RunOptions
            {
                Root = root,
                OutputFolder = Path.Combine(root, "artifacts", "local"),
                Trigger = parsed.GetValue(trigger),
                FromExport = parsed.GetValue(fromExport),
                Scenario = parsed.GetValue(scenario),
                Request = parsed.GetValue(request),
                Snapshot = parsed.GetValue(snapshot),
                SizeMb = parsed.GetValue(size),
                Settings = PairsOf(parsed.GetValue(settings)),
                TimeFactor = parsed.GetValue(factor),
                Ports = PairsOf(parsed.GetValue(port)).ToDictionary(pair => pair.Key, pair => int.Parse(pair.Value, System.Globalization.CultureInfo.InvariantCulture)),
            },
            parsed.GetValue(serve),
            parsed.GetValue(listScenarios),
            parsed.GetValue(preflight),
            parsed.GetValue(json))));
        return command.Parse([.. arguments]).InvokeAsync();
    }

    private static Option<string[]> Pairs(string name, string helpName, string description)
    {
        var option = new Option<string[]>(name) { Description = description, HelpName = helpName, DefaultValueFactory = _ => [] };
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => token.Value.IndexOf('=', StringComparison.Ordinal) <= 0))
            {
                result.AddError($"{name} takes {helpName}, not '{token.Value}'.");
            }
        });
        return option;
    }

    private static Dictionary<string, string> PairsOf(string[]? pairs) =>
        (pairs ?? []).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);

    private static void Check(OptionResult result, bool isValid, string rule)
    {
        if (!isValid)
        {
            result.AddError(rule);
        }
    }
}
