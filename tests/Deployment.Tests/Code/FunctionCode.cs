using System.Collections.Concurrent;
using System.Reflection;
using SnapshotBridge.Deployment.Tests.Kit;

namespace SnapshotBridge.Deployment.Tests.Code;

/// <summary>A request that a function's code can send to AWS, and the types of ours that send it.</summary>
internal sealed record AwsOperation(string Service, string Name, IReadOnlyList<string> Callers, string Way)
{
    public override string ToString() => $"{Service}.{Name}";
}

/// <summary>One of the template's functions as it was compiled.</summary>
internal sealed class FunctionCode
{
    private static readonly ConcurrentDictionary<string, FunctionCode> Known = new();

    private FunctionCode(string id)
    {
        Id = id;
        var parts = (SamTemplate.Text(SamTemplate.Shipped.Properties(id)["Handler"]) ?? "").Split("::");
        Assert.True(parts.Length == 3, $"{id}: the handler must be Assembly::Type::Method.");
        Assembly = Assembly.Load(parts[0]);
        Type = Assembly.GetType(parts[1]) ?? throw new InvalidDataException($"{id}: {parts[0]} has no type {parts[1]}.");
        Handler = Type.GetMethod(parts[2]) ?? throw new InvalidDataException($"{id}: {parts[1]} has no public method {parts[2]}.");
        // The constructor that Lambda calls.
        var constructor = Type.GetConstructor([]) ?? throw new InvalidDataException($"{id}: {parts[1]} has no public constructor without parameters.");
        Reachable = new ReachableCode(constructor, Handler);
        Operations = [.. FindOperations(Reachable)];
    }

    /// <summary>The logical ids of the template's functions.</summary>
    public static IEnumerable<string> Ids => SamTemplate.Shipped.OfType("AWS::Serverless::Function").Select(function => function.Id);

    public string Id { get; }

    public Assembly Assembly { get; }

    public Type Type { get; }

    public MethodInfo Handler { get; }

    public ReachableCode Reachable { get; }

    /// <summary>Every operation of AWS that the code can call, by the SDK's name.</summary>
    public IReadOnlyList<AwsOperation> Operations { get; }

    public static FunctionCode Of(string id) => Known.GetOrAdd(id, key => new FunctionCode(key));

    private static IEnumerable<AwsOperation> FindOperations(ReachableCode code) =>
        from call in code.Calls
        let type = call.Callee.DeclaringType
        where type?.Namespace is { } space && space.StartsWith("Amazon.", StringComparison.Ordinal)
        let service = Client(type!) ?? Paginator(type!)
        where service is not null && !IsSetting(call.Callee)
        from name in Names(call)
        group call by (service, name) into calls
        orderby calls.Key.service, calls.Key.name
        select new AwsOperation(
            calls.Key.service!,
            calls.Key.name,
            [.. calls.Select(call => ReachableCode.Name(call.Caller).Split('.')[0]).Distinct().Order(StringComparer.Ordinal)],
            code.Way(calls.First().Caller));

    /// <summary>
    /// The method's name, or what we send ourselves: who asks the SDK for the endpoint of an operation shows it that
    /// operation's request.
    /// </summary>
    private static IEnumerable<string> Names(OutgoingCall call) => call.Callee.Name == "DetermineServiceOperationEndpoint"
        ? from reference in IntermediateCode.References(call.Caller)
          where reference.Member is ConstructorInfo && reference.Member.DeclaringType!.Name.EndsWith("Request", StringComparison.Ordinal)
          select reference.Member.DeclaringType!.Name[..^"Request".Length]
        : [call.Callee.Name.EndsWith("Async", StringComparison.Ordinal) ? call.Callee.Name[..^"Async".Length] : call.Callee.Name];

    /// <summary><c>IAmazonS3</c> and <c>AmazonS3Client</c> are S3.</summary>
    private static string? Client(Type type) => type switch
    {
        { IsInterface: true } when type.Name.StartsWith("IAmazon", StringComparison.Ordinal) && !type.Name.Contains("Factory", StringComparison.Ordinal) => type.Name["IAmazon".Length..],
        _ when type.Name.StartsWith("Amazon", StringComparison.Ordinal) && type.Name.EndsWith("Client", StringComparison.Ordinal) => type.Name["Amazon".Length..^"Client".Length],
        _ => null,
    };

    private static string? Paginator(Type type) =>
        type.Name.EndsWith("PaginatorFactory", StringComparison.Ordinal) ? type.Name.TrimStart('I')[..^"PaginatorFactory".Length] : null;

    private static bool IsSetting(MethodBase method) => method.IsConstructor || method.Name is "Dispose" or "get_Paginators" or "get_Config";
}
