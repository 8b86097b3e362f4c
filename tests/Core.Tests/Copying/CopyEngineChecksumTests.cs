using SnapshotBridge.Copying;
using Xunit;

namespace SnapshotBridge.Core.Tests.Copying;

/// <summary>Every kind of checksum proves, and bytes that differ on either leg are found and repaired, or reported and nothing left.</summary>
public sealed class CopyEngineChecksumTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

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
}
