using System.Text.Json.Nodes;
using SnapshotBridge.Errors;
using SnapshotBridge.Local.StateMachine.Asl;
using SnapshotBridge.StateMachine.Tests.Kit;
using Xunit;

namespace SnapshotBridge.StateMachine.Tests.Shipped;

/// <summary>What must hold for the shipped file as a text.</summary>
public sealed class DefinitionTests
{
    private static readonly string[] LambdaErrors =
        ["Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.TooManyRequestsException"];

    private static readonly string[] PlatformPrefixes = ["Lambda.", "States.", "Sandbox.", "Runtime."];

    [Fact]
    public void Names_ShippedDefinition_AreTheSubstitutionsGiven() =>
        Assert.Equal(ShippedMachine.Substitutions.Keys.Order(StringComparer.Ordinal), DefinitionSubstitutions.Names(ShippedMachine.Raw));

    [Fact]
    public void Parse_ShippedDefinition_IsImplementedWholly() => Assert.Contains("CopyTables", StateMachineDefinition.Parse(ShippedMachine.Definition).StateNames);

    [Fact]
    public void Definition_EveryTask_HasATimeoutAndRetriesLambdasOwnErrorsWithJitterAndCap()
    {
        var tasks = States(ShippedMachine.Raw).Where(state => Text(state.Body["Type"]) == "Task").ToList();

        Assert.Equal(["CopyTable", "LoadTables", "PlanCopy", "StartExport"], tasks.Select(task => task.Name).Order(StringComparer.Ordinal));
        Assert.All(tasks, task =>
        {
            Assert.NotNull(task.Body["TimeoutSeconds"]);
            var retrier = Assert.Single(task.Body["Retry"]!.AsArray(), retrier => LambdaErrors.All(Names(retrier!).Contains));
            Assert.Equal("FULL", Text(retrier!["JitterStrategy"]));
            Assert.NotNull(retrier["MaxDelaySeconds"]);
        });
    }

    [Fact]
    public void Definition_EveryChoice_HasADefault() =>
        Assert.All(States(ShippedMachine.Raw).Where(state => Text(state.Body["Type"]) == "Choice"), state => Assert.NotNull(state.Body["Default"]));

    [Fact]
    public void Definition_Failures_StayUncaughtSoThatARedriveWorks() =>
        Assert.All(States(ShippedMachine.Raw), state => Assert.False(state.Body.ContainsKey("Catch"), state.Name));

    [Fact]
    public void Definition_EveryErrorNameOfOurs_IsASealedLeafInCore()
    {
        var leaves = Leaves();

        var missing = OwnErrors().Where(name => !leaves.ContainsKey(name)).ToList();

        Assert.True(missing.Count == 0, $"The state machine matches {string.Join(", ", missing)}, but Core has no such exception.");
        Assert.All(OwnErrors(), name => Assert.True(leaves[name].IsSealed, $"{name} must be sealed: a subclass would report another name."));
    }

    [Fact]
    public void Core_EveryException_IsASealedLeafWithAUniqueName()
    {
        var types = typeof(BridgeException).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(BridgeException))).ToList();

        Assert.All(types, type => Assert.True(type.IsSealed || type.IsAbstract, type.FullName));
        Assert.Equal(types.Count, types.Select(type => type.Name).Distinct().Count());
    }

    [Theory]
    [InlineData("ExportSlotsBusyException", "StartExport")]
    [InlineData("ExportFilesPendingException", "PlanCopy")]
    [InlineData("TransferThrottledException", "CopyTable", "LoadTables")]
    [InlineData("TransferInterruptedException", "CopyTable", "LoadTables")]
    [InlineData("HeatWaveUnavailableException", "LoadTables")]
    [InlineData("AwsServiceUnavailableException", "CopyTable", "LoadTables", "PlanCopy", "StartExport")]
    public void Definition_TransientLeaf_IsRetriedWhereItCanHappen(string error, params string[] tasks)
    {
        var retrying = States(ShippedMachine.Raw)
            .Where(state => state.Body["Retry"]?.AsArray().Any(retrier => Names(retrier!).Contains(error)) == true)
            .Select(state => state.Name);

        Assert.Equal(tasks, retrying.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Definition_NoPathIndexesAnArray_SoThatOtherInterpretersAgree() =>
        Assert.DoesNotContain("[0]", ShippedMachine.Raw, StringComparison.Ordinal);

    private static Dictionary<string, Type> Leaves() => typeof(BridgeException).Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(typeof(BridgeException)) && !type.IsAbstract)
        .ToDictionary(type => type.Name);

    private static IReadOnlyList<string> OwnErrors() =>
    [
        .. States(ShippedMachine.Raw)
            .SelectMany(state => state.Body["Retry"]?.AsArray() ?? [])
            .SelectMany(retrier => Names(retrier!))
            .Where(name => !PlatformPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
            .Distinct(),
    ];

    private static IEnumerable<(string Name, JsonObject Body)> States(string definition) => States(JsonNode.Parse(definition)!.AsObject());

    private static IEnumerable<(string Name, JsonObject Body)> States(JsonObject flow)
    {
        foreach (var (name, body) in flow["States"]!.AsObject())
        {
            var state = body!.AsObject();
            yield return (name, state);
            if (state["ItemProcessor"] is JsonObject inner)
            {
                foreach (var nested in States(inner))
                {
                    yield return nested;
                }
            }
        }
    }

    private static IReadOnlyList<string> Names(JsonNode retrier) => [.. retrier["ErrorEquals"]!.AsArray().Select(name => Text(name)!)];

    private static string? Text(JsonNode? node) => node?.GetValue<string>();
}
