using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SnapshotBridge.Local.Aws.Signing;

namespace SnapshotBridge.StateMachine.Tests.Lambda;

/// <summary>Signs an HTTP request as an AWS client does, written from the specification and apart from the checker's code.</summary>
internal static class SignedRequest
{
    internal static HttpRequestMessage Post(Uri uri, byte[] body, AwsAccessKey key, string service, string region = "us-east-1")
    {
        var now = DateTime.UtcNow;
        var time = now.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var date = time[..8];
        var canonical = $"POST\n{uri.AbsolutePath}\n\nhost:{uri.Authority}\nx-amz-date:{time}\n\nhost;x-amz-date\n{Hex(SHA256.HashData(body))}";
        var scope = $"{date}/{region}/{service}/aws4_request";
        var text = $"AWS4-HMAC-SHA256\n{time}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var signing = new[] { date, region, service, "aws4_request" }.Aggregate(
            Encoding.UTF8.GetBytes("AWS4" + key.SecretAccessKey), (secret, part) => HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(part)));
        var signature = Hex(HMACSHA256.HashData(signing, Encoding.UTF8.GetBytes(text)));
        var request = new HttpRequestMessage(HttpMethod.Post, uri) { Content = new ByteArrayContent(body) };
        request.Headers.TryAddWithoutValidation("X-Amz-Date", time);
        request.Headers.TryAddWithoutValidation(
            "Authorization", $"AWS4-HMAC-SHA256 Credential={key.AccessKeyId}/{scope}, SignedHeaders=host;x-amz-date, Signature={signature}");
        return request;
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
