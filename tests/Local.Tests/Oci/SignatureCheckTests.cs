using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using SnapshotBridge.Errors;
using SnapshotBridge.Local.Oci;
using SnapshotBridge.Oci;
using Xunit;

namespace SnapshotBridge.Local.Tests.Oci;

/// <summary>The endpoint's signature check, against requests signed by hand in the ways of both official SDKs.</summary>
public sealed class SignatureCheckTests
{
    private const string Json = """{"object":"a/b.parquet","metadata":{"opc-meta-src-etag":"abc"}}""";

    [Fact]
    public async Task Get_SignedLikeTheDotNetSdk_IsAccepted()
    {
        await using var lab = await OciLab.StartAsync();
        var signed = new Signed(lab, HttpMethod.Get, "/n") { HostWithPort = false };

        Assert.Equal((HttpStatusCode.OK, "\"testns\""), await signed.SendAsync());
    }

    [Fact]
    public async Task Get_SignedLikeTheTypeScriptSdk_IsAccepted()
    {
        await using var lab = await OciLab.StartAsync();
        var signed = new Signed(lab, HttpMethod.Get, "/n/testns/b/dst/o?prefix=a/b&fields=name,size") { DateHeader = "x-date", ParameterOrder = "version keyId algorithm headers signature" };

        Assert.Equal(HttpStatusCode.OK, (await signed.SendAsync()).Status);
    }

    [Theory]
    [InlineData("date (request-target) host content-length content-type x-content-sha256", "date", false)]
    [InlineData("x-date (request-target) host Content-Type Content-Length x-content-sha256", "x-date", true)]
    public async Task Post_SignedLikeEitherSdk_IsAccepted(string headers, string date, bool hostWithPort)
    {
        await using var lab = await OciLab.StartAsync();
        var signed = new Signed(lab, HttpMethod.Post, "/n/testns/b/dst/u") { Body = Json, Headers = headers, DateHeader = date, HostWithPort = hostWithPort };

        Assert.Equal(HttpStatusCode.OK, (await signed.SendAsync()).Status);
        Assert.Equal("a/b.parquet", Assert.Single(lab.Store.Uploads(OciLab.BucketName)).ObjectName);
    }

    public static TheoryData<string, string> Tampering => new()
    {
        { "target", "does not fit" },
        { "query", "does not fit" },
        { "method", "does not fit" },
        { "date", "does not fit" },
        { "host", "does not fit" },
        { "content-type", "does not fit" },
        { "body", "x-content-sha256" },
        { "body and hash", "does not fit" },
        { "another key", "does not fit" },
        { "unknown key", "no user has the key" },
        { "no authorization", "no Authorization" },
        { "basic", "no Authorization" },
        { "hs256", "not rsa-sha256" },
        { "version 2", "version" },
        { "garbled signature", "not base64" },
        { "without date", "does not cover date" },
        { "without target", "does not cover (request-target)" },
        { "without host", "does not cover host" },
        { "without length", "does not cover content-length" },
        { "without hash", "does not cover x-content-sha256" },
        { "6 minutes late", "off" },
        { "6 minutes early", "off" },
        { "date of another form", "not an RFC 1123 date" },
    };

    [Theory]
    [MemberData(nameof(Tampering))]
    public async Task Post_Tampered_IsRefusedAndNothingHappens(string what, string detail)
    {
        await using var lab = await OciLab.StartAsync();
        var signed = new Signed(lab, HttpMethod.Post, "/n/testns/b/dst/u") { Body = Json };
        switch (what)
        {
            case "target": signed.SentTarget = "/n/testns/b/dst/u/"; break;
            case "query": signed.SentTarget = "/n/testns/b/dst/u?limit=1"; break;
            case "method": signed.SignedMethod = "put"; break;
            case "date": signed.SignedDate = signed.Date.AddSeconds(1); break;
            case "host": signed.SignedHost = "objectstorage.us-ashburn-1.oraclecloud.com"; break;
            case "content-type": signed.SignedType = "text/plain"; break;
            case "body": signed.SentBody = Json.Replace("abc", "abd", StringComparison.Ordinal); break;
            case "body and hash": (signed.SentBody, signed.SentHash) = Altered(); break;
            case "another key": signed.Key = OciKeyPair.Generate(); break;
            case "unknown key": signed.KeyId = signed.KeyId.Replace("ocid1.user", "ocid1.nobody", StringComparison.Ordinal); break;
            case "no authorization": signed.Authorization = _ => null; break;
            case "basic": signed.Authorization = _ => "Basic dTpw"; break;
            case "hs256": signed.Authorization = text => text.Replace("rsa-sha256", "hmac-sha256", StringComparison.Ordinal); break;
            case "version 2": signed.Authorization = text => text.Replace("version=\"1\"", "version=\"2\"", StringComparison.Ordinal); break;
            case "garbled signature": signed.Authorization = text => text.Replace("signature=\"", "signature=\"*", StringComparison.Ordinal); break;
            case "without date": signed.Leave("date"); break;
            case "without target": signed.Leave("(request-target)"); break;
            case "without host": signed.Leave("host"); break;
            case "without length": signed.Leave("content-length"); break;
            case "without hash": signed.Leave("x-content-sha256"); break;
            case "6 minutes late": signed.Date = signed.SignedDate = signed.Date.AddMinutes(-6); break;
            case "6 minutes early": signed.Date = signed.SignedDate = signed.Date.AddMinutes(6); break;
            case "date of another form": signed.DateFormat = "O"; break;
        }

        var (status, body) = await signed.SendAsync();

        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.Contains("\"NotAuthenticated\"", body, StringComparison.Ordinal);
        Assert.Contains(detail, Assert.Single(lab.Store.Requests).Detail, StringComparison.Ordinal);
        Assert.Empty(lab.Store.Uploads(OciLab.BucketName));
    }

