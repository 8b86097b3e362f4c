using SnapshotBridge.Copying;
using SnapshotBridge.TestKit;
using Xunit;

namespace SnapshotBridge.Core.Tests.Copying;

public sealed class CopyPlanningTests
{
    private const long Mebibyte = 1 << 20;

    [Fact]
    public void For_AnySize_CoversTheObjectOnceWithinTheServicesLimits()
    {
        var random = new Random(5);
        long[] edges = [0, 1, (16 * Mebibyte) - 1, 16 * Mebibyte, (16 * Mebibyte) + 1, 200L << 30, 10L << 40, (9000 * 16 * Mebibyte) + 1];
        var sizes = edges.Concat(Enumerable.Range(0, 500).Select(_ => random.NextInt64(1L << random.Next(1, 44))));
        foreach (var size in sizes)
        {
            var plan = PartPlan.For(size, 16 * Mebibyte);
            Assert.InRange(plan.Count, size == 0 ? 0 : 1, PartPlan.MostParts);
            Assert.True(plan.PartSizeBytes >= 16 * Mebibyte);
            Assert.True(plan.PartSizeBytes % Mebibyte == 0);
            if (plan.PartSizeBytes <= int.MaxValue && size > 0)
            {
                Assert.Equal(size, plan.Offset(plan.Count) + plan.Length(plan.Count));
                Assert.InRange(plan.Length(plan.Count), 1, plan.PartSizeBytes);
                Assert.Equal(0, plan.Offset(1));
            }
        }

        Assert.Equal(23 * Mebibyte, PartPlan.For(200L << 30, 16 * Mebibyte).PartSizeBytes);
    }

    [Theory]
    [InlineData(128, 3)]
    [InlineData(256, 8)]
    [InlineData(512, 16)]
    [InlineData(1024, 16)]
    [InlineData(10_240, 16)]
    public void WorkersFor_FunctionSizes_StayWithinTheMemory(int megabytes, int workers)
    {
        var limits = new CopyLimits { MemoryBytes = megabytes * Mebibyte };
        var buffer = limits.BufferBytesFor("k", 1 * Mebibyte);
        Assert.Equal(10 * Mebibyte, buffer);
        Assert.Equal(workers, limits.WorkersFor(buffer));
        Assert.True((long)workers * buffer <= limits.BufferBudgetBytes);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(1024)]
    public void BufferBytesFor_AnyObjectUpToTwoHundredGibibytes_FitsSmallFunctions(int megabytes)
    {
        var limits = new CopyLimits { MemoryBytes = megabytes * Mebibyte };
        for (var size = Mebibyte; size <= 200L << 30; size = size * 3 / 2)
        {
            var buffer = limits.BufferBytesFor("k", size);
            var workers = limits.WorkersFor(buffer);
            Assert.InRange(workers, 8, CopyLimits.HighestWorkers);
            Assert.True((long)workers * buffer <= limits.BufferBudgetBytes);

            // What is left is what the runtime and the connections were measured to take, with a margin.
            Assert.True(limits.MemoryBytes - ((long)workers * buffer) >= 176 * Mebibyte);
            Assert.True(PartPlan.For(size, limits.PartSizeBytes).PartSizeBytes <= buffer);
        }

        Assert.Equal(23 * Mebibyte, limits.BufferBytesFor("k", 200L << 30));
    }

    [Fact]
    public void BufferBytesFor_ThresholdAbovePartSize_HoldsAWholeObject()
    {
        var limits = new CopyLimits { MemoryBytes = 512 * Mebibyte, PartSizeBytes = 8 * Mebibyte, MultipartThresholdBytes = 32 * Mebibyte };
        Assert.Equal(32 * Mebibyte, limits.BufferBytesFor("k", 10));
    }

