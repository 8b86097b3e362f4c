using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using SnapshotBridge.Copying;
using SnapshotBridge.Local.Aws.S3;
using Xunit;
using ChecksumAlgorithm = Amazon.S3.ChecksumAlgorithm;
using S3ChecksumAlgorithm = SnapshotBridge.Local.Aws.S3.S3ChecksumAlgorithm;

namespace SnapshotBridge.Local.Tests.Aws;

public sealed class S3MultipartTests
{
    private const int FiveMiB = 5 * 1024 * 1024;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Multipart_PartsOutOfOrder_JoinInOrderWithAWholeChecksum()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3(config => config.RequestChecksumCalculation = Amazon.Runtime.RequestChecksumCalculation.WHEN_REQUIRED);
        var content = S3ObjectTests.Bytes((2 * FiveMiB) + 1234);
        var upload = await client.InitiateMultipartUploadAsync(AwsFixture.Bucket, "big", Token);

        var parts = new List<PartETag>();
        foreach (var number in (int[])[3, 1, 2])
            parts.Add(await UploadAsync(client, upload.UploadId, number, Part(content, number)));
        var listed = await client.ListPartsAsync(new ListPartsRequest { BucketName = AwsFixture.Bucket, Key = "big", UploadId = upload.UploadId }, Token);
        var uploads = await client.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = AwsFixture.Bucket }, Token);
        var done = await CompleteAsync(client, upload.UploadId, [.. parts.OrderBy(part => part.PartNumber)]);

        Assert.Equal([1, 2, 3], listed.Parts.Select(part => part.PartNumber));
        Assert.Equal([upload.UploadId], uploads.MultipartUploads.Select(item => item.UploadId));
        Assert.EndsWith("-3\"", done.ETag, StringComparison.Ordinal);
        Assert.Equal(content, await aws.Store.ReadAsync(AwsFixture.Bucket, "big", Token));
        Assert.Equal(
            new S3Checksum(S3ChecksumAlgorithm.Crc64Nvme, S3ChecksumType.FullObject, Crc64Nvme.ToBase64(Crc64Nvme.Compute(content))),
            aws.Store.Find(AwsFixture.Bucket, "big")!.Checksum);
        var gone = await Assert.ThrowsAsync<AmazonS3Exception>(() => CompleteAsync(client, upload.UploadId, parts));
        Assert.Equal("NoSuchUpload", gone.ErrorCode);
    }

    [Fact]
    public async Task Multipart_WithSha256_StoresACompositeChecksum()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3();
        var content = S3ObjectTests.Bytes(FiveMiB + 7);
        var upload = await client.InitiateMultipartUploadAsync(
            new InitiateMultipartUploadRequest { BucketName = AwsFixture.Bucket, Key = "big", ChecksumAlgorithm = ChecksumAlgorithm.SHA256 }, Token);

        var parts = new List<PartETag>();
        foreach (var number in (int[])[1, 2])
        {
            var part = await client.UploadPartAsync(Request(upload.UploadId, number, Part(content, number), ChecksumAlgorithm.SHA256), Token);
            parts.Add(new PartETag(part));
        }

        var done = await CompleteAsync(client, upload.UploadId, parts);

        Assert.Equal(ChecksumType.COMPOSITE, done.ChecksumType);
        Assert.EndsWith("-2", done.ChecksumSHA256, StringComparison.Ordinal);
        Assert.Equal(done.ChecksumSHA256, aws.Store.Find(AwsFixture.Bucket, "big")!.Checksum!.Value);
    }

    [Fact]
    public async Task Multipart_SmallPartBeforeTheLast_IsEntityTooSmall()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3();
        var upload = await client.InitiateMultipartUploadAsync(AwsFixture.Bucket, "big", Token);
        var parts = new List<PartETag>
        {
            await UploadAsync(client, upload.UploadId, 1, [1, 2, 3]),
            await UploadAsync(client, upload.UploadId, 2, [4]),
        };

        var error = await Assert.ThrowsAsync<AmazonS3Exception>(() => CompleteAsync(client, upload.UploadId, parts));

        Assert.Equal("EntityTooSmall", error.ErrorCode);
        Assert.Null(aws.Store.Find(AwsFixture.Bucket, "big"));
    }

    [Fact]
    public async Task Multipart_WrongETagOrOrder_IsRefusedAndTheUploadGoesOn()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3();
        var upload = await client.InitiateMultipartUploadAsync(AwsFixture.Bucket, "big", Token);
        var part = await UploadAsync(client, upload.UploadId, 1, [1, 2, 3]);

        var wrong = await Assert.ThrowsAsync<AmazonS3Exception>(() => CompleteAsync(client, upload.UploadId, [new PartETag(1, "\"abc\"")]));
        var missing = await Assert.ThrowsAsync<AmazonS3Exception>(() => CompleteAsync(client, upload.UploadId, [part, new PartETag(2, part.ETag)]));
        await CompleteAsync(client, upload.UploadId, [part]);

        Assert.Equal("InvalidPart", wrong.ErrorCode);
        Assert.Equal("InvalidPart", missing.ErrorCode);
        Assert.Equal([1, 2, 3], await aws.Store.ReadAsync(AwsFixture.Bucket, "big", Token));
    }

    [Fact]
    public async Task Multipart_IfNoneMatchOnAnExistingKey_IsRefused()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3();
        await aws.Store.PutAsync(AwsFixture.Bucket, "big", "there"u8.ToArray(), cancellationToken: Token);
        var upload = await client.InitiateMultipartUploadAsync(AwsFixture.Bucket, "big", Token);
        var part = await UploadAsync(client, upload.UploadId, 1, [1]);

        var error = await Assert.ThrowsAsync<AmazonS3Exception>(() => client.CompleteMultipartUploadAsync(
            new CompleteMultipartUploadRequest { BucketName = AwsFixture.Bucket, Key = "big", UploadId = upload.UploadId, PartETags = [part], IfNoneMatch = "*" },
            Token));

        Assert.Equal(HttpStatusCode.PreconditionFailed, error.StatusCode);
        Assert.Equal("there"u8.ToArray(), await aws.Store.ReadAsync(AwsFixture.Bucket, "big", Token));
    }

    [Fact]
    public async Task Multipart_Abort_ForgetsTheParts()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3();
        var upload = await client.InitiateMultipartUploadAsync(AwsFixture.Bucket, "big", Token);
        await UploadAsync(client, upload.UploadId, 1, [1]);

        await client.AbortMultipartUploadAsync(AwsFixture.Bucket, "big", upload.UploadId, Token);

        var error = await Assert.ThrowsAsync<AmazonS3Exception>(() => UploadAsync(client, upload.UploadId, 2, [1]));
        Assert.Equal("NoSuchUpload", error.ErrorCode);
        Assert.Empty((await client.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = AwsFixture.Bucket }, Token)).MultipartUploads ?? []);
    }

    [Fact]
    public async Task GetObject_PartNumber_GivesThatPart()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.S3();
        var content = S3ObjectTests.Bytes(FiveMiB + 7);
        var upload = await client.InitiateMultipartUploadAsync(AwsFixture.Bucket, "big", Token);
        await CompleteAsync(client, upload.UploadId,
            [await UploadAsync(client, upload.UploadId, 1, Part(content, 1)), await UploadAsync(client, upload.UploadId, 2, Part(content, 2))]);

        using var got = await client.GetObjectAsync(new GetObjectRequest { BucketName = AwsFixture.Bucket, Key = "big", PartNumber = 2 }, Token);

        Assert.Equal(HttpStatusCode.PartialContent, got.HttpStatusCode);
        Assert.Equal(2, got.PartsCount);
        Assert.Equal(7, got.ContentLength);
    }

    private static byte[] Part(byte[] content, int number)
        => content[((number - 1) * FiveMiB)..Math.Min(number * FiveMiB, content.Length)];

    private static UploadPartRequest Request(string uploadId, int number, byte[] content, ChecksumAlgorithm? algorithm = null) => new()
    {
        BucketName = AwsFixture.Bucket,
        Key = "big",
        UploadId = uploadId,
        PartNumber = number,
        InputStream = new MemoryStream(content),
        ChecksumAlgorithm = algorithm,
    };

    private static async Task<PartETag> UploadAsync(AmazonS3Client client, string uploadId, int number, byte[] content)
    {
        var part = await client.UploadPartAsync(Request(uploadId, number, content), Token);
        return new PartETag(number, part.ETag);
    }

    private static Task<CompleteMultipartUploadResponse> CompleteAsync(AmazonS3Client client, string uploadId, List<PartETag> parts)
        => client.CompleteMultipartUploadAsync(
            new CompleteMultipartUploadRequest { BucketName = AwsFixture.Bucket, Key = "big", UploadId = uploadId, PartETags = parts }, Token);
}
