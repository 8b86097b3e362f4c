using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace SnapshotBridge.Local.Deployment;

/// <summary>The account and Region that the local run plays; ARNs of local resources are built from it.</summary>
public sealed record AwsAccount(string AccountId, string Region)
{
    /// <summary>The name under which the template is deployed locally.</summary>
    public const string StackName = "snapshot-bridge-local";

    public string FunctionArn(string name) => $"arn:aws:lambda:{Region}:{AccountId}:function:{name}";

    public string RoleArn(string name) => $"arn:aws:iam::{AccountId}:role/{name}";

    public string StateMachineArn(string name) => $"arn:aws:states:{Region}:{AccountId}:stateMachine:{name}";
}

/// <summary>
/// Evaluates the template's values: plain texts, <c>!Ref</c>, <c>!Sub</c> and <c>!GetAtt X.Arn</c>. Anything else is
/// refused by name rather than guessed, because a wrong guess would test something that is never deployed.
/// </summary>
internal sealed partial class TemplateValues(AwsAccount account, IReadOnlyDictionary<string, string> parameters)
{
    public AwsAccount Account => account;

    public string Text(YamlNode node) => node switch
    {
        YamlScalarNode { Tag.IsEmpty: false, Tag.Value: "!Ref" } reference => Reference(reference.Value!),
        YamlScalarNode { Tag.IsEmpty: false, Tag.Value: "!Sub" } text => Placeholder().Replace(text.Value!, match => Reference(match.Groups[1].Value)),
        YamlScalarNode { Tag.IsEmpty: false, Tag.Value: "!GetAtt" } attribute => Attribute(attribute.Value!),
        YamlScalarNode scalar when scalar.Tag.IsEmpty || !scalar.Tag.Value.StartsWith('!') => scalar.Value ?? "",
        _ => throw new InvalidDataException($"template.yaml, line {node.Start.Line}: the local run does not evaluate {node.Tag} here."),
    };

    public JsonNode Json(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(entry =>
            KeyValuePair.Create(((YamlScalarNode)entry.Key).Value!, (JsonNode?)Json(entry.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Select(Json)]),
        _ => JsonValue.Create(Text(node)),
    };

    private string Reference(string name) => name switch
    {
        "AWS::Region" => account.Region,
        "AWS::AccountId" => account.AccountId,
        "AWS::Partition" => "aws",
        "AWS::StackName" => AwsAccount.StackName,
        _ => parameters.TryGetValue(name, out var value)
            ? value
            : throw new InvalidDataException($"template.yaml refers to {name}, which is no parameter that the local run knows."),
    };

    private string Attribute(string path) => path switch
    {
        _ when path.EndsWith("Role.Arn", StringComparison.Ordinal) => account.RoleArn(path[..^4]),
        _ when path.EndsWith("Function.Arn", StringComparison.Ordinal) => account.FunctionArn(path[..^4]),
        _ => throw new InvalidDataException($"template.yaml: the local run does not evaluate !GetAtt {path}."),
    };

    [GeneratedRegex(@"\$\{([A-Za-z0-9:]+)\}")]
    private static partial Regex Placeholder();
}
