using SnapshotBridge.Errors;

namespace SnapshotBridge.Copying;

/// <summary>S3 or OCI kept answering 429 or 503 (or a spurious 404 for the bucket) until the attempts were used up: wait longer, then continue.</summary>
/// <param name="operation">The call and its target, such as <c>PutObject ns/bucket/name</c>; never a signed URL.</param>
/// <param name="reason">The service's last answer and the number of attempts.</param>
/// <param name="innerException">The client's own exception, if there is one.</param>
public sealed class TransferThrottledException(string operation, string reason, Exception? innerException = null)
    : BridgeException(
        $"{operation} was throttled: {reason}. The state machine waits and continues from the checkpoint; if this keeps happening lower MAX_CONCURRENCY of PlanCopy.",
        innerException), ITransientFailure;
