using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.RepresentationModel;

namespace SnapshotBridge.Local.Deployment;

/// <summary>
/// What the local run takes from <c>template.yaml</c>: functions, triggers, event patterns and the state machine. The
/// local run deploys the same file that an account gets, so that a wrong handler, pattern or substitution shows here.
/// </summary>
public sealed class DeploymentTemplate
{
    private readonly YamlMappingNode _root;
    private readonly TemplateValues _values;

    private DeploymentTemplate(string folder, YamlMappingNode root, TemplateValues values)
    {
        Folder = folder;
        _root = root;
        _values = values;
        Functions = [.. ResourcesOf("AWS::Serverless::Function").Select(Function)];
        StateMachine = StateMachineOf(ResourcesOf("AWS::Serverless::StateMachine").Single());
    }

    /// <summary>The folder that holds the template; its paths are relative to it.</summary>
    public string Folder { get; }

    public IReadOnlyList<TemplateFunction> Functions { get; }

    public TemplateStateMachine StateMachine { get; }

    /// <summary>Reads the template with these parameter values.</summary>
    /// <exception cref="InvalidDataException">A parameter without default has no value, or the file lacks what a deployment needs.</exception>
    public static DeploymentTemplate Load(string path, IReadOnlyDictionary<string, string> parameters, AwsAccount account)
    {
        var yaml = new YamlStream();
        using (var reader = File.OpenText(path))
        {
            yaml.Load(reader);
        }

        var root = (YamlMappingNode)yaml.Documents[0].RootNode;
        var values = new TemplateValues(account, ParameterValues(root, parameters));
        return new DeploymentTemplate(Path.GetDirectoryName(Path.GetFullPath(path))!, root, values);
    }

    private static Dictionary<string, string> ParameterValues(YamlMappingNode root, IReadOnlyDictionary<string, string> given)
    {
        var result = new Dictionary<string, string>();
        foreach (var (name, definition) in Entries(Child(root, "Parameters")))
        {
            result[name] = given.TryGetValue(name, out var value)
                ? value
                : Scalar(definition, "Default")
                  ?? throw new InvalidDataException($"template.yaml: parameter {name} has no default and the local run gives no value.");
        }

        return given.Keys.FirstOrDefault(name => !result.ContainsKey(name)) is { } unknown
            ? throw new InvalidDataException($"template.yaml has no parameter {unknown} that the local run gives a value.")
            : result;
    }

    private IEnumerable<(string Id, YamlMappingNode Properties)> ResourcesOf(string type) =>
        Entries(Child(_root, "Resources"))
            .Where(entry => Scalar(entry.Value, "Type") == type)
            .Select(entry => (entry.Name, Child(entry.Value, "Properties") ?? new YamlMappingNode()));

    private TemplateFunction Function((string Id, YamlMappingNode Properties) resource)
    {
        var environment = new Dictionary<string, string>();
        var globals = Child(Child(_root, "Globals"), "Function");
        foreach (var source in new[] { globals, resource.Properties })
        {
            foreach (var (name, value) in Entries(Child(Child(source, "Environment"), "Variables")))
            {
                environment[name] = _values.Text(value);
            }
        }

        return new TemplateFunction(
            resource.Id,
            _values.Account.FunctionArn(resource.Id),
            Required(resource, "CodeUri").Trim('/'),
            Required(resource, "Handler"),
            TimeSpan.FromSeconds(int.Parse(Required(resource, "Timeout"), CultureInfo.InvariantCulture)),
            int.Parse(Required(resource, "MemorySize"), CultureInfo.InvariantCulture),
            environment,
            [.. EventsOf(resource, "S3").Select(S3Filter)],
            Patterns(resource));
    }

    private TemplateStateMachine StateMachineOf((string Id, YamlMappingNode Properties) resource) => new(
        Required(resource, "Name"),
        Path.Combine(Folder, Required(resource, "DefinitionUri")),
        Entries(Child(resource.Properties, "DefinitionSubstitutions")).ToDictionary(entry => entry.Name, entry => _values.Text(entry.Value)),
        Patterns(resource));

    private static string Required((string Id, YamlMappingNode Properties) resource, string property) =>
        Scalar(resource.Properties, property) ?? throw new InvalidDataException($"template.yaml: {resource.Id} has no {property}.");

    private static IEnumerable<YamlMappingNode> EventsOf((string Id, YamlMappingNode Properties) resource, string type) =>
        Entries(Child(resource.Properties, "Events"))
            .Where(entry => Scalar(entry.Value, "Type") == type)
            .Select(entry => Child(entry.Value, "Properties")!);

    private List<JsonNode> Patterns((string Id, YamlMappingNode Properties) resource) =>
        [.. EventsOf(resource, "EventBridgeRule").Select(properties => _values.Json(Child(properties, "Pattern")!))];

    private static S3EventFilter S3Filter(YamlMappingNode properties)
    {
        var rules = ((YamlSequenceNode)Child(Child(properties, "Filter"), "S3Key")!.Children["Rules"])
            .Cast<YamlMappingNode>()
            .ToDictionary(rule => Scalar(rule, "Name")!, rule => Scalar(rule, "Value")!);
        return new S3EventFilter(rules.GetValueOrDefault("prefix", ""), rules.GetValueOrDefault("suffix", ""));
    }

    private static YamlMappingNode? Child(YamlNode? node, string name) =>
        node is YamlMappingNode map && map.Children.TryGetValue(name, out var child) ? child as YamlMappingNode : null;

    private static IEnumerable<(string Name, YamlNode Value)> Entries(YamlMappingNode? map) =>
        map?.Children.Select(entry => (((YamlScalarNode)entry.Key).Value!, entry.Value)) ?? [];

    private static string? Scalar(YamlNode node, string name) =>
        node is YamlMappingNode map && map.Children.TryGetValue(name, out var child) ? (child as YamlScalarNode)?.Value : null;
}

/// <param name="LogicalId">The resource's name in the template, and the function's name locally.</param>
/// <param name="Arn">The local function's ARN.</param>
/// <param name="CodeFolder">CodeUri, relative to the template.</param>
/// <param name="Handler"><c>Assembly::Type::Method</c>.</param>
/// <param name="Timeout">The function's timeout.</param>
/// <param name="MemoryMb">The function's memory in MiB.</param>
/// <param name="Environment">The environment variables, with parameters filled in.</param>
/// <param name="S3Events">The S3 notification filters that invoke it.</param>
/// <param name="EventPatterns">The EventBridge patterns that invoke it.</param>
public sealed record TemplateFunction(
    string LogicalId,
    string Arn,
    string CodeFolder,
    string Handler,
    TimeSpan Timeout,
    int MemoryMb,
    IReadOnlyDictionary<string, string> Environment,
    IReadOnlyList<S3EventFilter> S3Events,
    IReadOnlyList<JsonNode> EventPatterns);

/// <summary>An S3 notification's key filter; an empty text accepts everything.</summary>
public sealed record S3EventFilter(string Prefix, string Suffix);

/// <param name="Name">The state machine's name.</param>
/// <param name="DefinitionPath">The full path of the ASL file.</param>
/// <param name="Substitutions">DefinitionSubstitutions, resolved.</param>
/// <param name="EventPatterns">The EventBridge patterns that start it.</param>
public sealed record TemplateStateMachine(
    string Name,
    string DefinitionPath,
    IReadOnlyDictionary<string, string> Substitutions,
    IReadOnlyList<JsonNode> EventPatterns);
