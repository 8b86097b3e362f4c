using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using SnapshotBridge.Local.Oci;
using SnapshotBridge.Oci;
using Xunit;

namespace SnapshotBridge.Local.Tests.Oci;

public sealed class OciRequestSignerTests
{
    private static readonly OciUser User = OciUser.Generate();
    private static readonly DateTimeOffset Moment = new(2026, 11, 21, 0, 19, 27, TimeSpan.Zero);

    [Fact]
    public void SigningString_UploadOfAnObject_IsTheDocumentedText()
    {
        var text = OciRequestSigner.SigningString([
            ("date", "Sat, 21 Nov 2026 00:19:27 GMT"),
            ("(request-target)", "put /n/ns/b/dst/o/a%2Fb.parquet"),
            ("host", "objectstorage.us-ashburn-1.oraclecloud.com")]);

        Assert.Equal(
            "date: Sat, 21 Nov 2026 00:19:27 GMT\n(request-target): put /n/ns/b/dst/o/a%2Fb.parquet\nhost: objectstorage.us-ashburn-1.oraclecloud.com", text);
    }

    [Fact]
    public void Sign_WithoutBody_SignsDateTargetAndHost()
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, "https://objectstorage.us-ashburn-1.oraclecloud.com/n/ns/b/dst/o/a%2Fb.parquet");

        Signer().Sign(request);

        AssertSigned(request, "date (request-target) host",
            "date: Sat, 21 Nov 2026 00:19:27 GMT\n(request-target): put /n/ns/b/dst/o/a%2Fb.parquet\nhost: objectstorage.us-ashburn-1.oraclecloud.com");
    }

    [Theory]
    [InlineData("""{"object":"a/b.parquet","metadata":{"opc-meta-src-etag":"abc"}}""", "ye7TJkhKfy9DYt7uYi4Wf8SM824XqqIYLk9XSQDzgwo=")]
    [InlineData("", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")]
    public void Sign_JsonBody_SignsLengthTypeAndKnownHash(string body, string hash)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://127.0.0.1:8080/n/ns/b/dst/u") { Content = new ByteArrayContent(bytes) };
        request.Content.Headers.ContentType = new("application/json");

        Signer().Sign(request, bytes);

        Assert.Equal(hash, request.Content.Headers.GetValues("x-content-sha256").Single());
        AssertSigned(request, "date (request-target) host content-length content-type x-content-sha256",
            $"date: Sat, 21 Nov 2026 00:19:27 GMT\n(request-target): post /n/ns/b/dst/u\nhost: 127.0.0.1:8080\ncontent-length: {bytes.Length}\ncontent-type: application/json\nx-content-sha256: {hash}");
    }

    [Fact]
    public async Task Sign_OnManyThreads_EverySignatureIsValid()
    {
        var signer = Signer();

        await Parallel.ForEachAsync(Enumerable.Range(0, 200), new ParallelOptions { MaxDegreeOfParallelism = 16 }, (i, _) =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"https://host.example/n/ns/b/dst/o/{i}");
            signer.Sign(request);
            AssertSigned(request, "date (request-target) host", $"date: Sat, 21 Nov 2026 00:19:27 GMT\n(request-target): get /n/ns/b/dst/o/{i}\nhost: host.example");
            return ValueTask.CompletedTask;
        });
    }

    private static OciRequestSigner Signer() => new(OciCredentials.Parse(User.SecretJson(), "s"), new FixedTime(Moment));

    private static void AssertSigned(HttpRequestMessage request, string headers, string text)
    {
        var authorization = request.Headers.Authorization!;
        Assert.Equal("Signature", authorization.Scheme);
        var parameters = Regex.Matches(authorization.Parameter!, "([a-zA-Z]+)=\"([^\"]*)\"").ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
        Assert.Equal("1", parameters["version"]);
        Assert.Equal("rsa-sha256", parameters["algorithm"]);
        Assert.Equal(User.KeyId, parameters["keyId"]);
        Assert.Equal(headers, parameters["headers"]);
        using var key = RSA.Create();
        key.ImportFromPem(User.Key.PublicKeyPem);
        Assert.True(key.VerifyData(Encoding.UTF8.GetBytes(text), Convert.FromBase64String(parameters["signature"]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
