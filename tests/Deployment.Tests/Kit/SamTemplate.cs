using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace SnapshotBridge.Deployment.Tests.Kit;

/// <summary>
/// The template as CloudFormation's JSON form: anchors resolved, <c>!Sub x</c> as <c>{"Fn::Sub": "x"}</c>, nothing evaluated.
/// </summary>
internal sealed partial class SamTemplate
{
    private SamTemplate(JsonObject root) => Root = root;

    public static SamTemplate Shipped { get; } = Parse(Repository.Text("template.yaml"));

    public JsonObject Root { get; }

    public JsonObject Parameters => Section("Parameters");

    public JsonObject Conditions => Section("Conditions");

    public JsonObject Resources => Section("Resources");

    public JsonObject Outputs => Section("Outputs");

    /// <summary>The functions' common settings.</summary>
    public JsonObject FunctionGlobals => Root["Globals"]?["Function"]?.AsObject() ?? [];

    public static SamTemplate Parse(string yaml)
    {
        var stream = new YamlStream();
        // Merging parser: "<<" is resolved as well.
        stream.Load(new MergingParser(new Parser(new StringReader(yaml))));
        return new SamTemplate(Convert(stream.Documents[0].RootNode)!.AsObject());
    }

    /// <summary>The resources of a type, by logical id.</summary>
    public IEnumerable<(string Id, JsonObject Properties)> OfType(params string[] types) =>
        from resource in Resources
        where types.Contains(Text(resource.Value!["Type"]))
        select (resource.Key, resource.Value!["Properties"]?.AsObject() ?? []);

    public JsonObject Properties(string id) => Resources[id]?["Properties"]?.AsObject() ?? [];

    public string TypeOf(string id) => Text(Resources[id]?["Type"]) ?? "";

    /// <summary>The names that an <c>Fn::Sub</c> text refers to; <c>${!x}</c> is text.</summary>
    public static IEnumerable<string> SubNames(string text) => SubName().Matches(text).Select(match => match.Groups[1].Value);

    /// <summary>An <c>Fn::Sub</c> text with every reference replaced.</summary>
    public static string Fill(string text, Func<string, string> value) =>
        SubName().Replace(text, match => value(match.Groups[1].Value)).Replace("${!", "${", StringComparison.Ordinal);

    /// <summary>Every logical id, parameter or pseudo parameter that a value refers to, attributes as <c>Id.Attribute</c>.</summary>
    public static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject { Count: 1 } map when map["Ref"] is JsonValue name => [Text(name)!],
        JsonObject { Count: 1 } map when map["Fn::GetAtt"] is { } path => [path is JsonArray parts ? string.Join('.', parts.Select(Text)) : Text(path)!],
        JsonObject { Count: 1 } map when map["Fn::Sub"] is { } sub => sub is JsonArray { Count: 2 } pair
            ? SubNames(Text(pair[0])!).Where(name => pair[1]!.AsObject()[name] is null).Concat(References(pair[1]))
            : SubNames(Text(sub)!),
        JsonObject map => map.SelectMany(entry => References(entry.Value)),
        JsonArray list => list.SelectMany(References),
        _ => [],
    };

    /// <summary>Every value of a tree, with its path.</summary>
    public static IEnumerable<(string Path, JsonNode? Value)> Walk(JsonNode? node, string path = "")
    {
        yield return (path, node);
        var children = node switch
        {
            JsonObject map => map.Select(entry => ($"{path}/{entry.Key}", entry.Value)),
            JsonArray list => list.Select((item, index) => ($"{path}/{index}", item)),
            _ => [],
        };
        foreach (var (at, child) in children)
        {
            foreach (var below in Walk(child, at))
            {
                yield return below;
            }
        }
    }

    public static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>One text or a list of texts.</summary>
    public static IReadOnlyList<string> Texts(JsonNode? node) => node is JsonArray list ? [.. list.Select(item => Text(item)!)] : Text(node) is { } text ? [text] : [];

    /// <summary>Both branches of every <c>Fn::If</c>, and <c>AWS::NoValue</c> left out.</summary>
    public static IEnumerable<JsonNode> Branches(JsonNode? node) => node switch
    {
        null => [],
        JsonObject { Count: 1 } map when map["Fn::If"] is JsonArray choice => Branches(choice[1]).Concat(Branches(choice[2])),
        JsonObject { Count: 1 } map when Text(map["Ref"]) == "AWS::NoValue" => [],
        _ => [node],
    };

    /// <summary>The items of a list, whatever conditions stand around it or them.</summary>
    public static IEnumerable<JsonNode> Items(JsonNode? node) =>
        Branches(node).SelectMany(branch => branch is JsonArray list ? list.SelectMany(Branches) : [branch]);

    private JsonObject Section(string name) => Root[name]?.AsObject() ?? [];

    private static JsonNode? Convert(YamlNode node)
    {
        var plain = Plain(node);
        if (node.Tag.IsEmpty || !node.Tag.Value.StartsWith('!') || node.Tag.Value == "!")
        {
            return plain;
        }

        var name = node.Tag.Value[1..];
        return new JsonObject { [name is "Ref" or "Condition" ? name : $"Fn::{name}"] = plain };
    }

    private static JsonNode? Plain(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(entry => KeyValuePair.Create(((YamlScalarNode)entry.Key).Value!, Convert(entry.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Select(Convert)]),
        YamlScalarNode scalar => JsonValue.Create(scalar.Value ?? ""),
        _ => throw new InvalidDataException($"template.yaml, line {node.Start.Line}: {node.GetType().Name} is not expected here."),
    };

    [GeneratedRegex(@"\$\{([^!}][^}]*)\}")]
    private static partial Regex SubName();
}
