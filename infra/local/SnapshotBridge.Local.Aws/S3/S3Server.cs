using Microsoft.AspNetCore.Http;
using SnapshotBridge.Local.Aws.Http;
using SnapshotBridge.Local.Aws.Signing;

namespace SnapshotBridge.Local.Aws.S3;

/// <summary>How the S3 endpoint is reached.</summary>
public sealed record S3ServerOptions : AwsServerOptions
{
    /// <summary>Hosts of the form <c>bucket.domain</c> name the bucket, a domain alone or any other host means path style; the first that fits counts.</summary>
    public IReadOnlyList<string> VirtualHostDomains { get; init; } = ["s3.localhost", "localhost", "s3.amazonaws.com"];
}

/// <summary>S3 on the loopback interface: signatures, checksums and conditions checked as S3 checks them, every object as if encrypted with KMS.</summary>
public sealed class S3Server : IAsyncDisposable
{
    private readonly S3ServerOptions _options;
    private readonly Dictionary<string, Func<S3Call, Task>> _operations;
    private LoopbackServer? _server;

    private S3Server(S3Store store, S3ServerOptions options)
    {
        Store = store;
        _options = options;
        var lists = new S3ListOperations(store, options.AccountId);
        var buckets = new S3BucketOperations(store, options.Region, options.AccountId);
        var objects = new S3ObjectOperations(store, new S3BodyWriter(store, Faults, options.Clock), Faults);
        var uploads = new S3MultipartOperations(store, Faults, options.AccountId);
        _operations = new Dictionary<string, Func<S3Call, Task>>
        {
            ["ListBuckets"] = buckets.ListBucketsAsync,
            ["CreateBucket"] = buckets.CreateBucketAsync,
            ["HeadBucket"] = buckets.HeadBucketAsync,
            ["DeleteBucket"] = buckets.DeleteBucketAsync,
            ["GetBucketLocation"] = buckets.GetBucketLocationAsync,
            ["GetBucketVersioning"] = buckets.GetBucketVersioningAsync,
            ["GetBucketEncryption"] = buckets.GetBucketEncryptionAsync,
            ["GetBucketNotificationConfiguration"] = buckets.GetBucketNotificationConfigurationAsync,
            ["ListObjects"] = lists.ListObjectsAsync,
            ["ListObjectsV2"] = lists.ListObjectsV2Async,
            ["GetObject"] = objects.GetObjectAsync,
            ["HeadObject"] = objects.HeadObjectAsync,
            ["PutObject"] = objects.PutObjectAsync,
            ["CopyObject"] = objects.CopyObjectAsync,
            ["DeleteObject"] = objects.DeleteObjectAsync,
            ["DeleteObjects"] = objects.DeleteObjectsAsync,
            ["CreateMultipartUpload"] = uploads.CreateAsync,
            ["UploadPart"] = uploads.UploadPartAsync,
            ["CompleteMultipartUpload"] = uploads.CompleteAsync,
            ["AbortMultipartUpload"] = uploads.AbortAsync,
            ["ListParts"] = uploads.ListPartsAsync,
            ["ListMultipartUploads"] = uploads.ListUploadsAsync,
        };
    }

    /// <summary>Where it listens.</summary>
    public Uri Endpoint => _server!.Endpoint;

    /// <summary>The objects behind it.</summary>
    public S3Store Store { get; }

    /// <summary>What goes wrong on purpose.</summary>
    public S3Faults Faults { get; } = new();

    /// <summary>What it was asked and how it answered.</summary>
    public S3RequestLog Requests { get; } = new();

    /// <summary>Starts the endpoint over <paramref name="store"/>, which the caller keeps owning.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<S3Server> StartAsync(S3Store store, S3ServerOptions options, CancellationToken cancellationToken = default)
    {
        var server = new S3Server(store, options);
        server._server = await LoopbackServer.StartAsync(options.Port, server.AnswerAsync, cancellationToken);
        return server;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server!.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var time = _options.Clock.GetUtcNow();
        var call = S3Router.Route(context, _options.VirtualHostDomains);
        call.Note = () => Note(call, time);
        var requestId = Convert.ToHexString(Guid.NewGuid().ToByteArray().AsSpan(0, 8));
        var hostId = Convert.ToBase64String(Guid.NewGuid().ToByteArray());
        context.Response.Headers["x-amz-request-id"] = requestId;
        context.Response.Headers["x-amz-id-2"] = hostId;
        context.Response.Headers.Server = "AmazonS3";
        context.Response.Headers.Date = time.ToString("R");
        try
        {
            await ServeAsync(call);
        }
        catch (Exception exception) when (!call.IsCut && !context.RequestAborted.IsCancellationRequested)
        {
            var error = Translate(exception);
            if (error.Code == "InternalError" && exception is not S3Exception && _options.Logger is { } logger)
                Log.OperationFailed(logger, "s3", call.Operation, exception);
            call.ErrorCode = error.Code;
            // Too late for an error document: the caller must notice that the body ends short.
            if (context.Response.HasStarted)
                context.Abort();
            else
                await call.WriteXmlAsync(error.StatusCode, S3Xml.Error(error, call.Target.Path, requestId, hostId));
        }
        catch (OperationCanceledException)
        {
            // The caller has gone, or a fault has cut the connection: nobody is left to answer.
            call.ErrorCode = "ConnectionClosed";
        }
        finally
        {
            call.Answered();
        }
    }

