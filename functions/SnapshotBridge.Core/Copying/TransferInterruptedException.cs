using SnapshotBridge.Errors;

namespace SnapshotBridge.Copying;

/// <summary>A connection to S3 or OCI failed, ended early or stood still until the attempts were used up: continue in a new invocation.</summary>
/// <param name="operation">The call and its target, such as <c>GetObject bucket/key</c>; never a signed URL.</param>
/// <param name="reason">What happened and the number of attempts.</param>
/// <param name="innerException">The socket's or client's own exception.</param>
public sealed class TransferInterruptedException(string operation, string reason, Exception? innerException = null)
    : BridgeException(
        $"{operation} was interrupted: {reason}. The state machine continues from the checkpoint; if this keeps happening check the function's network (VPC routes, NAT, endpoints, DNS).",
        innerException), ITransientFailure;
