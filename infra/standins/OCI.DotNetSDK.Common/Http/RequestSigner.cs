using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Oci.Common.Auth;

namespace Oci.Common.Http;

/// <summary>Signs requests as OCI wants it: draft-cavage signatures, version 1, RSA with SHA-256.</summary>
internal sealed class RequestSigner(IBasicAuthenticationDetailsProvider provider)
{
    /// <summary>Signs a request. The body is part of the signature where one is given.</summary>
    /// <remarks>The host is signed and sent without its port, as the package does it.</remarks>
    public void Sign(HttpRequestMessage request, byte[] signedBody)
    {
        var uri = request.RequestUri;
        var date = DateTime.UtcNow.ToString("R", CultureInfo.InvariantCulture);
        request.Headers.Host = uri.Host;
        request.Headers.TryAddWithoutValidation("date", date);

        var method = request.Method.Method.ToLowerInvariant();
        var names = new List<string> { "date", "(request-target)", "host" };
        var lines = new List<string> { $"date: {date}", $"(request-target): {method} {uri.PathAndQuery}", $"host: {uri.Host}" };
        if (signedBody is not null)
        {
            var hash = Convert.ToBase64String(SHA256.HashData(signedBody));
            request.Headers.TryAddWithoutValidation("x-content-sha256", hash);
            names.AddRange(["content-length", "content-type", "x-content-sha256"]);
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"content-length: {signedBody.Length}"));
            lines.Add($"content-type: {request.Content.Headers.ContentType}");
            lines.Add($"x-content-sha256: {hash}");
        }

        var key = provider.GetPrivateKey();
        var signature = key.SignData(
            Encoding.UTF8.GetBytes(string.Join('\n', lines)), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.Headers.TryAddWithoutValidation(
            "Authorization",
            $"Signature version=\"1\",headers=\"{string.Join(' ', names)}\",keyId=\"{provider.KeyId}\",algorithm=\"rsa-sha256\",signature=\"{Convert.ToBase64String(signature)}\"");
    }
}
