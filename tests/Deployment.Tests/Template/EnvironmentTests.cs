using System.Globalization;
using System.Text.Json.Nodes;
using SnapshotBridge.Configuration;
using SnapshotBridge.Deployment.Tests.Code;
using SnapshotBridge.Deployment.Tests.Kit;

namespace SnapshotBridge.Deployment.Tests.Template;

/// <summary>The template gives a function the environment variables that its code reads, and no others.</summary>
public sealed class EnvironmentTests
{
    /// <summary>Read by the code and not given by the template, each for a reason.</summary>
    private static readonly Dictionary<string, string> NotGiven = new()
    {
        ["AWS_REGION"] = "Lambda sets it",
        ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = "Lambda sets it",
        ["AWS_ENDPOINT_URL"] = "points a function at other servers, never in an account",
        ["AWS_ENDPOINT_URL_S3"] = "points a function at other servers, never in an account",
        ["OCI_ENDPOINT"] = "points a function at other servers, never in an account",
        ["SLICE_BYTES"] = "a default that costs decide; for experiments",
        ["PART_SIZE_MIB"] = "a measured default; for experiments",
        ["MULTIPART_THRESHOLD_MIB"] = "a measured default; for experiments",
    };

    /// <summary>Of a resource of this template: the prefix of any service and a name of at most 128 characters.</summary>
    private const int LongestArn = 256;

    /// <summary>CloudFormation's limit; the state machine's name leaves less.</summary>
    private const int LongestStackName = 128;

    /// <summary>Settings of .NET's garbage collector and compiler; no code of ours reads them.</summary>
    private static readonly string[] ReadByTheRuntime = ["DOTNET_GCgen0size", "DOTNET_TC_CallCountingDelayMs", "DOTNET_TC_BackgroundWorkerTimeoutMs"];

    public static TheoryData<string> Functions => [.. FunctionCode.Ids];

    [Theory]
    [MemberData(nameof(Functions))]
    public void Environment_OfAFunction_IsWhatItsCodeReads(string id)
    {
        var read = VariablesRead(id);
        var own = Variables(SamTemplate.Shipped.Properties(id)).ToList();

        var missing = read.Except(own).Except(Variables(SamTemplate.Shipped.FunctionGlobals)).Except(NotGiven.Keys).Order(StringComparer.Ordinal).ToList();
        var unread = own.Except(read).Except(ReadByTheRuntime).Order(StringComparer.Ordinal).ToList();

        Assert.True(missing.Count == 0, $"{id} reads {string.Join(", ", missing)}, which template.yaml does not give it.");
        Assert.True(unread.Count == 0, $"template.yaml gives {id} {string.Join(", ", unread)}, which its code does not read.");
    }

    [Fact]
    public void Environment_CommonToAllFunctions_IsReadBySeveral() => Assert.All(
        Variables(SamTemplate.Shipped.FunctionGlobals),
        name => Assert.True(FunctionCode.Ids.Count(id => VariablesRead(id).Contains(name)) > 1, $"{name} stands in Globals, and not several functions read it."));

    [Fact]
    public void Exceptions_AreAllRead() =>
        Assert.Empty(NotGiven.Keys.Except(FunctionCode.Ids.SelectMany(VariablesRead)));

    /// <summary>AWS Lambda Developer Guide, "Lambda quotas": 4 KB for all variables together, names and values.</summary>
    [Theory]
    [MemberData(nameof(Functions))]
    public void Environment_WithTheLongestParameters_FitsIntoLambda(string id)
    {
        var variables = new[] { SamTemplate.Shipped.FunctionGlobals, SamTemplate.Shipped.Properties(id) }
            .SelectMany(settings => settings["Environment"]?["Variables"]?.AsObject() ?? []);

        Assert.InRange(variables.Sum(variable => variable.Key.Length + LongestOf(variable.Value)), 1, 4096);
    }

    /// <summary>The longest text that a value of the template can become.</summary>
    private static int LongestOf(JsonNode? value) => SamTemplate.Branches(value).Max(branch => branch switch
    {
        JsonObject map when SamTemplate.Text(map["Ref"]) is { } name => LongestOf(name),
        JsonObject map when map["Fn::GetAtt"] is not null => LongestArn,
        JsonObject map when SamTemplate.Text(map["Fn::Sub"]) is { } text => text.Length + SamTemplate.SubNames(text).Sum(LongestOf),
        JsonValue => SamTemplate.Text(branch)!.Length,
        _ => throw new InvalidDataException($"No rule says how long {branch.ToJsonString()} can become."),
    });

    private static int LongestOf(string name) => SamTemplate.Shipped.Parameters[name] switch
    {
        null => SamTemplate.Shipped.TypeOf(name).Length > 0 ? LongestArn : LongestStackName,
        { } parameter when SamTemplate.Text(parameter["MaxLength"]) is { } length => int.Parse(length, CultureInfo.InvariantCulture),
        { } parameter when parameter["AllowedValues"] is JsonArray values => values.Max(allowed => SamTemplate.Text(allowed)!.Length),
        { } parameter when SamTemplate.Text(parameter["MaxValue"]) is { } number => number.Length,
        _ => name switch
        {
            // Limited by their patterns.
            "ExportBucketName" => 63,
            "OciBucket" => 256,
            _ => throw new InvalidDataException($"{name} is given to a function and has no MaxLength."),
        },
    };

    /// <summary>The upper-case names in those methods of a function that read the environment.</summary>
    private static HashSet<string> VariablesRead(string id)
    {
        var code = FunctionCode.Of(id).Reachable;
        return
        [
            .. from method in code.Methods
               where IntermediateCode.References(method).Any(reference => IsReader(reference.Member)) || TakesAReaderFunction(method)
               from text in IntermediateCode.Strings(method)
               where text.Length > 4 && text.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '_')
               select text,
        ];
    }

    private static bool IsReader(System.Reflection.MemberInfo member) => member is System.Reflection.MethodBase method
        && ((method.DeclaringType == typeof(EnvironmentReader) && method.Name is "Required" or "Optional" or "Number" or "OneOf" or "List")
            || (method.DeclaringType == typeof(Environment) && method.Name == nameof(Environment.GetEnvironmentVariable)));

    // As AwsClients does it: the environment is a function from a name to a text.
    private static bool TakesAReaderFunction(System.Reflection.MethodBase method) =>
        method.GetParameters().Any(parameter => parameter.ParameterType == typeof(Func<string, string?>));

    private static IEnumerable<string> Variables(JsonObject function) =>
        function["Environment"]?["Variables"]?.AsObject().Select(variable => variable.Key) ?? [];
}
