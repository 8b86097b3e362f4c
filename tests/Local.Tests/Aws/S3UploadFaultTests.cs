using Amazon.S3;
using Amazon.S3.Model;
using Xunit;

namespace SnapshotBridge.Local.Tests.Aws;

public sealed class S3UploadFaultTests
{
    private const int PartBytes = 5 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task FlipArriving_ClaimedChecksum_IsRefusedAndNothingStored()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3();
        aws.Faults.FlipArriving(10);

        var failure = await Assert.ThrowsAsync<AmazonS3Exception>(() => PutAsync(client, S3ObjectTests.Bytes(1000)));

        Assert.Contains(failure.ErrorCode, new[] { "BadDigest", "XAmzContentSHA256Mismatch" });
        Assert.Null(aws.Store.Find(AwsFixture.Bucket, "k"));
    }

    [Fact]
    public async Task FlipStored_ChecksPassed_OneByteOfTheObjectDiffers()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3();
        var content = S3ObjectTests.Bytes(1000);
        var fault = aws.Faults.FlipStored(10);

        await PutAsync(client, content);

        var stored = await aws.Store.ReadAsync(AwsFixture.Bucket, "k", Token);
        Assert.Equal(1, fault.Applied);
        Assert.Equal([10], Enumerable.Range(0, content.Length).Where(index => stored[index] != content[index]));
    }

    [Fact]
    public async Task ResetUpload_BodyHalfWay_IsCutAndNothingStored()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3();
        var fault = aws.Faults.ResetUpload(1000, count: int.MaxValue);

        await Assert.ThrowsAnyAsync<Exception>(() => PutAsync(client, S3ObjectTests.Bytes(1 << 20)));

        Assert.True(fault.Applied > 0);
        Assert.Null(aws.Store.Find(AwsFixture.Bucket, "k"));
    }

    [Fact]
    public async Task LoseAnswer_Put_IsStoredAlthoughTheCallerSeesAFailure()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3();
        var content = S3ObjectTests.Bytes(1000);
        aws.Faults.LoseAnswer(request => request.Operation == "PutObject", int.MaxValue);

        await Assert.ThrowsAnyAsync<Exception>(() => PutAsync(client, content));

        Assert.Equal(content, await aws.Store.ReadAsync(AwsFixture.Bucket, "k", Token));
    }

    [Fact]
    public async Task SwapParts_Completion_JoinsThemInEachOthersPlace()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3();
        aws.Faults.SwapParts(1, 2);

        await UploadAsync(client, [1, 2]);

        Assert.Equal((2, 1), await FirstBytesAsync(aws));
    }

    [Fact]
    public async Task RepeatPart_Completion_JoinsItTwice()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3();
        aws.Faults.RepeatPart(1, 2);

        await UploadAsync(client, [1, 2]);

        Assert.Equal((1, 1), await FirstBytesAsync(aws));
    }

    [Fact]
    public async Task LosePart_Completion_IsRefused()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3();
        aws.Faults.LosePart();

        var failure = await Assert.ThrowsAsync<AmazonS3Exception>(() => UploadAsync(client, [1, 2]));

        Assert.Equal("InvalidPart", failure.ErrorCode);
        Assert.Null(aws.Store.Find(AwsFixture.Bucket, "k"));
    }

    private static Task<PutObjectResponse> PutAsync(AmazonS3Client client, byte[] content) => client.PutObjectAsync(
        new PutObjectRequest { BucketName = AwsFixture.Bucket, Key = "k", InputStream = new MemoryStream(content), UseChunkEncoding = false }, Token);

    /// <summary>One part per value, filled with it.</summary>
    private static async Task UploadAsync(AmazonS3Client client, byte[] values)
    {
        var upload = await client.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = AwsFixture.Bucket, Key = "k" }, Token);
        var parts = new List<PartETag>();
        foreach (var value in values)
        {
            var content = new byte[PartBytes];
            content.AsSpan().Fill(value);
            var part = await client.UploadPartAsync(
                new UploadPartRequest { BucketName = AwsFixture.Bucket, Key = "k", UploadId = upload.UploadId, PartNumber = parts.Count + 1, InputStream = new MemoryStream(content) }, Token);
            parts.Add(new PartETag(parts.Count + 1, part.ETag));
        }

        await client.CompleteMultipartUploadAsync(
            new CompleteMultipartUploadRequest { BucketName = AwsFixture.Bucket, Key = "k", UploadId = upload.UploadId, PartETags = parts }, Token);
    }

    private static async Task<(int First, int Second)> FirstBytesAsync(AwsFixture aws)
    {
        var stored = await aws.Store.ReadAsync(AwsFixture.Bucket, "k", Token);
        return (stored[0], stored[PartBytes]);
    }
}
