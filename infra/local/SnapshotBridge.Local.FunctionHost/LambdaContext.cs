using Amazon.Lambda.Core;

namespace SnapshotBridge.Local.FunctionHost;

/// <summary>What a handler is told about its invocation.</summary>
internal sealed class LambdaContext(Invocation invocation, JsonLog log) : ILambdaContext
{
    public string AwsRequestId => invocation.RequestId;

    public string InvokedFunctionArn => invocation.FunctionArn;

    public string TraceId => invocation.TraceId;

    public required string FunctionName { get; init; }

    public required string FunctionVersion { get; init; }

    public required string LogGroupName { get; init; }

    public required string LogStreamName { get; init; }

    public required int MemoryLimitInMB { get; init; }

    public required ILambdaSerializer? Serializer { get; init; }

    public ILambdaLogger Logger => log;

    // Only mobile clients have these.
    public IClientContext ClientContext => null!;

    public ICognitoIdentity Identity => null!;

    public TimeSpan RemainingTime => invocation.Deadline - DateTimeOffset.UtcNow;
}
