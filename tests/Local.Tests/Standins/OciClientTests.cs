using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Newtonsoft.Json;
using Oci.Common;
using Oci.Common.Auth;
using Oci.Common.Model;
using Oci.Common.Retry;
using Oci.ObjectstorageService;
using Oci.ObjectstorageService.Models;
using Oci.ObjectstorageService.Requests;
using Xunit;

namespace SnapshotBridge.Local.Tests.Standins;

public sealed partial class OciClientTests : IDisposable
{
    private readonly RSA _key = RSA.Create(2048);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _key.Dispose();

    [Fact]
    public async Task GetNamespace_Request_IsSignedWithoutABody()
    {
        await using var server = await RecordingServer.StartAsync(OciJson("\"ns1\""));
        using var client = Client(server);

        var response = await client.GetNamespace(new GetNamespaceRequest(), cancellationToken: Token);

        Assert.Equal("ns1", response.Value);
        Assert.Equal("GET", server.Single.Method);
        Assert.Equal("/n", server.Single.RawTarget);
        AssertSigned(server.Single, "date (request-target) host");
    }

    [Fact]
    public async Task CreatePreauthenticatedRequest_Request_SignsItsJson()
    {
        await using var server = await RecordingServer.StartAsync(OciJson(
            """
            {"id":"x/y+z:run1/","name":"n","accessUri":"/p/tok/n/ns/b/bkt/o/","fullPath":"https://h/p/tok/n/ns/b/bkt/o/","objectName":"run1/",
            "accessType":"AnyObjectRead","bucketListingAction":"ListObjects","timeCreated":"2026-11-21T00:00:00.000Z","timeExpires":"2026-11-22T00:00:00Z","later":1}
            """));
        using var client = Client(server);

        var response = await client.CreatePreauthenticatedRequest(
            new CreatePreauthenticatedRequestRequest
            {
                NamespaceName = "ns",
                BucketName = "bkt",
                CreatePreauthenticatedRequestDetails = new CreatePreauthenticatedRequestDetails
                {
                    Name = "n",
                    ObjectName = "run1/",
                    AccessType = CreatePreauthenticatedRequestDetails.AccessTypeEnum.AnyObjectRead,
                    BucketListingAction = PreauthenticatedRequest.BucketListingActionEnum.ListObjects,
                    TimeExpires = new DateTime(2026, 11, 22, 0, 0, 0, DateTimeKind.Utc),
                },
            },
            cancellationToken: Token);

        var request = server.Single;
        Assert.Equal("POST", request.Method);
        Assert.Equal("/n/ns/b/bkt/p", request.RawTarget.TrimEnd('/'));
        AssertSigned(request, "date (request-target) host content-length content-type x-content-sha256");
        Assert.Equal(Convert.ToBase64String(SHA256.HashData(request.Body)), request.Headers["x-content-sha256"]);
        using var body = System.Text.Json.JsonDocument.Parse(request.Text);
        Assert.Equal("AnyObjectRead", body.RootElement.GetProperty("accessType").GetString());
        Assert.Equal("ListObjects", body.RootElement.GetProperty("bucketListingAction").GetString());
        Assert.Equal("run1/", body.RootElement.GetProperty("objectName").GetString());
        Assert.Equal(
            new DateTime(2026, 11, 22, 0, 0, 0, DateTimeKind.Utc),
            DateTime.Parse(body.RootElement.GetProperty("timeExpires").GetString()!, CultureInfo.InvariantCulture).ToUniversalTime());
        Assert.Equal("/p/tok/n/ns/b/bkt/o/", response.PreauthenticatedRequest.AccessUri);
        Assert.Equal(PreauthenticatedRequest.BucketListingActionEnum.ListObjects, response.PreauthenticatedRequest.BucketListingAction);
        Assert.Equal("x/y+z:run1/", response.PreauthenticatedRequest.Id);
    }

