using System.Text.Json.Nodes;
using SnapshotBridge.Local.StateMachine.Asl;

namespace SnapshotBridge.Deployment.Tests.Kit;

/// <summary>How the template connects the state machine's file with its resources.</summary>
internal static class StateMachineWiring
{
    public static (string Id, JsonObject Properties) Machine { get; } = SamTemplate.Shipped.OfType("AWS::Serverless::StateMachine").Single();

    public static JsonObject Substitutions { get; } = Machine.Properties["DefinitionSubstitutions"]!.AsObject();

    /// <summary>The function that a placeholder stands for: <c>${X}</c> is given as <c>!GetAtt Function.Arn</c>.</summary>
    public static string FunctionBehind(string placeholder)
    {
        var name = Assert.Single(DefinitionSubstitutions.Names(placeholder));
        var reference = Assert.Single(SamTemplate.References(Substitutions[name]));
        Assert.EndsWith(".Arn", reference, StringComparison.Ordinal);
        return reference[..^".Arn".Length];
    }

    /// <summary>The functions that the Task states invoke.</summary>
    public static IEnumerable<string> InvokedFunctions => ShippedMachine.Tasks
        .Select(task => FunctionBehind(SamTemplate.Text(task.Body["Parameters"]!["FunctionName"])!))
        .Distinct()
        .Order(StringComparer.Ordinal);
}
