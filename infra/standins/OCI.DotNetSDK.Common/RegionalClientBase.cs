using System.Net;
using System.Text;
using Newtonsoft.Json;
using Oci.Common.Auth;
using Oci.Common.Http;
using Oci.Common.Model;
using Oci.Common.Retry;

namespace Oci.Common;

/// <summary>A client of one service: addresses, signs and sends.</summary>
/// <remarks>
/// As measured on the package: without a retry configuration the cancellation token is not looked at, and an error whose body is no
/// JSON surfaces as a <see cref="JsonReaderException"/>, or an <see cref="InvalidCastException"/> when it is plain text.
/// </remarks>
public abstract class RegionalClientBase : IDisposable
{
    private readonly HttpClient _http;
    private readonly RequestSigner _signer;
    private readonly RetryConfiguration _retry;
    private readonly string _servicePrefix;
    private Uri _endpoint;

    private protected RegionalClientBase(
        IBasicAuthenticationDetailsProvider provider, ClientConfiguration configuration, string servicePrefix, string endpoint)
    {
        configuration ??= new ClientConfiguration();
        _servicePrefix = servicePrefix;
        _signer = new RequestSigner(provider);
        _retry = configuration.RetryConfiguration;
        _http = new HttpClient
        {
            Timeout = TimeSpan.FromMilliseconds(configuration.TimeoutMillis),
            MaxResponseContentBufferSize = configuration.ResponseContentBufferBytes,
        };
        _http.DefaultRequestHeaders.TryAddWithoutValidation(
            "user-agent", "Oracle-DotNetSDK/standin " + configuration.ClientUserAgent);

        // The package reads the region even when an endpoint is given: without one it fails here.
        if (provider is IRegionProvider { } regional)
            SetRegion(regional.Region);
        if (endpoint is not null)
            SetEndpoint(endpoint);
    }

    public Uri GetEndpoint() => _endpoint;

    public void SetEndpoint(string endpoint) => _endpoint = new Uri(endpoint);

    public void SetRegion(Region region) => SetEndpoint($"https://{_servicePrefix}.{region.RegionId}.{region.Realm.SecondLevelDomain}");

    /// <summary>Uses a region by its id; an unknown one is taken to be of the commercial realm.</summary>
    public void SetRegion(string regionId)
    {
        var known = Array.Find(Region.Values(), r => r.RegionId.Equals(regionId, StringComparison.OrdinalIgnoreCase));
        SetEndpoint($"https://{_servicePrefix}.{regionId.ToLowerInvariant()}.{(known?.Realm ?? Realm.OC1).SecondLevelDomain}");
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
            _http.Dispose();
    }

    private protected async Task<HttpResponseMessage> SendAsync(
        ServiceRequest request, RetryConfiguration retryConfiguration, HttpCompletionOption completion, CancellationToken cancellationToken)
    {
        var retry = retryConfiguration ?? _retry;
        if (retry is null)
            return await RequireSuccessAsync(await SendOnceAsync(request, completion, CancellationToken.None).ConfigureAwait(false)).ConfigureAwait(false);

        if (request.Content is { } content)
        {
            var buffer = new MemoryStream();
            await content.CopyToAsync(buffer, cancellationToken).ConfigureAwait(false);
            request.Content = buffer;
        }

        var started = DateTime.UtcNow;
        for (var attempt = 1; ; attempt++)
        {
            if (request.Content is MemoryStream body)
                request.Content = new MemoryStream(body.ToArray());
            var response = await SendOnceAsync(request, completion, cancellationToken).ConfigureAwait(false);
            var elapsed = DateTime.UtcNow - started;
            if (attempt >= retry.MaxAttempts || elapsed.TotalSeconds > retry.TotalElapsedTimeInSecs || !Retryable(retry, response))
                return await RequireSuccessAsync(response).ConfigureAwait(false);
            response.Dispose();
            await Task.Delay(TimeSpan.FromSeconds(retry.GetNextDelayInSeconds(attempt)), cancellationToken).ConfigureAwait(false);
        }
    }

    private protected static async Task<T> ReadAsync<T>(HttpResponseMessage response) => JsonConvert.DeserializeObject<T>(
        await response.Content.ReadAsStringAsync().ConfigureAwait(false), ServiceRequest.JsonSettings);

    private protected static string Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) || response.Content.Headers.TryGetValues(name, out values)
            ? values.FirstOrDefault()
            : null;

    private static bool Retryable(RetryConfiguration retry, HttpResponseMessage response) =>
        !response.IsSuccessStatusCode
        && (retry.RetryableStatusCodeFamilies.Contains((int)response.StatusCode / 100)
            || retry.RetryableErrors.Any(e => e.Item1 == (int)response.StatusCode && e.Item2.Length == 0));

    private static async Task<HttpResponseMessage> RequireSuccessAsync(HttpResponseMessage response)
    {
        if (response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.NotModified)
            return response;
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync().ConfigureAwait(false);
            var error = response.Content.Headers.ContentType?.MediaType == "text/plain"
                ? (ErrorBody)(object)text
                : JsonConvert.DeserializeObject<ErrorBody>(text);
            throw new OciException(
                response.StatusCode,
                error?.Message ?? response.ReasonPhrase ?? "Unknown Message",
                error?.Code ?? "Unknown Service Code",
                Header(response, "opc-request-id"));
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(
        ServiceRequest request, HttpCompletionOption completion, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(request.Method, request.Address(_endpoint));
        byte[] signedBody = null;
        if (request.Body is not null)
        {
            signedBody = Encoding.UTF8.GetBytes(JsonConvert.SerializeObject(request.Body, ServiceRequest.JsonSettings));
            message.Content = new ByteArrayContent(signedBody);
            message.Content.Headers.TryAddWithoutValidation("content-type", "application/json");
            message.Content.Headers.ContentLength = signedBody.Length;
        }
        else if (request.Content is not null)
        {
            message.Content = new StreamContent(request.Content);
            message.Headers.ExpectContinue = true;
        }

        message.Headers.TryAddWithoutValidation("accept", "application/json");
        foreach (var (name, value) in request.Headers)
        {
            if (!message.Headers.TryAddWithoutValidation(name, value))
                message.Content?.Headers.TryAddWithoutValidation(name, value);
        }

        _signer.Sign(message, signedBody);
        return await _http.SendAsync(message, completion, cancellationToken).ConfigureAwait(false);
    }

    private sealed class ErrorBody
    {
        [JsonProperty("code")]
        public string Code { get; set; }

        [JsonProperty("message")]
        public string Message { get; set; }
    }
}
