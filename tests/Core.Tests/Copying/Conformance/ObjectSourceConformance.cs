using SnapshotBridge.Copying;
using Xunit;

namespace SnapshotBridge.Core.Tests.Copying;

/// <summary>What every source must do, so that the engine's promises hold.</summary>
public abstract class ObjectSourceConformance
{
    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A source that holds one object, with a CRC64NVME over it; returns its ETag.</summary>
    protected abstract Task<(IObjectSource Source, string ETag)> StartAsync(string key, byte[] content);

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

    private static byte[] Noise(int size)
    {
        var content = new byte[size];
        new Random(size).NextBytes(content);
        return content;
    }
}