    [Theory]
    [InlineData(900, 1, 30)]
    [InlineData(900, 20, 60)]
    [InlineData(900, 200, 300)]
    [InlineData(30, 1, 10)]
    [InlineData(6, 0, 2)]
    public void Reserve_TimeoutAndSlowestTransfer_IsEnoughButAThirdAtMost(int total, int slowest, int expected) =>
        Assert.Equal(
            TimeSpan.FromSeconds(expected),
            new InvocationTime(TimeSpan.FromSeconds(total), () => TimeSpan.Zero).Reserve(TimeSpan.FromSeconds(slowest)));

    [Fact]
    public void Closing_AnyTimeout_IsATenthAndTenSecondsAtMost()
    {
        Assert.Equal(TimeSpan.FromSeconds(10), new InvocationTime(TimeSpan.FromSeconds(900), () => TimeSpan.Zero).Closing);
        Assert.Equal(TimeSpan.FromSeconds(0.6), new InvocationTime(TimeSpan.FromSeconds(6), () => TimeSpan.Zero).Closing);
    }

    [Fact]
    public void AdaptiveConcurrency_ThrottledAndRecovered_HalvesOncePerBurstAndGrowsBack()
    {
        var time = new ManualTime();
        var limit = new AdaptiveConcurrency(16, time);
        limit.Throttled();
        limit.Throttled();
        Assert.Equal(8, limit.Current);
        time.Advance(TimeSpan.FromSeconds(2));
        limit.Throttled();
        Assert.Equal(4, limit.Current);
        for (var i = 0; i < 5; i++)
        {
            time.Advance(TimeSpan.FromSeconds(2));
            limit.Throttled();
        }

        Assert.Equal(1, limit.Current);
        for (var i = 0; i < AdaptiveConcurrency.SuccessesPerStep * 30; i++)
        {
            limit.Succeeded();
        }

        Assert.Equal(16, limit.Current);
    }

    [Fact]
    public async Task TransferGate_TurnsAreScarce_GoToEarlierObjectsFirst()
    {
        var buffers = new PartBuffers();
        buffers.Prepare(16, 1);
        var gate = new TransferGate(buffers, new AdaptiveConcurrency(1, TimeProvider.System), InvocationTime.Unlimited, TimeProvider.System);
        var first = await gate.EnterAsync(0);
        var later = gate.EnterAsync(5);
        var earlier = gate.EnterAsync(2);
        first!.Dispose();
        var second = await earlier;
        Assert.False(later.IsCompleted);
        gate.Stop();
        Assert.Null(await later);
        second!.Dispose();
        Assert.Null(await gate.EnterAsync(0));
        Assert.True(gate.IsStopped);
    }

    [Fact]
    public async Task TransferGate_NoBufferForTheNext_TheWaitingOneHearsOfIt()
    {
        // Fewer buffers than turns, as when there is no memory for another one.
        var buffers = new PartBuffers();
        buffers.Prepare(16, 1);
        var limit = new AdaptiveConcurrency(2, TimeProvider.System);
        limit.Throttled();
        var gate = new TransferGate(buffers, limit, InvocationTime.Unlimited, TimeProvider.System);
        var first = await gate.EnterAsync(0);
        var second = gate.EnterAsync(1);
        var third = gate.EnterAsync(2);
        for (var i = 0; i < AdaptiveConcurrency.SuccessesPerStep; i++)
        {
            limit.Succeeded();
        }

        first!.Dispose();

        using var granted = await second;
        Assert.NotNull(granted);
        await Assert.ThrowsAsync<InvalidOperationException>(() => third);
    }

    [Fact]
    public void PartBuffers_StillInUse_RefusesToBePreparedAgain()
    {
        var buffers = new PartBuffers();
        buffers.Prepare(16, 1);
        var rented = buffers.Rent();
        Assert.Throws<InvalidOperationException>(buffers.Rent);
        Assert.Throws<InvalidOperationException>(() => buffers.Prepare(32, 1));
        buffers.Return(rented);
        buffers.Prepare(32, 1);
        Assert.Equal(32, buffers.Rent().Length);
    }
}
