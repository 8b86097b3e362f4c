using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using SnapshotBridge.Aws;
using SnapshotBridge.Copying;
using SnapshotBridge.Errors;

namespace SnapshotBridge.CopyTable;

/// <summary>
/// One S3 bucket as the place where objects come from. Bytes are read past the SDK's pipeline; whatever is not plainly
/// the wanted bytes or a sign of overload, such as a redirect, a refusal or a clock that is off, the SDK is asked about,
/// which repeats requests and knows what answers mean. This class continues bodies that break off or stand still, from
/// the byte where they did, always of the same version (If-Match).
/// </summary>
/// <param name="s3">The client.</param>
/// <param name="downloads">How bytes are read.</param>
/// <param name="bucket">The bucket.</param>
/// <param name="options">How patient to be.</param>
/// <param name="throttled">Called whenever S3 asks for fewer requests.</param>
public sealed class S3ObjectSource(IAmazonS3 s3, S3Downloads downloads, string bucket, S3SourceOptions options, Action throttled) : IObjectSource
{
    public async Task<SourceObject> DescribeAsync(string key, CancellationToken cancellationToken)
    {
        var request = new GetObjectMetadataRequest { BucketName = bucket, Key = key, ChecksumMode = ChecksumMode.ENABLED };
        try
        {
            var found = await s3.GetObjectMetadataAsync(request, cancellationToken);
            return new SourceObject(found.ContentLength, found.ETag, S3Checksums.Of(found));
        }
        catch (Exception exception) when (Translate(exception, "HeadObject", key, eTag: null, cancellationToken) is { } translated)
        {
            throw translated;
        }
    }

    public async Task<SourcePart?> DescribePartAsync(string key, string eTag, int number, CancellationToken cancellationToken)
    {
        var request = new GetObjectMetadataRequest
        {
            BucketName = bucket, Key = key, EtagToMatch = eTag, PartNumber = number, ChecksumMode = ChecksumMode.ENABLED,
        };
        try
        {
            var found = await s3.GetObjectMetadataAsync(request, cancellationToken);
            var checksum = S3Checksums.Of(found);

            // An answer without a count is about the whole object; one with the composite value ('-') is not about the part.
            return found.PartsCount is > 0 and var count
                ? new SourcePart(count, found.ContentLength, checksum?.Value.Contains('-') == false ? checksum.Value : null)
                : null;
        }
        catch (Exception exception) when (Translate(exception, "HeadObject", key, eTag, cancellationToken) is { } translated)
        {
            throw translated;
        }
    }

