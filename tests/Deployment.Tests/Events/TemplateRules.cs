using System.Text.Json.Nodes;
using SnapshotBridge.Deployment.Tests.Kit;

namespace SnapshotBridge.Deployment.Tests.Events;

/// <summary>The template's event patterns, with the values that the sample events have.</summary>
internal static class TemplateRules
{
    public const string StateMachineArn = "arn:aws:states:us-east-1:123456789012:stateMachine:shop-bridge";

    private static readonly Dictionary<string, string> Values = new()
    {
        ["AWS::AccountId"] = "123456789012",
        ["AWS::Partition"] = "aws",
        ["AWS::Region"] = "us-east-1",
        ["AWS::StackName"] = "shop-bridge",
        ["ExportBucketName"] = "shop-exports",
        ["BridgeStateMachine"] = StateMachineArn,
    };

    /// <summary>Every rule, by the logical id of what it belongs to.</summary>
    public static IReadOnlyDictionary<string, JsonObject> Patterns { get; } = Find().ToDictionary(rule => rule.Name, rule => rule.Pattern);

    private static IEnumerable<(string Name, JsonObject Pattern)> Find()
    {
        foreach (var (id, rule) in SamTemplate.Shipped.OfType("AWS::Events::Rule").Where(rule => rule.Properties["EventPattern"] is not null))
        {
            yield return (id, Resolve(rule["EventPattern"])!.AsObject());
        }

        foreach (var (id, resource) in SamTemplate.Shipped.OfType("AWS::Serverless::Function", "AWS::Serverless::StateMachine"))
        {
            foreach (var (name, source) in resource["Events"]?.AsObject() ?? [])
            {
                if (source!["Properties"]?["Pattern"] is { } pattern)
                {
                    yield return ($"{id}/{name}", Resolve(pattern)!.AsObject());
                }
            }
        }
    }

    private static JsonNode? Resolve(JsonNode? node) => node switch
    {
        JsonObject { Count: 1 } map when SamTemplate.Text(map["Ref"]) is { } name => JsonValue.Create(Value(name)),
        JsonObject { Count: 1 } map when SamTemplate.Text(map["Fn::Sub"]) is { } text => JsonValue.Create(SamTemplate.Fill(text, Value)),
        JsonObject { Count: 1 } map when map.First().Key.StartsWith("Fn::", StringComparison.Ordinal) =>
            throw new InvalidDataException($"{map.ToJsonString()} is not expected in a pattern."),
        JsonObject map => new JsonObject(map.Select(entry => KeyValuePair.Create(entry.Key, Resolve(entry.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Resolve)]),
        _ => node?.DeepClone(),
    };

    private static string Value(string name) =>
        Values.TryGetValue(name, out var value) ? value : throw new InvalidDataException($"The samples have no value for {name}, which a pattern refers to.");
}
