using System.Text.Json.Nodes;
using SnapshotBridge.Local.StateMachine.Asl;

namespace SnapshotBridge.Deployment.Tests.Kit;

/// <summary>The state machine's file, as it stands and with values for its substitutions.</summary>
internal static class ShippedMachine
{
    public const string Bucket = "exports";

    public static string Raw { get; } = Repository.Text("statemachine", "snapshot-bridge.asl.json");

    public static string Filled { get; } = DefinitionSubstitutions.Apply(Raw, DefinitionSubstitutions.Names(Raw).ToDictionary(name => name, Value));

    public static JsonObject Definition { get; } = JsonNode.Parse(Raw)!.AsObject();

    /// <summary>All states, those inside maps too.</summary>
    public static IEnumerable<(string Name, JsonObject Body)> States { get; } = [.. Flatten(Definition)];

    public static IEnumerable<(string Name, JsonObject Body)> Tasks => States.Where(state => state.Body["Type"]!.GetValue<string>() == "Task");

    /// <summary>The error names that a state's retriers and catchers match.</summary>
    public static IEnumerable<string> ErrorNames(JsonObject state) =>
        new[] { "Retry", "Catch" }
            .SelectMany(field => state[field]?.AsArray() ?? [])
            .SelectMany(rule => rule!["ErrorEquals"]!.AsArray())
            .Select(name => name!.GetValue<string>());

    private static string Value(string name) => name.EndsWith("FunctionArn", StringComparison.Ordinal)
        ? $"arn:aws:lambda:us-east-1:123456789012:function:{name[..^"FunctionArn".Length]}"
        : name == "ExportBucket" ? Bucket : throw new InvalidDataException($"No value is known for the substitution {name}.");

    private static IEnumerable<(string Name, JsonObject Body)> Flatten(JsonObject flow)
    {
        foreach (var (name, body) in flow["States"]!.AsObject())
        {
            var state = body!.AsObject();
            yield return (name, state);
            if (state["ItemProcessor"] is JsonObject inner)
            {
                foreach (var nested in Flatten(inner))
                {
                    yield return nested;
                }
            }
        }
    }
}
