using System.Globalization;

namespace SnapshotBridge.Errors;

/// <summary>OCI answered 401: it does not accept the signature. Final until the API key, its owner or the clock is put right.</summary>
/// <param name="operation">The call that was refused.</param>
/// <param name="keyId">Tenancy, user and fingerprint as they were sent; none of them is secret.</param>
/// <param name="clockSkew">Our clock minus the service's, from the answer's Date header; null where it sent none.</param>
/// <param name="requestId">The service's <c>opc-request-id</c>, for a support request.</param>
public sealed class OciAuthenticationFailedException(string operation, string keyId, TimeSpan? clockSkew, string? requestId)
    : BridgeException(Describe(operation, keyId, clockSkew, requestId))
{
    public TimeSpan? ClockSkew { get; } = clockSkew;

    public string? RequestId { get; } = requestId;

    private static string Describe(string operation, string keyId, TimeSpan? clockSkew, string? requestId)
    {
        var clock = clockSkew is { } skew
            ? $"this machine's clock is {Math.Abs(skew.TotalSeconds).ToString("F0", CultureInfo.InvariantCulture)} s {(skew >= TimeSpan.Zero ? "ahead of" : "behind")} the service's (more than 300 s is refused)"
            : "the answer held no Date to compare this machine's clock with (more than 300 s apart is refused)";
        return $"OCI refused to authenticate {operation} as {keyId} (401 NotAuthenticated): the tenancy, the user or the fingerprint is wrong, "
            + $"or the API key was deleted, or it belongs to another user; {clock}. "
            + $"Compare the secret with the user's API keys in the OCI console. opc-request-id: {requestId ?? "none"}";
    }
}
