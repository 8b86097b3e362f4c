using Amazon.StepFunctions;
using Amazon.StepFunctions.Model;
using SnapshotBridge.Aws;
using SnapshotBridge.Errors;

namespace SnapshotBridge.Exports;

/// <summary>Callbacks to Step Functions. A token that nobody waits for any more is an outcome, not an error.</summary>
public sealed class StepFunctionsCallbacks(IAmazonStepFunctions stepFunctions) : ITaskCallbacks
{
    // The token is a secret, so an error names the action alone.
    private const string Target = "the waiting execution";

    /// <inheritdoc />
    public Task<CallbackOutcome> SucceedAsync(string taskToken, string outputJson, CancellationToken cancellationToken) =>
        SendAsync(
            token => stepFunctions.SendTaskSuccessAsync(new SendTaskSuccessRequest { TaskToken = taskToken, Output = outputJson }, token),
            "states:SendTaskSuccess",
            taskToken,
            cancellationToken);

    /// <inheritdoc />
    public Task<CallbackOutcome> FailAsync(string taskToken, string error, string cause, CancellationToken cancellationToken) =>
        SendAsync(
            token => stepFunctions.SendTaskFailureAsync(new SendTaskFailureRequest { TaskToken = taskToken, Error = error, Cause = cause }, token),
            "states:SendTaskFailure",
            taskToken,
            cancellationToken);

    private static async Task<CallbackOutcome> SendAsync(
        Func<CancellationToken, Task> send, string operation, string taskToken, CancellationToken cancellationToken)
    {
        try
        {
            await send(cancellationToken);
            return CallbackOutcome.Accepted;
        }
        catch (TaskTimedOutException)
        {
            return CallbackOutcome.TimedOut;
        }
        catch (Exception exception) when (exception is TaskDoesNotExistException or InvalidTokenException)
        {
            return CallbackOutcome.Unknown;
        }
        catch (Exception exception) when (AwsErrors.Kind(exception, cancellationToken) is { } kind)
        {
            // The service's validation messages quote the token, so neither they nor the original exception go further as they are.
            var detail = AwsErrors.Describe(exception).Replace(taskToken, "(token)", StringComparison.Ordinal);
            throw kind switch
            {
                AwsErrorKind.Transient => new AwsServiceUnavailableException(operation, Target, detail),
                AwsErrorKind.AccessDenied => new AwsAccessDeniedException(operation, Target, detail),
                _ => new AwsRequestFailedException(operation, Target, detail),
            };
        }
    }
}
