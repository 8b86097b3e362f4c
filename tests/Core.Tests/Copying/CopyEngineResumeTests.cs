using SnapshotBridge.Copying;
using SnapshotBridge.Errors;
using SnapshotBridge.TestKit;
using Xunit;

namespace SnapshotBridge.Core.Tests.Copying;

/// <summary>What one invocation leaves the next one continues, whatever has changed meanwhile.</summary>
public sealed class CopyEngineResumeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CopyAsync_CheckpointOfAnEarlierInvocation_ItsWorkIsCountedIn()
    {
        var rig = new CopyRig();
        rig.Add("one-part", CopyRig.PartBytes);
        rig.Add("parts", CopyRig.PartBytes * 5);
        var began = new DateTimeOffset(2026, 11, 21, 8, 0, 0, TimeSpan.Zero);
        rig.SaveCheckpoint(new CopyCheckpoint
        {
            ExportTaskId = CopyRig.Task,
            Batch = 7,
            Done = [],
            Open = [],
            Work = new CopyWork { StartedAt = began, EndedAt = began.AddSeconds(9), Invocations = 2, Seconds = 8, GibibyteSeconds = 4, SentBytes = 100, SentObjects = 3, SentParts = 10 },
        });

        var result = await rig.RunAsync(Token);

        var work = rig.Copied!.Work!;
        Assert.Equal((began, 3, 5, 15), (work.StartedAt, work.Invocations, work.SentObjects, work.SentParts));
        Assert.Equal(100 + result.SentBytes, work.SentBytes);
        Assert.True(work.Seconds >= 8 && work.GibibyteSeconds >= 4 && work.EndedAt > began);
    }

    [Fact]
    public async Task CopyAsync_TransientFailure_KeepsFinishedPartsAndContinues()
    {
        var rig = new CopyRig { Limits = new CopyLimits { MemoryBytes = 512 << 20, PartSizeBytes = CopyRig.PartBytes, MaxWorkers = 1 } };
        rig.Add("small", 500);
        var size = CopyRig.PartBytes * 10;
        rig.Add("large", size);
        var parts = 0;
        rig.Sink.BeforeWrite = what =>
        {
            if (what.StartsWith("part ", StringComparison.Ordinal) && ++parts == 7)
            {
                throw new TransferThrottledException(what, "503 after 8 attempts");
            }
        };

        await Assert.ThrowsAsync<TransferThrottledException>(() => rig.RunAsync(Token));
        Assert.Equal((1, 6), (rig.Checkpoint!.Done.Count, Assert.Single(rig.Checkpoint.Open).Parts.Count));
        var readBefore = rig.Source.Reads.Count;

        var result = await rig.RunAsync(Token);

        Assert.True(result.Done);
        Assert.Equal(CopyRig.PartBytes * 4, result.SentBytes);
        Assert.Equal(4, rig.Source.Reads.Count - readBefore);
        Assert.Equal(size + 500, rig.Sink.AcceptedBytes);
        rig.AssertCopied();
    }

    [Fact]
    public async Task CopyAsync_PermanentFailure_AbortsOpenUploadsAndKeepsWhatIsDone()
    {
        var rig = new CopyRig { Limits = new CopyLimits { MemoryBytes = 512 << 20, PartSizeBytes = CopyRig.PartBytes, MaxWorkers = 1 } };
        rig.Add("done", 500);
        rig.Add("large", CopyRig.PartBytes * 10);
        rig.Sink.BeforeWrite = what =>
        {
            if (what.EndsWith(" 4", StringComparison.Ordinal))
            {
                throw new OciRequestRejectedException(what, 400, "InvalidParameter", "no", "id");
            }
        };

        await Assert.ThrowsAsync<OciRequestRejectedException>(() => rig.RunAsync(Token));

        Assert.Empty(rig.Sink.OpenUploads);
        Assert.Single(rig.Sink.Objects);
        Assert.Equal((1, 0), (rig.Checkpoint!.Done.Count, rig.Checkpoint.Open.Count));

        // The redrive.
        rig.Sink.BeforeWrite = null;
        Assert.True((await rig.RunAsync(Token)).Done);
        rig.AssertCopied();
    }

    [Fact]
    public async Task CopyAsync_KeyRefusedInMidObject_UploadThatCannotBeAbortedIsContinued()
    {
        var rig = new CopyRig { Limits = new CopyLimits { MemoryBytes = 512 << 20, PartSizeBytes = CopyRig.PartBytes, MaxWorkers = 1 } };
        rig.Add("large", CopyRig.PartBytes * 10);
        rig.Sink.BeforeWrite = what =>
        {
            if (what.EndsWith(" 4", StringComparison.Ordinal))
            {
                throw new OciAuthenticationFailedException(what, "key", null, "id");
            }
        };
        rig.Sink.BeforeAbort = () => throw new OciAuthenticationFailedException("AbortMultipartUpload", "key", null, "id");

        await Assert.ThrowsAsync<OciAuthenticationFailedException>(() => rig.RunAsync(Token));
        Assert.Equal(3, Assert.Single(rig.Checkpoint!.Open).Parts.Count);

        // With the new key.
        (rig.Sink.BeforeWrite, rig.Sink.BeforeAbort) = (null, null);
        var result = await rig.RunAsync(Token);
        Assert.Equal((true, CopyRig.PartBytes * 7L), (result.Done, result.SentBytes));
        Assert.Empty(rig.Sink.OpenUploads);
        rig.AssertCopied();
    }

    [Fact]
    public async Task CopyAsync_CheckpointCannotBeWrittenOnFailure_ReportsTheFailure()
    {
        var rig = new CopyRig();
        rig.Add("a", CopyRig.PartBytes * 3);
        rig.Sink.BeforeWrite = what =>
        {
            if (what.StartsWith("part", StringComparison.Ordinal))
            {
                rig.Documents.BeforeWrite = _ => throw new AwsServiceUnavailableException("s3:PutObject", "s3://b/k", "503");
                throw new TransferInterruptedException(what, "reset");
            }
        };
        await Assert.ThrowsAsync<TransferInterruptedException>(() => rig.RunAsync(Token));
    }

    [Fact]
    public async Task CopyAsync_UploadExpiredBetweenInvocations_BeginsAnew()
    {
        var rig = await InterruptedAsync();
        rig.Sink.ExpireUploads();
        Assert.True((await rig.RunAsync(Token)).Done);
        rig.AssertCopied();
    }

    [Fact]
    public async Task CopyAsync_PartsChangedBetweenInvocations_AreVerifiedByReadingAndNotSentAgain()
    {
        var rig = await InterruptedAsync();
        rig.Sink.TouchParts();
        Assert.True((await rig.RunAsync(Token)).Done);
        Assert.Equal(CopyRig.PartBytes * 10, rig.Sink.AcceptedBytes);
        rig.AssertCopied();
    }

    [Fact]
    public async Task CopyAsync_ChecksumsOfPartsLost_AreReadAgainAndNotSentAgain()
    {
        var rig = await InterruptedAsync();
        var checkpoint = rig.Checkpoint!;
        rig.SaveCheckpoint(checkpoint with { Open = [checkpoint.Open[0] with { Parts = [checkpoint.Open[0].Parts[0] with { Crc64Nvme = "edited" }] }] });
        Assert.True((await rig.RunAsync(Token)).Done);
        Assert.Equal(CopyRig.PartBytes * 10, rig.Sink.AcceptedBytes);
        rig.AssertCopied();
    }

    [Fact]
    public async Task CopyAsync_CheckpointOfReplacedSource_IsNotUsed()
    {
        var rig = await InterruptedAsync();
        var checkpoint = rig.Checkpoint!;
        rig.SaveCheckpoint(checkpoint with { Open = [checkpoint.Open[0] with { SourceETag = "\"old\"" }] });
        Assert.True((await rig.RunAsync(Token)).Done);
        rig.AssertCopied();
    }

    [Fact]
    public async Task CopyAsync_CheckpointOfOtherVersion_IsNotUsed()
    {
        var rig = await InterruptedAsync();
        rig.SaveCheckpoint(rig.Checkpoint! with { Version = 2 });
        Assert.True((await rig.RunAsync(Token)).Done);
        rig.AssertCopied();
    }

    [Fact]
    public async Task CopyAsync_PartSizeChangedBetweenInvocations_ContinuesWithTheUploadsOwn()
    {
        var rig = await InterruptedAsync();
        rig.Limits = rig.Limits with { PartSizeBytes = CopyRig.PartBytes / 2 };
        Assert.True((await rig.RunAsync(Token)).Done);
        Assert.Equal(CopyRig.PartBytes * 10, rig.Sink.AcceptedBytes);
        rig.AssertCopied();
    }

    [Fact]
    public async Task CopyAsync_DeadlineNear_StopsWritesCheckpointAndContinues()
    {
        var time = new ManualTime();
        var rig = new CopyRig
        {
            Time = time,
            Limits = new CopyLimits { MemoryBytes = 512 << 20, PartSizeBytes = CopyRig.PartBytes, MaxWorkers = 1 },
        };
        rig.Add("large", CopyRig.PartBytes * 10);
        rig.Source.OnRead = (_, _, _) => time.Advance(TimeSpan.FromSeconds(10));

        // 100 s in all, 10 s per part: a new part starts only while 30 s are left.
        var invocations = 0;
        CopyBatchResult result;
        do
        {
            var start = time.GetTimestamp();
            var invocation = new InvocationTime(TimeSpan.FromSeconds(100), () => TimeSpan.FromSeconds(100) - time.GetElapsedTime(start));
            result = await rig.RunAsync(Token, invocation);
            invocations++;
            if (invocations == 1)
            {
                Assert.False(result.Done);
                Assert.Equal(8, Assert.Single(rig.Checkpoint!.Open).Parts.Count);
                Assert.Equal(8 * CopyRig.PartBytes, result.SentBytes);
                Assert.Empty(rig.Sink.Objects);
            }
        }
        while (!result.Done && invocations < 10);

        Assert.Equal(2, invocations);
        Assert.Equal(CopyRig.PartBytes * 10, rig.Sink.AcceptedBytes);
        rig.AssertCopied();
    }

    [Fact]
    public async Task CopyAsync_TransferHangsUntilDeadline_IsGivenUpAndCheckpointed()
    {
        var time = new ManualTime();
        var rig = new CopyRig { Time = time, Limits = new CopyLimits { MemoryBytes = 512 << 20, PartSizeBytes = CopyRig.PartBytes, MaxWorkers = 2 } };
        rig.Add("fine", 500);
        rig.Add("hangs", CopyRig.PartBytes * 2);
        var hanging = new TaskCompletionSource();
        var fineIsSent = new TaskCompletionSource();
        rig.Sink.AfterWrite = what =>
        {
            if (what.StartsWith("put ", StringComparison.Ordinal))
            {
                fineIsSent.TrySetResult();
            }
        };
        rig.Source.Pause = (key, token) =>
        {
            if (!key.Contains("hangs", StringComparison.Ordinal))
            {
                // Its end is recorded only where no other record is being written: the upload's own is by then.
                return hanging.Task;
            }

            hanging.TrySetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, token);
        };
        var invocation = new InvocationTime(TimeSpan.FromSeconds(100), () => TimeSpan.FromSeconds(100));

        var copying = rig.RunAsync(Token, invocation);
        await hanging.Task;
        // What was sent is recorded without asking the deadline any more.
        await fineIsSent.Task;
        time.Advance(TimeSpan.FromSeconds(91));
        var result = await copying;

        Assert.Equal((false, 1, 1), (result.Done, result.Objects, result.RemainingObjects));
        Assert.Single(rig.Checkpoint!.Open);
        rig.Source.Pause = null;
        Assert.True((await rig.RunAsync(Token)).Done);
        rig.AssertCopied();
    }

    [Fact]
    public async Task CopyAsync_NoProgressInThreeInvocations_IsReportedOnceAndCountsAnewAfterwards()
    {
        var rig = new CopyRig();
        rig.Add("never", 500);
        var noTime = new InvocationTime(TimeSpan.FromSeconds(100), () => TimeSpan.FromSeconds(1));
        Assert.False((await rig.RunAsync(Token, noTime)).Done);
        Assert.False((await rig.RunAsync(Token, noTime)).Done);
        Assert.Equal(2, rig.Checkpoint!.InvocationsWithoutProgress);
        var failure = await Assert.ThrowsAsync<CopyStalledException>(() => rig.RunAsync(Token, noTime));
        Assert.Contains("3 invocations", failure.Message, StringComparison.Ordinal);
        Assert.False((await rig.RunAsync(Token, noTime)).Done);
        Assert.True((await rig.RunAsync(Token)).Done);
        rig.AssertCopied();
    }

    /// <summary>One object of ten parts, interrupted when six were sent.</summary>
    private static async Task<CopyRig> InterruptedAsync()
    {
        var rig = new CopyRig { Limits = new CopyLimits { MemoryBytes = 512 << 20, PartSizeBytes = CopyRig.PartBytes, MaxWorkers = 1 } };
        rig.Add("large", CopyRig.PartBytes * 10);
        var parts = 0;
        rig.Sink.BeforeWrite = what =>
        {
            if (what.StartsWith("part ", StringComparison.Ordinal) && ++parts == 7)
            {
                throw new TransferInterruptedException(what, "reset");
            }
        };
        await Assert.ThrowsAsync<TransferInterruptedException>(() => rig.RunAsync(Token));
        rig.Sink.BeforeWrite = null;
        return rig;
    }
}
