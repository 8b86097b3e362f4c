namespace Amazon.Lambda.Core;

/// <summary>What a handler is told about its invocation.</summary>
public interface ILambdaContext
{
    string AwsRequestId { get; }

    IClientContext ClientContext { get; }

    string FunctionName { get; }

    string FunctionVersion { get; }

    ICognitoIdentity Identity { get; }

    string InvokedFunctionArn { get; }

    ILambdaLogger Logger { get; }

    string LogGroupName { get; }

    string LogStreamName { get; }

    int MemoryLimitInMB { get; }

    /// <summary>Time until the service ends the invocation.</summary>
    TimeSpan RemainingTime { get; }

    string TenantId => "";

    string TraceId => "";

    ILambdaSerializer Serializer => null;
}

/// <summary>The mobile client behind the invocation, if any.</summary>
public interface IClientContext
{
    IDictionary<string, string> Environment { get; }

    IClientApplication Client { get; }

    IDictionary<string, string> Custom { get; }
}

/// <summary>The mobile application behind the invocation, if any.</summary>
public interface IClientApplication
{
    string AppPackageName { get; }

    string AppTitle { get; }

    string AppVersionCode { get; }

    string AppVersionName { get; }

    string InstallationId { get; }
}

/// <summary>The Cognito identity behind the invocation, if any.</summary>
public interface ICognitoIdentity
{
    string IdentityId { get; }

    string IdentityPoolId { get; }
}
