using System.Collections.Concurrent;
using System.Net;
using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using Amazon.S3;
using Amazon.S3.Model;
using SnapshotBridge.CopyTable.Wire;

namespace SnapshotBridge.CopyTable;

/// <summary>
/// GETs of object bytes without the SDK's request pipeline, which costs more processor time per request than the copy
/// of a megabyte. Where the bucket is, in which region and whose credentials sign is the SDK's knowledge, its refresh
/// of temporary credentials included. One attempt per call, and another where the clock turns out to be off, which is then
/// corrected by the service's; what is not a success is for the caller to ask the SDK about. Thread-safe; one for a
/// function's lifetime.
/// </summary>
/// <param name="s3">The client whose endpoint rules and region count.</param>
/// <param name="time">The clock.</param>
public sealed class S3Downloads(IAmazonS3 s3, TimeProvider time) : IDisposable
{
    // S3 refuses 15 minutes; a third of that is no accident of the network, and an answer's Date is exact to the second.
    private static readonly TimeSpan SkewWorthCorrecting = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, Uri> _buckets = new(StringComparer.Ordinal);
    private readonly Lazy<AWSCredentials> _credentials = new(
        () => s3.Config.DefaultAWSCredentials ?? DefaultAWSCredentialsIdentityResolver.GetCredentials(s3.Config),
        LazyThreadSafetyMode.PublicationOnly);

    // S3's access log names the client, as for requests of the SDK: with the application's id where one is set.
    private readonly string _userAgent = string.IsNullOrEmpty(s3.Config.ClientAppId) ? "SnapshotBridge" : $"SnapshotBridge app/{s3.Config.ClientAppId}";

    private readonly S3RequestSigner _signer = new(s3.Config.AuthenticationRegion ?? s3.Config.RegionEndpoint?.SystemName ?? "us-east-1");

    // Our clock minus S3's, as far as it is corrected.
    private long _skewTicks;

    // An invoker has no timeout of its own. What counts is that the bytes move: the caller watches that.
    private readonly HttpMessageInvoker _http = new(new BlockingHttpHandler(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = TimeSpan.FromSeconds(10),

            // S3's addresses change; a connection that is kept for longer would miss that.
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            ResponseDrainTimeout = TimeSpan.FromSeconds(2),
        },
        time));

    /// <summary>Told when a refusal shows that this machine's clock is off: by how much it is ahead of S3's, whose time counts from then on.</summary>
    public Action<TimeSpan>? OnClockCorrected { get; set; }

    /// <summary>Asks for an object's bytes and returns once the answer begins, whatever it is. Dispose it.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="key">The object's key.</param>
    /// <param name="eTag">The version that is wanted (If-Match).</param>
    /// <param name="range">First and last byte; null for the whole object together with its checksum.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    public async Task<HttpResponseMessage> OpenAsync(
        string bucket, string key, string eTag, (long First, long Last)? range, CancellationToken cancellationToken)
    {
        var skew = Skew;
        var response = await SendAsync(bucket, key, eTag, range, skew, cancellationToken);
        if (response.StatusCode != HttpStatusCode.Forbidden || response.Headers.Date is not { } serviceTime)
        {
            return response;
        }

        // Whatever the refusal's code: the time is a reason for it that we can do something about, once.
        var found = time.GetUtcNow() - serviceTime;
        if ((found - skew).Duration() < SkewWorthCorrecting)
        {
            return response;
        }

        response.Dispose();
        Interlocked.Exchange(ref _skewTicks, found.Ticks);
        OnClockCorrected?.Invoke(found);
        return await SendAsync(bucket, key, eTag, range, found, cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    private TimeSpan Skew => TimeSpan.FromTicks(Interlocked.Read(ref _skewTicks));

    private async Task<HttpResponseMessage> SendAsync(
        string bucket, string key, string eTag, (long First, long Last)? range, TimeSpan skew, CancellationToken cancellationToken)
    {
        // Not canonicalized: the signature covers the path as it is sent, and a key may hold '..'.
        var path = string.Join('/', key.Split('/').Select(Uri.EscapeDataString));
        var uri = new Uri(BaseOf(bucket) + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(HttpMethod.Get, uri)
        {
            Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.TryAddWithoutValidation("User-Agent", _userAgent);
        request.Headers.TryAddWithoutValidation("If-Match", eTag);
        if (range is { } bytes)
        {
            request.Headers.Range = new(bytes.First, bytes.Last);
        }
        else
        {
            request.Headers.TryAddWithoutValidation("x-amz-checksum-mode", "ENABLED");
        }

        _signer.Sign(request, await _credentials.Value.GetCredentialsAsync(), time.GetUtcNow() - skew);
        return await _http.SendAsync(request, cancellationToken);
    }

    private Uri BaseOf(string bucket) => _buckets.GetOrAdd(
        bucket, name => new Uri(s3.DetermineServiceOperationEndpoint(new GetObjectRequest { BucketName = name, Key = "key" }).URL));
}
