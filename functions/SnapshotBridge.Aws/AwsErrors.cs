using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using SnapshotBridge.Errors;

namespace SnapshotBridge.Aws;

/// <summary>What a failed AWS call means for the run.</summary>
public enum AwsErrorKind
{
    /// <summary>Throttling, a 5xx, or no answer: the same request may work later.</summary>
    Transient,

    /// <summary>The role or the credentials are refused.</summary>
    AccessDenied,

    /// <summary>The S3 bucket does not exist here.</summary>
    BucketNotFound,

    /// <summary>The object, task or secret does not exist.</summary>
    NotFound,

    /// <summary>Anything else: the request is wrong and stays wrong.</summary>
    Final,
}

/// <summary>The one place that decides what an AWS failure means, and puts it into words.</summary>
public static class AwsErrors
{
    // The codes that AWS services use for throttling with a 4xx status: AWS SDK developer guides, "retry behavior".
    private static readonly HashSet<string> TransientCodes = new(StringComparer.Ordinal)
    {
        "BandwidthLimitExceeded", "LimitExceededException", "PriorRequestNotComplete", "ProvisionedThroughputExceededException",
        "RequestLimitExceeded", "RequestThrottled", "RequestThrottledException", "RequestTimeout", "RequestTimeoutException",
        "SlowDown", "ThrottledException", "Throttling", "ThrottlingException", "TooManyRequestsException", "TransactionInProgressException",
        "InternalFailure", "InternalError", "InternalException", "ServiceUnavailable", "KMSThrottlingException", "KmsThrottlingException", "KMS.ThrottlingException",
    };

    private static readonly HashSet<string> DeniedCodes = new(StringComparer.Ordinal)
    {
        "AccessDenied", "AccessDeniedException", "AuthFailure", "ExpiredToken", "ExpiredTokenException", "Forbidden", "IncompleteSignature",
        "InvalidAccessKeyId", "InvalidClientTokenId", "InvalidSignatureException", "MissingAuthenticationToken", "NotAuthorized", "OptInRequired",
        "RequestExpired", "SignatureDoesNotMatch", "UnauthorizedOperation", "UnrecognizedClientException",
    };

    /// <summary>Classifies a service's answer by its status (0 when there was none) and error code.</summary>
    public static AwsErrorKind Kind(int status, string? code)
    {
        code ??= "";
        if (TransientCodes.Contains(code) || status is 0 or 408 or 429 or >= 500)
        {
            return AwsErrorKind.Transient;
        }

        if (DeniedCodes.Contains(code) || status is 401 or 403)
        {
            return AwsErrorKind.AccessDenied;
        }

        return code switch
        {
            "NoSuchBucket" or "PermanentRedirect" or "AuthorizationHeaderMalformed" => AwsErrorKind.BucketNotFound,
            _ when status == 404 => AwsErrorKind.NotFound,
            _ => AwsErrorKind.Final,
        };
    }

    /// <summary>Classifies whatever an SDK call may throw; null for what is no failure of the call (a cancellation, a bug).</summary>
    public static AwsErrorKind? Kind(Exception exception, CancellationToken cancellationToken) => exception switch
    {
        OperationCanceledException when cancellationToken.IsCancellationRequested => null,
        // The client's own timeout looks like a cancellation.
        OperationCanceledException or TimeoutException => AwsErrorKind.Transient,
        AmazonServiceException service => Kind((int)service.StatusCode, service.ErrorCode),
        HttpRequestException or IOException or SocketException => AwsErrorKind.Transient,
        // No region, no credentials, an endpoint that is no URL.
        AmazonClientException => exception.InnerException is HttpRequestException or WebException or IOException
            ? AwsErrorKind.Transient
            : AwsErrorKind.Final,
        _ => null,
    };

    /// <summary>True where the request was refused for its time. The SDK has taken the service's time over by then, and tried again unless it had corrected it before.</summary>
    public static bool IsClockSkew(Exception exception) =>
        exception is AmazonServiceException { ErrorCode: "RequestTimeTooSkewed" or "RequestInTheFuture" };

    /// <summary>The service's clock, from the answer's Date header; null where it is not known.</summary>
    public static DateTimeOffset? ServiceTime(Exception exception) =>
        exception.InnerException is HttpErrorResponseException { Response: { } answer }
        && DateTimeOffset.TryParse(answer.GetHeaderValue("Date"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            ? date
            : null;

    /// <summary>The service's words, without the request's content.</summary>
    public static string Describe(Exception exception) => exception is AmazonServiceException { ErrorCode.Length: > 0 } service
        ? $"{(int)service.StatusCode} {service.ErrorCode}: {service.Message}"
        : $"{exception.GetType().Name}: {exception.Message}";

    /// <summary>
    /// The exception to throw instead of an SDK's, or null where the original should pass (a cancellation, a bug).
    /// </summary>
    /// <param name="exception">What the SDK threw.</param>
    /// <param name="operation">The IAM action, such as <c>s3:GetObject</c>: it is what a policy must allow.</param>
    /// <param name="target">What the call was about, such as <c>s3://bucket/key</c>.</param>
    /// <param name="bucket">The S3 bucket, where one is involved.</param>
    /// <param name="cancellationToken">The token that was given to the call.</param>
    public static BridgeException? Wrap(Exception exception, string operation, string target, string? bucket, CancellationToken cancellationToken) =>
        Kind(exception, cancellationToken) switch
        {
            null => null,
            AwsErrorKind.Transient => new AwsServiceUnavailableException(operation, target, Describe(exception), exception),
            AwsErrorKind.AccessDenied when IsClockSkew(exception) => new AwsClockSkewedException(
                operation, target, TimeProvider.System.GetUtcNow(), ServiceTime(exception), Describe(exception), exception),
            AwsErrorKind.AccessDenied => new AwsAccessDeniedException(operation, target, Describe(exception), exception),
            AwsErrorKind.BucketNotFound => new BucketNotFoundException(operation, bucket ?? target, exception),
            _ => new AwsRequestFailedException(operation, target, Describe(exception), exception),
        };

    /// <summary>Runs one SDK call and gives its failure the meaning that <see cref="Wrap"/> finds.</summary>
    public static async Task<T> CallAsync<T>(
        Func<CancellationToken, Task<T>> call,
        string operation,
        string target,
        string? bucket,
        CancellationToken cancellationToken)
    {
        try
        {
            return await call(cancellationToken);
        }
        catch (Exception exception) when (Wrap(exception, operation, target, bucket, cancellationToken) is { } wrapped)
        {
            throw wrapped;
        }
    }
}
