namespace SnapshotBridge.Local.StateMachine.Running;

/// <summary>How a function is called.</summary>
public enum LambdaInvocationType
{
    /// <summary>The caller waits for the result.</summary>
    RequestResponse,

    /// <summary>The call is queued and repeated up to twice when it fails.</summary>
    Event,
}

/// <summary>What the interpreter needs of Lambda.</summary>
public interface ILambdaInvoker
{
    /// <summary>Calls a function. An error of the function itself is part of the result.</summary>
    /// <param name="functionName">Its name or ARN.</param>
    /// <param name="payload">JSON in UTF-8.</param>
    /// <param name="type">Whether to wait for the result.</param>
    /// <param name="cancellationToken">Ends the waiting for the result; a function that runs goes on, as in AWS.</param>
    /// <exception cref="LambdaServiceException">Lambda refused the call.</exception>
    Task<LambdaInvocationResult> InvokeAsync(
        string functionName, ReadOnlyMemory<byte> payload, LambdaInvocationType type, CancellationToken cancellationToken);
}

/// <summary>How one call ended.</summary>
/// <param name="StatusCode">200 for a synchronous call, 202 for an asynchronous one.</param>
/// <param name="FunctionError">Null for success, else <c>Unhandled</c>.</param>
/// <param name="Payload">The function's response, or the JSON of its error.</param>
/// <param name="RequestId">The invocation's id.</param>
public sealed record LambdaInvocationResult(int StatusCode, string? FunctionError, ReadOnlyMemory<byte> Payload, string RequestId)
{
    public string ExecutedVersion { get; init; } = "$LATEST";
}

/// <summary>Lambda itself refused a call.</summary>
/// <param name="code">The service's error code, such as <c>TooManyRequestsException</c>; the state machine sees it as <c>Lambda.TooManyRequestsException</c>.</param>
/// <param name="statusCode">The HTTP status of the service's answer.</param>
/// <param name="message">What is wrong.</param>
public sealed class LambdaServiceException(string code, int statusCode, string message) : Exception(message)
{
    public string Code { get; } = code;

    public int StatusCode { get; } = statusCode;
}
