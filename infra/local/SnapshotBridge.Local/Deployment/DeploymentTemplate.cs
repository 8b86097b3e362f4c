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
        CreatesBucket = ResourcesOf("AWS::S3::Bucket").Any();
        Functions = [.. ResourcesOf("AWS::Serverless::Function").Select(Function)];
        StateMachine = StateMachineOf(ResourcesOf("AWS::Serverless::StateMachine").Single());
    }

    /// <summary>The folder that holds the template; its paths are relative to it.</summary>
    public string Folder { get; }

    public IReadOnlyList<TemplateFunction> Functions { get; }

    public TemplateStateMachine StateMachine { get; }

    /// <summary>False where the export bucket is one that existed before: then its EventBridge notifications must be on.</summary>
    public bool CreatesBucket { get; }

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
        var values = new TemplateValues(
            account,
            ParameterValues(root, parameters),
            Entries(Child(root, "Conditions")).ToDictionary(entry => entry.Name, entry => entry.Value),
            Entries(Child(root, "Resources")).ToDictionary(entry => entry.Name, entry => Scalar(entry.Value, "Type") ?? ""));
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
            .Where(entry => Scalar(entry.Value, "Type") == type && (Scalar(entry.Value, "Condition") is not { } condition || _values.Condition(condition)))
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
            [.. BucketNotifications(resource.Id)],
            [.. Patterns(resource), .. RulesFor(resource.Id)]);
    }

    private TemplateStateMachine StateMachineOf((string Id, YamlMappingNode Properties) resource) => new(
        _values.Text(Node(resource, "Name")),
        Path.Combine(Folder, Required(resource, "DefinitionUri")),
        Entries(Child(resource.Properties, "DefinitionSubstitutions")).ToDictionary(entry => entry.Name, entry => _values.Text(entry.Value)),
        Patterns(resource));

    private static string Required((string Id, YamlMappingNode Properties) resource, string property) =>
        Scalar(resource.Properties, property) ?? throw new InvalidDataException($"template.yaml: {resource.Id} has no {property}.");

    private static IEnumerable<YamlMappingNode> EventsOf((string Id, YamlMappingNode Properties) resource, string type) =>
        Entries(Child(resource.Properties, "Events"))
            .Where(entry => Scalar(entry.Value, "Type") == type)
            .Select(entry => Child(entry.Value, "Properties")!);

    // The rules that SAM makes of a resource's events; a disabled one takes nothing.
    private List<JsonNode> Patterns((string Id, YamlMappingNode Properties) resource) =>
        [.. EventsOf(resource, "EventBridgeRule").Where(IsEnabled).Select(properties => _values.Json(Child(properties, "Pattern")!))];

    /// <summary>Patterns of the rules of their own that have this function as a target.</summary>
    private IEnumerable<JsonNode> RulesFor(string function) =>
        ResourcesOf("AWS::Events::Rule")
            .Where(rule => IsEnabled(rule.Properties) && Items(rule.Properties, "Targets").Any(target => Scalar(target, "Arn") == $"{function}.Arn"))
            .Select(rule => _values.Json(Node(rule, "EventPattern")));

    private bool IsEnabled(YamlMappingNode properties) =>
        !properties.Children.TryGetValue("State", out var state) || _values.Text(state) == "ENABLED";

    private IEnumerable<S3EventFilter> BucketNotifications(string function) =>
        ResourcesOf("AWS::S3::Bucket")
            .SelectMany(bucket => Items(Child(bucket.Properties, "NotificationConfiguration"), "LambdaConfigurations"))
            .Where(configuration => Scalar(configuration, "Function") == $"{function}.Arn")
            .Select(S3Filter);

    private static S3EventFilter S3Filter(YamlNode configuration)
    {
        var rules = Items(Child(Child(configuration, "Filter"), "S3Key"), "Rules").ToDictionary(rule => Scalar(rule, "Name")!, rule => Scalar(rule, "Value")!);
        return new S3EventFilter(rules.GetValueOrDefault("prefix", ""), rules.GetValueOrDefault("suffix", ""));
    }

    private static YamlNode Node((string Id, YamlMappingNode Properties) resource, string property) =>
        resource.Properties.Children.TryGetValue(property, out var node)
            ? node
            : throw new InvalidDataException($"template.yaml: {resource.Id} has no {property}.");

    private static YamlSequenceNode Items(YamlMappingNode? map, string name) =>
        map is not null && map.Children.TryGetValue(name, out var list) && list is YamlSequenceNode sequence ? sequence : new YamlSequenceNode();

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
