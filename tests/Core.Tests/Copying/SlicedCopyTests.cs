using SnapshotBridge.Copying;
using SnapshotBridge.Errors;
using Xunit;

namespace SnapshotBridge.Core.Tests.Copying;

public sealed class SlicedCopyTests
{
    private const int Part = SlicedRig.PartBytes;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CopyAsync_SlicesOneAfterAnother_LastOneMakesTheObject()
    {
        var rig = Rig();
        foreach (var slice in new[] { 2, 0, 1 })
        {
            Assert.Empty(rig.Sink.Objects);
            var result = await rig.RunAsync(slice, Token);
            Assert.Equal((true, 1, 0), (result.Done, result.Objects, result.RemainingObjects));
            Assert.Equal(rig.Batch(slice).Objects[0].BytesToCopy, result.SentBytes);
            Assert.Equal(result.SentBytes, result.Bytes);
        }

        await rig.AssertCopiedAsync();
        Assert.Equal(rig.Content.Length, rig.Sink.AcceptedBytes);
        Assert.Empty(rig.Sink.OpenUploads);
        Assert.Equal(rig.Content.Length, rig.Source.Reads.Sum(read => read.Length));
        Assert.Single(rig.Sink.Calls, call => call.StartsWith("commit", StringComparison.Ordinal));
    }

    [Fact]
    public async Task CopyAsync_SlicesAtTheSameTime_ShareOneUploadAndProveTheObjectOnce()
    {
        for (var round = 0; round < 40; round++)
        {
            var rig = Rig();
            var left = await rig.RunAllAsync([0, 1, 2], Token);
            while (left.Count > 0)
            {
                left = await rig.RunAllAsync(left, Token);
            }

            await rig.AssertCopiedAsync();
            Assert.Equal(rig.Content.Length, rig.Sink.AcceptedBytes);
            Assert.Empty(rig.Sink.OpenUploads);
        }
    }

    [Fact]
    public async Task CopyAsync_TwoSlicesSeeAllAtTheSameMoment_BothHaveTheSameProof()
    {
        var rig = new SlicedRig(Part * 4, 2, 4);

        // Both have reported before either looks.
        var reported = 0;
        var both = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Documents.AfterWrite = key =>
        {
            if (key.Contains("slice-", StringComparison.Ordinal) && Interlocked.Increment(ref reported) == 2)
            {
                both.SetResult();
            }

            return key.Contains("slice-", StringComparison.Ordinal) ? both.Task : Task.CompletedTask;
        };
        var left = await rig.RunAllAsync([0, 1], Token);
        while (left.Count > 0)
        {
            left = await rig.RunAllAsync(left, Token);
        }

        await rig.AssertCopiedAsync();
        Assert.Equal(2, rig.Documents.Texts.Where(document => document.Key.Contains("/copied/", StringComparison.Ordinal))
            .Count(document => document.Value.Contains(SlicedRig.DestinationName, StringComparison.Ordinal)));
        Assert.Equal(rig.Content.Length, rig.Sink.AcceptedBytes);
    }

    [Fact]
    public async Task CopyAsync_CompleteAndCalledAgain_SendsAndReadsNothing()
    {
        var rig = Rig();
        await RunInOrderAsync(rig);
        var (sent, reads) = (rig.Sink.AcceptedBytes, rig.Source.Reads.Count);

        foreach (var slice in new[] { 0, 1, 2 })
        {
            var result = await rig.RunAsync(slice, Token);
            Assert.Equal((true, 1, 0L), (result.Done, result.SkippedObjects, result.SentBytes));
        }

        Assert.Equal((sent, reads), (rig.Sink.AcceptedBytes, rig.Source.Reads.Count));
        await rig.AssertCopiedAsync();
    }

    [Fact]
    public async Task CopyAsync_UploadExpiredAfterOthersWereDone_LastSliceSendsAll()
    {
        var rig = Rig();
        await rig.RunAsync(0, Token);
        await rig.RunAsync(1, Token);
        rig.Sink.ExpireUploads();

        Assert.True((await rig.RunAsync(2, Token)).Done);

        await rig.AssertCopiedAsync();
        Assert.NotNull(rig.Shared("upload-0002.json"));
        Assert.Empty(rig.Sink.OpenUploads);
    }

    [Fact]
    public async Task CopyAsync_UploadExpiresWhileInUse_IsTransientThenRight()
    {
        var rig = Rig();
        await rig.RunAsync(0, Token);
        var expired = false;
        rig.Sink.BeforeWrite = what =>
        {
            if (what == $"part {SlicedRig.DestinationName} 7" && !expired)
            {
                expired = true;
                rig.Sink.ExpireUploads();
            }
        };
        await Assert.ThrowsAsync<TransferInterruptedException>(() => rig.RunAsync(1, Token));
        Assert.True((await rig.RunAsync(1, Token)).Done);
        Assert.True((await rig.RunAsync(2, Token)).Done);
        await rig.AssertCopiedAsync();
        Assert.Empty(rig.Sink.OpenUploads);
    }

