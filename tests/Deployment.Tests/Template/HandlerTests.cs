using System.Reflection;
using Amazon.Lambda.Core;
using SnapshotBridge.Deployment.Tests.Code;
using SnapshotBridge.Deployment.Tests.Kit;

namespace SnapshotBridge.Deployment.Tests.Template;

/// <summary>Every file, assembly, type and method that the template names exists and can be called by Lambda.</summary>
public sealed class HandlerTests
{
    public static TheoryData<string> Functions => [.. FunctionCode.Ids];

    [Theory]
    [MemberData(nameof(Functions))]
    public void Handler_OfAFunction_CanBeInvoked(string id)
    {
        var code = FunctionCode.Of(id);

        var parameters = code.Handler.GetParameters();
        Assert.InRange(parameters.Length, 1, 2);
        Assert.True(parameters.Length == 1 || parameters[1].ParameterType == typeof(ILambdaContext), $"{id}: the second parameter must be the context.");
        Assert.True(typeof(Task).IsAssignableFrom(code.Handler.ReturnType), $"{id}: the handler is not awaited.");
        Assert.False(code.Handler.IsStatic);
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void Assembly_OfAFunction_NamesASerializerThatCanBeCreated(string id)
    {
        var code = FunctionCode.Of(id);

        var attribute = code.Handler.GetCustomAttribute<LambdaSerializerAttribute>() ?? code.Assembly.GetCustomAttribute<LambdaSerializerAttribute>();

        Assert.NotNull(attribute);
        Assert.IsType<ILambdaSerializer>(Activator.CreateInstance(attribute.SerializerType), exactMatch: false);
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void CodeUri_OfAFunction_HoldsTheProjectOfItsAssembly(string id)
    {
        var folder = SamTemplate.Text(SamTemplate.Shipped.Properties(id)["CodeUri"]) ?? SamTemplate.Text(SamTemplate.Shipped.FunctionGlobals["CodeUri"]);
        var assembly = FunctionCode.Of(id).Assembly.GetName().Name!;

        Assert.NotNull(folder);
        // Built from the root, the project is named in the Makefile; else CodeUri is its folder.
        Assert.True(
            File.Exists(Repository.Path(folder, $"{assembly}.csproj")) || File.Exists(Repository.Path(folder, "functions", assembly, $"{assembly}.csproj")),
            $"{id}: CodeUri {folder} holds no {assembly}.csproj.");
    }

    [Fact]
    public void DefinitionUri_OfTheStateMachine_Exists()
    {
        var (_, machine) = Assert.Single(SamTemplate.Shipped.OfType("AWS::Serverless::StateMachine"));

        Assert.Equal(Repository.Path("statemachine", "snapshot-bridge.asl.json"), Repository.Path(SamTemplate.Text(machine["DefinitionUri"])!));
        Assert.True(File.Exists(Repository.Path(SamTemplate.Text(machine["DefinitionUri"])!)));
    }

    [Fact]
    public void Handlers_OfAllFunctions_AreAllHandlersThatThereAre()
    {
        var named = FunctionCode.Ids.Select(id => FunctionCode.Of(id).Type).ToHashSet();

        var there = named.Select(type => type.Assembly).Distinct()
            .SelectMany(assembly => assembly.GetExportedTypes())
            .Where(type => type.GetMethods().Any(method => method.GetParameters().Any(parameter => parameter.ParameterType == typeof(ILambdaContext))));

        Assert.Equal(named.Select(type => type.FullName).Order(StringComparer.Ordinal), there.Select(type => type.FullName).Order(StringComparer.Ordinal));
    }
}
