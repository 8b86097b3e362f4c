using SnapshotBridge.CopyTable;
using Xunit;

namespace SnapshotBridge.Functions.Tests.CopyTable;

public sealed class LargeReadsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(16 * 1024)]
    [InlineData(128 * 1024)]
    [InlineData(1_000_000)]
    public async Task ReadAsync_WhateverIsAskedFor_GivesTheSameBytesInOrder(int most)
    {
        var sent = new byte[most < 100 ? 20_000 : 1_000_000];
        new Random(1).NextBytes(sent);
        var network = new Arrivals(sent);
        await using var stream = new LargeReads(network);
        var received = new MemoryStream();
        var buffer = new byte[most];
        int count;
        while ((count = await stream.ReadAsync(buffer, TestContext.Current.CancellationToken)) > 0)
        {
            received.Write(buffer, 0, count);
        }

        Assert.Equal(sent, received.ToArray());
        Assert.Equal(0, await stream.ReadAsync(buffer, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task ReadAsync_OfRecords_AsksTheConnectionOncePerArrival()
    {
        var network = new Arrivals(new byte[1_000_000]);
        await using var stream = new LargeReads(network);
        var buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer, TestContext.Current.CancellationToken) > 0)
        {
        }

        // Pieces of at most 100,000 bytes and the end.
        Assert.Equal(network.Pieces + 1, network.Reads);
    }

    [Fact]
    public async Task ReadAsync_Cancelled_TakesNothing()
    {
        await using var stream = new LargeReads(new Arrivals(new byte[100]));
        var buffer = new byte[10];
        Assert.Equal(10, await stream.ReadAsync(buffer, TestContext.Current.CancellationToken));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => Assert.Equal(0, await stream.ReadAsync(buffer, new CancellationToken(canceled: true))));
        Assert.Equal(10, await stream.ReadAsync(buffer, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task DisposeAsync_OwnsTheConnection()
    {
        var network = new Arrivals([]);
        await new LargeReads(network).DisposeAsync();
        Assert.False(network.CanRead);
    }

    /// <summary>Bytes that arrive in pieces, as a network brings them.</summary>
    private sealed class Arrivals(byte[] bytes) : MemoryStream(bytes)
    {
        private readonly Random _random = new(2);

        public int Reads { get; private set; }

        public int Pieces { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default)
        {
            Reads++;
            var piece = destination[..Math.Min(destination.Length, _random.Next(1, 100_000))];
            Pieces += Position < Length ? 1 : 0;
            return base.ReadAsync(piece, cancellationToken);
        }
    }
}
