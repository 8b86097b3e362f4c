using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using SnapshotBridge.TestKit;
using Xunit;

namespace SnapshotBridge.Local.Tests.Aws;

public sealed class S3FaultTests
{
    private static readonly byte[] Content = S3ObjectTests.Bytes(300_000);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task FlipByte_OnARangeThatCoversIt_ChangesOneByteOnceAndNothingStored()
    {
        await using var aws = await StartAsync();
        using var client = aws.S3();
        var fault = aws.Faults.FlipByte(200_000);

        var before = await GetAsync(client, new ByteRange(0, 199_999));
        var flipped = await GetAsync(client, new ByteRange(150_000, 250_000));
        var again = await GetAsync(client, new ByteRange(150_000, 250_000));

        Assert.Equal(Content[..200_000], before);
        Assert.Equal([200_000 - 150_000], Differences(flipped, Content[150_000..250_001]));
        Assert.Equal(Content[150_000..250_001], again);
        Assert.Equal(1, fault.Applied);
        Assert.Equal(Content, await aws.Store.ReadAsync(AwsFixture.Bucket, "k", Token));
    }

    [Fact]
    public async Task FlipByte_WholeGetOfAKmsObjectWithCrc64_IsNotNoticedByTheSdk()
    {
        // The reason for a checksum of our own: the SDK without its native extension reads this without an error.
        await using var aws = await StartAsync();
        using var client = aws.S3();
        aws.Faults.FlipByte(0);

        Assert.Equal([0], Differences(await GetAsync(client, null), Content));
    }

    [Fact]
    public async Task Truncate_AnnouncesTheFullLengthAndEndsEarly()
    {
        await using var aws = await StartAsync();
        using var http = new SignedHttp(aws.Endpoints);
        aws.Faults.Truncate(100_000);

        using var response = await http.SendAsync(HttpMethod.Get, $"/{AwsFixture.Bucket}/k");
        using var received = new MemoryStream();
        await using var body = await response.Content.ReadAsStreamAsync(Token);
        await Assert.ThrowsAnyAsync<IOException>(() => body.CopyToAsync(received, Token));

        Assert.Equal(Content.Length, response.Content.Headers.ContentLength);
        Assert.Equal(Content[..100_000], received.ToArray());
        Assert.Equal(100_000, Assert.Single(aws.Endpoints.S3.Requests.Entries).BytesSent);
    }

    [Fact]
    public async Task Reset_InTheMiddle_BreaksTheRead()
    {
        await using var aws = await StartAsync();
        using var client = aws.S3();
        aws.Faults.Reset(100_000, context => context.Attempt == 1);

        await Assert.ThrowsAnyAsync<Exception>(() => GetAsync(client, null));
        Assert.Equal(Content, await GetAsync(client, null));
    }

    [Fact]
    public async Task Reset_OfAPut_LeavesNothing()
    {
        await using var aws = await StartAsync();
        using var client = aws.S3();
        // More than once: .NET's HTTP client itself repeats a request whose connection was closed before any answer.
        aws.Faults.Reset(0, context => context.Operation == "PutObject", count: int.MaxValue);

        var error = await Record.ExceptionAsync(() => client.PutObjectAsync(
            new PutObjectRequest { BucketName = AwsFixture.Bucket, Key = "new", ContentBody = "x" }, Token));

        Assert.True(error is HttpRequestException or IOException, $"{error}");
        Assert.Null(aws.Store.Find(AwsFixture.Bucket, "new"));
    }

