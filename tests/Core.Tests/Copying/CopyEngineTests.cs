using System.Text;
using SnapshotBridge.Copying;
using SnapshotBridge.Errors;
using SnapshotBridge.Parquet;
using SnapshotBridge.TestKit;
using Xunit;

namespace SnapshotBridge.Core.Tests.Copying;

public sealed class CopyEngineTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CopyAsync_ObjectsOfAllSizes_ArriveWithProof()
    {
        var rig = new CopyRig();
        rig.Add("tiny", 0);
        rig.Add("one-part", CopyRig.PartBytes);
        rig.Add("one-part-and-a-byte", CopyRig.PartBytes + 1);
        rig.Add("parts", CopyRig.PartBytes * 5, rows: 40, table: 1);
        rig.Add("many-parts", (CopyRig.PartBytes * 20) + 17, table: 1);
        rig.AddRaw("empty.bin", [], TestObjects.Checksum(ChecksumAlgorithm.Crc64Nvme, []), table: 2);
        rig.AddRaw("a.bin", "x"u8.ToArray(), TestObjects.Checksum(ChecksumAlgorithm.Crc64Nvme, "x"u8.ToArray()), table: 2);

        var result = await rig.RunAsync(Token);

        Assert.True(result.Done);
        Assert.Equal((7, 0, 0), (result.Objects, result.SkippedObjects, result.RemainingObjects));
        Assert.Equal(rig.Batch.Objects.Sum(planned => planned.SizeBytes), result.Bytes);
        Assert.Equal(result.Bytes, result.SentBytes);
        Assert.Equal(result.Bytes, rig.Sink.AcceptedBytes);
        Assert.Equal(40, rig.Copied!.Objects[3].Rows);
        Assert.Empty(rig.Sink.OpenUploads);
        rig.AssertCopied();
    }

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
    public async Task CopyAsync_BatchWithoutObjects_IsDone()
    {
        var rig = new CopyRig();
        Assert.True((await rig.RunAsync(Token)).Done);
        rig.AssertCopied();
    }

    [Fact]
    public async Task CopyAsync_SmallObjects_TakeOneGetAndOnePutEachAndBoundedDocuments()
    {
        // One worker, a millisecond of the fake clock per read: the checkpoint's interval passes every hundred objects.
        var time = new ManualTime();
        var rig = new CopyRig
        {
            Time = time,
            Limits = new CopyLimits { MemoryBytes = 512 << 20, PartSizeBytes = CopyRig.PartBytes, MaxWorkers = 1, CheckpointInterval = TimeSpan.FromMilliseconds(100) },
        };
        for (var i = 0; i < 1000; i++)
        {
            rig.Add($"part-{i:D4}", 100, table: i / 500);
        }

        rig.Source.OnRead = (_, _, _) => time.Advance(TimeSpan.FromMilliseconds(1));
        await rig.RunAsync(Token);

        rig.AssertCopied();
        Assert.Equal(1000, rig.Source.Reads.Count);
        Assert.Equal((0, 0), (rig.Source.Descriptions, rig.Source.PartDescriptions));
        var calls = rig.Sink.Calls.GroupBy(call => call.Split(' ')[0]).ToDictionary(group => group.Key, group => group.Count());
        Assert.Equal(new Dictionary<string, int> { ["list"] = 1, ["put"] = 1000 }, calls);

        // Ten checkpoints and the proof, not a document per object.
        Assert.InRange(rig.Documents.Writes, 2, 11);
    }

    [Fact]
    public async Task CopyAsync_SlowCheckpoint_IsWrittenLessOften()
    {
        var time = new ManualTime();
        var rig = new CopyRig
        {
            Time = time,
            Limits = new CopyLimits { MemoryBytes = 512 << 20, PartSizeBytes = CopyRig.PartBytes, MaxWorkers = 1, CheckpointInterval = TimeSpan.FromMilliseconds(10) },
        };
        for (var i = 0; i < 1000; i++)
        {
            rig.Add($"part-{i:D4}", 100);
        }

        rig.Source.OnRead = (_, _, _) => time.Advance(TimeSpan.FromMilliseconds(1));
        rig.Documents.BeforeWrite = _ => time.Advance(TimeSpan.FromMilliseconds(20));
        await rig.RunAsync(Token);

        // Each takes 20 ms: at most a tenth of the time, instead of one every 10 ms.
        Assert.InRange(rig.Documents.Writes, 2, 7);
    }

    [Fact]
    public async Task CopyAsync_UploadStandsStill_DownloadsGoOnMeanwhile()
    {
        var rig = new CopyRig { Limits = new CopyLimits { MemoryBytes = 512 << 20, PartSizeBytes = CopyRig.PartBytes, MaxWorkers = 3 } };
        rig.Add("large", CopyRig.PartBytes * 6);

        // The first part is not taken before three were read: one after the other would wait for ever.
        var read = 0;
        var threeRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Source.OnRead = (_, _, _) =>
        {
            if (Interlocked.Increment(ref read) == 3)
            {
                threeRead.SetResult();
            }
        };
        rig.Sink.Pause = what => what.StartsWith("part", StringComparison.Ordinal) ? threeRead.Task.WaitAsync(TimeSpan.FromMinutes(10), Token) : Task.CompletedTask;

        Assert.True((await rig.RunAsync(Token)).Done);
        rig.AssertCopied();
    }

    [Theory]
    [InlineData(ChecksumAlgorithm.Crc64Nvme)]
    [InlineData(ChecksumAlgorithm.Crc32C)]
    [InlineData(ChecksumAlgorithm.Crc32)]
    [InlineData(ChecksumAlgorithm.Sha256)]
    [InlineData(ChecksumAlgorithm.Sha1)]
    public async Task CopyAsync_ChecksumKindsInParts_GiveEndToEnd(ChecksumAlgorithm algorithm)
    {
        var rig = new CopyRig();
        rig.Add("parts", CopyRig.PartBytes * 13, checksum: algorithm);
        await rig.RunAsync(Token);
        rig.AssertCopied();
        Assert.Equal(CopyRig.PartBytes * 13, rig.Sink.AcceptedBytes);
    }

    [Theory]
    [InlineData(ChecksumAlgorithm.Crc64Nvme)]
    [InlineData(ChecksumAlgorithm.Crc32C)]
    [InlineData(ChecksumAlgorithm.Crc32)]
    [InlineData(ChecksumAlgorithm.Sha256)]
    [InlineData(ChecksumAlgorithm.Sha1)]
    public async Task CopyAsync_ChecksumKindsInOnePiece_GiveEndToEnd(ChecksumAlgorithm algorithm)
    {
        var rig = new CopyRig();
        rig.Add("whole", 1000, checksum: algorithm);
        await rig.RunAsync(Token);
        rig.AssertCopied();
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(CopyRig.PartBytes * 3)]
    public async Task CopyAsync_NoChecksumAtSource_IsDestinationEvidenceWithReason(int size)
    {
        var rig = new CopyRig();
        rig.Add("bare", size, checksum: null);
        await rig.RunAsync(Token);
        rig.AssertCopied(CopyEvidence.Destination);
        Assert.Contains("no checksum", rig.Copied!.Objects[0].EvidenceReason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1000, ChecksumAlgorithm.Crc64Nvme)]
    [InlineData(1000, ChecksumAlgorithm.Sha256)]
    [InlineData(CopyRig.PartBytes * 6, ChecksumAlgorithm.Crc64Nvme)]
    [InlineData(CopyRig.PartBytes * 6, ChecksumAlgorithm.Crc32C)]
    [InlineData(CopyRig.PartBytes * 6, ChecksumAlgorithm.Crc32)]
    public async Task CopyAsync_SourceFlipsOnce_IsReadAgainAndRight(int size, ChecksumAlgorithm algorithm)
    {
        var rig = new CopyRig();
        rig.Add("flipped", size, checksum: algorithm);
        var flips = 0;
        rig.Source.OnRead = (_, _, bytes) =>
        {
            if (Interlocked.Increment(ref flips) == 1)
            {
                bytes.Span[7] ^= 1;
            }
        };

        Assert.True((await rig.RunAsync(Token)).Done);
        rig.AssertCopied();

        // Of several parts only the flipped one is sent again.
        Assert.True(rig.Sink.AcceptedBytes <= size + CopyRig.PartBytes);
    }

    [Theory]
    [InlineData(1000, 1)]
    [InlineData(1000, 2)]
    [InlineData(CopyRig.PartBytes * 6, 1)]
    [InlineData(CopyRig.PartBytes * 6, 2)]
    public async Task CopyAsync_NoChecksumAndReadingsDiffer_IsReadUntilTwoAgree(int size, int badReadings)
    {
        var rig = new CopyRig();
        rig.Add("bare", size, checksum: null);
        var readings = 0;
        rig.Source.OnRead = (_, offset, bytes) =>
        {
            if (offset == 0 && Interlocked.Increment(ref readings) is var reading && reading <= badReadings)
            {
                bytes.Span[7] ^= (byte)reading;
            }
        };

        Assert.True((await rig.RunAsync(Token)).Done);

        rig.AssertCopied(CopyEvidence.Destination);
        Assert.EndsWith("two readings of it agreed", rig.Copied!.Objects[0].EvidenceReason, StringComparison.Ordinal);
        Assert.Equal(size, rig.Sink.AcceptedBytes);
    }

    [Fact]
    public async Task CopyAsync_NoChecksumAndNoTwoReadingsAgree_NamesObjectAndLeg()
    {
        var rig = new CopyRig();
        rig.Add("bare", 1000, checksum: null);
        var readings = 0;
        rig.Source.OnRead = (_, _, bytes) => bytes.Span[7] ^= (byte)Interlocked.Increment(ref readings);

        var corrupted = await Assert.ThrowsAsync<ObjectCorruptedException>(() => rig.RunAsync(Token));

        Assert.Contains("bare", corrupted.Message, StringComparison.Ordinal);
        Assert.Contains("two readings", corrupted.Message, StringComparison.Ordinal);
        Assert.Equal(0, rig.Sink.AcceptedBytes);
    }

    [Fact]
    public async Task CopyAsync_FooterFlipsOnceInLastPart_IsReadAgainAndRight()
    {
        var rig = new CopyRig();
        rig.Add("footer", CopyRig.PartBytes * 4);
        var flips = 0;
        rig.Source.OnRead = (_, offset, bytes) =>
        {
            if (offset == CopyRig.PartBytes * 3 && Interlocked.Increment(ref flips) == 1)
            {
                bytes.Span[^1] ^= 0xFF;
            }
        };

        await rig.RunAsync(Token);
        rig.AssertCopied();
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(CopyRig.PartBytes * 6)]
    public async Task CopyAsync_SourceFlipsAlways_NamesObjectLegAndBothChecksumsAndLeavesNothing(int size)
    {
        var rig = new CopyRig();
        var content = rig.Add("flipped", size);
        rig.Add("good", 500);
        rig.Source.OnRead = (key, offset, bytes) =>
        {
            if (key.Contains("flipped", StringComparison.Ordinal) && offset == 0)
            {
                bytes.Span[7] ^= 1;
            }
        };

        var failure = await Assert.ThrowsAsync<ObjectCorruptedException>(() => rig.RunAsync(Token));

        content[7] ^= 1;
        Assert.Equal(TransferLeg.Source, failure.Leg);
        Assert.Equal(rig.Batch.Objects[0].Key, failure.ObjectName);
        Assert.Equal(Crc64Nvme.ToBase64(Crc64Nvme.Compute(content)), failure.Actual);
        content[7] ^= 1;
        Assert.Equal(Crc64Nvme.ToBase64(Crc64Nvme.Compute(content)), failure.Expected);
        Assert.Contains(failure.Expected, failure.Message, StringComparison.Ordinal);
        Assert.Contains(failure.Actual, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(rig.Batch.Objects[0].DestinationName, rig.Sink.Objects.Keys);
        Assert.Empty(rig.Sink.OpenUploads);
        Assert.Null(rig.Copied);
    }

    [Theory]
    [InlineData(1000, true)]
    [InlineData(CopyRig.PartBytes * 6, true)]
    [InlineData(1000, false)]
    [InlineData(CopyRig.PartBytes * 6, false)]
    public async Task CopyAsync_DestinationFlipsOnce_IsSentAgainAndRight(int size, bool inTransit)
    {
        var rig = new CopyRig();
        rig.Add("flipped", size);
        var flips = 0;
        Func<string, byte[], byte[]> flip = (_, bytes) =>
        {
            if (Interlocked.Increment(ref flips) == 1)
            {
                bytes[^1] ^= 4;
            }

            return bytes;
        };
        rig.Sink.OnReceive = inTransit ? flip : null;
        rig.Sink.OnStore = inTransit ? null : flip;

        Assert.True((await rig.RunAsync(Token)).Done);
        rig.AssertCopied();
        Assert.Empty(rig.Sink.OpenUploads);
    }

    [Theory]
    [InlineData(1000, true)]
    [InlineData(CopyRig.PartBytes * 6, true)]
    [InlineData(1000, false)]
    [InlineData(CopyRig.PartBytes * 6, false)]
    public async Task CopyAsync_DestinationFlipsAlways_NamesObjectAndLegAndLeavesNothing(int size, bool inTransit)
    {
        var rig = new CopyRig();
        rig.Add("flipped", size);
        Func<string, byte[], byte[]> flip = (_, bytes) =>
        {
            bytes[^1] ^= 4;
            return bytes;
        };
        rig.Sink.OnReceive = inTransit ? flip : null;
        rig.Sink.OnStore = inTransit ? null : flip;

        var failure = await Assert.ThrowsAsync<ObjectCorruptedException>(() => rig.RunAsync(Token));

        Assert.Equal((TransferLeg.Destination, rig.Batch.Objects[0].DestinationName), (failure.Leg, failure.ObjectName));
        Assert.Empty(rig.Sink.Objects);
        Assert.Empty(rig.Sink.OpenUploads);
    }

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

    [Fact]
    public async Task CopyAsync_SourceReplaced_IsReported()
    {
        foreach (var size in new[] { 1000, CopyRig.PartBytes * 8 })
        {
            var rig = new CopyRig();
            rig.Add("replaced", size);
            var key = rig.Batch.Objects[0].Key;
            var reads = 0;
            rig.Source.OnRead = (_, _, _) =>
            {
                if (Interlocked.Increment(ref reads) == 2)
                {
                    rig.Source.Objects[key] = rig.Source.Objects[key] with { ETag = "\"new\"" };
                }
            };
            if (size < CopyRig.PartBytes)
            {
                rig.Source.Objects[key] = rig.Source.Objects[key] with { ETag = "\"new\"" };
            }

            var failure = await Assert.ThrowsAsync<SourceObjectChangedException>(() => rig.RunAsync(Token));
            Assert.Equal(key, failure.Key);
            Assert.Empty(rig.Sink.Objects);
            Assert.Empty(rig.Sink.OpenUploads);
        }
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(CopyRig.PartBytes * 3)]
    public async Task CopyAsync_SourceGone_IsReported(int size)
    {
        var rig = new CopyRig();
        rig.Add("gone", size);
        rig.Source.Objects.Clear();
        Assert.Equal(rig.Batch.Objects[0].Key, (await Assert.ThrowsAsync<SourceObjectMissingException>(() => rig.RunAsync(Token))).Key);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    [InlineData(CopyRig.PartBytes * 3)]
    public async Task CopyAsync_NoParquetInside_IsReportedAndNothingPublished(int size)
    {
        var rig = new CopyRig();
        var content = Encoding.ASCII.GetBytes(new string('x', size));
        rig.AddRaw("broken.parquet", content, TestObjects.Checksum(ChecksumAlgorithm.Crc64Nvme, content));

        var failure = await Assert.ThrowsAsync<ParquetFileInvalidException>(() => rig.RunAsync(Token));

        Assert.Contains(rig.Batch.Objects[0].Key, failure.Message, StringComparison.Ordinal);
        Assert.Empty(rig.Sink.Objects);
        Assert.Empty(rig.Sink.OpenUploads);
    }

    [Fact]
    public async Task CopyAsync_FooterLongerThanLastPart_IsReadByRange()
    {
        var rig = new CopyRig();
        var footer = BitConverter.ToInt32(TestObjects.Parquet(0, 3, 1).AsSpan(^8..)) + 8;
        rig.Add("long-footer", (CopyRig.PartBytes * 2) + (footer / 2));
        await rig.RunAsync(Token);
        rig.AssertCopied();
        Assert.Contains(rig.Source.Reads, read => read.Offset % CopyRig.PartBytes != 0);
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
    public async Task CopyAsync_ManyParts_NeverUsesMoreBuffersThanAllowed()
    {
        var rig = new CopyRig
        {
            // 320 KiB of buffers: five of 64 KiB, for 24 MiB of objects.
            Limits = new CopyLimits { MemoryBytes = 1280 << 10, PartSizeBytes = 64 << 10 },
        };
        rig.Add("large", 16 << 20);
        rig.Add("second", 8 << 20);
        var (now, most) = (0, 0);
        rig.Source.Pause = async (_, token) =>
        {
            var current = Interlocked.Increment(ref now);
            most = Math.Max(most, current);
            await Task.Delay(1, token);
            Interlocked.Decrement(ref now);
        };

        await rig.RunAsync(Token);

        rig.AssertCopied();
        Assert.Equal(5, rig.Buffers.Count);
        Assert.True(rig.Buffers.AllocatedBytes <= rig.Limits.BufferBudgetBytes, $"{rig.Buffers.AllocatedBytes}");
        Assert.InRange(most, 2, 5);
    }

    [Fact]
    public async Task CopyAsync_ObjectBeyondMemory_IsRefusedByName()
    {
        var rig = new CopyRig { Limits = new CopyLimits { MemoryBytes = 1 << 20, PartSizeBytes = 1 << 20 } };
        rig.Add("huge", 100);
        var failure = await Assert.ThrowsAsync<ObjectTooLargeException>(() => rig.RunAsync(Token));
        Assert.Contains("huge", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReportThrottled_WhileCopying_HalvesTransfers()
    {
        var rig = new CopyRig { Limits = new CopyLimits { MemoryBytes = 512 << 20, PartSizeBytes = CopyRig.PartBytes, MaxWorkers = 8 } };
        rig.Add("large", CopyRig.PartBytes * 60);
        var (now, mostAfter, reads) = (0, 0, 0);
        rig.Source.Pause = async (_, token) =>
        {
            var current = Interlocked.Increment(ref now);
            var count = Interlocked.Increment(ref reads);
            if (count == 8)
            {
                rig.Engine!.ReportThrottled();
            }

            // The eight that were under way end first; growth takes eight successes per step.
            if (count is > 18 and < 24)
            {
                mostAfter = Math.Max(mostAfter, current);
            }

            await Task.Delay(10, token);
            Interlocked.Decrement(ref now);
        };

        await rig.RunAsync(Token);

        Assert.InRange(mostAfter, 1, 6);
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

    [Fact]
    public async Task CopyAsync_WarmFunction_UsesTheSameBuffers()
    {
        var rig = new CopyRig();
        for (var round = 0; round < 3; round++)
        {
            rig.Add($"round-{round}", CopyRig.PartBytes * 6);
            await rig.RunAsync(Token);
            Assert.InRange(rig.Buffers.AllocatedBytes, 1, 4 * CopyRig.PartBytes);
        }
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