    [Fact]
    public async Task CopyAsync_ObjectDeletedAfterItWasComplete_EachSliceSendsItsOwnAgain()
    {
        var rig = Rig();
        await RunInOrderAsync(rig);
        var found = await rig.Sink.HeadAsync(SlicedRig.DestinationName, Token);
        Assert.True(await rig.Sink.DeleteAsync(SlicedRig.DestinationName, found!.ETag, Token));

        await RunInOrderAsync(rig);

        await rig.AssertCopiedAsync();
        Assert.Equal(2 * rig.Content.Length, rig.Sink.AcceptedBytes);
    }

    [Fact]
    public async Task CopyAsync_PlanWithOtherSlices_BeginsAnewAndAbortsTheOldUpload()
    {
        var rig = Rig();
        await rig.RunAsync(0, Token);
        rig.Plan(5, 11);
        Assert.True((await rig.RunAsync(1, Token)).Done);
        Assert.Empty(rig.Sink.Objects);
        Assert.True((await rig.RunAsync(0, Token)).Done);
        await rig.AssertCopiedAsync();
        Assert.Empty(rig.Sink.OpenUploads);
    }

    [Fact]
    public async Task CopyAsync_PlanWithOtherSlicesOfACompleteObject_AdoptsIt()
    {
        var rig = Rig();
        await RunInOrderAsync(rig);
        rig.Plan(5, 11);
        Assert.True((await rig.RunAsync(0, Token)).Done);
        Assert.True((await rig.RunAsync(1, Token)).Done);
        await rig.AssertCopiedAsync();
        Assert.Equal(rig.Content.Length, rig.Sink.AcceptedBytes);
    }

    [Fact]
    public async Task CopyAsync_SourceFlipsOnceInOneSlice_OnlyThatPartIsSentAgain()
    {
        var rig = Rig();
        var flips = 0;
        rig.Source.OnRead = (_, offset, bytes) =>
        {
            if (offset == Part && Interlocked.Increment(ref flips) == 1)
            {
                bytes.Span[7] ^= 1;
            }
        };
        await RunInOrderAsync(rig);
        await rig.AssertCopiedAsync();
        Assert.Equal(rig.Content.Length + Part, rig.Sink.AcceptedBytes);
        Assert.Empty(rig.Sink.OpenUploads);
    }

    [Fact]
    public async Task CopyAsync_SourceFlipsOnceAndReadingAgainIsInterrupted_OnlyThatPartIsSentAgain()
    {
        var rig = Rig();
        var flips = 0;
        rig.Source.OnRead = (_, offset, bytes) =>
        {
            if (offset == Part && Interlocked.Increment(ref flips) == 1)
            {
                bytes.Span[7] ^= 1;
            }
        };
        await rig.RunAsync(0, Token);
        await rig.RunAsync(1, Token);
        var reads = 0;
        rig.Source.Pause = (_, _) => Interlocked.Increment(ref reads) == 4 ? throw new TransferInterruptedException("read", "reset") : Task.CompletedTask;
        await Assert.ThrowsAsync<TransferInterruptedException>(() => rig.RunAsync(2, Token));
        rig.Source.Pause = null;

        Assert.True((await rig.RunAsync(2, Token)).Done);

        await rig.AssertCopiedAsync();
        Assert.Equal(rig.Content.Length + Part, rig.Sink.AcceptedBytes);
    }

    [Fact]
    public async Task CopyAsync_SourceFlipsAlways_NamesTheObjectAndLeavesNothing()
    {
        var rig = Rig();
        rig.Source.OnRead = (_, offset, bytes) => bytes.Span[7] ^= (byte)(offset == Part ? 1 : 0);
        await rig.RunAsync(0, Token);
        await rig.RunAsync(1, Token);
        var failure = await Assert.ThrowsAsync<ObjectCorruptedException>(() => rig.RunAsync(2, Token));
        Assert.Equal(TransferLeg.Source, failure.Leg);
        Assert.Empty(rig.Sink.Objects);
        Assert.Empty(rig.Sink.OpenUploads);
    }

