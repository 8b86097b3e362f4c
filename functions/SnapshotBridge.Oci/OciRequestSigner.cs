using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace SnapshotBridge.Oci;

/// <summary>
/// Signs requests the way OCI wants (draft-cavage HTTP signatures, version 1, RSA with SHA-256) with the time of the
/// moment: sign each attempt anew, for the service refuses dates more than five minutes off. Thread-safe.
/// </summary>
public sealed class OciRequestSigner(OciCredentials credentials, TimeProvider time)
{
    private readonly ConcurrentBag<RSA> _keys = [];

    /// <summary>
    /// Adds Date and Authorization. GET, HEAD, DELETE, PutObject and UploadPart sign date, target and host;
    /// every other request with a body also signs length, type and hash of it.
    /// </summary>
    /// <param name="request">A request with an absolute URI. Its content, if it is signed, must have a type.</param>
    /// <param name="signedBody">The body's bytes where the operation signs its body, else null.</param>
    public void Sign(HttpRequestMessage request, ReadOnlyMemory<byte>? signedBody = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        var uri = request.RequestUri ?? throw new ArgumentException("The request has no URI.", nameof(request));

        // Host is what HttpClient sends: without the port where it is the scheme's default.
        var lines = new List<(string Name, string Value)>
        {
            ("date", time.GetUtcNow().ToString("r", CultureInfo.InvariantCulture)),
            ("(request-target)", $"{request.Method.Method.ToLowerInvariant()} {uri.PathAndQuery}"),
            ("host", request.Headers.Host ?? uri.Authority),
        };
        request.Headers.TryAddWithoutValidation("Date", lines[0].Value);

        if (signedBody is { } body)
        {
            var type = request.Content?.Headers.ContentType?.ToString()
                ?? throw new ArgumentException("A signed body needs a content type.", nameof(request));
            var hash = Convert.ToBase64String(SHA256.HashData(body.Span));
            request.Content.Headers.TryAddWithoutValidation("x-content-sha256", hash);
            lines.Add(("content-length", body.Length.ToString(CultureInfo.InvariantCulture)));
            lines.Add(("content-type", type));
            lines.Add(("x-content-sha256", hash));
        }

        var signature = SignText(SigningString(lines));
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Signature",
            $"version=\"1\",keyId=\"{credentials.KeyId}\",algorithm=\"rsa-sha256\",headers=\"{string.Join(' ', lines.Select(line => line.Name))}\",signature=\"{signature}\"");
    }

    /// <summary>The text that is signed: one line per header in the listed order, no line end after the last.</summary>
    internal static string SigningString(IEnumerable<(string Name, string Value)> lines) =>
        string.Join('\n', lines.Select(line => $"{line.Name}: {line.Value}"));

    private string SignText(string text)
    {
        // .NET does not promise that one RSA object may sign on two threads at once, so each signature borrows one.
        if (!_keys.TryTake(out var key))
        {
            key = credentials.CreateKey();
        }

        try
        {
            return Convert.ToBase64String(key.SignData(Encoding.UTF8.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        }
        finally
        {
            _keys.Add(key);
        }
    }
}
