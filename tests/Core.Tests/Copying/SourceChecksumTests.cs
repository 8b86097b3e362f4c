using System.Buffers.Binary;
using System.Security.Cryptography;
using SnapshotBridge.Copying;
using Xunit;

namespace SnapshotBridge.Core.Tests.Copying;

/// <summary>Every kind of checksum that S3 may keep is proved, or the proof says why not.</summary>
public sealed class SourceChecksumTests
{
    private const int Part = CopyRig.PartBytes;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<ChecksumAlgorithm, int, int[]> Composites
    {
        get
        {
            var data = new TheoryData<ChecksumAlgorithm, int, int[]>();
            foreach (var algorithm in new[] { ChecksumAlgorithm.Crc32C, ChecksumAlgorithm.Crc32, ChecksumAlgorithm.Sha1, ChecksumAlgorithm.Sha256 })
            {
                // In one buffer: one part, several. In parts: cut as ours, smaller, larger, in between, all in one.
                data.Add(algorithm, 1000, [1000]);
                data.Add(algorithm, 3000, [1000, 1000, 1000]);
                data.Add(algorithm, Part * 4, [Part, Part, Part, Part]);
                data.Add(algorithm, Part * 4, [1000, 5000, 384, 10_000]);
                data.Add(algorithm, (Part * 6) + 1234, [Part * 3, Part * 3, 1234]);
                data.Add(algorithm, (Part * 6) + 1234, [(Part * 6) + 1234]);
            }

            return data;
        }
    }

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Composites))]
    public async Task CopyAsync_CompositeChecksumWithKnownParts_IsEndToEnd(ChecksumAlgorithm algorithm, int size, int[] parts)
    {
        foreach (var toldParts in new[] { true, false })
        {
            var rig = Rig(algorithm, size, parts, toldParts);
            await rig.RunAsync(Token);
            rig.AssertCopied();
            Assert.Equal(parts.Length, rig.Source.PartDescriptions);
        }
    }

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Composites))]
    public async Task CopyAsync_CompositeChecksumAndAByteFlips_IsDetectedAndTheRightPartNamed(ChecksumAlgorithm algorithm, int size, int[] parts)
    {
        var rig = Rig(algorithm, size, parts, toldParts: true);
        rig.Source.OnRead = (_, offset, bytes) =>
        {
            if (offset + bytes.Length == size)
            {
                bytes.Span[0] ^= 1;
            }
        };
        var failure = await Assert.ThrowsAsync<ObjectCorruptedException>(() => rig.RunAsync(Token));
        Assert.Equal(TransferLeg.Source, failure.Leg);
        Assert.EndsWith($" of {parts.Length}", failure.Algorithm, StringComparison.Ordinal);
        Assert.Empty(rig.Sink.Objects);
        Assert.Empty(rig.Sink.OpenUploads);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(Part * 3)]
    public async Task CopyAsync_CompositeChecksumWithoutParts_IsDestinationEvidenceWithReason(int size)
    {
        var rig = Rig(ChecksumAlgorithm.Crc32C, size, [size], toldParts: true);
        var key = rig.Batch.Objects[0].Key;
        var parts = rig.Source.Objects[key].Parts!;
        SourcePart[] tooShort = [parts[0] with { SizeBytes = size - 1 }];
        foreach (var unusable in new[] { null, tooShort })
        {
            var again = new CopyRig();
            var content = rig.Source.Objects[key].Content;
            again.AddRaw("composite.parquet", content, rig.Source.Objects[key].Checksum);
            again.Source.Objects[key] = again.Source.Objects[key] with { Parts = unusable };
            await again.RunAsync(Token);
            again.AssertCopied(CopyEvidence.Destination);
            Assert.Contains("composite CRC32C", again.Copied!.Objects[0].EvidenceReason, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(ChecksumAlgorithm.Crc32C)]
    [InlineData(ChecksumAlgorithm.Crc32)]
    public async Task CopyAsync_CompositeChecksumOverInvocations_IsEndToEndWithoutReadingAgain(ChecksumAlgorithm algorithm)
    {
        var rig = Rig(algorithm, Part * 8, [5000, 5000, 5000, (Part * 8) - 15_000], toldParts: false);
        await InterruptAsync(rig, readsBefore: 5);
        Assert.True((await rig.RunAsync(Token)).Done);
        rig.AssertCopied();
        Assert.Equal(8, rig.Source.Reads.Count);
        Assert.Equal(Part * 8, rig.Sink.AcceptedBytes);
    }

    [Theory]
    [InlineData(ChecksumAlgorithm.Sha256)]
    [InlineData(ChecksumAlgorithm.Sha1)]
    public async Task CopyAsync_HashInterruptedOnce_IsReadFromTheBeginningAndSentOnce(ChecksumAlgorithm algorithm)
    {
        var rig = new CopyRig();
        rig.Add("ordered", Part * 8, checksum: algorithm);
        await InterruptAsync(rig, readsBefore: 5);
        Assert.True((await rig.RunAsync(Token)).Done);
        rig.AssertCopied();
        Assert.Equal(Part * 8, rig.Sink.AcceptedBytes);
        Assert.Equal(2, rig.Source.Reads.Count(read => read.Offset == 0));
    }

    [Fact]
    public async Task CopyAsync_HashDoesNotFitIntoAnInvocation_IsDestinationEvidenceWithReason()
    {
        var rig = new CopyRig();
        rig.Add("ordered", Part * 8, checksum: ChecksumAlgorithm.Sha256);
        await InterruptAsync(rig, readsBefore: 5);
        await InterruptAsync(rig, readsBefore: 6);
        Assert.True((await rig.RunAsync(Token)).Done);
        rig.AssertCopied(CopyEvidence.Destination);
        Assert.Contains("longer than one invocation", rig.Copied!.Objects[0].EvidenceReason, StringComparison.Ordinal);
        Assert.Equal(Part * 8, rig.Sink.AcceptedBytes);
    }

    [Fact]
    public async Task CopyAsync_HashAndPartsArriveOutOfOrder_IsEndToEnd()
    {
        var rig = new CopyRig();
        rig.Add("ordered", Part * 12, checksum: ChecksumAlgorithm.Sha256);
        var random = new Random(3);
        rig.Source.Pause = (_, token) => Task.Delay(random.Next(0, 12), token);
        Assert.True((await rig.RunAsync(Token)).Done);
        rig.AssertCopied();
    }

    [Fact]
    public async Task CopyAsync_HashAndAFlipInOnePart_OnlyThatPartIsSentAgain()
    {
        var rig = new CopyRig();
        rig.Add("ordered", Part * 6, checksum: ChecksumAlgorithm.Sha256);
        var flips = 0;
        rig.Source.OnRead = (_, offset, bytes) =>
        {
            if (offset == Part * 2 && Interlocked.Increment(ref flips) == 1)
            {
                bytes.Span[9] ^= 1;
            }
        };
        Assert.True((await rig.RunAsync(Token)).Done);
        rig.AssertCopied();
        Assert.Equal(Part * 7, rig.Sink.AcceptedBytes);
    }

    [Fact]
    public async Task CopyAsync_HashAndAPartFails_EndsWithThatFailure()
    {
        var rig = new CopyRig();
        rig.Add("ordered", Part * 12, checksum: ChecksumAlgorithm.Sha256);
        rig.Source.OnRead = (_, offset, _) =>
        {
            if (offset == Part)
            {
                throw new TransferInterruptedException("read", "reset");
            }
        };
        await Assert.ThrowsAsync<TransferInterruptedException>(() => rig.RunAsync(Token));
        rig.Source.OnRead = null;
        Assert.True((await rig.RunAsync(Token)).Done);
        rig.AssertCopied();
    }

    [Theory]
    [InlineData(ChecksumAlgorithm.Sha256)]
    [InlineData(ChecksumAlgorithm.Crc32)]
    public async Task CopyAsync_KilledAtAnyStep_KeepsTheEvidence(ChecksumAlgorithm algorithm)
    {
        for (var step = 0; ; step++)
        {
            var rig = new CopyRig { Limits = new CopyLimits { MemoryBytes = 512 << 20, PartSizeBytes = Part, MaxWorkers = 2, CheckpointInterval = TimeSpan.Zero } };
            rig.Add("full", Part * 3, checksum: algorithm);
            AddComposite(rig, algorithm, [3000, Part * 2], toldParts: false);
            var steps = new StepCounter { DiesAt = step };
            rig.Steps = steps;
            try
            {
                await rig.RunAsync(Token);
            }
            catch (ProcessKilledException)
            {
                rig.Steps = new StepCounter();
                rig.Buffers = new PartBuffers();
                Assert.True((await rig.RunAsync(Token)).Done, steps.DiedAt);
            }

            rig.AssertCopied();
            Assert.Equal(rig.Batch.Objects.Sum(planned => planned.SizeBytes), rig.Sink.AcceptedBytes);
            if (!steps.IsDead)
            {
                Assert.True(step > 40, $"only {step} steps");
                return;
            }
        }
    }

    /// <summary>One invocation that breaks off after some reads.</summary>
    private static async Task InterruptAsync(CopyRig rig, int readsBefore)
    {
        var limits = rig.Limits;
        rig.Limits = limits with { MaxWorkers = 1 };
        rig.Buffers = new PartBuffers();
        var reads = 0;
        rig.Source.Pause = (_, _) => ++reads > readsBefore ? throw new TransferInterruptedException("read", "reset") : Task.CompletedTask;
        await Assert.ThrowsAsync<TransferInterruptedException>(() => rig.RunAsync(Token));
        rig.Source.Pause = null;
        rig.Limits = limits;
        rig.Buffers = new PartBuffers();
    }

    private static CopyRig Rig(ChecksumAlgorithm algorithm, int size, int[] parts, bool toldParts)
    {
        Assert.Equal(size, parts.Sum());
        var rig = new CopyRig();
        AddComposite(rig, algorithm, parts, toldParts);
        return rig;
    }

    private static void AddComposite(CopyRig rig, ChecksumAlgorithm algorithm, int[] parts, bool toldParts)
    {
        var content = TestObjects.Parquet(parts.Sum(), 4, seed: parts.Length);
        var values = new List<byte[]>();
        var offset = 0;
        foreach (var part in parts)
        {
            values.Add(Hash(algorithm, content[offset..(offset + part)]));
            offset += part;
        }

        var composite = Convert.ToBase64String(Hash(algorithm, [.. values.SelectMany(value => value)]));
        rig.AddRaw("composite.parquet", content, new StoredChecksum(algorithm, IsFullObject: false, $"{composite}-{parts.Length}"));
        var key = rig.Batch.Objects[^1].Key;
        rig.Source.Objects[key] = rig.Source.Objects[key] with
        {
            Parts = [.. parts.Zip(values, (size, value) => new SourcePart(parts.Length, size, toldParts ? Convert.ToBase64String(value) : null))],
        };
    }

    private static byte[] Hash(ChecksumAlgorithm algorithm, byte[] bytes)
    {
        var crc = new byte[4];
        switch (algorithm)
        {
            case ChecksumAlgorithm.Crc32C:
                BinaryPrimitives.WriteUInt32BigEndian(crc, Crc32C.Compute(bytes));
                return crc;
            case ChecksumAlgorithm.Crc32:
                BinaryPrimitives.WriteUInt32BigEndian(crc, Crc32.Compute(bytes));
                return crc;
            case ChecksumAlgorithm.Sha256:
                return SHA256.HashData(bytes);
            default:
#pragma warning disable CA5350 // One of the checksums that S3 offers.
                return SHA1.HashData(bytes);
#pragma warning restore CA5350
        }
    }
}