    [Fact]
    public async Task DeletePreauthenticatedRequest_IdWithSlashes_IsOnePathSegment()
    {
        await using var server = await RecordingServer.StartAsync(new Answer(204, "", "", ("opc-request-id", "r")));
        using var client = Client(server);

        var response = await client.DeletePreauthenticatedRequest(
            new DeletePreauthenticatedRequestRequest { NamespaceName = "ns", BucketName = "bkt", ParId = "x/y+z:run1/" }, cancellationToken: Token);

        Assert.Equal("DELETE", server.Single.Method);
        Assert.Equal("/n/ns/b/bkt/p/x%2Fy%2Bz%3Arun1%2F", server.Single.RawTarget);
        Assert.Equal("r", response.OpcRequestId);
        AssertSigned(server.Single, "date (request-target) host");
    }

    [Fact]
    public async Task PutObject_Stream_IsSentUnsignedUnderItsEscapedName()
    {
        await using var server = await RecordingServer.StartAsync(
            new Answer(200, "", "", ("etag", "e-1"), ("opc-content-md5", "m"), ("opc-content-crc32c", "c")));
        using var client = Client(server);
        var content = Encoding.UTF8.GetBytes("parquet");

        var response = await client.PutObject(
            new PutObjectRequest
            {
                NamespaceName = "ns",
                BucketName = "bkt",
                ObjectName = "run1/a b,(c).parquet",
                PutObjectBody = new MemoryStream(content),
                ContentLength = content.Length,
                IfNoneMatch = "*",
                OpcChecksumAlgorithm = ChecksumAlgorithm.Crc32C,
                OpcContentCrc32c = "AAAAAA==",
                OpcMeta = new Dictionary<string, string> { ["opc-meta-sb-source"] = "s" },
            },
            cancellationToken: Token);

        var request = server.Single;
        Assert.Equal("/n/ns/b/bkt/o/run1%2Fa%20b%2C%28c%29.parquet", request.RawTarget);
        Assert.Equal("parquet", request.Text);
        Assert.Equal("7", request.Headers["content-length"]);
        Assert.Equal("application/octet-stream", request.Headers["content-type"]);
        Assert.Equal("*", request.Headers["if-none-match"]);
        Assert.Equal("CRC32C", request.Headers["opc-checksum-algorithm"]);
        Assert.Equal("s", request.Headers["opc-meta-sb-source"]);
        AssertSigned(request, "date (request-target) host");
        Assert.Equal("e-1", response.ETag);
        Assert.Equal("c", response.OpcContentCrc32c);
    }

    [Fact]
    public async Task ListObjects_Query_IsEscapedAndNullsStayNull()
    {
        await using var server = await RecordingServer.StartAsync(OciJson("""{"objects":[{"name":"a/b","size":5}],"nextStartWith":"a/c"}"""));
        using var client = Client(server);

        var page = await client.ListObjects(
            new ListObjectsRequest { NamespaceName = "ns", BucketName = "bkt", Prefix = "a/ b", Fields = "name,size", Limit = 1000 },
            cancellationToken: Token);

        Assert.Equal("/n/ns/b/bkt/o?prefix=a%2F%20b&limit=1000&fields=name%2Csize", server.Single.RawTarget);
        AssertSigned(server.Single, "date (request-target) host");
        Assert.Equal(5, page.ListObjects.Objects.Single().Size);
        Assert.Null(page.ListObjects.Objects.Single().Md5);
        Assert.Null(page.ListObjects.Prefixes);
        Assert.Equal("a/c", page.ListObjects.NextStartWith);
    }

    [Fact]
    public async Task HeadObject_Answer_HasMetadataWithoutItsPrefix()
    {
        await using var server = await RecordingServer.StartAsync(
            new Answer(200, "", "", ("etag", "e"), ("opc-meta-sb-rows", "12"), ("opc-content-crc32c", "c"), ("opc-multipart-md5", "m-3")));
        using var client = Client(server);

        var head = await client.HeadObject(
            new HeadObjectRequest { NamespaceName = "ns", BucketName = "bkt", ObjectName = "o" }, cancellationToken: Token);

        Assert.Equal("12", head.OpcMeta["sb-rows"]);
        Assert.Equal("c", head.OpcContentCrc32c);
        Assert.Equal("m-3", head.OpcMultipartMd5);
        Assert.Null(head.ContentMd5);
    }

