using SnapshotBridge.Copying;
using Xunit;

namespace SnapshotBridge.Core.Tests.Copying;

public sealed class RunningChecksumsTests
{
    private static readonly PartChecksums Whole = PartChecksums.Compute(Noise(1), withCrc32: false);

    [Theory]
    [InlineData]
    [InlineData(1_000_000)]
    [InlineData(1, 2, 3)]
    [InlineData(131_072, 131_073, 400_000, 999_999, 1_000_000)]
    [InlineData(0, 700_000, 700_000, 1_000_000)]
    public void Finish_WhateverWasTold_IsOfTheWholeBuffer(params int[] told)
    {
        var running = new RunningChecksums(Noise(1));
        foreach (var count in told)
        {
            running.Received(count);
        }

        Assert.Equal(Whole, running.Finish());
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(300_000)]
    public void Finish_SourceBeganAnew_IsOfWhatStandsThereNow(int firstTime)
    {
        var buffer = Noise(2);
        var running = new RunningChecksums(buffer);
        running.Received(firstTime);

        running.Received(0);
        Noise(1).CopyTo(buffer, 0);
        running.Received(1_000_000);

        Assert.Equal(Whole, running.Finish());
    }

    private static byte[] Noise(int seed)
    {
        var bytes = new byte[1_000_000];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
