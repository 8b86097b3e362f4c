namespace SnapshotBridge.Errors;

/// <summary>
/// An AWS service was throttling, failing or unreachable, and the SDK's own retries are used up. Transient: the state
/// machine tries the step again after a pause.
/// </summary>
public sealed class AwsServiceUnavailableException(string operation, string target, string detail, Exception? innerException = null)
    : BridgeException(
        $"{operation} on {target} failed for a passing reason ({detail}) after the SDK's own retries. "
        + "The step is tried again; if it keeps failing, look at the AWS Health Dashboard and at the function's network path to the service.",
        innerException), ITransientFailure;
