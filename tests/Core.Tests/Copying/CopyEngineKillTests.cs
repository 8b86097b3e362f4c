using System.Collections.Concurrent;
using SnapshotBridge.Copying;
using Xunit;

namespace SnapshotBridge.Core.Tests.Copying;

/// <summary>The process dies before or after every single effect; the next one continues with what the stores hold.</summary>
public sealed class CopyEngineKillTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 0)]
    [InlineData(1, 3600)]
    [InlineData(3, 3600)]
    public async Task CopyAsync_KilledAtAnyStep_NextRunEndsRightWithoutSendingAgain(int workers, int checkpointSeconds)
    {
        var token = TestContext.Current.CancellationToken;
        var killed = 0;
        for (var step = 0; ; step++)
        {
            var rig = Rig(workers, checkpointSeconds);
            var steps = new StepCounter { DiesAt = step };
            rig.Steps = steps;
            try
            {
                Assert.True((await rig.RunAsync(token)).Done);
            }
            catch (ProcessKilledException)
            {
                killed++;
            }

            if (!steps.IsDead)
            {
                // The whole run had fewer steps.
                Assert.True(killed > 40, $"only {killed} steps");
                return;
            }

            rig.Steps = new StepCounter();
            rig.Buffers = new PartBuffers();
            var result = await rig.RunAsync(token);

            Assert.True(result.Done, steps.DiedAt);
            rig.AssertCopied();
            Assert.True(
                rig.Batch.Objects.Sum(planned => planned.SizeBytes) == rig.Sink.AcceptedBytes,
                $"killed at {step} ({steps.DiedAt}): {rig.Sink.AcceptedBytes} bytes sent");

            // In flight were at most as many parts as there are buffers.
            Assert.True(
                rig.Sink.SentBytes - rig.Sink.AcceptedBytes <= workers * CopyRig.PartBytes,
                $"killed at {step} ({steps.DiedAt}): {rig.Sink.SentBytes - rig.Sink.AcceptedBytes} bytes sent again");

            // Only an upload that was opened in the very last moment is left, without parts: the lifecycle rule's.
            Assert.True(rig.Sink.OpenUploads.All(parts => parts == 0), steps.DiedAt);
            Assert.True(rig.Sink.OpenUploads.Count <= workers + 2, steps.DiedAt);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task CopyAsync_KilledAtAnyStepOfARepair_NextRunEndsRight(int workers)
    {
        var token = TestContext.Current.CancellationToken;
        for (var step = 0; ; step++)
        {
            // Every object is stored wrongly once; one is read wrongly once before.
            var rig = Rig(workers, checkpointSeconds: 0);
            var stored = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
            rig.Sink.OnStore = (name, bytes) => stored.TryAdd(name, true) ? [.. bytes[..^1], (byte)(bytes[^1] ^ 4)] : bytes;
            var flips = 0;
            rig.Source.OnRead = (key, offset, bytes) =>
            {
                if (key.Contains("large-1", StringComparison.Ordinal) && offset == CopyRig.PartBytes && Interlocked.Increment(ref flips) == 1)
                {
                    bytes.Span[7] ^= 1;
                }
            };
            var steps = new StepCounter { DiesAt = step };
            rig.Steps = steps;
            try
            {
                Assert.True((await rig.RunAsync(token)).Done);
            }
            catch (ProcessKilledException)
            {
                rig.Steps = new StepCounter();
                rig.Buffers = new PartBuffers();
                Assert.True((await rig.RunAsync(token)).Done, steps.DiedAt);
            }

            rig.AssertCopied();
            Assert.Equal((4, true), (stored.Count, flips > 0));
            Assert.True(rig.Sink.OpenUploads.All(parts => parts == 0), steps.DiedAt);
            if (!steps.IsDead)
            {
                Assert.True(step > 60, $"only {step} steps");
                return;
            }
        }
    }

    [Fact]
    public async Task CopyAsync_KilledAgainAndAgain_EndsRight()
    {
        var token = TestContext.Current.CancellationToken;
        var random = new Random(11);
        for (var round = 0; round < 60; round++)
        {
            var rig = Rig(workers: 3, checkpointSeconds: round % 2 * 3600);
            var done = false;
            for (var run = 0; run < 200 && !done; run++)
            {
                rig.Steps = new StepCounter { DiesAt = random.Next(5, 40) };
                rig.Buffers = new PartBuffers();
                try
                {
                    done = (await rig.RunAsync(token)).Done;
                }
                catch (ProcessKilledException)
                {
                    continue;
                }
            }

            rig.Steps = new StepCounter();
            rig.Buffers = new PartBuffers();
            Assert.True((await rig.RunAsync(token)).Done);
            rig.AssertCopied();
            Assert.Equal(rig.Batch.Objects.Sum(planned => planned.SizeBytes), rig.Sink.AcceptedBytes);
        }
    }

    private static CopyRig Rig(int workers, int checkpointSeconds)
    {
        var rig = new CopyRig
        {
            Limits = new CopyLimits
            {
                MemoryBytes = 512 << 20,
                PartSizeBytes = CopyRig.PartBytes,
                MaxWorkers = workers,
                CheckpointInterval = TimeSpan.FromSeconds(checkpointSeconds),
            },
        };
        rig.Add("small-1", 900);
        rig.Add("large-1", CopyRig.PartBytes * 3);
        rig.Add("small-2", 500, checksum: ChecksumAlgorithm.Crc32);
        rig.Add("large-2", (CopyRig.PartBytes * 2) + 5, checksum: ChecksumAlgorithm.Crc32C, table: 1);
        return rig;
    }
}
