using Microsoft.Extensions.Logging.Abstractions;
using SnapshotBridge.Copying;
using Xunit;

namespace SnapshotBridge.Core.Tests.Copying;

/// <summary>
/// Two runs of one snapshot share its export, and so the batches: both may copy one at the same time. Who comes too late gives
/// its own upload up. One that an invocation has left open, and whose only record the other's checkpoint took the place of, is the
/// lifecycle rule's.
/// </summary>
public sealed class CopyEngineTogetherTests
{
    /// <summary>The state machine's retries of what passes by itself.</summary>
    private const int MostCalls = 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CopyAsync_TwoOfOneBatchAtTheSameTime_BothEndWithTheSameObjects()
    {
        var random = new Random(23);
        for (var round = 0; round < 100; round++)
        {
            var rig = Rig();
            Jitter(rig, random.Next());

            await Task.WhenAll(UntilDoneAsync(rig), UntilDoneAsync(rig));

            rig.AssertCopied();
        }
    }

    [Fact]
    public async Task CopyAsync_TwoContinueOneInterruptedBatch_BothEndWithTheSameObjects()
    {
        var random = new Random(29);
        for (var round = 0; round < 100; round++)
        {
            var rig = Rig();
            rig.Steps = new StepCounter { DiesAt = random.Next(10, 35) };
            await Assert.ThrowsAsync<ProcessKilledException>(() => RunAsync(rig));
            rig.Steps = new StepCounter();
            Jitter(rig, random.Next());

            await Task.WhenAll(UntilDoneAsync(rig), UntilDoneAsync(rig));

            rig.AssertCopied();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CopyAsync_TheOtherWasDoneBeforeThisOneEnded_GivesItsOwnUploadUp(bool isRefused)
    {
        var rig = Rig();
        rig.Sink.BeforeWrite = what => Break(what.StartsWith("part ", StringComparison.Ordinal));
        await Assert.ThrowsAsync<TransferInterruptedException>(() => RunAsync(rig));
        var late = Assert.IsType<CopyCheckpoint>(rig.Checkpoint);
        Assert.NotEmpty(late.Open);

        // Both began with nothing: the other has not seen what this one writes as it ends.
        rig.Sink.BeforeWrite = null;
        rig.Documents.Texts.Clear();
        await UntilDoneAsync(rig);
        Assert.Equal(late.Open.Count, rig.Sink.OpenUploads.Count);
        rig.SaveCheckpoint(late);
        rig.Sink.BeforeAbort = () => Break(isRefused);

        await UntilDoneAsync(rig);

        Assert.Equal(isRefused ? late.Open.Count : 0, rig.Sink.OpenUploads.Count);
        rig.AssertCopied();
    }

    private static async Task UntilDoneAsync(CopyRig rig)
    {
        for (var call = 1; ; call++)
        {
            try
            {
                Assert.True((await RunAsync(rig)).Done);
                return;
            }
            catch (TransferInterruptedException) when (call < MostCalls)
            {
                // The other one was first with something.
            }
        }
    }

    private static void Break(bool isTime)
    {
        if (isTime)
        {
            throw new TransferInterruptedException("request", "the connection broke");
        }
    }

    /// <summary>One invocation in a sandbox of its own.</summary>
    private static Task<CopyBatchResult> RunAsync(CopyRig rig) =>
        new CopyEngine(rig.Source, rig.Sink, rig.Documents, rig.Limits, new PartBuffers(), rig.Time, NullLogger.Instance).CopyAsync(rig.Batch, InvocationTime.Unlimited, Token);

    private static void Jitter(CopyRig rig, int seed)
    {
        var random = new Random(seed);
        rig.Sink.Pause = async _ =>
        {
            int yields;
            lock (random)
            {
                yields = random.Next(0, 20);
            }

            while (yields-- > 0)
            {
                await Task.Yield();
            }
        };
    }

    private static CopyRig Rig()
    {
        var rig = new CopyRig();
        rig.Add("small-1", 900);
        rig.Add("large-1", CopyRig.PartBytes * 5);
        rig.Add("small-2", 500, checksum: ChecksumAlgorithm.Crc32);
        rig.Add("large-2", (CopyRig.PartBytes * 3) + 5, checksum: ChecksumAlgorithm.Crc32C, table: 1);
        return rig;
    }
}
