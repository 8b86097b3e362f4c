using System.Net;
using System.Net.Http.Headers;
using SnapshotBridge.Copying;
using SnapshotBridge.Errors;

namespace SnapshotBridge.Oci;

/// <summary>
/// Sends one call until it has a final answer, the attempts or the caller's time are used up. Signed anew for each
/// attempt; unsigned for calls through a PAR.
/// </summary>
internal sealed class OciTransport : IDisposable
{
    /// <summary>Listings and documents are read whole; the largest page (1,000 names of 1,024 escaped bytes) stays far below.</summary>
    private const int MaximumBodyBytes = 64 * 1024 * 1024;

    private readonly HttpMessageInvoker _http;
    private readonly OciClientOptions _options;
    private readonly OciRequestSigner? _signer;
    private readonly SigningClock _clock;
    private readonly string _keyId;

    public OciTransport(OciClientOptions options, OciCredentials? credentials)
    {
        _options = options;
        _clock = new SigningClock(options.Time);
        _signer = credentials is null ? null : new OciRequestSigner(credentials, _clock);
        _keyId = credentials?.KeyId ?? "";
        var sockets = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ConnectTimeout = options.ConnectTimeout,
            Expect100ContinueTimeout = TimeSpan.FromSeconds(3),
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            ResponseDrainTimeout = TimeSpan.FromSeconds(2),
        };

