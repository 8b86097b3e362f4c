using Microsoft.AspNetCore.Http;

namespace SnapshotBridge.Local.StateMachine.Http;

/// <summary>Checks a request's SigV4 signature.</summary>
/// <param name="request">The request.</param>
/// <param name="body">Its whole body.</param>
/// <param name="service">The service that the signature must be for, such as <c>states</c>.</param>
/// <returns>Null when the signature is right, else why not.</returns>
public delegate RequestRefusal? RequestVerifier(HttpRequest request, ReadOnlyMemory<byte> body, string service);

/// <summary>Why a request is refused.</summary>
/// <param name="StatusCode">The HTTP status, 400 or 403.</param>
/// <param name="Code">Such as <c>InvalidSignatureException</c>.</param>
/// <param name="Message">What is wrong with it.</param>
public sealed record RequestRefusal(int StatusCode, string Code, string Message);
