using Amazon.Lambda.Core;

namespace SnapshotBridge.IntegrityMatrix;

/// <summary>A sandbox with a minute for each invocation, whose log nobody reads.</summary>
internal sealed class SandboxContext : ILambdaContext, ILambdaLogger
{
    public string AwsRequestId => "matrix";

    public IClientContext ClientContext => null!;

    public string FunctionName => "CopyTable";

    public string FunctionVersion => "$LATEST";

    public ICognitoIdentity Identity => null!;

    public string InvokedFunctionArn => "arn:aws:lambda:us-east-1:123456789012:function:CopyTable";

    public ILambdaLogger Logger => this;

    public string LogGroupName => "/aws/lambda/CopyTable";

    public string LogStreamName => "matrix";

    public int MemoryLimitInMB => 512;

    public TimeSpan RemainingTime => TimeSpan.FromMinutes(1);

    public void Log(string message)
    {
    }

    public void LogLine(string message)
    {
    }
}
