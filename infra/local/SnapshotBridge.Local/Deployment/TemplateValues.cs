using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace SnapshotBridge.Local.Deployment;

/// <summary>The account, Region and stack that the local run plays; ARNs of local resources are built from it.</summary>
public sealed record AwsAccount(string AccountId, string Region, string StackName = AwsAccount.LocalStackName)
{
    /// <summary>The name under which the local run deploys the template.</summary>
    public const string LocalStackName = "snapshot-bridge-local";

    public string FunctionArn(string name) => $"arn:aws:lambda:{Region}:{AccountId}:function:{name}";

    public string RoleArn(string name) => $"arn:aws:iam::{AccountId}:role/{name}";

    public string StateMachineArn(string name) => $"arn:aws:states:{Region}:{AccountId}:stateMachine:{name}";
}

/// <summary>
/// Evaluates the template's values as CloudFormation does: plain texts, <c>!Ref</c>, <c>!Sub</c>, <c>!GetAtt X.Arn</c>,
/// <c>!If</c> with its conditions, <c>!Select</c>, <c>!Split</c> and <c>!Join</c>. Anything else is refused by name rather
/// than guessed, because a wrong guess would test something that is never deployed.
/// </summary>
internal sealed partial class TemplateValues(
    AwsAccount account,
    IReadOnlyDictionary<string, string> parameters,
    IReadOnlyDictionary<string, YamlNode> conditions,
    IReadOnlyDictionary<string, string> resourceTypes)
{
    // What !Ref AWS::NoValue gives: the property or item is not there.
    private static readonly JsonObject NoValue = [];

    public AwsAccount Account => account;

    /// <summary>A value that must be a text.</summary>
    public string Text(YamlNode node) => Evaluate(node) is JsonValue value && value.TryGetValue<string>(out var text)
        ? text
        : throw Refused(node, "is not a text here");

    /// <summary>A value of any shape.</summary>
    public JsonNode Json(YamlNode node) => Evaluate(node);

    /// <summary>Whether a resource or value under this condition is there.</summary>
    public bool Condition(string name) => conditions.TryGetValue(name, out var node)
        ? Truth(node)
        : throw new InvalidDataException($"template.yaml has no condition {name}.");

    private bool Truth(YamlNode node) => (node.Tag.IsEmpty ? "" : node.Tag.Value, node) switch
    {
        ("!Condition", YamlScalarNode name) => Condition(name.Value!),
        ("!Equals", YamlSequenceNode { Children: [var left, var right] }) => Text(left) == Text(right),
        ("!Not", YamlSequenceNode { Children: [var inner] }) => !Truth(inner),
        ("!And", YamlSequenceNode all) => all.Children.All(Truth),
        ("!Or", YamlSequenceNode some) => some.Children.Any(Truth),
        _ => throw Refused(node, "is no condition that the local run evaluates"),
    };

    private JsonNode Evaluate(YamlNode node) => (Tag(node), node) switch
    {
        ("", YamlScalarNode scalar) => JsonValue.Create(scalar.Value ?? ""),
        ("", YamlMappingNode map) => Map(map),
        ("", YamlSequenceNode list) => List(list),
        ("!Ref", YamlScalarNode { Value: "AWS::NoValue" }) => NoValue,
        ("!Ref", YamlScalarNode name) => JsonValue.Create(Reference(name.Value!)),
        ("!Sub", YamlScalarNode text) => JsonValue.Create(Placeholder().Replace(text.Value!, match => Reference(match.Groups[1].Value))),
        ("!GetAtt", YamlScalarNode path) => JsonValue.Create(Attribute(path.Value!)),
        ("!If", YamlSequenceNode { Children: [YamlScalarNode condition, var then, var otherwise] }) =>
            Evaluate(Condition(condition.Value!) ? then : otherwise),
        ("!Split", YamlSequenceNode { Children: [YamlScalarNode separator, var text] }) =>
            new JsonArray([.. Text(text).Split(separator.Value!).Select(part => JsonValue.Create(part))]),
        ("!Select", YamlSequenceNode { Children: [YamlScalarNode index, var list] }) when Evaluate(list) is JsonArray items =>
            items[int.Parse(index.Value!, CultureInfo.InvariantCulture)]!.DeepClone(),
        ("!Join", YamlSequenceNode { Children: [YamlScalarNode separator, var list] }) when Evaluate(list) is JsonArray items =>
            JsonValue.Create(string.Join(separator.Value, items.Select(item => item!.GetValue<string>()))),
        _ => throw Refused(node, "is not evaluated by the local run here"),
    };

    // A plain text may carry YAML's own tag, such as that of a quoted string.
    private static string Tag(YamlNode node) => node.Tag.IsEmpty || !node.Tag.Value.StartsWith('!') || node.Tag.Value == "!" ? "" : node.Tag.Value;

    private JsonObject Map(YamlMappingNode map)
    {
        var result = new JsonObject();
        foreach (var (name, value) in map.Children)
        {
            if (Evaluate(value) is var evaluated && evaluated != NoValue)
            {
                result[((YamlScalarNode)name).Value!] = evaluated;
            }
        }

        return result;
    }

    private JsonArray List(YamlSequenceNode list) => [.. list.Select(Evaluate).Where(item => item != NoValue)];

    private string Reference(string name) => name switch
    {
        "AWS::Region" => account.Region,
        "AWS::AccountId" => account.AccountId,
        "AWS::Partition" => "aws",
        "AWS::URLSuffix" => "amazonaws.com",
        "AWS::StackName" => account.StackName,
        _ when parameters.TryGetValue(name, out var value) => value,
        _ when name.EndsWith(".Arn", StringComparison.Ordinal) => Attribute(name),
        _ => resourceTypes.GetValueOrDefault(name) switch
        {
            "AWS::SecretsManager::Secret" => $"arn:aws:secretsmanager:{account.Region}:{account.AccountId}:secret:{name}-local0",
            "AWS::Serverless::Function" => name,
            "AWS::Serverless::StateMachine" => account.StateMachineArn(account.StackName),
            null => throw new InvalidDataException($"template.yaml refers to {name}, which is neither a parameter nor a resource of it."),
            var type => throw new InvalidDataException($"template.yaml: the local run does not evaluate !Ref {name}, a {type}."),
        },
    };

    private string Attribute(string path)
    {
        var (name, attribute) = path.Split('.', 2) is [var id, var rest] ? (id, rest) : (path, "");
        return (resourceTypes.GetValueOrDefault(name), attribute) switch
        {
            ("AWS::IAM::Role", "Arn") => account.RoleArn(name),
            ("AWS::Serverless::Function", "Arn") => account.FunctionArn(name),
            ("AWS::KMS::Key", "Arn") => $"arn:aws:kms:{account.Region}:{account.AccountId}:key/{name}",
            _ => throw new InvalidDataException($"template.yaml: the local run does not evaluate !GetAtt {path}."),
        };
    }

    private static InvalidDataException Refused(YamlNode node, string what) =>
        new($"template.yaml, line {node.Start.Line}: {(node.Tag.IsEmpty ? "this" : node.Tag.Value)} {what}.");

    [GeneratedRegex(@"\$\{([A-Za-z0-9:.]+)\}")]
    private static partial Regex Placeholder();
}
