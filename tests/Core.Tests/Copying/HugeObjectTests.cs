using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using SnapshotBridge.Copying;
using SnapshotBridge.Core.Tests.Planning;
using SnapshotBridge.Exports;
using SnapshotBridge.Planning;
using SnapshotBridge.Storage;
using Xunit;

namespace SnapshotBridge.Core.Tests.Copying;

/// <summary>
/// An object of 200 GiB from the plan to the proof, with real part sizes, numbers and offsets. All of it but the end are zeros, so
/// that the slices that are not read here are known as well: three of them are, one over two invocations.
/// </summary>
public sealed class HugeObjectTests
{
    private const long SizeBytes = 200L << 30;
    private const int PartBytes = 23 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CopyAsync_TwoHundredGibibytesInSlices_BecomeOneProvenObjectInASmallFunction()
    {
        var batches = await PlanAsync();
        var source = new ZerosSource(SizeBytes, batches[0].Objects[0].ETag, TestObjects.Parquet(0, rows: 9, seed: 1)[4..]);
        var sink = new HugeSink();
        var documents = new MemoryDocuments();
        var slices = batches.ConvertAll(batch => Assert.Single(batch.Objects).Slice!);
        Assert.All(slices, slice => Assert.Equal(PartBytes, slice.PartSizeBytes));
        var last = slices.Max(slice => slice.Index);
        var ours = new[] { last / 2, 0, last };

        // The middle one is interrupted and continued; each part is read and sent once.
        source.BreaksAfter = 50;
        await Assert.ThrowsAsync<TransferInterruptedException>(() => RunAsync(last / 2));
        source.BreaksAfter = null;
        Assert.True((await RunAsync(last / 2)).Done);
        Assert.True((await RunAsync(0)).Done);
        foreach (var slice in slices.Where(slice => !ours.Contains(slice.Index)))
        {
            await BringAsync(slice);
        }

        Assert.Equal(0, sink.Commits);
        Assert.True((await RunAsync(last)).Done);

        Assert.Equal((1, SizeBytes), (sink.Commits, sink.Committed!.SizeBytes));
        Assert.Equal(slices.Max(slice => slice.LastPart), sink.PutNumbers.Distinct().Count());
        Assert.Equal(sink.PutNumbers.Count, sink.PutNumbers.Distinct().Count());
        Assert.Equal(ours.Sum(index => (long)slices.Single(slice => slice.Index == index).LastPart - slices.Single(slice => slice.Index == index).FirstPart + 1), source.Offsets.Count);
        Assert.Equal(source.Offsets.Count, source.Offsets.Distinct().Count());
        Assert.All(source.Offsets, offset => Assert.Equal(0, offset % PartBytes));
        var proof = Assert.Single(Document(last).Objects);
        Assert.Equal((CopyEvidence.EndToEnd, SizeBytes, 9L), (proof.Evidence, proof.SizeBytes, proof.Rows));
        Assert.Equal(Crc32C.ToBase64((uint)source.Checksum(0x82F63B78, 32)), proof.Crc32C);
        Assert.Equal(Crc64Nvme.ToBase64(source.Checksum(0x9A6C9329AC4BC9B5, 64)), proof.Crc64Nvme);
        Assert.Empty(Document(0).Objects);

        Task<CopyBatchResult> RunAsync(int index)
        {
            // Two buffers are enough here; a function of 512 MB has room for fourteen of this size.
            var limits = new CopyLimits { MemoryBytes = 512 << 20, MaxWorkers = 2 };
            Assert.Equal((PartBytes, 14), (limits.BufferBytesFor("k", SizeBytes), (limits with { MaxWorkers = CopyLimits.HighestWorkers }).WorkersFor(PartBytes)));
            var batch = batches[slices.FindIndex(slice => slice.Index == index)];
            return new CopyEngine(source, sink, documents, limits, new PartBuffers(), TimeProvider.System, NullLogger.Instance)
                .CopyAsync(batch, InvocationTime.Unlimited, Token);
        }

        CopiedBatch Document(int index) => JsonSerializer.Deserialize(
            documents.Texts[BridgeLayout.Copied(ListedExport.Task, batches[slices.FindIndex(slice => slice.Index == index)].Batch)], CopyingJson.Default.CopiedBatch)!;

        // What an invocation leaves that has brought its slice.
        async Task BringAsync(ObjectSlice slice)
        {
            var parts = new List<UploadedPart>();
            for (var number = slice.FirstPart; number <= slice.LastPart; number++)
            {
                var put = await sink.PutPartAsync("", HugeSink.UploadId, number, source.Zeros, source.ZerosCrc32C, Token);
                parts.Add(new UploadedPart
                {
                    Number = number, ETag = put.ETag, SizeBytes = PartBytes, Crc32C = Crc32C.ToBase64(source.ZerosCrc32C), Crc64Nvme = Crc64Nvme.ToBase64(source.ZerosCrc64),
                });
            }

            var planned = batches[0].Objects[0];
            documents.Texts[$"{BridgeLayout.SharedUpload(ListedExport.Task, planned.DestinationName, planned.ETag)}slice-{slice.Index:D4}.json"] =
                JsonSerializer.Serialize(new SliceDocument { Index = slice.Index, Generation = 1, Parts = parts }, CopyingJson.Default.SliceDocument);
        }
    }