        // An invoker has no timeout of its own: a part may take minutes on a slow line; what counts is that it moves.
        _http = new HttpMessageInvoker(options.Handler?.Invoke(sockets) ?? sockets);
    }

    public OciClientOptions Options => _options;

    /// <summary>The answer, success or a refusal that the operation must interpret (404, 412, 400 for a checksum).</summary>
    /// <exception cref="TransferThrottledException">Throttled until attempts or time were used up.</exception>
    /// <exception cref="TransferInterruptedException">Connection or service failed until attempts or time were used up.</exception>
    /// <exception cref="OciAuthenticationFailedException">401 for a signed request, also when it is signed for the service's own time.</exception>
    /// <exception cref="OciBucketNotFoundException">404 for the bucket, retries included.</exception>
    /// <exception cref="ParRejectedException">401, 403 or 404 for the PAR itself.</exception>
    /// <exception cref="OciRequestRejectedException">Any other refusal.</exception>
    public async Task<OciAnswer> SendAsync(OciCall call, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        var answerWasLost = false;
        var bucketNotFound = 0;
        var clockWasCorrected = false;
        for (var attempt = 1; ; attempt++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var remaining = deadline - _options.Time.GetUtcNow();
            if (remaining <= TimeSpan.Zero)
            {
                throw new TransferInterruptedException(call.Description, $"the time for it ran out before attempt {attempt} began");
            }

            OciVerdict verdict;
            string reason;
            TimeSpan? retryAfter = null;
            Exception? cause = null;
            OciAnswer? answer = null;
            var signedWith = _clock.Skew;
            var guard = new StallGuard(_options.StallTimeout, Capped(remaining), _options.Time, cancellationToken);
            try
            {
                answer = await SendOnceAsync(call, attempt, answerWasLost, guard);
                if (answer.Error is not { } error)
                {
                    return answer;
                }

                if (error.Status == 401 && IsSigned(call) && _options.FollowsServiceTime && !clockWasCorrected && _clock.Follow(answer.Message.Headers.Date, signedWith))
                {
                    // The time is a reason for a refusal that we can do something about, once.
                    clockWasCorrected = true;
                    answer.Dispose();
                    _options.OnRetry?.Invoke(new OciRetry(
                        call.Description, attempt, IsThrottle: false, $"{error}; {_clock.Describe()}", TimeSpan.Zero));
                    continue;
                }

                verdict = OciRetryRules.Judge(error);
                if (verdict == OciVerdict.Final || (verdict == OciVerdict.BucketNotFound && bucketNotFound++ >= _options.MaxBucketNotFoundRetries))
                {
                    return Interpret(call, answer, error);
                }

                reason = $"{error}, opc-request-id {answer.RequestId ?? "none"}";
                retryAfter = OciRetryRules.RetryAfter(answer.Message.Headers.RetryAfter, _clock.GetUtcNow());
                answerWasLost |= OciRetryRules.MayHaveBeenDone(error);
                answer.Dispose();
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException
                || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                // A stall that ends a request in the middle of a write may surface as the broken connection that it leaves.
                var wasEnded = guard.HasStalled || guard.IsPastDeadline;

                // Cancelled by neither: the handler gave up connecting, and nothing was sent.
                answerWasLost |= wasEnded || (failure is not OperationCanceledException && !NeverSent(failure));
                (verdict, cause) = (OciVerdict.Transient, failure);
                reason = guard.HasStalled ? $"nothing moved for {(call.AnswerTimeout ?? _options.StallTimeout).TotalSeconds:F0} s"
                    : guard.IsPastDeadline ? "the time for it ran out"
                    : failure is OperationCanceledException ? $"no connection to {Host(call)} within {_options.ConnectTimeout.TotalSeconds:F0} s"
                    : Describe(call, failure);
            }
            finally
            {
                if (!(call.Streams && answer is { Error: null }))
                {
                    guard.Dispose();
                }
            }

            var wait = OciRetryRules.Wait(attempt, _options, retryAfter);
            if (attempt >= _options.MaxAttempts || _options.Time.GetUtcNow() + wait >= deadline)
            {
                throw GiveUp(call, verdict, $"{reason}; {attempt} {(attempt == 1 ? "attempt" : "attempts")}", cause);
            }

            await WaitAsync(new OciRetry(call.Description, attempt, verdict == OciVerdict.Throttled, reason, wait), cancellationToken);
        }
    }

    /// <summary>Tells of a failed attempt and waits before the next.</summary>
    public Task WaitAsync(OciRetry retry, CancellationToken cancellationToken)
    {
        _options.OnRetry?.Invoke(retry);
        return _options.Delay?.Invoke(retry.Wait, cancellationToken) ?? Task.Delay(retry.Wait, _options.Time, cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    private async Task<OciAnswer> SendOnceAsync(OciCall call, int attempt, bool answerWasLost, StallGuard guard)
    {
        using var request = Build(call, attempt, guard);
        if (IsSigned(call))
        {
            // Not 'null' alone: it converts to an empty memory, and the signature would then cover an empty body.
            _signer!.Sign(request, call.SignBody ? call.Body : default(ReadOnlyMemory<byte>?));
        }

        var message = await _http.SendAsync(request, guard.Token);
        try
        {
            guard.Progress();
            var succeeded = message.IsSuccessStatusCode;
            if (succeeded && call.Streams)
            {
                var stream = await message.Content.ReadAsStreamAsync(guard.Token);
                guard.Pause();
                return new OciAnswer(message, [], null, answerWasLost) { Stream = new GuardedStream(stream, guard, message, call.Description) };
            }

            var body = await ReadBodyAsync(message, succeeded ? MaximumBodyBytes : OciErrorBody.MaximumBytes, guard);
            var error = succeeded ? null : OciErrorBody.Read((int)message.StatusCode, message.Content.Headers.ContentType?.MediaType, body);
            if (error is not null && call.Par is { } par)
            {
                error = error with { Message = par.Mask(error.Message) };
            }

            return new OciAnswer(message, body, error, answerWasLost);
        }
        catch
        {
            message.Dispose();
            throw;
        }
    }

    private HttpRequestMessage Build(OciCall call, int attempt, StallGuard guard)
    {
        // Not canonicalized: the signature covers the target as it is sent, and an object may be named '..'.
        var root = call.Par is { } par ? new Uri(par.Reveal()).GetLeftPart(UriPartial.Authority) : _options.Endpoint.GetLeftPart(UriPartial.Authority);
        var uri = new Uri(root + call.PathAndQuery, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var request = new HttpRequestMessage(call.Method, uri) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        foreach (var (name, value) in call.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        var answerTimeout = call.AnswerTimeout ?? _options.StallTimeout;
        if (call.Body is { } body)
        {
            request.Content = new BufferContent(body, guard.Progress, () => guard.AwaitAnswer(answerTimeout));
            request.Content.Headers.ContentType = call.ContentType is { } type ? MediaTypeHeaderValue.Parse(type) : null;
            request.Headers.ExpectContinue = body.Length >= (attempt == 1 ? _options.ExpectContinueBytes : _options.RepeatedExpectContinueBytes) ? true : null;
        }
        else
        {
            guard.AwaitAnswer(answerTimeout);
        }

        return request;
    }

    private static async Task<byte[]> ReadBodyAsync(HttpResponseMessage message, int maximumBytes, StallGuard guard)
    {
        await using var stream = await message.Content.ReadAsStreamAsync(guard.Token);
        using var collected = new MemoryStream();
        var piece = new byte[16 * 1024];
        int read;
        while ((read = await stream.ReadAsync(piece, guard.Token)) > 0)
        {
            guard.Progress();
            collected.Write(piece, 0, (int)Math.Min(read, maximumBytes - collected.Length));
            if (collected.Length >= maximumBytes)
            {
                return message.IsSuccessStatusCode
                    ? throw new IOException($"The answer is longer than {maximumBytes} bytes.")
                    : collected.ToArray();
            }
        }

        return collected.ToArray();
    }

    private OciAnswer Interpret(OciCall call, OciAnswer answer, OciFailure error)
    {
        var requestId = answer.RequestId;
        switch (error)
        {
            case { Status: 401 or 403 or 404 } when call.Par is not null && error.Code != "ObjectNotFound" && !(error.Status == 404 && call.Method == HttpMethod.Head):
                answer.Dispose();
                throw new ParRejectedException(call.Description, error.Status, error.Code, requestId);
            case { Status: 401 }:
                var skew = _clock.Compare(answer.Message.Headers.Date);
                answer.Dispose();
                throw new OciAuthenticationFailedException(call.Description, _keyId, skew, requestId);
            case { Status: 404, Code: "BucketNotFound" or "NamespaceNotFound" or "NotAuthorizedOrNotFound" }:
                answer.Dispose();
                throw new OciBucketNotFoundException(call.Operation, call.Bucket?.NamespaceName ?? "(none)", call.Bucket?.BucketName ?? "(none)", _options.RegionName, requestId);
            case { Status: 404 or 412 }:
            case { Status: 400 } when IsChecksumMismatch(error):
                return answer;
            default:
                answer.Dispose();
                throw new OciRequestRejectedException(call.Description, error.Status, error.Code, error.Message, requestId);
        }
    }

    /// <summary>The spelling of the CRC's code is not documented: both the code's prefix and the documented phrase count.</summary>
    internal static bool IsChecksumMismatch(OciFailure error) =>
        error.Status == 400
        && (error.Code?.Replace(" ", "", StringComparison.Ordinal).StartsWith("UnmatchedContent", StringComparison.OrdinalIgnoreCase) == true
            || error.Message.Contains("does not match the opc-content-", StringComparison.OrdinalIgnoreCase));

    private bool IsSigned(OciCall call) => _signer is not null && call.Par is null;

    private static Exception GiveUp(OciCall call, OciVerdict verdict, string reason, Exception? cause) =>
        verdict is OciVerdict.Throttled or OciVerdict.BucketNotFound
            ? new TransferThrottledException(call.Description, reason, cause)
            : new TransferInterruptedException(call.Description, reason, cause);

    private string Describe(OciCall call, Exception failure)
    {
        var text = failure.InnerException is { } inner && inner.Message != failure.Message ? $"{failure.Message} ({inner.Message})" : failure.Message;
        return $"the connection to {Host(call)} failed: {ParUrl.MaskAll(text)}";
    }

    private string Host(OciCall call) => (call.Par is { } par ? new Uri(par.Reveal()) : _options.Endpoint).Authority;

    private static bool NeverSent(Exception failure) =>
        failure is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError };

    /// <summary>Timers end at about 49 days.</summary>
    private static TimeSpan Capped(TimeSpan span) => span > TimeSpan.FromDays(1) ? TimeSpan.FromDays(1) : span;
}
