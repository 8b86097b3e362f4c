namespace SnapshotBridge.Local.Aws.Protocols;

/// <summary>An error that a service's caller gets in the service's own form.</summary>
/// <param name="code">The wire code, for example <c>ExportTaskNotFound</c>.</param>
/// <param name="message">For the caller; no secrets.</param>
/// <param name="statusCode">The HTTP status.</param>
public sealed class AwsServiceException(string code, string message, int statusCode = 400) : Exception(message)
{
    /// <summary>The wire code.</summary>
    public string Code { get; } = code;

    /// <summary>The HTTP status.</summary>
    public int StatusCode { get; } = statusCode;
}
