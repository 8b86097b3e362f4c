namespace SnapshotBridge.Errors;

/// <summary>OCI rejected a request for a reason that a retry does not change.</summary>
/// <param name="operation">The call and its target.</param>
/// <param name="status">The HTTP status.</param>
/// <param name="code">OCI's error code, or null where the answer was not one of OCI's.</param>
/// <param name="reason">OCI's message.</param>
/// <param name="requestId">The service's <c>opc-request-id</c>, for a support request.</param>
public sealed class OciRequestRejectedException(string operation, int status, string? code, string reason, string? requestId)
    : BridgeException($"OCI rejected {operation}: {status} {code ?? "(no code)"}: {reason} opc-request-id: {requestId ?? "none"}")
{
    public int Status { get; } = status;

    public string? Code { get; } = code;

    public string? RequestId { get; } = requestId;
}
