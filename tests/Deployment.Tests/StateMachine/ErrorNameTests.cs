using System.Text.Json.Nodes;
using SnapshotBridge.Deployment.Tests.Code;
using SnapshotBridge.Deployment.Tests.Kit;
using SnapshotBridge.Errors;

namespace SnapshotBridge.Deployment.Tests.StateMachine;

/// <summary>The errors that the state machine retries are those that pass, and each of them is retried wherever it can come from.</summary>
public sealed class ErrorNameTests
{
    private static readonly string[] PlatformPrefixes = ["Lambda.", "States.", "Sandbox.", "Runtime."];

    private static readonly string[] LambdaErrors =
        ["Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.TooManyRequestsException"];

    public static TheoryData<string> Tasks => [.. ShippedMachine.Tasks.Select(task => task.Name)];

    [Fact]
    public void RetriedErrors_OfTheStateMachine_AreTheTransientExceptionsOfCore() => Assert.Equal(
        Transient().Select(type => type.Name).Order(StringComparer.Ordinal),
        ShippedMachine.Tasks.SelectMany(task => OwnErrors(task.Body)).Distinct().Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Tasks))]
    public void RetriedErrors_OfATask_AreTheTransientExceptionsThatItsFunctionCanThrow(string name)
    {
        var task = Task(name);
        var function = FunctionCode.Of(FunctionOf(task));
        var thrown =
            from method in function.Reachable.Methods
            from reference in IntermediateCode.References(method)
            where reference.Member is System.Reflection.ConstructorInfo
            let type = reference.Member.DeclaringType!
            where typeof(ITransientFailure).IsAssignableFrom(type)
            select type.Name;

        Assert.Equal(thrown.Distinct().Order(StringComparer.Ordinal), OwnErrors(task).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Tasks))]
    public void Task_EveryOne_HasATimeoutAndRetriesLambdasOwnErrorsWithJitterAndCap(string name)
    {
        var task = Task(name);

        Assert.True(task["TimeoutSeconds"] is not null || task["TimeoutSecondsPath"] is not null, $"{name} has no timeout.");
        var retrier = Assert.Single(
            task["Retry"]!.AsArray(),
            retrier => LambdaErrors.All(error => retrier!["ErrorEquals"]!.AsArray().Any(item => SamTemplate.Text(item) == error)));
        Assert.Equal("FULL", SamTemplate.Text(retrier!["JitterStrategy"]));
        Assert.NotNull(retrier["MaxDelaySeconds"]);
        Assert.True(retrier["BackoffRate"]!.GetValue<double>() >= 2);
    }

    /// <summary>Else the state machine would give an invocation up that still works, and start another beside it.</summary>
    [Theory]
    [MemberData(nameof(Tasks))]
    public void Timeout_OfATask_IsLongerThanItsFunctions(string name)
    {
        var task = Task(name);
        var function = SamTemplate.Shipped.Properties(FunctionOf(task));

        var seconds = int.Parse(SamTemplate.Text(function["Timeout"])!, System.Globalization.CultureInfo.InvariantCulture);

        Assert.True(task["TimeoutSeconds"]!.GetValue<int>() > seconds, $"{name} times out before its function does ({seconds} s).");
    }

    [Fact]
    public void Exceptions_OfCoreAndFunctions_AreSealedLeavesWithUniqueNames()
    {
        var types = FunctionCode.Ids.Select(id => FunctionCode.Of(id).Assembly).Append(typeof(BridgeException).Assembly).Distinct()
            .SelectMany(assembly => assembly.GetTypes())
            .Where(typeof(BridgeException).IsAssignableFrom)
            .ToList();

        Assert.All(types, type => Assert.True(type.IsSealed || type.IsAbstract, $"{type.FullName} must be sealed: a subclass would report another name."));
        Assert.All(types.GroupBy(type => type.Name), group => Assert.Single(group));
        Assert.All(types.Where(type => !type.IsAbstract), type => Assert.EndsWith("Exception", type.Name, StringComparison.Ordinal));
    }

    private static IEnumerable<Type> Transient() =>
        typeof(ITransientFailure).Assembly.GetTypes().Where(type => type.IsClass && typeof(ITransientFailure).IsAssignableFrom(type));

    private static JsonObject Task(string name) => ShippedMachine.Tasks.Single(task => task.Name == name).Body;

    private static IEnumerable<string> OwnErrors(JsonObject state) => ShippedMachine.ErrorNames(state)
        .Where(name => !PlatformPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)));

    private static string FunctionOf(JsonObject task) => StateMachineWiring.FunctionBehind(SamTemplate.Text(task["Parameters"]!["FunctionName"])!);
}