    private void Note(S3Call call, DateTimeOffset time) => Requests.Add(new S3LogEntry(
        time, call.Request.Method, call.Operation, call.Bucket, call.Key, call.Header("Range"),
        call.Response.StatusCode, call.ErrorCode, call.BytesSent) { UserAgent = call.Header("User-Agent") });

    private async Task ServeAsync(S3Call call)
    {
        Authenticate(call);
        call.Fault = Faults.Begin(call.Operation, call.Bucket, call.Key, call.Header("Range"));
        foreach (var fault in Faults.Take(call.Fault, fault => IsBeforeBody(fault, call.Operation)))
        {
            if (fault.DelayBefore is { } delay)
                await Task.Delay(delay, _options.Clock, call.Aborted);
            if (fault.Error is { } error)
                throw error;
            if (fault.ResetAfter is not null)
            {
                call.ErrorCode = "ConnectionClosed";
                call.Cut();
                throw new OperationCanceledException();
            }
        }

        call.LosesAnswer = Faults.Take(call.Fault, fault => fault.LosesAnswer).Count > 0;
        if (_operations.TryGetValue(call.Operation, out var operation))
            await operation(call);
        else if (call.Operation == "MethodNotAllowed")
            throw new S3Exception("MethodNotAllowed", "The specified method is not allowed against this resource.", 405);
        else
            throw new S3Exception("NotImplemented", "This local endpoint does not play this operation.", 501);
        if (call.LosesAnswer)
        {
            call.ErrorCode = "ConnectionClosed";
            call.Cut();
            throw new OperationCanceledException();
        }
    }

    private static bool IsBeforeBody(S3Fault fault, string operation)
        => fault.DelayBefore is not null || fault.Error is not null || (fault.ResetAfter is not null && operation != "GetObject");

    private void Authenticate(S3Call call)
    {
        var declared = call.Header(SigV4.ContentSha256Header);
        var presigned = call.Query("X-Amz-Signature") is not null;
        if (presigned)
            declared = call.Query("X-Amz-Content-Sha256") ?? (declared.Length > 0 ? declared : SigV4.UnsignedPayload);
        var result = SigV4.VerifyPayloadHash(call.Request, declared, "s3", _options.Region, _options.AccessKeys, _options.Clock);
        if (!result.Succeeded)
            throw Refusal(result);
        if (declared.Length == 0)
            throw new S3Exception("InvalidRequest", "Missing required header for this request: x-amz-content-sha256", 400);
        if (!IsPayloadDeclaration(declared))
        {
            throw S3Exception.InvalidArgument(SigV4.ContentSha256Header, declared,
                "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, or a valid sha256 value.");
        }

        call.Chain = result.Chain;
    }

    private static bool IsPayloadDeclaration(string declared)
        => declared is SigV4.UnsignedPayload or "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
                or "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" or "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
            || (declared.Length == 64 && declared.All(char.IsAsciiHexDigitLower));

    private S3Exception Refusal(SigV4Result result) => result.Failure switch
    {
        SigV4Failure.Missing => new S3Exception("AccessDenied", "Access Denied", 403),
        SigV4Failure.UnsupportedMechanism => new S3Exception("InvalidRequest", result.Message, 400),
        SigV4Failure.Incomplete => new S3Exception("AuthorizationHeaderMalformed", $"The authorization header is malformed; {result.Message}", 400),
        SigV4Failure.WrongScope => new S3Exception("AuthorizationHeaderMalformed", $"The authorization header is malformed; {result.Message}", 400)
        {
            Details = [("Region", _options.Region)],
        },
        SigV4Failure.UnknownKey => new S3Exception("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403)
        {
            Details = [("AWSAccessKeyId", result.AccessKeyId ?? "")],
        },
        SigV4Failure.InvalidToken => new S3Exception("InvalidToken", result.Message, 400),
        SigV4Failure.Skewed => new S3Exception("RequestTimeTooSkewed", "The difference between the request time and the current time is too large.", 403)
        {
            Details = [("MaxAllowedSkewMilliseconds", "900000")],
        },
        SigV4Failure.Expired or SigV4Failure.UnsignedHeaders => new S3Exception("AccessDenied", result.Message, 403),
        _ => new S3Exception("SignatureDoesNotMatch", result.Message, 403) { Details = [("AWSAccessKeyId", result.AccessKeyId ?? "")] },
    };

    private static S3Exception Translate(Exception exception) => exception switch
    {
        S3Exception error => error,
        AwsChunkedException { Fault: AwsChunkedFault.SignatureMismatch } chunked => new S3Exception("SignatureDoesNotMatch", chunked.Message, 403),
        AwsChunkedException { Fault: AwsChunkedFault.MalformedTrailer } chunked => new S3Exception("MalformedTrailerError", chunked.Message, 400),
        AwsChunkedException { Fault: AwsChunkedFault.Incomplete } chunked => new S3Exception("IncompleteBody", chunked.Message, 400),
        AwsChunkedException chunked => new S3Exception("InvalidRequest", chunked.Message, 400),
        BadHttpRequestException bad => new S3Exception("IncompleteBody", bad.Message, 400),
        _ => new S3Exception("InternalError", "We encountered an internal error. Please try again.", 500),
    };
}
