using SnapshotBridge.Copying;
using Xunit;

namespace SnapshotBridge.Core.Tests.Copying;

/// <summary>What stands at the destination is compared and never overwritten; what is not there is copied.</summary>
public sealed class CopyEngineDestinationTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1000)]
    [InlineData(CopyRig.PartBytes * 3)]
    public async Task CopyAsync_OtherContentAtDestination_IsNeverOverwritten(int size)
    {
        var rig = new CopyRig();
        rig.Add("taken", size);
        var name = rig.Batch.Objects[0].DestinationName;
        foreach (var theirs in new[] { "theirs"u8.ToArray(), new byte[rig.Batch.Objects[0].SizeBytes] })
        {
            rig.Sink.Plant(name, theirs);
            var failure = await Assert.ThrowsAsync<DestinationConflictException>(() => rig.RunAsync(Token));
            Assert.Equal(name, failure.ObjectName);
            Assert.Equal(theirs, rig.Sink.Objects[name]);
            Assert.Empty(rig.Sink.OpenUploads);
        }
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(CopyRig.PartBytes * 3)]
    public async Task CopyAsync_OtherContentAppearsWhileCopying_IsNeverOverwritten(int size)
    {
        var rig = new CopyRig();
        rig.Add("taken", size);
        var name = rig.Batch.Objects[0].DestinationName;
        rig.Source.OnRead = (_, _, _) => rig.Sink.Plant(name, "theirs"u8.ToArray());

        await Assert.ThrowsAsync<DestinationConflictException>(() => rig.RunAsync(Token));

        Assert.Equal("theirs"u8.ToArray(), rig.Sink.Objects[name]);
        Assert.Empty(rig.Sink.OpenUploads);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(CopyRig.PartBytes * 3)]
    public async Task CopyAsync_SameContentAtDestination_IsAdoptedWithoutSending(int size)
    {
        var rig = new CopyRig();
        var content = rig.Add("same", size);
        rig.Sink.Plant(rig.Batch.Objects[0].DestinationName, content);

        var result = await rig.RunAsync(Token);

        Assert.Equal((true, 1, 0L), (result.Done, result.SkippedObjects, result.SentBytes));
        rig.AssertCopied();
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(CopyRig.PartBytes * 3)]
    public async Task CopyAsync_WriteHappenedButAnswerLost_IsFoundByComparing(int size)
    {
        var rig = new CopyRig();
        rig.Add("lost", size);
        var name = rig.Batch.Objects[0].DestinationName;

        // The client repeats a write whose answer it lost, and is told that the object exists or the upload is gone.
        var lost = 0;
        rig.Sink.AfterWrite = what =>
        {
            if ((what == $"put {name}" || what == $"commit {name}") && Interlocked.Increment(ref lost) == 1)
            {
                throw new TransferInterruptedException(what, "the answer was lost");
            }
        };
        await Assert.ThrowsAsync<TransferInterruptedException>(() => rig.RunAsync(Token));

        var result = await rig.RunAsync(Token);

        Assert.Equal((true, 0L), (result.Done, result.SentBytes));
        Assert.Equal(size, rig.Sink.AcceptedBytes);
        rig.AssertCopied();
    }

    [Fact]
    public async Task CopyAsync_BatchAlreadyCopied_OnlyListsAndReturns()
    {
        var rig = new CopyRig();
        rig.Add("a", 100);
        rig.Add("b", CopyRig.PartBytes * 2);
        await rig.RunAsync(Token);
        var (reads, calls, writes) = (rig.Source.Reads.Count, rig.Sink.Calls.Count, rig.Documents.Writes);

        var result = await rig.RunAsync(Token);

        Assert.Equal((true, 2, 2, 0L), (result.Done, result.Objects, result.SkippedObjects, result.SentBytes));
        Assert.Equal((reads, calls + 1, writes), (rig.Source.Reads.Count, rig.Sink.Calls.Count, rig.Documents.Writes));
        rig.AssertCopied();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CopyAsync_ProofsOfAPlanWithOtherBatches_AreWrittenAnewForThisOne(bool earlierWasLarger)
    {
        var earlier = new CopyRig();
        earlier.Add("a", 100);
        if (earlierWasLarger)
        {
            earlier.Add("b", 300);
        }

        await earlier.RunAsync(Token);
        var rig = new CopyRig();
        rig.Add("a", 100, table: 0);
        if (!earlierWasLarger)
        {
            rig.Add("b", 300);
        }

        foreach (var (key, text) in earlier.Documents.Texts)
        {
            rig.Documents.Texts[key] = text;
        }

        var result = await rig.RunAsync(Token);

        Assert.True(result.Done);
        Assert.Equal(rig.Batch.Objects.Select(planned => planned.Key), rig.Copied!.Objects.Select(proof => proof.Key));
    }

    [Fact]
    public async Task CopyAsync_CopiedObjectVanished_IsCopiedAgain()
    {
        var rig = new CopyRig();
        rig.Add("a", 100);
        rig.Add("b", 300);
        await rig.RunAsync(Token);
        var name = rig.Batch.Objects[1].DestinationName;
        Assert.True(await rig.Sink.DeleteAsync(name, (await rig.Sink.HeadAsync(name, Token))!.ETag, Token));

        var result = await rig.RunAsync(Token);

        Assert.Equal((true, 1, 300L), (result.Done, result.SkippedObjects, result.SentBytes));
        rig.AssertCopied(withStatistics: false);
    }
}
