using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace SnapshotBridge.Local.Tests.Standins;

/// <summary>Recomputes an AWS Signature Version 4 from what arrived.</summary>
internal static partial class SignatureVersion4
{
    public static void AssertValid(RecordedRequest request, string accessKey, string secret, string region, string service)
    {
        var parts = Header().Match(request.Headers["authorization"]);
        Assert.True(parts.Success, "No SigV4 Authorization header: " + request.Headers["authorization"]);
        var time = request.Headers["x-amz-date"];
        var scope = $"{time[..8]}/{region}/{service}/aws4_request";
        Assert.Equal($"{accessKey}/{scope}", parts.Groups["credential"].Value);

        var names = parts.Groups["headers"].Value.Split(';');
        Assert.Contains("host", names);
        Assert.Contains("x-amz-date", names);
        var target = request.RawTarget.Split('?');
        var canonical = string.Join('\n', (string[])
        [
            request.Method,
            target[0],
            target.Length > 1 ? target[1] : "",
            .. names.Select(n => $"{n}:{request.Headers[n].Trim()}"),
            "",
            string.Join(';', names),
            Convert.ToHexStringLower(SHA256.HashData(request.Body)),
        ]);
        var toSign = $"AWS4-HMAC-SHA256\n{time}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        byte[] key = [.. Encoding.UTF8.GetBytes("AWS4" + secret)];
        foreach (var step in (string[])[time[..8], region, service, "aws4_request"])
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(step));
        Assert.Equal(Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign))), parts.Groups["signature"].Value);
    }

    [GeneratedRegex("^AWS4-HMAC-SHA256 Credential=(?<credential>[^,]+), ?SignedHeaders=(?<headers>[^,]+), ?Signature=(?<signature>[0-9a-f]{64})$")]
    private static partial Regex Header();
}
