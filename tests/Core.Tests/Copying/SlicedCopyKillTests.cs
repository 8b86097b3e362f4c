using Xunit;

namespace SnapshotBridge.Core.Tests.Copying;

/// <summary>Any slice dies before or after any single effect, in any order of the slices; those that follow end right.</summary>
public sealed class SlicedCopyKillTests
{
    private const int Part = SlicedRig.PartBytes;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CopyAsync_OneSliceKilledAtAnyStep_EndsRightWithoutSendingAgain()
    {
        foreach (var order in new int[][] { [0, 1, 2], [2, 1, 0] })
        {
            for (var victim = 0; victim < order.Length; victim++)
            {
                for (var step = 0; ; step++)
                {
                    var rig = Rig();
                    foreach (var slice in order[..victim])
                    {
                        Assert.True((await rig.RunAsync(slice, Token)).Done);
                    }

                    var steps = new StepCounter { DiesAt = step };
                    rig.Steps = steps;
                    var left = await rig.RunAllAsync([order[victim]], Token);
                    rig.Steps = new StepCounter();
                    if (!steps.IsDead)
                    {
                        Assert.True(step > 20, $"only {step} steps");
                        break;
                    }

                    // The state machine calls the killed one again, before or after the others.
                    Assert.Equal([order[victim]], left);
                    foreach (var slice in step % 2 == 0 ? order[victim..] : [.. order[(victim + 1)..], order[victim]])
                    {
                        Assert.True((await rig.RunAsync(slice, Token)).Done, steps.DiedAt);
                    }

                    await rig.AssertCopiedAsync();
                    Assert.True(rig.Content.Length == rig.Sink.AcceptedBytes, $"killed at {step} ({steps.DiedAt}): {rig.Sink.AcceptedBytes} bytes sent");

                    Assert.True(rig.Sink.SentBytes - rig.Sink.AcceptedBytes <= rig.Limits.MaxWorkers * Part, steps.DiedAt);

                    // Only an upload that was opened in the very last moment is left, without parts: the lifecycle rule's.
                    Assert.True(rig.Sink.OpenUploads.All(parts => parts == 0) && rig.Sink.OpenUploads.Count <= 1, steps.DiedAt);
                }
            }
        }
    }

    [Fact]
    public async Task CopyAsync_AllSlicesTogetherKilledAgainAndAgain_EndsRightWithoutSendingAgain()
    {
        var random = new Random(17);
        for (var round = 0; round < 150; round++)
        {
            var rig = Rig();
            IReadOnlyList<int> left = [0, 1, 2];
            for (var run = 0; run < 300 && left.Count > 0; run++)
            {
                // Now and then some run while others wait, as a Map with few children at a time does.
                int[] chosen = [.. left.OrderBy(_ => random.Next()).Take(random.Next(1, left.Count + 1))];
                rig.Steps = new StepCounter { DiesAt = run < 200 ? random.Next(10, 90) : null };
                var again = await rig.RunAllAsync(chosen, Token);
                left = [.. left.Where(slice => !chosen.Contains(slice) || again.Contains(slice))];
            }

            Assert.Empty(left);
            rig.Steps = new StepCounter();
            await rig.AssertCopiedAsync();
            Assert.Equal(rig.Content.Length, rig.Sink.AcceptedBytes);
            Assert.True(rig.Sink.OpenUploads.All(parts => parts == 0));
        }
    }

    [Fact]
    public async Task CopyAsync_UploadExpiresAtAnyStep_EndsRight()
    {
        for (var step = 0; step < 120; step++)
        {
            var rig = Rig();
            var steps = 0;
            rig.Steps = new StepCounter
            {
                OnStep = _ =>
                {
                    if (Interlocked.Increment(ref steps) == step)
                    {
                        rig.Sink.ExpireUploads();
                    }
                },
            };
            IReadOnlyList<int> left = [0, 1, 2];
            for (var run = 0; run < 20 && left.Count > 0; run++)
            {
                left = await rig.RunAllAsync(left, Token);
            }

            Assert.Empty(left);
            await rig.AssertCopiedAsync();
        }
    }

    private static SlicedRig Rig() => new((Part * 6) + 77, 3, 5, 7);
}
