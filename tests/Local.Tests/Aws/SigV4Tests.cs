using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Amazon.RDS;
using Amazon.RDS.Model;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Amazon.SecretsManager;
using Amazon.SecretsManager.Model;
using SnapshotBridge.Local.Aws.Signing;
using Xunit;

namespace SnapshotBridge.Local.Tests.Aws;

/// <summary>Who is let in, and in whose words the others are refused.</summary>
public sealed class SigV4Tests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task S3_WrongSecret_IsSignatureDoesNotMatch()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3(credentials: AwsFixture.WrongSecret(aws.Endpoints));

        var error = await Assert.ThrowsAsync<AmazonS3Exception>(() => client.GetObjectAsync(AwsFixture.Bucket, "k", Token));

        Assert.Equal("SignatureDoesNotMatch", error.ErrorCode);
        Assert.Equal(HttpStatusCode.Forbidden, error.StatusCode);
    }

    [Fact]
    public async Task S3_UnknownKey_IsInvalidAccessKeyId()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3(credentials: AwsFixture.UnknownKey());

        var error = await Assert.ThrowsAsync<AmazonS3Exception>(() => client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = AwsFixture.Bucket }, Token));

        Assert.Equal("InvalidAccessKeyId", error.ErrorCode);
    }

    [Fact]
    public async Task S3_WrongSecretOnAPut_LeavesNothing()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3(credentials: AwsFixture.WrongSecret(aws.Endpoints));

        var error = await Assert.ThrowsAsync<AmazonS3Exception>(() => client.PutObjectAsync(
            new PutObjectRequest { BucketName = AwsFixture.Bucket, Key = "k", ContentBody = "hello" }, Token));

        Assert.Equal("SignatureDoesNotMatch", error.ErrorCode);
        Assert.Empty(aws.Store.List(AwsFixture.Bucket));
    }

    [Fact]
    public async Task S3_WithoutSignature_IsAccessDenied()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var http = new HttpClient();

        using var response = await http.GetAsync(new Uri(aws.Endpoints.S3.Endpoint, $"/{AwsFixture.Bucket}"), Token);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Contains("<Code>AccessDenied</Code>", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-16)]
    [InlineData(16)]
    public async Task S3_ClockSixteenMinutesOff_IsRequestTimeTooSkewed(int minutes)
    {
        await using var aws = await AwsFixture.StartAsync();
        using var http = new SignedHttp(aws.Endpoints) { Now = DateTimeOffset.UtcNow.AddMinutes(minutes) };

        await AssertCodeAsync(await http.SendAsync(HttpMethod.Get, $"/{AwsFixture.Bucket}"), HttpStatusCode.Forbidden, "RequestTimeTooSkewed");
    }

    [Theory]
    [InlineData(-14)]
    [InlineData(14)]
    public async Task S3_ClockFourteenMinutesOff_IsAccepted(int minutes)
    {
        await using var aws = await AwsFixture.StartAsync();
        using var http = new SignedHttp(aws.Endpoints) { Now = DateTimeOffset.UtcNow.AddMinutes(minutes) };

        using var response = await http.SendAsync(HttpMethod.Get, $"/{AwsFixture.Bucket}");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task S3_OtherRegion_NamesTheRightOne()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var http = new SignedHttp(aws.Endpoints) { Region = "eu-west-1" };

        using var response = await http.SendAsync(HttpMethod.Get, $"/{AwsFixture.Bucket}");

        var error = await response.Content.ReadAsStringAsync(Token);
        Assert.Contains("<Code>AuthorizationHeaderMalformed</Code>", error, StringComparison.Ordinal);
        Assert.Contains("<Region>us-east-1</Region>", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task S3_BodyDiffersFromItsHash_IsRefusedAndLeavesNothing()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var http = new SignedHttp(aws.Endpoints);

        var response = await http.SendAsync(
            HttpMethod.Put, $"/{AwsFixture.Bucket}/k", "hello"u8.ToArray(), ("x-amz-content-sha256", SignedHttp.Hex(SHA256.HashData("other"u8))));

        await AssertCodeAsync(response, HttpStatusCode.BadRequest, "XAmzContentSHA256Mismatch");
        Assert.Empty(aws.Store.List(AwsFixture.Bucket));
    }

    [Fact]
    public async Task S3_UnsignedAmzHeader_IsAccessDenied()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var presigner = aws.S3();
        var url = await presigner.GetPreSignedURLAsync(Presign(HttpVerb.PUT, "k"));
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Put, url) { Content = new StringContent("x") };
        request.Headers.Add("x-amz-meta-added", "by somebody else");

        await AssertCodeAsync(await http.SendAsync(request, Token), HttpStatusCode.Forbidden, "AccessDenied");
        Assert.Empty(aws.Store.List(AwsFixture.Bucket));
    }

    [Fact]
    public async Task S3_PresignedUrls_PutAndGetUntilTheyExpire()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var presigner = aws.S3();
        using var http = new HttpClient();

        using var put = await http.PutAsync(await presigner.GetPreSignedURLAsync(Presign(HttpVerb.PUT, "a b/ü")), new StringContent("hello"), Token);
        var got = await http.GetStringAsync(await presigner.GetPreSignedURLAsync(Presign(HttpVerb.GET, "a b/ü")), Token);
        var expired = await http.GetAsync(await presigner.GetPreSignedURLAsync(Presign(HttpVerb.GET, "a b/ü", seconds: -30)), Token);
        var tampered = await http.GetAsync(
            (await presigner.GetPreSignedURLAsync(Presign(HttpVerb.GET, "a b/ü"))).Replace("/a%20b/", "/a%20c/", StringComparison.Ordinal), Token);

        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        Assert.Equal("hello", got);
        Assert.False(expired.IsSuccessStatusCode);
        await AssertCodeAsync(tampered, HttpStatusCode.Forbidden, "SignatureDoesNotMatch");
    }

    [Theory]
    [InlineData(false, 0, HttpStatusCode.OK, "")]
    [InlineData(true, 0, HttpStatusCode.OK, "")]
    [InlineData(false, 1, HttpStatusCode.Forbidden, "SignatureDoesNotMatch")]
    [InlineData(true, 1, HttpStatusCode.Forbidden, "SignatureDoesNotMatch")]
    [InlineData(true, 2, HttpStatusCode.Forbidden, "SignatureDoesNotMatch")]
    [InlineData(true, 3, HttpStatusCode.BadRequest, "BadDigest")]
    public async Task S3_SignedChunks_AreCheckedOneByOne(bool trailer, int damage, HttpStatusCode status, string code)
    {
        await using var aws = await AwsFixture.StartAsync();
        var content = S3ObjectTests.Bytes(20_000);
        using var http = new SignedHttp(aws.Endpoints)
        {
            BodyFor = (key, time, scope, seed) => SignedChunks.Build(content, 8192, trailer, damage, key, time, scope, seed),
        };
        var headers = new List<(string, string)>
        {
            ("x-amz-content-sha256", trailer ? "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" : "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
            ("x-amz-decoded-content-length", "20000"),
            ("content-encoding", "aws-chunked"),
        };
        if (trailer)
            headers.Add(("x-amz-trailer", "x-amz-checksum-crc64nvme"));

        var response = await http.SendAsync(HttpMethod.Put, $"/{AwsFixture.Bucket}/k", content, [.. headers]);

        if (status == HttpStatusCode.OK)
        {
            Assert.Equal(status, response.StatusCode);
            Assert.Equal(content, await aws.Store.ReadAsync(AwsFixture.Bucket, "k", Token));
            Assert.Empty(aws.Store.Find(AwsFixture.Bucket, "k")!.Headers);
        }
        else
        {
            await AssertCodeAsync(response, status, code);
            Assert.Empty(aws.Store.List(AwsFixture.Bucket));
        }
    }

    [Fact]
    public async Task S3_ChunkedBodyShorterThanDeclared_IsIncompleteBody()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var http = new SignedHttp(aws.Endpoints);

        var response = await http.SendAsync(
            HttpMethod.Put, $"/{AwsFixture.Bucket}/k", "5\r\nhello\r\n0\r\n\r\n"u8.ToArray(),
            ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"), ("x-amz-decoded-content-length", "6"));

        await AssertCodeAsync(response, HttpStatusCode.BadRequest, "IncompleteBody");
        Assert.Empty(aws.Store.List(AwsFixture.Bucket));
    }

    [Fact]
    public async Task S3_SessionToken_IsRequiredWithTemporaryCredentials()
    {
        await using var aws = await AwsFixture.StartAsync(options => options with { AccessKey = new AwsAccessKey("ASIATEMPORARY0000000", "secret", "token") });
        using var good = aws.S3(credentials: new SessionAWSCredentials("ASIATEMPORARY0000000", "secret", "token"));
        using var bad = aws.S3(credentials: new SessionAWSCredentials("ASIATEMPORARY0000000", "secret", "other"));

        await good.PutObjectAsync(new PutObjectRequest { BucketName = AwsFixture.Bucket, Key = "k", ContentBody = "x" }, Token);
        var error = await Assert.ThrowsAsync<AmazonS3Exception>(() => bad.GetObjectAsync(AwsFixture.Bucket, "k", Token));

        Assert.Equal("InvalidToken", error.ErrorCode);
    }

    [Fact]
    public async Task Rds_WrongSecretAndUnknownKey_AreRefusedInQueryForm()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var wrong = aws.Rds(AwsFixture.WrongSecret(aws.Endpoints));
        using var unknown = aws.Rds(AwsFixture.UnknownKey());

        var mismatch = await Assert.ThrowsAsync<AmazonRDSException>(() => wrong.DescribeExportTasksAsync(new DescribeExportTasksRequest(), Token));
        var nobody = await Assert.ThrowsAsync<AmazonRDSException>(() => unknown.DescribeExportTasksAsync(new DescribeExportTasksRequest(), Token));

        Assert.Equal("SignatureDoesNotMatch", mismatch.ErrorCode);
        Assert.Equal("InvalidClientTokenId", nobody.ErrorCode);
    }

    [Fact]
    public async Task SecretsManager_WrongSecretAndUnknownKey_AreRefusedInJsonForm()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var wrong = aws.Secrets(AwsFixture.WrongSecret(aws.Endpoints));
        using var unknown = aws.Secrets(AwsFixture.UnknownKey());
        using var http = new HttpClient();

        var mismatch = await Assert.ThrowsAsync<AmazonSecretsManagerException>(() => wrong.GetSecretValueAsync(new GetSecretValueRequest { SecretId = "s" }, Token));
        var nobody = await Assert.ThrowsAsync<AmazonSecretsManagerException>(() => unknown.GetSecretValueAsync(new GetSecretValueRequest { SecretId = "s" }, Token));
        using var unsigned = await http.PostAsync(aws.Endpoints.Secrets.Endpoint, new StringContent("{}"), Token);
        using var malformed = new HttpRequestMessage(HttpMethod.Post, aws.Endpoints.Secrets.Endpoint);
        malformed.Headers.TryAddWithoutValidation("Authorization", "AWS4-HMAC-SHA256 Credential=x");
        using var incomplete = await http.SendAsync(malformed, Token);

        Assert.Equal("InvalidSignatureException", mismatch.ErrorCode);
        Assert.Equal("UnrecognizedClientException", nobody.ErrorCode);
        Assert.Contains("MissingAuthenticationTokenException", await unsigned.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Contains("IncompleteSignatureException", await incomplete.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rds", "RequestTimeTooSkewed")]
    [InlineData("secretsmanager", "InvalidSignatureException")]
    public async Task OtherProtocols_ClockSixteenMinutesOff_AreRefusedInTheirForm(string service, string code)
    {
        await using var aws = await AwsFixture.StartAsync();
        using var http = new SignedHttp(aws.Endpoints) { Now = DateTimeOffset.UtcNow.AddMinutes(-16) };
        var endpoint = service == "rds" ? aws.Endpoints.Rds.Endpoint : aws.Endpoints.Secrets.Endpoint;

        using var response = await http.SendAsync(endpoint, service, HttpMethod.Post, "/", "{}"u8.ToArray());

        Assert.False(response.IsSuccessStatusCode);
        Assert.Contains(code, await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public void ToString_OfAnAccessKey_HidesTheSecret()
        => Assert.DoesNotContain("hidden", $"{new AwsAccessKey("AKIA", "hidden", "hidden too")}", StringComparison.Ordinal);

    private static GetPreSignedUrlRequest Presign(HttpVerb verb, string key, int seconds = 300) => new()
    {
        BucketName = AwsFixture.Bucket,
        Key = key,
        Verb = verb,
        Protocol = Protocol.HTTP,
        Expires = DateTime.UtcNow.AddSeconds(seconds),
    };

    private static async Task AssertCodeAsync(HttpResponseMessage response, HttpStatusCode status, string code)
    {
        using (response)
        {
            Assert.Contains($"<Code>{code}</Code>", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
            Assert.Equal(status, response.StatusCode);
        }
    }

    /// <summary>Bodies in signed chunks, whole or damaged: 1 a data byte, 2 the trailer's signature, 3 the checksum that the trailer tells.</summary>
    private static class SignedChunks
    {
        public static byte[] Build(byte[] content, int chunkBytes, bool trailer, int damage, byte[] key, string time, string scope, string seed)
        {
            using var body = new MemoryStream();
            var previous = seed;
            for (var offset = 0; offset <= content.Length; offset += chunkBytes)
            {
                var chunk = content.AsSpan(offset, Math.Min(chunkBytes, content.Length - offset)).ToArray();
                Append(chunk);
                if (chunk.Length < chunkBytes)
                    break;
            }

            Append([]);
            if (trailer)
            {
                var checksum = Copying.Crc64Nvme.ToBase64(Copying.Crc64Nvme.Compute(content) ^ (damage == 3 ? 1UL : 0));
                var signature = Sign($"AWS4-HMAC-SHA256-TRAILER\n{time}\n{scope}\n{previous}\n{Hash($"x-amz-checksum-crc64nvme:{checksum}\n")}");
                Write($"x-amz-checksum-crc64nvme:{checksum}\r\nx-amz-trailer-signature:{(damage == 2 ? new string('0', 64) : signature)}\r\n");
            }

            Write("\r\n");
            return body.ToArray();

            void Append(byte[] chunk)
            {
                previous = Sign($"AWS4-HMAC-SHA256-PAYLOAD\n{time}\n{scope}\n{previous}\n{Hash("")}\n{SignedHttp.Hex(SHA256.HashData(chunk))}");
                Write(string.Create(CultureInfo.InvariantCulture, $"{chunk.Length:x};chunk-signature={previous}\r\n"));
                if (chunk.Length == 0)
                    return;
                if (damage == 1)
                    chunk[0] ^= 1;
                body.Write(chunk);
                Write("\r\n");
            }

            string Sign(string text) => SignedHttp.Hex(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
            string Hash(string text) => SignedHttp.Hex(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
            void Write(string text) => body.Write(Encoding.ASCII.GetBytes(text));
        }
    }
}