    private static async Task<List<CopyBatch>> PlanAsync()
    {
        var export = ListedExport.Complete();
        export.Table("w/w.big", SizeBytes);
        var options = new PlanCopyOptions { Location = new ExportLocation("b", "exports/") };
        var outcome = await new CopyPlanner(export, export, options, TimeProvider.System, NullLogger.Instance).PlanAsync(ListedExport.Task, Token);
        return [.. Enumerable.Range(0, outcome.Batches).Select(batch => export.Read(BridgeLayout.Batch(ListedExport.Task, batch), PlanningJson.Default.CopyBatch))];
    }

    /// <summary>One object of zeros with something at its end.</summary>
    private sealed class ZerosSource(long sizeBytes, string eTag, byte[] end) : IObjectSource
    {
        private readonly Lock _lock = new();

        public byte[] Zeros { get; } = new byte[PartBytes];

        public uint ZerosCrc32C { get; } = Crc32C.Compute(new byte[PartBytes]);

        public ulong ZerosCrc64 { get; } = Crc64Nvme.Compute(new byte[PartBytes]);

        /// <summary>Where it was read.</summary>
        public List<long> Offsets { get; } = [];

        /// <summary>After how many reads the connection breaks; null for never.</summary>
        public int? BreaksAfter { get; set; }

        public Task<SourceObject> DescribeAsync(string key, CancellationToken cancellationToken) => Task.FromResult(
            new SourceObject(sizeBytes, eTag, new StoredChecksum(ChecksumAlgorithm.Crc64Nvme, true, Crc64Nvme.ToBase64(Checksum(0x9A6C9329AC4BC9B5, 64)))));

        public Task<SourcePart?> DescribePartAsync(string key, string wanted, int number, CancellationToken cancellationToken) => Task.FromResult<SourcePart?>(null);