    [Fact]
    public async Task StatusFaults_AreAnsweredAsOftenAsAskedFor()
    {
        await using var aws = await StartAsync();
        using var client = aws.S3();
        var slow = aws.Faults.SlowDown(context => context.Key == "k", count: 2);

        for (var attempt = 0; attempt < 2; attempt++)
        {
            var error = await Assert.ThrowsAsync<AmazonS3Exception>(() => GetAsync(client, null));
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "SlowDown"), (error.StatusCode, error.ErrorCode));
        }

        Assert.Equal(Content, await GetAsync(client, null));
        Assert.Equal(2, slow.Applied);

        aws.Faults.InternalError();
        Assert.Equal("InternalError", (await Assert.ThrowsAsync<AmazonS3Exception>(() => GetAsync(client, null))).ErrorCode);
        aws.Faults.AccessDenied();
        Assert.Equal("AccessDenied", (await Assert.ThrowsAsync<AmazonS3Exception>(() => GetAsync(client, null))).ErrorCode);
        aws.Faults.Clear();
        Assert.Equal(Content, await GetAsync(client, null));
    }

    [Fact]
    public async Task SlowDown_Once_IsRetriedByTheSdk()
    {
        await using var aws = await StartAsync();
        using var client = aws.S3(config => config.MaxErrorRetry = 2);
        aws.Faults.SlowDown();

        Assert.Equal(Content, await GetAsync(client, null));
        Assert.Equal([503, 200], aws.Endpoints.S3.Requests.Entries.Select(entry => entry.Status));
    }

    [Fact]
    public async Task LimitBandwidthAndDelay_TakeTheirTime()
    {
        var time = new JumpingTime(DateTimeOffset.UtcNow);
        await using var aws = await StartAsync(time);
        using var client = aws.S3();
        aws.Faults.LimitBandwidth(1_000_000, count: 1);
        aws.Faults.Delay(TimeSpan.FromMilliseconds(100), count: 1);

        Assert.Equal(Content, await GetAsync(client, null));

        // 300 kB at 1 MB/s and a tenth of a second before.
        Assert.Equal(TimeSpan.FromMilliseconds(400), time.Waited);
    }

    [Fact]
    public async Task Replace_WhileItIsRead_GoesOnWithTheOldBytesAndFailsTheNextPinnedRange()
    {
        await using var aws = await StartAsync();
        using var client = aws.S3();
        var etag = aws.Store.Find(AwsFixture.Bucket, "k")!.ETag;
        aws.Faults.Replace("new content"u8.ToArray(), afterBytes: 50_000);

        var first = await GetAsync(client, new ByteRange(0, 99_999));
        var error = await Assert.ThrowsAsync<AmazonS3Exception>(() => client.GetObjectAsync(
            new GetObjectRequest { BucketName = AwsFixture.Bucket, Key = "k", ByteRange = new ByteRange(100_000, 199_999), EtagToMatch = etag }, Token));

        Assert.Equal(Content[..100_000], first);
        Assert.Equal(HttpStatusCode.PreconditionFailed, error.StatusCode);
        Assert.Equal("new content"u8.ToArray(), await aws.Store.ReadAsync(AwsFixture.Bucket, "k", Token));
    }

    [Fact]
    public async Task RequestLog_TellsWhatWasAskedAndNoSignature()
    {
        await using var aws = await StartAsync();
        using var client = aws.S3();
        await GetAsync(client, new ByteRange(5, 9));
        await Assert.ThrowsAsync<NoSuchKeyException>(() => client.GetObjectAsync(AwsFixture.Bucket, "none", Token));

        var entries = aws.Endpoints.S3.Requests.Entries;

        Assert.Equal(("GET", "GetObject", "k", "bytes=5-9", 206, 5L), (entries[0].Method, entries[0].Operation, entries[0].Key, entries[0].Range, entries[0].Status, entries[0].BytesSent));
        Assert.Equal((404, "NoSuchKey"), (entries[1].Status, entries[1].ErrorCode));
        Assert.All(entries, entry => Assert.DoesNotContain("Signature", entry.ToString(), StringComparison.OrdinalIgnoreCase));
    }

    private static async Task<AwsFixture> StartAsync(TimeProvider? time = null)
    {
        var aws = await AwsFixture.StartAsync(options => options with { Clock = time ?? options.Clock });
        await aws.Store.PutAsync(AwsFixture.Bucket, "k", Content, cancellationToken: Token);
        return aws;
    }

    private static async Task<byte[]> GetAsync(AmazonS3Client client, ByteRange? range)
    {
        using var got = await client.GetObjectAsync(new GetObjectRequest { BucketName = AwsFixture.Bucket, Key = "k", ByteRange = range }, Token);
        using var content = new MemoryStream();
        await got.ResponseStream.CopyToAsync(content, Token);
        return content.ToArray();
    }

    private static IEnumerable<int> Differences(byte[] actual, byte[] expected)
    {
        Assert.Equal(expected.Length, actual.Length);
        return Enumerable.Range(0, actual.Length).Where(index => actual[index] != expected[index]);
    }
}
