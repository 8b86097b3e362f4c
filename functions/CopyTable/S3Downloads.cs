using System.Collections.Concurrent;
using System.Net;
using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using Amazon.S3;
using Amazon.S3.Model;

namespace SnapshotBridge.CopyTable;

/// <summary>
/// GETs of object bytes without the SDK's request pipeline, which costs more processor time per request than the copy
/// of a megabyte. Where the bucket is, in which region and whose credentials sign is the SDK's knowledge, its refresh
/// of temporary credentials included. One attempt per call; what is not a success is for the caller to ask the SDK about.
/// Thread-safe; one for a function's lifetime.
/// </summary>
/// <param name="s3">The client whose endpoint rules and region count.</param>
/// <param name="time">The clock.</param>
public sealed class S3Downloads(IAmazonS3 s3, TimeProvider time) : IDisposable
{
    private readonly ConcurrentDictionary<string, Uri> _buckets = new(StringComparer.Ordinal);
    private readonly Lazy<AWSCredentials> _credentials = new(
        () => s3.Config.DefaultAWSCredentials ?? DefaultAWSCredentialsIdentityResolver.GetCredentials(s3.Config),
        LazyThreadSafetyMode.PublicationOnly);

    // S3's access log names the client, as for requests of the SDK: with the application's id where one is set.
    private readonly string _userAgent = string.IsNullOrEmpty(s3.Config.ClientAppId) ? "SnapshotBridge" : $"SnapshotBridge app/{s3.Config.ClientAppId}";

    private readonly S3RequestSigner _signer = new(s3.Config.AuthenticationRegion ?? s3.Config.RegionEndpoint?.SystemName ?? "us-east-1", time);

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(10),

        // S3's addresses change; a connection that is kept for longer would miss that.
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        ResponseDrainTimeout = TimeSpan.FromSeconds(2),
    })
    {
        // What counts is that the bytes move: the caller watches that.
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Asks for an object's bytes and returns once the answer begins, whatever it is. Dispose it.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="key">The object's key.</param>
    /// <param name="eTag">The version that is wanted (If-Match).</param>
    /// <param name="range">First and last byte; null for the whole object together with its checksum.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    public async Task<HttpResponseMessage> OpenAsync(
        string bucket, string key, string eTag, (long First, long Last)? range, CancellationToken cancellationToken)
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

        _signer.Sign(request, await _credentials.Value.GetCredentialsAsync());
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    private Uri BaseOf(string bucket) => _buckets.GetOrAdd(
        bucket, name => new Uri(s3.DetermineServiceOperationEndpoint(new GetObjectRequest { BucketName = name, Key = "key" }).URL));
}