    public Task<StoredChecksum?> ReadAsync(
        string key, string eTag, long sizeBytes, long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
        ReadAsync(key, eTag, sizeBytes, offset, buffer, _ => { }, cancellationToken);

    public async Task<StoredChecksum?> ReadAsync(
        string key, string eTag, long sizeBytes, long offset, Memory<byte> buffer, Action<int> received, CancellationToken cancellationToken)
    {
        var isWhole = offset == 0 && buffer.Length == sizeBytes;
        var progress = new ReadProgress(received);
        for (var breaks = 1; ; breaks++)
        {
            // The object's checksum comes with the whole object only; what continues a broken body is a range.
            var asWhole = isWhole && progress.Received == 0;
            var broke = await TryDownloadAsync(key, eTag, sizeBytes, offset, asWhole, buffer, progress, cancellationToken)
                ?? await TryReadAsync(key, eTag, sizeBytes, offset, asWhole, buffer, progress, cancellationToken);
            if (broke.Reason is not { } reason)
            {
                return progress.Stored;
            }

            var isAskedForLonger = broke.RetryAfter > options.LongestRetryAfter;
            if (breaks == options.MaxAttempts || isAskedForLonger)
            {
                var asked = isAskedForLonger ? $", Retry-After {broke.RetryAfter!.Value.TotalSeconds:0} s" : "";
                var (operation, detail) = ($"GetObject s3://{bucket}/{key}", $"{reason}{asked}; {breaks} attempts");
                throw broke.IsThrottle
                    ? new TransferThrottledException(operation, detail, progress.LastFailure)
                    : new TransferInterruptedException(operation, detail, progress.LastFailure);
            }

            // The jitter comes on top of a Retry-After: those who were all told the same do not come back all at once.
            var ceiling = Math.Min(options.LongestPause.TotalSeconds, options.FirstPause.TotalSeconds * Math.Pow(2, breaks - 1));
            var jitter = TimeSpan.FromSeconds(ceiling * Random.Shared.NextDouble());
            await Task.Delay((broke.RetryAfter ?? TimeSpan.Zero) + jitter, options.Time, cancellationToken);
        }
    }

    /// <summary>Reads on past the SDK until the buffer is full or the body breaks; null where the SDK has to be asked what the answer means.</summary>
    private async Task<Attempt?> TryDownloadAsync(
        string key, string eTag, long sizeBytes, long offset, bool asWhole, Memory<byte> buffer, ReadProgress progress, CancellationToken cancellationToken)
    {
        var from = offset + progress.Received;
        using var stall = new StallLimit(options.StallTimeout, options.Time, cancellationToken);
        HttpResponseMessage response;
        try
        {
            response = await downloads.OpenAsync(bucket, key, eTag, asWhole ? null : (from, offset + buffer.Length - 1), stall.Token);
        }
        catch (Exception exception) when (IsConnectionFailure(exception, cancellationToken))
        {
            progress.LastFailure = exception;
            return new Attempt($"no answer to the request for byte {from} ({exception.Message})");
        }
        catch (AmazonClientException)
        {
            // No credentials, no endpoint: the SDK says it in the way that everything else is told.
            return null;
        }

        using (response)
        {
            var status = (int)response.StatusCode;
            if (status is 429 or >= 500)
            {
                // S3 says SlowDown with 503; other 5xx are its own trouble, and a pause is as good an answer to them.
                var isThrottle = status is 429 or 503;
                if (isThrottle)
                {
                    throttled();
                }

                return new Attempt($"S3 answered {status}", isThrottle, RetryAfter(response));
            }

            if (!response.IsSuccessStatusCode)
            {
                return null;
            }

            CheckAnswer(key, eTag, sizeBytes, from, buffer.Length - progress.Received, response.Content.Headers.ContentLength ?? -1, response.Headers.ETag?.ToString());
            if (asWhole)
            {
                progress.Stored = S3Checksums.Of(response);
            }

            await using var body = await response.Content.ReadAsStreamAsync(stall.Token);
            var (reason, _) = await ReadBodyAsync(body, buffer, progress, cancellationToken);
            return reason is null && asWhole && progress.Stored is null && S3Checksums.IsMd5(response, eTag) && !S3Checksums.IsMd5Of(buffer.Span, eTag)
                ? Refused(key, eTag, progress, "the bytes have another MD5 than the ETag")
                : new Attempt(reason);
        }
    }

    /// <summary>Reads on through the SDK until the buffer is full or the body breaks.</summary>
    private async Task<Attempt> TryReadAsync(
        string key, string eTag, long sizeBytes, long offset, bool asWhole, Memory<byte> buffer, ReadProgress progress, CancellationToken cancellationToken)
    {
        var from = offset + progress.Received;
        var request = new GetObjectRequest { BucketName = bucket, Key = key, EtagToMatch = eTag };
        if (asWhole)
        {
            request.ChecksumMode = ChecksumMode.ENABLED;
        }
        else
        {
            request.ByteRange = new ByteRange(from, offset + buffer.Length - 1);
        }

        GetObjectResponse response;
        try
        {
            response = await s3.GetObjectAsync(request, cancellationToken);
        }
        catch (Exception exception) when (Translate(exception, "GetObject", key, eTag, cancellationToken) is { } translated)
        {
            throw translated;
        }

        string? reason;
        var refused = false;
        try
        {
            CheckAnswer(key, eTag, sizeBytes, from, buffer.Length - progress.Received, response.ContentLength, response.ETag);
            if (asWhole)
            {
                progress.Stored = S3Checksums.Of(response);
            }

            (reason, refused) = await ReadBodyAsync(response.ResponseStream, buffer, progress, cancellationToken);
        }
        finally
        {
            refused |= !TryClose(response);
        }

        // Where the object has a checksum of its own, the engine compares the same bytes and knows both values; else only
        // the SDK knows that they differ (an ETag that is an MD5).
        return reason is not null || !refused || progress.Stored is { IsFullObject: true }
            ? new Attempt(reason)
            : Refused(key, eTag, progress, "the SDK refused the bytes by their checksum");
    }

    /// <exception cref="ObjectCorruptedException">It is the second time.</exception>
    private static Attempt Refused(string key, string eTag, ReadProgress progress, string reason)
    {
        if (progress.WasRefused)
        {
            throw new ObjectCorruptedException(key, TransferLeg.Source, "MD5 (ETag)", eTag, "another value");
        }

        progress.WasRefused = true;
        progress.Restart();
        return new Attempt(reason);
    }

    private static void CheckAnswer(string key, string eTag, long sizeBytes, long from, long expected, long actual, string? answeredETag)
    {
        // If-Match asks for the version; an answer of another one, from whatever stands before the service, is not believed.
        if (actual != expected || (answeredETag is not null && answeredETag.Trim('"') != eTag.Trim('"')))
        {
            throw new SourceObjectChangedException(
                key, $"{sizeBytes} bytes, ETag {eTag}", $"{actual} bytes in answer to {expected} from {from}, ETag {answeredETag}");
        }
    }

    private static bool IsConnectionFailure(Exception exception, CancellationToken cancellationToken) =>
        exception is HttpRequestException or IOException or System.Net.Sockets.SocketException
        || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var wait = response.Headers.RetryAfter?.Delta ?? response.Headers.RetryAfter?.Date - options.Time.GetUtcNow();
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    /// <summary>
    /// Reads to the end of the buffer or to the break (why). Refused when the SDK says that the bytes have another
    /// checksum: it compares some kinds itself, and throws from the read that completes the body.
    /// </summary>
    private async Task<(string? Break, bool Refused)> ReadBodyAsync(
        Stream body, Memory<byte> buffer, ReadProgress progress, CancellationToken cancellationToken)
    {
        // A connection that trickles is as bad as one that stands still: the clock starts anew only after enough bytes.
        using var stall = new StallLimit(options.StallTimeout, options.Time, cancellationToken);
        var windowStart = progress.Received;
        try
        {
            while (progress.Received < buffer.Length)
            {
                var count = await body.ReadAsync(buffer[progress.Received..], stall.Token);
                if (count == 0)
                {
                    return ($"the body ended after {progress.Received} of {buffer.Length} bytes", false);
                }

                progress.Advance(count);
                if (progress.Received - windowStart >= options.StallBytes)
                {
                    stall.Renew();
                    windowStart = progress.Received;
                }
            }

            return (null, false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (
                $"the connection stood still: {progress.Received - windowStart} bytes in {options.StallTimeout.TotalSeconds:0.#} s, {progress.Received} of {buffer.Length} so far",
                false);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or WebException or System.Net.Sockets.SocketException)
        {
            progress.LastFailure = exception;
            return ($"the connection failed after {progress.Received} of {buffer.Length} bytes ({exception.Message})", false);
        }
        catch (AmazonClientException)
        {
            // The buffer is full at that point, although the read did not get to say so.
            progress.Advance(buffer.Length - progress.Received);
            return (null, true);
        }
    }

    /// <summary>Ends the response. The SDK compares checksums here too, also over a body that broke off.</summary>
    private static bool TryClose(GetObjectResponse response)
    {
        try
        {
            response.Dispose();
            return true;
        }
        catch (AmazonClientException)
        {
            return false;
        }
    }

    /// <summary>What a failed request means; null for a cancellation and for what is no failure of the request.</summary>
    private BridgeException? Translate(Exception exception, string operation, string key, string? eTag, CancellationToken cancellationToken)
    {
        var target = $"s3://{bucket}/{key}";
        if (exception is not AmazonServiceException { StatusCode: not 0 } service)
        {
            return AwsErrors.Kind(exception, cancellationToken) == AwsErrorKind.Transient
                ? new TransferInterruptedException($"{operation} {target}", AwsErrors.Describe(exception), exception)
                : AwsErrors.Wrap(exception, "s3:GetObject", target, bucket, cancellationToken);
        }

        switch (service.StatusCode)
        {
            case HttpStatusCode.PreconditionFailed:
            case HttpStatusCode.RequestedRangeNotSatisfiable:
                return new SourceObjectChangedException(key, $"ETag {eTag}", $"another version ({AwsErrors.Describe(service)})");
            case HttpStatusCode.NotFound when service.ErrorCode != "NoSuchBucket":
                return new SourceObjectMissingException(bucket, key, AwsErrors.Describe(service));
            case HttpStatusCode.ServiceUnavailable:
            case HttpStatusCode.TooManyRequests:
                throttled();
                return new TransferThrottledException($"{operation} {target}", AwsErrors.Describe(service), service);
            default:
                return AwsErrors.Wrap(service, "s3:GetObject", target, bucket, cancellationToken);
        }
    }

    /// <param name="Reason">Why the body broke; null when the buffer is full.</param>
    /// <param name="IsThrottle">True when S3 asked for fewer requests.</param>
    /// <param name="RetryAfter">How long S3 asked to wait.</param>
    private readonly record struct Attempt(string? Reason, bool IsThrottle = false, TimeSpan? RetryAfter = null);

    /// <summary>How far one read has come, over all its requests.</summary>
    private sealed class ReadProgress(Action<int> received)
    {
        public int Received { get; private set; }

        public StoredChecksum? Stored { get; set; }

        public Exception? LastFailure { get; set; }

        public bool WasRefused { get; set; }

        public void Advance(int count) => received(Received += count);

        /// <summary>What has come is not used.</summary>
        public void Restart() => received(Received = 0);
    }
}
