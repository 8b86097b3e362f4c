namespace SnapshotBridge.Errors;

/// <summary>OCI no longer honours a pre-authenticated request, or it does not cover what was asked.</summary>
/// <param name="operation">The call and its target, without the PAR's URL.</param>
/// <param name="status">The HTTP status.</param>
/// <param name="code">OCI's error code, or null where the answer was not one of OCI's.</param>
/// <param name="requestId">The service's <c>opc-request-id</c>, for a support request.</param>
public sealed class ParRejectedException(string operation, int status, string? code, string? requestId)
    : BridgeException($"OCI refused {operation} through the pre-authenticated request (PAR): {status} {code ?? "(no code)"}. "
        + "It has expired or was deleted, or its creator lost the permission it grants, or the name lies outside its prefix: "
        + $"run the load again, which creates a new one. opc-request-id: {requestId ?? "none"}")
{
    public int Status { get; } = status;
}