    [Fact]
    public async Task GetBucket_UnknownBucket_IsAnOciException()
    {
        await using var server = await RecordingServer.StartAsync(
            OciJson("""{"code":"BucketNotFound","message":"no such bucket"}""", 404, ("opc-request-id", "r-9")));
        using var client = Client(server);

        var error = await Assert.ThrowsAsync<OciException>(
            () => client.GetBucket(new GetBucketRequest { NamespaceName = "ns", BucketName = "bkt" }, cancellationToken: Token));

        Assert.Equal(HttpStatusCode.NotFound, error.StatusCode);
        Assert.Equal("BucketNotFound", error.ServiceCode);
        Assert.Equal("no such bucket", error.Message);
        Assert.Equal("r-9", error.OpcRequestId);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task HeadBucket_UnknownBucket_HasNoServiceCode()
    {
        await using var server = await RecordingServer.StartAsync(new Answer(404, "", "application/json"));
        using var client = Client(server);

        var error = await Assert.ThrowsAsync<OciException>(
            () => client.HeadBucket(new HeadBucketRequest { NamespaceName = "ns", BucketName = "bkt" }, cancellationToken: Token));

        Assert.Equal(HttpStatusCode.NotFound, error.StatusCode);
        Assert.Equal("Unknown Service Code", error.ServiceCode);
    }

    [Theory]
    [InlineData("text/html", typeof(JsonReaderException))]
    [InlineData("text/plain", typeof(InvalidCastException))]
    public async Task GetBucket_ErrorThatIsNoJson_SurfacesAsInThePackage(string contentType, Type type)
    {
        await using var server = await RecordingServer.StartAsync(new Answer(502, "<html>bad gateway</html>", contentType));
        using var client = Client(server);

        await Assert.ThrowsAsync(
            type, () => client.GetBucket(new GetBucketRequest { NamespaceName = "ns", BucketName = "bkt" }, cancellationToken: Token));
    }

    [Fact]
    public async Task GetBucket_RetryConfiguration_TriesAgain()
    {
        await using var server = await RecordingServer.StartAsync(
            OciJson("""{"code":"ServiceUnavailable","message":"later"}""", 503), OciJson("""{"name":"bkt","versioning":"Newer"}"""));
        using var client = Client(server);

        var response = await client.GetBucket(
            new GetBucketRequest { NamespaceName = "ns", BucketName = "bkt" },
            new RetryConfiguration { MaxAttempts = 3, GetNextDelayInSeconds = _ => 0.01 },
            Token);

        Assert.Equal(2, server.Requests.Count);
        Assert.Equal("bkt", response.Bucket.Name);
        Assert.Equal(Bucket.VersioningEnum.UnknownEnumValue, response.Bucket.Versioning);
    }

    [Fact]
    public async Task PrivateKeySupplier_EveryPemForm_Signs()
    {
        var pkcs8 = _key.ExportPkcs8PrivateKeyPem();
        (string Pem, string? PassPhrase)[] forms =
        [
            (_key.ExportRSAPrivateKeyPem(), null),
            (pkcs8, null),
            (pkcs8.Replace("\n", "\r\n", StringComparison.Ordinal), null),
            (pkcs8 + "\nOCI_API_KEY\n", null),
            (_key.ExportEncryptedPkcs8PrivateKeyPem("pass", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)), "pass"),
        ];
        foreach (var (pem, passPhrase) in forms)
        {
            await using var server = await RecordingServer.StartAsync(OciJson("\"ns\""));
            using var client = Client(server, new PrivateKeySupplier(pem, passPhrase!));
            await client.GetNamespace(new GetNamespaceRequest(), cancellationToken: Token);
            AssertSigned(server.Single, "date (request-target) host");
        }
    }

