using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SnapshotBridge.Local.Aws;
using Xunit;

namespace SnapshotBridge.Local.Tests.Aws;

/// <summary>
/// Raw requests signed by an implementation that shares nothing with the one under test, for what the vendor's SDK cannot be
/// made to send. Targets are sent as given and must be canonical already.
/// </summary>
internal sealed class SignedHttp(AwsEndpoints endpoints) : IDisposable
{
    private readonly HttpClient _http = new();

    public string Secret { get; init; } = endpoints.AccessKey.SecretAccessKey;

    public string KeyId { get; init; } = endpoints.AccessKey.AccessKeyId;

    public DateTimeOffset Now { get; init; } = DateTimeOffset.UtcNow;

    public string Region { get; init; } = "us-east-1";

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string target, params (string Name, string Value)[] headers)
        => SendAsync(method, target, null, headers);

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string target, byte[]? body, params (string Name, string Value)[] headers)
        => SendAsync(endpoints.S3.Endpoint, "s3", method, target, body, headers);

    public async Task<HttpResponseMessage> SendAsync(
        Uri endpoint, string service, HttpMethod method, string target, byte[]? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(endpoint.AbsoluteUri.TrimEnd('/') + target));
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["host"] = endpoint.Authority };
        foreach (var (name, value) in headers)
            all[name.ToLowerInvariant()] = value;
        var timestamp = Now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        all["x-amz-date"] = timestamp;
        if (!all.ContainsKey("x-amz-content-sha256"))
            all["x-amz-content-sha256"] = Hex(SHA256.HashData(body ?? []));

        var question = target.IndexOf('?', StringComparison.Ordinal);
        var (path, query) = question < 0 ? (target, "") : (target[..question], target[(question + 1)..]);
        var names = string.Join(';', all.Keys);
        var canonical = $"{method}\n{path}\n{query}\n{string.Concat(all.Select(header => $"{header.Key}:{header.Value}\n"))}\n{names}\n{all["x-amz-content-sha256"]}";
        var scope = $"{timestamp[..8]}/{Region}/{service}/aws4_request";
        SigningKey = new[] { timestamp[..8], Region, service, "aws4_request" }
            .Aggregate(Encoding.UTF8.GetBytes("AWS4" + Secret), (key, text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
        var signature = Hex(HMACSHA256.HashData(SigningKey, Encoding.UTF8.GetBytes(
            $"AWS4-HMAC-SHA256\n{timestamp}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}")));
        request.Headers.TryAddWithoutValidation("Authorization", $"AWS4-HMAC-SHA256 Credential={KeyId}/{scope}, SignedHeaders={names}, Signature={signature}");

        if (body is not null)
            request.Content = new ByteArrayContent(BodyFor?.Invoke(SigningKey, timestamp, scope, signature) ?? body);
        foreach (var (name, value) in all.Where(header => header.Key != "host"))
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
                request.Content!.Headers.TryAddWithoutValidation(name, value);
        }

        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    /// <summary>Makes a body that depends on the request's signature, as signed chunks do.</summary>
    public Func<byte[], string, string, string, byte[]>? BodyFor { get; init; }

    private byte[] SigningKey { get; set; } = [];

    public void Dispose() => _http.Dispose();

    internal static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