    [Theory]
    [InlineData(-4)]
    [InlineData(4)]
    public async Task Get_FourMinutesOff_IsAccepted(int minutes)
    {
        await using var lab = await OciLab.StartAsync();
        var signed = new Signed(lab, HttpMethod.Get, "/n");
        signed.Date = signed.SignedDate = signed.Date.AddMinutes(minutes);

        Assert.Equal(HttpStatusCode.OK, (await signed.SendAsync()).Status);
    }

    [Fact]
    public async Task Put_BodyNotSigned_IsAcceptedAsTheServiceDoes()
    {
        await using var lab = await OciLab.StartAsync();
        var signed = new Signed(lab, HttpMethod.Put, "/n/testns/b/dst/o/a%2Fb") { Body = "bytes", Headers = "date (request-target) host" };

        Assert.Equal(HttpStatusCode.OK, (await signed.SendAsync()).Status);
        Assert.Equal("bytes"u8, lab.Store.Read(OciLab.BucketName, "a/b"));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(-10)]
    public async Task Client_ClockIsOff_IsCorrectedOnceByTheServices(int minutes)
    {
        await using var lab = await OciLab.StartAsync(options => options with { Time = new ShiftedTime(TimeSpan.FromMinutes(minutes)) });

        // A signature over the body as well as one without.
        await lab.Client.CreateMultipartUploadAsync(lab.Bucket, "x", new OciPutOptions(), OciLab.Soon.AddMinutes(20), OciLab.Token);
        await lab.Client.PutObjectAsync(lab.Bucket, "y", OciLab.Bytes(10), new OciPutOptions(), OciLab.Soon.AddMinutes(20), OciLab.Token);

        Assert.Equal(OciLab.Bytes(10), lab.Store.Read(OciLab.BucketName, "y"));
        Assert.Equal([401, 200, 200], lab.Store.Requests.Select(request => request.Status));
        var told = Assert.Single(lab.Retries);
        Assert.Equal((1, false, TimeSpan.Zero), (told.Attempt, told.IsThrottle, told.Wait));
        Assert.Contains($"s {(minutes > 0 ? "ahead of" : "behind")} the service's", told.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_ClockTenMinutesAheadAndKeyOfARemovedUser_SaysBothCausesAndTheSkewAfterOneMoreAttempt()
    {
        await using var lab = await OciLab.StartAsync(options => options with { Time = new ShiftedTime(TimeSpan.FromMinutes(10)) });
        lab.Store.RemoveUser(lab.User);

        var failure = await Assert.ThrowsAsync<OciAuthenticationFailedException>(() => lab.Client.GetNamespaceAsync(OciLab.Soon.AddMinutes(10), OciLab.Token));

        AssertSaysSkew(lab, failure);
        Assert.Equal(2, lab.Store.Requests.Count);
    }

    [Fact]
    public async Task Client_ClockTenMinutesAheadAndNotToBeCorrected_SaysBothCausesAndTheSkew()
    {
        await using var lab = await OciLab.StartAsync(options => options with { Time = new ShiftedTime(TimeSpan.FromMinutes(10)), FollowsServiceTime = false });

        var failure = await Assert.ThrowsAsync<OciAuthenticationFailedException>(() => lab.Client.GetNamespaceAsync(OciLab.Soon.AddMinutes(10), OciLab.Token));

        AssertSaysSkew(lab, failure);
        Assert.Single(lab.Store.Requests);
    }

    private static void AssertSaysSkew(OciLab lab, OciAuthenticationFailedException failure)
    {
        Assert.InRange(failure.ClockSkew!.Value.TotalSeconds, 590, 610);
        Assert.Contains("ahead of", failure.Message, StringComparison.Ordinal);
        Assert.Contains(lab.User.KeyId, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_KeyOfARemovedUser_FailsWithoutRetryAndNamesTheKey()
    {
        await using var lab = await OciLab.StartAsync();
        lab.Store.RemoveUser(lab.User);

        var failure = await Assert.ThrowsAsync<OciAuthenticationFailedException>(() => lab.PutAsync("x", OciLab.Bytes(10)));

        Assert.Contains(lab.User.Key.Fingerprint, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("signature=", failure.Message, StringComparison.Ordinal);
        Assert.Single(lab.Store.Requests);
        Assert.Empty(lab.Retries);
    }

    private static (string Body, string Hash) Altered()
    {
        var body = Json.Replace("abc", "abd", StringComparison.Ordinal);
        return (body, Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(body))));
    }

    private sealed class ShiftedTime(TimeSpan shift) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + shift;
    }

    /// <summary>A request whose signature and whose sent form can be made to differ in one thing.</summary>
    private sealed class Signed
    {
        private readonly OciLab _lab;
        private readonly HttpMethod _method;
        private readonly string _target;

        public Signed(OciLab lab, HttpMethod method, string target)
        {
            (_lab, _method, _target) = (lab, method, target);
            (SentTarget, SignedMethod, Key, KeyId) = (target, method.Method.ToLowerInvariant(), lab.User.Key, lab.User.KeyId);
            Date = SignedDate = DateTimeOffset.UtcNow;
        }

        public string? Body { get; init; }

        public string Headers { get; set; } = "";

        public string DateHeader { get; init; } = "date";

        public string DateFormat { get; set; } = "r";

        public bool HostWithPort { get; init; } = true;

        public string ParameterOrder { get; init; } = "version headers keyId algorithm signature";

        public string SentTarget { get; set; }

        public string SignedMethod { get; set; }

        public DateTimeOffset Date { get; set; }

        public DateTimeOffset SignedDate { get; set; }

        public string? SignedHost { get; set; }

        public string SignedType { get; set; } = "application/json";

        public string? SentBody { get; set; }

        public string? SentHash { get; set; }

        public OciKeyPair Key { get; set; }

        public string KeyId { get; set; }

        public Func<string, string?> Authorization { get; set; } = text => text;

        public void Leave(string header) => Headers = string.Join(' ', Names().Where(name => name != header));

        public async Task<(HttpStatusCode Status, string Body)> SendAsync()
        {
            var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Body ?? "")));
            var lines = Names().Select(name => name.ToLowerInvariant() switch
            {
                "(request-target)" => $"(request-target): {SignedMethod} {_target}",
                "host" => $"host: {SignedHost ?? (HostWithPort ? _lab.Endpoint.Endpoint.Authority : _lab.Endpoint.Endpoint.Host)}",
                "date" or "x-date" => $"{name}: {SignedDate.ToString(DateFormat, CultureInfo.InvariantCulture)}",
                "content-length" => $"content-length: {Encoding.UTF8.GetByteCount(Body ?? "")}",
                "content-type" => $"content-type: {SignedType}",
                "x-content-sha256" => $"x-content-sha256: {hash}",
                var other => throw new InvalidOperationException(other),
            });
            using var key = RSA.Create();
            key.ImportFromPem(Key.PrivateKeyPem);
            var signature = Convert.ToBase64String(key.SignData(Encoding.UTF8.GetBytes(string.Join('\n', lines)), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
            var parameters = new Dictionary<string, string>
            {
                ["version"] = "1",
                ["headers"] = string.Join(' ', Names()),
                ["keyId"] = KeyId,
                ["algorithm"] = "rsa-sha256",
                ["signature"] = signature,
            };
            var authorization = "Signature " + string.Join(',', ParameterOrder.Split(' ').Select(name => $"{name}=\"{parameters[name]}\""));

            var uri = new Uri(_lab.Endpoint.Endpoint.GetLeftPart(UriPartial.Authority) + SentTarget, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
            using var request = new HttpRequestMessage(_method, uri);
            request.Headers.TryAddWithoutValidation(DateHeader, Date.ToString(DateFormat, CultureInfo.InvariantCulture));
            if (Authorization(authorization) is { } text)
            {
                request.Headers.TryAddWithoutValidation("authorization", text);
            }

            if (Body is not null)
            {
                request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(SentBody ?? Body));
                request.Content.Headers.ContentType = new("application/json");
                request.Content.Headers.TryAddWithoutValidation("x-content-sha256", SentHash ?? hash);
            }

            using var http = new HttpClient();
            using var response = await http.SendAsync(request, OciLab.Token);
            return (response.StatusCode, await response.Content.ReadAsStringAsync(OciLab.Token));
        }

        private string[] Names() => (Headers.Length > 0 ? Headers
            : Body is null ? $"{DateHeader} (request-target) host"
            : $"{DateHeader} (request-target) host content-length content-type x-content-sha256").Split(' ');
    }
}