    [Fact]
    public async Task PrivateKeySupplier_NotAKey_FailsAtTheFirstRequest()
    {
        await using var server = await RecordingServer.StartAsync(OciJson("\"ns\""));
        using var literalNewlines = Client(server, new PrivateKeySupplier("-----BEGIN PRIVATE KEY-----\\nMIIE\\n-----END PRIVATE KEY-----"));
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var elliptic = Client(server, new PrivateKeySupplier(curve.ExportECPrivateKeyPem()));

        await Assert.ThrowsAsync<FormatException>(() => literalNewlines.GetNamespace(new GetNamespaceRequest(), cancellationToken: Token));
        await Assert.ThrowsAsync<InvalidCastException>(() => elliptic.GetNamespace(new GetNamespaceRequest(), cancellationToken: Token));
        Assert.Empty(server.Requests);
    }

    [Fact]
    public void Region_UnknownId_IsRefused()
    {
        Assert.Equal("eu-frankfurt-1", Region.FromRegionId("eu-frankfurt-1").RegionId);
        var error = Assert.Throws<ArgumentException>(() => Region.FromRegionId("eu-nowhere-1"));
        Assert.Contains("eu-nowhere-1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Client_Region_DecidesTheEndpoint()
    {
        using var client = new ObjectStorageClient(Provider(new PrivateKeySupplier("unused")));

        Assert.Equal("https://objectstorage.eu-frankfurt-1.oraclecloud.com/", client.GetEndpoint().AbsoluteUri);
    }

    private static Answer OciJson(string body, int status = 200, params (string Name, string Value)[] headers) =>
        new(status, body, "application/json", headers);

    private static SimpleAuthenticationDetailsProvider Provider(PrivateKeySupplier supplier) => new()
    {
        TenantId = "ocid1.tenancy.oc1..t",
        UserId = "ocid1.user.oc1..u",
        Fingerprint = "aa:bb",
        Region = Region.FromRegionId("eu-frankfurt-1"),
        PrivateKeySupplier = supplier,
    };

    private ObjectStorageClient Client(RecordingServer server, PrivateKeySupplier? supplier = null) =>
        new(Provider(supplier ?? new PrivateKeySupplier(_key.ExportPkcs8PrivateKeyPem())), endpoint: server.Url);

    private void AssertSigned(RecordedRequest request, string headers)
    {
        var authorization = request.Headers["authorization"];
        Assert.StartsWith("Signature ", authorization, StringComparison.Ordinal);
        var parameters = Parameter().Matches(authorization).ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value);
        Assert.Equal("1", parameters["version"]);
        Assert.Equal("rsa-sha256", parameters["algorithm"]);
        Assert.Equal("ocid1.tenancy.oc1..t/ocid1.user.oc1..u/aa:bb", parameters["keyId"]);
        Assert.Equal(headers, parameters["headers"]);
        Assert.Equal("127.0.0.1", request.Headers["host"]);

        var lines = headers.Split(' ').Select(name => name == "(request-target)"
            ? $"(request-target): {request.Method.ToLowerInvariant()} {request.RawTarget}"
            : $"{name}: {request.Headers[name]}");
        Assert.True(
            _key.VerifyData(
                Encoding.UTF8.GetBytes(string.Join('\n', lines)),
                Convert.FromBase64String(parameters["signature"]),
                HashAlgorithmName.SHA256,
                RSASignaturePadding.Pkcs1),
            "The signature does not match the request: " + authorization);
        var age = DateTimeOffset.UtcNow - DateTimeOffset.Parse(request.Headers["date"], CultureInfo.InvariantCulture);
        Assert.True(age.Duration() < TimeSpan.FromMinutes(1), request.Headers["date"]);
    }

    [GeneratedRegex("(\\w+)=\"([^\"]*)\"")]
    private static partial Regex Parameter();
}