        public Task<StoredChecksum?> ReadAsync(string key, string wanted, long size, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
        {
            lock (_lock)
            {
                if (Offsets.Count == BreaksAfter)
                {
                    throw new TransferInterruptedException("read", "reset");
                }

                Offsets.Add(offset);
            }

            Assert.Equal((sizeBytes, eTag), (size, wanted));
            buffer.Span.Clear();
            var zeros = sizeBytes - end.Length - offset;
            if (zeros < buffer.Length)
            {
                end.CopyTo(buffer.Span[(int)zeros..]);
            }

            return Task.FromResult<StoredChecksum?>(null);
        }

        /// <summary>
        /// A reflected CRC of all of it, in another way than the one that is tested: what a zero byte does to the register is a
        /// matrix of bits, which is squared for each bit of their number; the end goes bit by bit.
        /// </summary>
        public ulong Checksum(ulong polynomial, int width)
        {
            var step = new ulong[width];
            for (var bit = 0; bit < width; bit++)
            {
                step[bit] = Byte(1UL << bit, 0);
            }

            var register = width == 64 ? ulong.MaxValue : (1UL << width) - 1;
            var ones = register;
            for (var zeros = sizeBytes - end.Length; zeros > 0; zeros >>= 1)
            {
                register = (zeros & 1) == 1 ? Times(step, register) : register;
                step = [.. step.Select(column => Times(step, column))];
            }

            return end.Aggregate(register, Byte) ^ ones;

            ulong Byte(ulong value, byte next)
            {
                value ^= next;
                for (var bit = 0; bit < 8; bit++)
                {
                    value = (value >> 1) ^ ((value & 1) * polynomial);
                }

                return value;
            }

            static ulong Times(ulong[] matrix, ulong vector)
            {
                var product = 0UL;
                for (var bit = 0; vector != 0; bit++, vector >>= 1)
                {
                    product ^= (vector & 1) * matrix[bit];
                }

                return product;
            }
        }
    }

    /// <summary>A destination that remembers what it was told of parts, not their bytes.</summary>
    private sealed class HugeSink : IObjectSink
    {
        public const string UploadId = "upload";

        private readonly Lock _lock = new();
        private readonly SortedDictionary<int, (SinkPart Part, uint Crc32C)> _parts = [];

        public List<int> PutNumbers { get; } = [];

        public int Commits { get; private set; }

        public SinkObject? Committed { get; private set; }

        public Task<string?> CreateUploadAsync(string name, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellationToken) => Task.FromResult<string?>(UploadId);

        public Task<SinkResult> PutPartAsync(string name, string uploadId, int number, ReadOnlyMemory<byte> content, uint crc32C, CancellationToken cancellationToken)
        {
            lock (_lock)
            {
                PutNumbers.Add(number);
                _parts[number] = (new SinkPart(number, $"etag-{number}", content.Length), crc32C);
                return Task.FromResult(new SinkResult(SinkOutcome.Written, $"etag-{number}"));
            }
        }

        public Task<IReadOnlyList<SinkPart>?> ListPartsAsync(string name, string uploadId, CancellationToken cancellationToken)
        {
            lock (_lock)
            {
                return Task.FromResult<IReadOnlyList<SinkPart>?>(Committed is null ? [.. _parts.Values.Select(part => part.Part)] : null);
            }
        }

        public Task<SinkResult> CommitAsync(string name, string uploadId, IReadOnlyList<SinkPart> parts, CancellationToken cancellationToken)
        {
            lock (_lock)
            {
                Assert.Equal(_parts.Values.Select(part => part.Part), parts);
                Assert.Equal(Enumerable.Range(1, parts.Count), parts.Select(part => part.Number));
                Assert.InRange(parts.Count, 1, 10_000);
                Commits++;
                var crc = _parts.Values.Aggregate(0u, (sum, part) => Crc32C.Combine(sum, part.Crc32C, part.Part.SizeBytes));
                Committed = new SinkObject(parts.Sum(part => part.SizeBytes), "whole", Crc32C.ToBase64(crc), new Dictionary<string, string>());
                return Task.FromResult(new SinkResult(SinkOutcome.Written, Committed.ETag, Committed.Crc32C));
            }
        }

        public Task<SinkObject?> HeadAsync(string name, CancellationToken cancellationToken) => Task.FromResult(Committed);

        public async IAsyncEnumerable<SinkListing> ListAsync(
            string prefix, string first, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.CompletedTask;
            yield break;
        }

        public Task<SinkResult> PutAsync(
            string name, ReadOnlyMemory<byte> content, uint crc32C, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("Nothing is small here.");

        public Task AbortAsync(string name, string uploadId, CancellationToken cancellationToken) => throw new InvalidOperationException("Nothing is given up here.");

        public Task<bool> DeleteAsync(string name, string eTag, CancellationToken cancellationToken) => throw new InvalidOperationException("Nothing is removed here.");
    }
}
