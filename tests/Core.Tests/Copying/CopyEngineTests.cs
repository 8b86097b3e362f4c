using System.Text;
using SnapshotBridge.Copying;
using SnapshotBridge.Parquet;
using SnapshotBridge.TestKit;
using Xunit;

namespace SnapshotBridge.Core.Tests.Copying;

/// <summary>Objects of all sizes are copied with proof, within the memory and with few requests; what is wrong at the source is named.</summary>
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
}
