using System.Net;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;
using SnapshotBridge.Copying;
using SnapshotBridge.Local.Aws.S3;
using Xunit;
using S3ChecksumAlgorithm = SnapshotBridge.Local.Aws.S3.S3ChecksumAlgorithm;

namespace SnapshotBridge.Local.Tests.Aws;

/// <summary>Objects as the vendor's SDK, an independent client, sees them.</summary>
public sealed class S3ObjectTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PutObject_ChunkedWithTrailer_StoresTheContentAndItsChecksum()
    {
        await using var aws = await AwsFixture.StartAsync();
        var content = Bytes(300_000);
        using var client = aws.S3();

        await client.PutObjectAsync(
            new PutObjectRequest { BucketName = AwsFixture.Bucket, Key = "a/b", InputStream = new MemoryStream(content), ContentType = "text/x" }, Token);

        Assert.Equal(content, await aws.Store.ReadAsync(AwsFixture.Bucket, "a/b", Token));
        var stored = aws.Store.Find(AwsFixture.Bucket, "a/b")!;
        Assert.Equal("text/x", stored.ContentType);
        Assert.Equal(new S3Checksum(S3ChecksumAlgorithm.Crc32, S3ChecksumType.FullObject, Crc32.ToBase64(Crc32.Compute(content))), stored.Checksum);
        Assert.Empty(stored.Headers);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public async Task PutObject_EveryBodyForm_StoresTheSameBytes(bool chunked, bool checksums)
    {
        await using var aws = await AwsFixture.StartAsync();
        var content = Bytes(200_001);
        using var client = aws.S3(config => config.RequestChecksumCalculation = checksums
            ? Amazon.Runtime.RequestChecksumCalculation.WHEN_SUPPORTED
            : Amazon.Runtime.RequestChecksumCalculation.WHEN_REQUIRED);

        await client.PutObjectAsync(
            new PutObjectRequest { BucketName = AwsFixture.Bucket, Key = "k", InputStream = new MemoryStream(content), UseChunkEncoding = chunked }, Token);

        Assert.Equal(content, await aws.Store.ReadAsync(AwsFixture.Bucket, "k", Token));
        Assert.Equal(
            checksums ? S3ChecksumAlgorithm.Crc32 : S3ChecksumAlgorithm.Crc64Nvme, aws.Store.Find(AwsFixture.Bucket, "k")!.Checksum!.Algorithm);
    }

    [Theory]
    [InlineData("CRC32")]
    [InlineData("SHA1")]
    [InlineData("SHA256")]
    public async Task PutObject_ChosenChecksum_IsVerifiedAndGivenBack(string algorithm)
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3();

        var put = await client.PutObjectAsync(
            new PutObjectRequest
            {
                BucketName = AwsFixture.Bucket,
                Key = "k",
                ContentBody = "hello",
                ChecksumAlgorithm = Amazon.S3.ChecksumAlgorithm.FindValue(algorithm),
            },
            Token);

        Assert.Equal(HttpStatusCode.OK, put.HttpStatusCode);
        Assert.Equal(algorithm, aws.Store.Find(AwsFixture.Bucket, "k")!.Checksum!.Algorithm.ToString(), ignoreCase: true);
        using var got = await client.GetObjectAsync(AwsFixture.Bucket, "k", Token);
        Assert.Equal("hello", await new StreamReader(got.ResponseStream).ReadToEndAsync(Token));
    }

    [Fact]
    public async Task PutObject_WrongChecksum_IsRefusedAndLeavesNothing()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3();

        var error = await Assert.ThrowsAsync<AmazonS3Exception>(() => client.PutObjectAsync(
            new PutObjectRequest { BucketName = AwsFixture.Bucket, Key = "k", ContentBody = "hello", ChecksumCRC32 = "AAAAAA==" }, Token));

        Assert.Equal("BadDigest", error.ErrorCode);
        Assert.Null(aws.Store.Find(AwsFixture.Bucket, "k"));
    }

    [Fact]
    public async Task PutObject_WrongContentMd5_IsRefused()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3();

        var error = await Assert.ThrowsAsync<AmazonS3Exception>(() => client.PutObjectAsync(
            new PutObjectRequest { BucketName = AwsFixture.Bucket, Key = "k", ContentBody = "hello", MD5Digest = "XUFAKrxLKna5cZ2REBfFkw==" }, Token));

        Assert.Equal("BadDigest", error.ErrorCode);
        Assert.Null(aws.Store.Find(AwsFixture.Bucket, "k"));
    }

    [Fact]
    public async Task GetObject_StoredByTheExporter_CarriesKmsHeadersAndCrc64()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3();
        await aws.Store.PutAsync(AwsFixture.Bucket, "k", "123456789"u8.ToArray(), cancellationToken: Token);

        using var got = await client.GetObjectAsync(AwsFixture.Bucket, "k", Token);

        Assert.Equal("rosUhgp5mIg=", got.ChecksumCRC64NVME);
        Assert.Equal(ChecksumType.FULL_OBJECT, got.ChecksumType);
        Assert.Equal(ServerSideEncryptionMethod.AWSKMS, got.ServerSideEncryptionMethod);
        Assert.Equal(aws.Store.KmsKeyArn, got.ServerSideEncryptionKeyManagementServiceKeyId);
        Assert.NotEqual("\"25f9e794323b453885f5181f1b624d0b\"", got.ETag);
        Assert.Equal("123456789", await new StreamReader(got.ResponseStream).ReadToEndAsync(Token));
    }

    [Fact]
    public async Task HeadObject_WithoutChecksumMode_HasNoChecksum()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3();
        await aws.Store.PutAsync(AwsFixture.Bucket, "k", "123456789"u8.ToArray(), cancellationToken: Token);

        var plain = await client.GetObjectMetadataAsync(AwsFixture.Bucket, "k", Token);
        var withMode = await client.GetObjectMetadataAsync(
            new GetObjectMetadataRequest { BucketName = AwsFixture.Bucket, Key = "k", ChecksumMode = ChecksumMode.ENABLED }, Token);

        Assert.Equal(9, plain.ContentLength);
        Assert.Null(plain.ChecksumCRC64NVME);
        Assert.Equal("rosUhgp5mIg=", withMode.ChecksumCRC64NVME);
    }

    [Theory]
    [InlineData("bytes=0-3", 206, "0123", "bytes 0-3/10")]
    [InlineData("bytes=7-", 206, "789", "bytes 7-9/10")]
    [InlineData("bytes=-2", 206, "89", "bytes 8-9/10")]
    [InlineData("bytes=-99", 206, "0123456789", "bytes 0-9/10")]
    [InlineData("bytes=8-99", 206, "89", "bytes 8-9/10")]
    [InlineData("bytes=3-1", 200, "0123456789", null)]
    [InlineData("lines=1-2", 200, "0123456789", null)]
    [InlineData("bytes=0-1,3-4", 200, "0123456789", null)]
    public async Task GetObject_Range_IsAnsweredAsS3Does(string range, int status, string body, string? contentRange)
    {
        await using var aws = await AwsFixture.StartAsync();
        using var http = new SignedHttp(aws.Endpoints);
        await aws.Store.PutAsync(AwsFixture.Bucket, "k", "0123456789"u8.ToArray(), cancellationToken: Token);

        using var response = await http.SendAsync(HttpMethod.Get, $"/{AwsFixture.Bucket}/k", ("Range", range), ("x-amz-checksum-mode", "ENABLED"));

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(body, await response.Content.ReadAsStringAsync(Token));
        Assert.Equal(contentRange, response.Content.Headers.ContentRange?.ToString());
        Assert.Equal(status == 200, response.Headers.Contains("x-amz-checksum-crc64nvme"));
    }

    [Theory]
    [InlineData("bytes=10-", 10)]
    [InlineData("bytes=-0", 10)]
    [InlineData("bytes=0-0", 0)]
    public async Task GetObject_RangeWithoutBytes_Is416(string range, int size)
    {
        await using var aws = await AwsFixture.StartAsync();
        using var http = new SignedHttp(aws.Endpoints);
        await aws.Store.PutAsync(AwsFixture.Bucket, "k", Bytes(size), cancellationToken: Token);

        using var response = await http.SendAsync(HttpMethod.Get, $"/{AwsFixture.Bucket}/k", ("Range", range));

        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, response.StatusCode);
        var error = await response.Content.ReadAsStringAsync(Token);
        Assert.Contains("<Code>InvalidRange</Code>", error, StringComparison.Ordinal);
        Assert.Contains($"<ActualObjectSize>{size}</ActualObjectSize>", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetObject_IfMatchAfterReplacement_IsPreconditionFailed()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3();
        var first = await aws.Store.PutAsync(AwsFixture.Bucket, "k", "same"u8.ToArray(), cancellationToken: Token);
        await aws.Store.PutAsync(AwsFixture.Bucket, "k", "same"u8.ToArray(), cancellationToken: Token);

        var error = await Assert.ThrowsAsync<AmazonS3Exception>(() => client.GetObjectAsync(
            new GetObjectRequest { BucketName = AwsFixture.Bucket, Key = "k", EtagToMatch = first.ETag, ByteRange = new ByteRange(1, 2) }, Token));

        Assert.Equal(HttpStatusCode.PreconditionFailed, error.StatusCode);
        Assert.Equal("PreconditionFailed", error.ErrorCode);
    }

    [Fact]
    public async Task GetObject_IfNoneMatchOfCurrent_IsNotModified()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var http = new SignedHttp(aws.Endpoints);
        var stored = await aws.Store.PutAsync(AwsFixture.Bucket, "k", "x"u8.ToArray(), cancellationToken: Token);

        using var same = await http.SendAsync(HttpMethod.Get, $"/{AwsFixture.Bucket}/k", ("If-None-Match", stored.ETag));
        using var other = await http.SendAsync(HttpMethod.Get, $"/{AwsFixture.Bucket}/k", ("If-None-Match", "\"abc\""));

        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public async Task PutObject_Conditions_AreKept()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3();

        await client.PutObjectAsync(new PutObjectRequest { BucketName = AwsFixture.Bucket, Key = "k", ContentBody = "1", IfNoneMatch = "*" }, Token);
        var again = await Assert.ThrowsAsync<AmazonS3Exception>(() => client.PutObjectAsync(
            new PutObjectRequest { BucketName = AwsFixture.Bucket, Key = "k", ContentBody = "2", IfNoneMatch = "*" }, Token));
        var wrong = await Assert.ThrowsAsync<AmazonS3Exception>(() => client.PutObjectAsync(
            new PutObjectRequest { BucketName = AwsFixture.Bucket, Key = "k", ContentBody = "3", IfMatch = "\"nope\"" }, Token));
        await client.PutObjectAsync(
            new PutObjectRequest
            {
                BucketName = AwsFixture.Bucket,
                Key = "k",
                ContentBody = "4",
                IfMatch = aws.Store.Find(AwsFixture.Bucket, "k")!.ETag,
            },
            Token);

        Assert.Equal(HttpStatusCode.PreconditionFailed, again.StatusCode);
        Assert.Equal(HttpStatusCode.PreconditionFailed, wrong.StatusCode);
        Assert.Equal("4"u8.ToArray(), await aws.Store.ReadAsync(AwsFixture.Bucket, "k", Token));
    }

    [Fact]
    public async Task PutObject_TwentyAtOnceIfAbsent_OneWins()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3();

        var puts = await Task.WhenAll(Enumerable.Range(0, 20).Select(async number =>
        {
            try
            {
                await client.PutObjectAsync(
                    new PutObjectRequest { BucketName = AwsFixture.Bucket, Key = "k", ContentBody = $"{number}", IfNoneMatch = "*" }, Token);
                return $"{number}";
            }
            catch (AmazonS3Exception refused) when (refused.StatusCode == HttpStatusCode.PreconditionFailed)
            {
                return null;
            }
        }));

        var winner = Assert.Single(puts, put => put is not null);
        Assert.Equal(winner, Encoding.UTF8.GetString(await aws.Store.ReadAsync(AwsFixture.Bucket, "k", Token)));
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("with space+plus&amp;?#%25.txt")]
    [InlineData("a//b/./../c")]
    [InlineData("Größe/日本/𝄞")]
    [InlineData("rds:shop-2026/=x=/(1)'!*~")]
    public async Task Objects_AwkwardKeys_ComeBackUnchanged(string key)
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3();

        await client.PutObjectAsync(new PutObjectRequest { BucketName = AwsFixture.Bucket, Key = key, ContentBody = key }, Token);
        using var got = await client.GetObjectAsync(AwsFixture.Bucket, key, Token);
        var listed = await client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = AwsFixture.Bucket }, Token);

        Assert.Equal(key, Assert.Single(aws.Store.List(AwsFixture.Bucket)).Key);
        Assert.Equal(key, await new StreamReader(got.ResponseStream).ReadToEndAsync(Token));
        Assert.Equal(key, Assert.Single(listed.S3Objects).Key);
    }

    [Fact]
    public async Task CopyObject_KeepsMetadataAndContent()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3();
        var put = new PutObjectRequest { BucketName = AwsFixture.Bucket, Key = "from here", ContentBody = "content", ContentType = "text/y" };
        put.Metadata["x-amz-meta-note"] = "kept";
        await client.PutObjectAsync(put, Token);

        var copied = await client.CopyObjectAsync(AwsFixture.Bucket, "from here", AwsFixture.Bucket, "to", Token);

        var stored = aws.Store.Find(AwsFixture.Bucket, "to")!;
        Assert.Equal(stored.ETag, copied.ETag);
        Assert.Equal("text/y", stored.ContentType);
        Assert.Equal("kept", stored.Metadata["note"]);
        Assert.Equal("content"u8.ToArray(), await aws.Store.ReadAsync(AwsFixture.Bucket, "to", Token));
    }

    [Fact]
    public async Task DeleteObjects_ExistingAndMissing_AreBothReportedDeleted()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3();
        await aws.Store.PutAsync(AwsFixture.Bucket, "a", "x"u8.ToArray(), cancellationToken: Token);

        var deleted = await client.DeleteObjectsAsync(
            new DeleteObjectsRequest { BucketName = AwsFixture.Bucket, Objects = [new() { Key = "a" }, new() { Key = "b" }] }, Token);
        await client.DeleteObjectAsync(AwsFixture.Bucket, "never-there", Token);

        Assert.Equal(["a", "b"], deleted.DeletedObjects.Select(item => item.Key));
        Assert.Empty(aws.Store.List(AwsFixture.Bucket));
    }

    [Fact]
    public async Task MissingThings_GiveS3sErrors()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3();

        var key = await Assert.ThrowsAsync<NoSuchKeyException>(() => client.GetObjectAsync(AwsFixture.Bucket, "none", Token));
        var bucket = await Assert.ThrowsAsync<NoSuchBucketException>(() => client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = "nobody" }, Token));
        var head = await Assert.ThrowsAsync<AmazonS3Exception>(() => client.GetObjectMetadataAsync(AwsFixture.Bucket, "none", Token));

        Assert.Equal(HttpStatusCode.NotFound, key.StatusCode);
        Assert.Equal("NoSuchBucket", bucket.ErrorCode);
        Assert.Equal("NotFound", head.ErrorCode);
        Assert.Equal(16, key.RequestId.Length);
    }

    [Fact]
    public async Task ChecksumRules_OverrideWhatIsStored()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3();
        var content = Bytes(25);
        aws.Store.ChecksumRules =
        [
            new S3ChecksumRule((_, key) => key.StartsWith("none/", StringComparison.Ordinal), null),
            new S3ChecksumRule((_, key) => key.StartsWith("composite/", StringComparison.Ordinal), S3ChecksumAlgorithm.Sha256, CompositePartBytes: 10),
            new S3ChecksumRule((_, key) => key.StartsWith("crc32c/", StringComparison.Ordinal), S3ChecksumAlgorithm.Crc32C),
        ];
        foreach (var folder in (string[])["none", "composite", "crc32c"])
            await aws.Store.PutAsync(AwsFixture.Bucket, $"{folder}/k", content, cancellationToken: Token);

        var listed = await client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = AwsFixture.Bucket }, Token);
        var head = await client.GetObjectMetadataAsync(
            new GetObjectMetadataRequest { BucketName = AwsFixture.Bucket, Key = "composite/k", ChecksumMode = ChecksumMode.ENABLED }, Token);

        Assert.Equal(["SHA256", "CRC32C", null], listed.S3Objects.Select(item => item.ChecksumAlgorithm?.FirstOrDefault()));
        Assert.Equal(ChecksumType.COMPOSITE, head.ChecksumType);
        Assert.EndsWith("-3", head.ChecksumSHA256, StringComparison.Ordinal);
    }

    internal static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        for (var index = 0; index < count; index++)
            bytes[index] = (byte)((index * 31) ^ (index >> 8));
        return bytes;
    }
}
