using System.Text.Json.Nodes;

namespace SnapshotBridge.PreflightTool;

/// <summary>
/// What the preflight asks of an AWS account with the caller's own rights. Documents have the shape in which the AWS CLI
/// prints them. Every failure is an <see cref="AccountException"/>.
/// </summary>
public interface IAccount
{
    /// <summary>sts get-caller-identity: <c>Arn</c>, <c>Account</c>.</summary>
    Task<JsonObject> CallerAsync(CancellationToken cancellationToken);

    /// <summary>cloudformation describe-stacks: the one stack of that name.</summary>
    Task<JsonObject> StackAsync(string name, CancellationToken cancellationToken);

    /// <summary>cloudformation list-stack-resources, over all pages: physical by logical id.</summary>
    Task<IReadOnlyDictionary<string, string>> ResourcesAsync(string stack, CancellationToken cancellationToken);

    /// <summary>iam get-role: <c>Role</c>'s content, with the trust policy as JSON.</summary>
    Task<JsonObject> RoleAsync(string roleName, CancellationToken cancellationToken);

    /// <summary>kms describe-key: <c>KeyMetadata</c>'s content.</summary>
    Task<JsonObject> KeyAsync(string keyId, CancellationToken cancellationToken);

    /// <summary>s3api get-bucket-encryption.</summary>
    Task<JsonObject> BucketEncryptionAsync(string bucket, CancellationToken cancellationToken);

    /// <summary>s3api get-bucket-notification-configuration; empty where the bucket has none.</summary>
    Task<JsonObject> BucketNotificationsAsync(string bucket, CancellationToken cancellationToken);

    /// <summary>lambda invoke, waiting for the answer.</summary>
    Task<Invocation> InvokeAsync(string functionName, JsonObject payload, CancellationToken cancellationToken);
}

/// <summary>One invocation's end.</summary>
/// <param name="IsError">True where the function threw or died.</param>
/// <param name="Payload">Its answer, or Lambda's description of the error.</param>
public sealed record Invocation(bool IsError, JsonNode? Payload);

/// <summary>The account refused a call, or could not be asked.</summary>
/// <param name="operation">The call, such as <c>iam get-role</c>.</param>
/// <param name="code">The service's error code; empty where there was no answer.</param>
/// <param name="message">What it said.</param>
public sealed class AccountException(string operation, string code, string message) : Exception($"{operation}: {(code.Length == 0 ? "" : $"{code}: ")}{message}")
{
    public string Code { get; } = code;

    /// <summary>True where the caller lacks the right to ask.</summary>
    public bool IsDenied => Code.Contains("AccessDenied", StringComparison.OrdinalIgnoreCase) || Code is "UnauthorizedOperation" or "AuthorizationError";
}
