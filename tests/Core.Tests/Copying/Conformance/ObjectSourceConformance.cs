using SnapshotBridge.Copying;
using Xunit;

namespace SnapshotBridge.Core.Tests.Copying;

/// <summary>What every source must do, so that the engine's promises hold.</summary>
public abstract class ObjectSourceConformance
{
    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A source that holds one object, with a CRC64NVME over it; returns its ETag.</summary>
    protected abstract Task<(IObjectSource Source, string ETag)> StartAsync(string key, byte[] content);

    /// <summary>The same, of an object that was uploaded in parts of this size (at least 5 MiB), with a composite CRC32C over them.</summary>
    protected abstract Task<(IObjectSource Source, string ETag)> StartInPartsAsync(string key, byte[] content, int partBytes);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(300_000)]
    public async Task ReadAsync_WholeObject_FillsTheBufferAndTellsTheChecksum(int size)
    {
        var content = Noise(size);
        var (source, eTag) = await StartAsync("exports/a b/ü+%41=1.parquet", content);
        var buffer = new byte[size];

        var stored = await source.ReadAsync("exports/a b/ü+%41=1.parquet", eTag, size, 0, buffer, Token);

        Assert.Equal(content, buffer);
        Assert.Equal(new StoredChecksum(ChecksumAlgorithm.Crc64Nvme, true, Crc64Nvme.ToBase64(Crc64Nvme.Compute(content))), stored);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 299_998)]
    [InlineData(150_000, 150_000)]
    [InlineData(299_999, 1)]
    public async Task ReadAsync_Range_FillsTheBuffer(int offset, int length)
    {
        var content = Noise(300_000);
        var (source, eTag) = await StartAsync("k", content);
        var buffer = new byte[length];
        Assert.Null(await source.ReadAsync("k", eTag, content.Length, offset, buffer, Token));
        Assert.Equal(content[offset..(offset + length)], buffer);
    }

    [Theory]
    [InlineData(0, 300_000)]
    [InlineData(1000, 200_000)]
    public async Task ReadAsync_WithListener_TellsOnlyOfBytesThatAreThere(int offset, int length)
    {
        var content = Noise(300_000);
        var (source, eTag) = await StartAsync("k", content);
        var buffer = new byte[length];
        var last = 0;
        await source.ReadAsync("k", eTag, content.Length, offset, buffer, received: count =>
        {
            Assert.InRange(count, last, length);
            Assert.True(buffer.AsSpan(0, count).SequenceEqual(content.AsSpan(offset, count)));
            last = count;
        }, Token);
        Assert.Equal(content[offset..(offset + length)], buffer);
    }

    [Fact]
    public async Task DescribeAsync_Object_TellsSizeTagAndChecksum()
    {
        var content = Noise(5000);
        var (source, eTag) = await StartAsync("k", content);
        Assert.Equal(
            new SourceObject(5000, eTag, new StoredChecksum(ChecksumAlgorithm.Crc64Nvme, true, Crc64Nvme.ToBase64(Crc64Nvme.Compute(content)))),
            await source.DescribeAsync("k", Token));
    }

    [Theory]
    [InlineData(0, 5000)]
    [InlineData(100, 200)]
    public async Task ReadAsync_OtherVersion_IsReported(int offset, int length)
    {
        var (source, _) = await StartAsync("k", Noise(5000));
        var failure = await Assert.ThrowsAsync<SourceObjectChangedException>(
            () => source.ReadAsync("k", "\"0123456789abcdef0123456789abcdef\"", 5000, offset, new byte[length], Token));
        Assert.Equal("k", failure.Key);
    }

    [Fact]
    public async Task ReadAsync_OtherSize_IsReported()
    {
        var (source, eTag) = await StartAsync("k", Noise(5000));
        await Assert.ThrowsAsync<SourceObjectChangedException>(() => source.ReadAsync("k", eTag, 6000, 0, new byte[6000], Token));
    }

    [Fact]
    public async Task ReadAsync_NoSuchObject_IsReported()
    {
        var (source, eTag) = await StartAsync("k", Noise(10));
        Assert.Equal("other", (await Assert.ThrowsAsync<SourceObjectMissingException>(
            () => source.ReadAsync("other", eTag, 10, 0, new byte[10], Token))).Key);
        Assert.Equal("other", (await Assert.ThrowsAsync<SourceObjectMissingException>(() => source.DescribeAsync("other", Token))).Key);
    }

    [Fact]
    public async Task ReadAsync_Cancelled_Ends()
    {
        var (source, eTag) = await StartAsync("k", Noise(10));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => source.ReadAsync("k", eTag, 10, 0, new byte[10], new CancellationToken(true)));
    }

    [Fact]
    public async Task DescribePartAsync_UploadedInParts_TellsCountAndSizesAndNoOtherChecksum()
    {
        const int partBytes = 5 << 20;
        var content = Noise((2 * partBytes) + 4321);
        var (source, eTag) = await StartInPartsAsync("k", content, partBytes);

        var described = await source.DescribeAsync("k", Token);

        Assert.Equal((ChecksumAlgorithm.Crc32C, false), (described.Checksum!.Algorithm, described.Checksum.IsFullObject));
        for (var number = 1; number <= 3; number++)
        {
            var part = Assert.IsType<SourcePart>(await source.DescribePartAsync("k", eTag, number, Token));
            var bytes = content.AsSpan((number - 1) * partBytes, number < 3 ? partBytes : 4321);
            Assert.Equal((3, (long)bytes.Length), (part.Count, part.SizeBytes));
            Assert.True(part.Checksum is null || part.Checksum == Crc32C.ToBase64(Crc32C.Compute(bytes)), part.Checksum);
        }
    }

    [Fact]
    public async Task DescribePartAsync_UploadedWhole_TellsNothing()
    {
        var (source, eTag) = await StartAsync("k", Noise(10));
        Assert.Null(await source.DescribePartAsync("k", eTag, 1, Token));
    }

    [Fact]
    public async Task DescribePartAsync_OtherVersionOrNoObject_IsReported()
    {
        var (source, eTag) = await StartAsync("k", Noise(10));
        await Assert.ThrowsAsync<SourceObjectChangedException>(
            () => source.DescribePartAsync("k", "\"0123456789abcdef0123456789abcdef\"", 1, Token));
        await Assert.ThrowsAsync<SourceObjectMissingException>(() => source.DescribePartAsync("other", eTag, 1, Token));
    }

    private static byte[] Noise(int size)
    {
        var content = new byte[size];
        new Random(size).NextBytes(content);
        return content;
    }
}
