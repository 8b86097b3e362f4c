using Amazon.S3.Model;
using SnapshotBridge.Local.Aws.S3;
using Xunit;

namespace SnapshotBridge.Local.Tests.Aws;

public sealed class S3ListTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task ListObjectsV2_AnyPageSize_GivesEveryKeyOnceInOrder(int pageSize)
    {
        await using var aws = await StartWithKeysAsync("a", "b/1", "b/2", "b/3/x", "b.c", "c d", "ü", "\uFF5E", "𝄞");
        using var client = aws.S3();

        var keys = new List<string>();
        ListObjectsV2Response? page = null;
        do
        {
            page = await client.ListObjectsV2Async(
                new ListObjectsV2Request { BucketName = AwsFixture.Bucket, MaxKeys = pageSize, ContinuationToken = page?.NextContinuationToken }, Token);
            Assert.True(page.S3Objects.Count <= pageSize);
            Assert.Equal(page.S3Objects.Count, page.KeyCount);
            keys.AddRange(page.S3Objects.Select(item => item.Key));
        }
        while (page.IsTruncated == true);

        // The order of UTF-8 bytes: the clef (U+1D11E) comes after U+FF5E although its UTF-16 code units are smaller.
        Assert.Equal(["a", "b.c", "b/1", "b/2", "b/3/x", "c d", "ü", "\uFF5E", "𝄞"], keys);
    }

    [Theory]
    [InlineData("", "/", "a|b.c|c", "b/|d/")]
    [InlineData("b/", "/", "b/1|b/2", "b/3/")]
    [InlineData("b", "/", "b.c", "b/")]
    [InlineData("b", "", "b.c|b/1|b/2|b/3/x|b/3/y", "")]
    [InlineData("none", "/", "", "")]
    public async Task ListObjectsV2_Delimiter_RollsUp(string prefix, string delimiter, string keys, string prefixes)
    {
        await using var aws = await StartWithKeysAsync("a", "b/1", "b/2", "b/3/x", "b/3/y", "b.c", "c", "d/1");
        using var client = aws.S3();

        foreach (var pageSize in (int[])[1, 2, 1000])
        {
            var (objects, common) = (new List<string>(), new List<string>());
            ListObjectsV2Response? page = null;
            do
            {
                page = await client.ListObjectsV2Async(
                    new ListObjectsV2Request
                    {
                        BucketName = AwsFixture.Bucket,
                        Prefix = prefix,
                        Delimiter = delimiter,
                        MaxKeys = pageSize,
                        ContinuationToken = page?.NextContinuationToken,
                    },
                    Token);
                objects.AddRange((page.S3Objects ?? []).Select(item => item.Key));
                common.AddRange(page.CommonPrefixes ?? []);
            }
            while (page.IsTruncated == true);

            Assert.Equal(keys, string.Join('|', objects));
            Assert.Equal(prefixes, string.Join('|', common));
        }
    }

    [Fact]
    public async Task ListObjectsV2_StartAfterAndChecksums_AreServed()
    {
        await using var aws = await StartWithKeysAsync("a", "b", "c");
        using var client = aws.S3();

        var page = await client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = AwsFixture.Bucket, StartAfter = "a" }, Token);

        Assert.Equal(["b", "c"], page.S3Objects.Select(item => item.Key));
        Assert.All(page.S3Objects, item =>
        {
            Assert.Equal(["CRC64NVME"], item.ChecksumAlgorithm);
            Assert.Equal("FULL_OBJECT", item.ChecksumType.Value);
            Assert.Equal(1, item.Size);
            Assert.Equal(aws.Store.Find(AwsFixture.Bucket, item.Key)!.ETag, item.ETag);
        });
    }

    [Fact]
    public async Task ListObjects_FirstVersion_PagesByMarker()
    {
        await using var aws = await StartWithKeysAsync("a/1", "a/2", "b/1", "c", "d");
        using var client = aws.S3();

        var first = await client.ListObjectsAsync(new ListObjectsRequest { BucketName = AwsFixture.Bucket, Delimiter = "/", MaxKeys = 2 }, Token);
        var second = await client.ListObjectsAsync(
            new ListObjectsRequest { BucketName = AwsFixture.Bucket, Delimiter = "/", MaxKeys = 2, Marker = first.NextMarker }, Token);

        Assert.Equal(["a/", "b/"], first.CommonPrefixes);
        Assert.Equal("b/", first.NextMarker);
        Assert.Equal(["c", "d"], second.S3Objects.Select(item => item.Key));
        Assert.False(second.IsTruncated);
    }

    [Fact]
    public async Task ListObjectsV2_UrlEncoding_EncodesKeys()
    {
        await using var aws = await StartWithKeysAsync("a b/+ü\u0001");
        using var http = new SignedHttp(aws.Endpoints);

        using var response = await http.SendAsync(HttpMethod.Get, $"/{AwsFixture.Bucket}?encoding-type=url&list-type=2");

        Assert.Contains("<Key>a+b/%2B%C3%BC%01</Key>", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("list-type=2&max-keys=abc", "InvalidArgument")]
    [InlineData("continuation-token=%21%21&list-type=2", "InvalidArgument")]
    [InlineData("encoding-type=base64&list-type=2", "InvalidArgument")]
    [InlineData("acl=", "NotImplemented")]
    public async Task List_BadParameter_IsRefused(string query, string code)
    {
        await using var aws = await StartWithKeysAsync("a");
        using var http = new SignedHttp(aws.Endpoints);

        using var response = await http.SendAsync(HttpMethod.Get, $"/{AwsFixture.Bucket}?{query}");

        Assert.Contains($"<Code>{code}</Code>", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Buckets_AreCreatedFoundAndDeleted()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3();

        await client.PutBucketAsync("second-bucket", Token);
        await client.HeadBucketAsync(new HeadBucketRequest { BucketName = "second-bucket" }, Token);
        var location = await client.GetBucketLocationAsync(AwsFixture.Bucket, Token);
        var buckets = await client.ListBucketsAsync(Token);
        await client.DeleteBucketAsync("second-bucket", Token);
        var gone = await Assert.ThrowsAnyAsync<Amazon.S3.AmazonS3Exception>(
            () => client.HeadBucketAsync(new HeadBucketRequest { BucketName = "second-bucket" }, Token));
        var invalid = await Assert.ThrowsAnyAsync<Amazon.S3.AmazonS3Exception>(() => client.PutBucketAsync("Not_Valid", Token));

        Assert.Equal([AwsFixture.Bucket, "second-bucket"], buckets.Buckets.Select(bucket => bucket.BucketName));
        Assert.Equal("", location.Location?.Value ?? "");
        Assert.Equal(System.Net.HttpStatusCode.NotFound, gone.StatusCode);
        Assert.Equal("InvalidBucketName", invalid.ErrorCode);
    }

    [Fact]
    public async Task VirtualHost_NamesTheBucket()
    {
        await using var aws = await StartWithKeysAsync("folder/k");
        using var http = new HttpClient();
        using var presigner = aws.S3();
        var path = await presigner.GetPreSignedURLAsync(new GetPreSignedUrlRequest
        {
            BucketName = AwsFixture.Bucket,
            Key = "folder/k",
            Protocol = Amazon.S3.Protocol.HTTP,
            Expires = DateTime.UtcNow.AddMinutes(1),
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, path.Replace($"/{AwsFixture.Bucket}/", "/", StringComparison.Ordinal));
        request.Headers.Host = $"{AwsFixture.Bucket}.localhost:{aws.Endpoints.S3.Endpoint.Port}";

        using var response = await http.SendAsync(request, Token);

        // The signature was made for another host and path, so it is refused; the log tells what was understood.
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, response.StatusCode);
        var entry = Assert.Single(aws.Endpoints.S3.Requests.Entries);
        Assert.Equal((AwsFixture.Bucket, "folder/k", "GetObject"), (entry.Bucket, entry.Key, entry.Operation));
    }

    [Fact]
    public async Task Store_ManyObjects_ListsOnlyThePrefix()
    {
        await using var aws = await AwsFixture.StartAsync();
        for (var number = 0; number < 2_000; number++)
            await aws.Store.PutAsync(AwsFixture.Bucket, $"t{number % 10}/part-{number:D5}", ReadOnlyMemory<byte>.Empty, cancellationToken: Token);

        Assert.Equal(200, aws.Store.List(AwsFixture.Bucket, "t7/").Count);
        Assert.Equal(2_000, aws.Store.List(AwsFixture.Bucket).Count);
        Assert.Throws<S3Exception>(() => aws.Store.List("other"));
    }

    private static async Task<AwsFixture> StartWithKeysAsync(params string[] keys)
    {
        var aws = await AwsFixture.StartAsync();
        foreach (var key in keys)
            await aws.Store.PutAsync(AwsFixture.Bucket, key, "x"u8.ToArray(), cancellationToken: Token);
        return aws;
    }
}