    [Fact]
    public async Task CopyAsync_DestinationStoresOtherBytesOnce_IsSentAgainByTheLastSlice()
    {
        var rig = Rig();
        var flips = 0;
        rig.Sink.OnStore = (_, bytes) =>
        {
            bytes[^1] ^= (byte)(Interlocked.Increment(ref flips) == 1 ? 4 : 0);
            return bytes;
        };
        await RunInOrderAsync(rig);
        await rig.AssertCopiedAsync();
        Assert.Empty(rig.Sink.OpenUploads);
    }

    [Fact]
    public async Task CopyAsync_DestinationStoresOtherBytesAlways_NamesTheObjectAndLeavesNothing()
    {
        var rig = Rig();
        rig.Sink.OnStore = (_, bytes) =>
        {
            bytes[^1] ^= 4;
            return bytes;
        };
        await rig.RunAsync(0, Token);
        await rig.RunAsync(1, Token);
        var failure = await Assert.ThrowsAsync<ObjectCorruptedException>(() => rig.RunAsync(2, Token));
        Assert.Equal(TransferLeg.Destination, failure.Leg);
        Assert.Empty(rig.Sink.Objects);
        Assert.Empty(rig.Sink.OpenUploads);
    }

    [Fact]
    public async Task CopyAsync_SourceReplacedBetweenSlices_IsReportedAndTheUploadAborted()
    {
        var rig = Rig();
        await rig.RunAsync(0, Token);
        rig.SourceObject = rig.SourceObject with { ETag = "\"new\"" };
        await Assert.ThrowsAsync<SourceObjectChangedException>(() => rig.RunAsync(1, Token));
        Assert.Empty(rig.Sink.Objects);
        Assert.Empty(rig.Sink.OpenUploads);
    }

    [Fact]
    public async Task CopyAsync_OneSliceIsRefused_KeepsWhatTheOthersHaveSent()
    {
        var rig = Rig();
        await rig.RunAsync(0, Token);
        rig.Sink.BeforeWrite = what => throw new OciRequestRejectedException(what, 400, "InvalidParameter", "no", "id");
        await Assert.ThrowsAsync<OciRequestRejectedException>(() => rig.RunAsync(1, Token));
        rig.Sink.BeforeWrite = null;

        // The redrive, after the remedy: slice 0 is not run again.
        await rig.RunAsync(1, Token);
        await rig.RunAsync(2, Token);
        await rig.AssertCopiedAsync();
        Assert.Equal(rig.Content.Length, rig.Sink.AcceptedBytes);
    }

    [Fact]
    public async Task CopyAsync_CommitAnswerLost_IsFoundByComparing()
    {
        var rig = Rig();
        await rig.RunAsync(0, Token);
        await rig.RunAsync(1, Token);
        rig.Sink.AfterWrite = what =>
        {
            if (what.StartsWith("commit", StringComparison.Ordinal))
            {
                throw new TransferInterruptedException(what, "the answer was lost");
            }
        };
        await Assert.ThrowsAsync<TransferInterruptedException>(() => rig.RunAsync(2, Token));
        rig.Sink.AfterWrite = null;
        var reads = rig.Source.Reads.Count;

        Assert.True((await rig.RunAsync(2, Token)).Done);

        await rig.AssertCopiedAsync();
        Assert.Equal(rig.Content.Length, rig.Sink.AcceptedBytes);

        // The checksums come from what the slices told: only the footer is read.
        Assert.Equal(1, rig.Source.Reads.Count - reads);
    }

    [Fact]
    public async Task CopyAsync_OtherObjectAppearsAtTheName_IsNeverOverwritten()
    {
        var rig = Rig();
        await rig.RunAsync(0, Token);
        rig.Sink.Plant(SlicedRig.DestinationName, "theirs"u8.ToArray());
        await Assert.ThrowsAsync<DestinationConflictException>(() => rig.RunAsync(1, Token));
        Assert.Equal("theirs"u8.ToArray(), rig.Sink.Objects[SlicedRig.DestinationName]);
        Assert.Empty(rig.Sink.OpenUploads);
    }

    [Fact]
    public async Task CopyAsync_HashThatNeedsOrder_IsDestinationEvidenceWithReason()
    {
        var rig = Rig();
        rig.SourceObject = rig.SourceObject with { Checksum = TestObjects.Checksum(ChecksumAlgorithm.Sha256, rig.Content) };
        await RunInOrderAsync(rig);
        await rig.AssertCopiedAsync(CopyEvidence.Destination);
        Assert.Contains("in 3 slices", rig.Shared("object.json"), StringComparison.Ordinal);
    }

    private static async Task RunInOrderAsync(SlicedRig rig)
    {
        for (var slice = 0; slice < rig.Slices; slice++)
        {
            Assert.True((await rig.RunAsync(slice, Token)).Done);
        }
    }

    private static SlicedRig Rig() => new((Part * 10) + 1500, 4, 8, 11);
}
