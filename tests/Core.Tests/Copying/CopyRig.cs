using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using SnapshotBridge.Copying;
using SnapshotBridge.Loading.Verification;
using SnapshotBridge.Planning;
using SnapshotBridge.Storage;

namespace SnapshotBridge.Core.Tests.Copying;

/// <summary>A batch, its stores and what is expected of them. Parts are of 4 KiB, so that small objects are large ones.</summary>
internal sealed class CopyRig
{
    public const string Task = "snap-1a2b";
    public const int PartBytes = 4096;

    private readonly List<PlannedObject> _planned = [];

    public MemorySource Source { get; } = new();

    public MemorySink Sink { get; } = new();

    public MemoryDocuments Documents { get; } = new();

    public PartBuffers Buffers { get; set; } = new();

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public CopyLimits Limits { get; set; } = new()
    {
        MemoryBytes = 512 << 20,
        PartSizeBytes = PartBytes,
        MaxWorkers = 4,
        CheckpointInterval = TimeSpan.Zero,
    };

    public CopyBatch Batch => new() { ExportTaskId = Task, Batch = 7, Bucket = "source", Objects = [.. _planned] };

    public CopyEngine? Engine { get; private set; }

    public StepCounter Steps
    {
        set => (Source.Steps, Sink.Steps, Documents.Steps) = (value, value, value);
    }

    /// <summary>One object of the batch, of <c>table</c>, with a CRC64NVME unless told otherwise.</summary>
    public byte[] Add(string name, int sizeBytes, int rows = 3, ChecksumAlgorithm? checksum = ChecksumAlgorithm.Crc64Nvme, int table = 0)
    {
        var content = TestObjects.Parquet(sizeBytes, rows, seed: name.Length * 31 + name[^1] + sizeBytes);
        return AddRaw($"{name}.parquet", content, checksum is { } algorithm ? TestObjects.Checksum(algorithm, content) : null, table);
    }

    public byte[] AddRaw(string name, byte[] content, StoredChecksum? checksum, int table = 0)
    {
        var key = $"exports/{Task}/world/t{table}/1/{name}";
        var eTag = $"\"{name}-etag\"";
        Source.Objects[key] = new MemorySourceObject(content, eTag, checksum);
        _planned.Add(new PlannedObject(key, $"{Task}/world/t{table}/1/{name}", content.Length, eTag, table));
        return content;
    }

    public Task<CopyBatchResult> RunAsync(CancellationToken cancellationToken, InvocationTime? invocation = null)
    {
        Engine = new CopyEngine(Source, Sink, Documents, Limits, Buffers, Time, NullLogger.Instance);
        return Engine.CopyAsync(Batch, invocation ?? InvocationTime.Unlimited, cancellationToken);
    }

    public CopiedBatch? Copied => Document(BridgeLayout.Copied(Task, 7), CopyingJson.Default.CopiedBatch);

    public CopyCheckpoint? Checkpoint => Document(BridgeLayout.Checkpoint(Task, 7), CopyingJson.Default.CopyCheckpoint);

    public void SaveCheckpoint(CopyCheckpoint checkpoint) =>
        Documents.Texts[BridgeLayout.Checkpoint(Task, 7)] = JsonSerializer.Serialize(checkpoint, CopyingJson.Default.CopyCheckpoint);

    /// <summary>Every object is at the destination byte for byte, nothing else is, and the proof says so.</summary>
    /// <param name="evidence">The evidence of each object.</param>
    /// <param name="withStatistics">False where what earlier invocations read of the footers cannot be told apart any more.</param>
    public void AssertCopied(CopyEvidence evidence = CopyEvidence.EndToEnd, bool withStatistics = true)
    {
        Xunit.Assert.Equal(
            _planned.Select(planned => planned.DestinationName).Order(StringComparer.Ordinal),
            Sink.Objects.Keys.Order(StringComparer.Ordinal));
        foreach (var planned in _planned)
        {
            Xunit.Assert.True(Source.Objects[planned.Key].Content.AsSpan().SequenceEqual(Sink.Objects[planned.DestinationName]), planned.Key);
        }

        var copied = Xunit.Assert.IsType<CopiedBatch>(Copied);
        Xunit.Assert.Equal((Task, 7, _planned.Count), (copied.ExportTaskId, copied.Batch, copied.Objects.Count));
        foreach (var (proof, planned) in copied.Objects.Zip(_planned))
        {
            var content = Source.Objects[planned.Key].Content;
            Xunit.Assert.Equal((planned.Key, planned.DestinationName, planned.Table), (proof.Key, proof.DestinationName, proof.Table));
            Xunit.Assert.Equal(Crc32C.ToBase64(Crc32C.Compute(content)), proof.Crc32C);
            Xunit.Assert.Equal(Crc64Nvme.ToBase64(Crc64Nvme.Compute(content)), proof.Crc64Nvme);
            Xunit.Assert.Equal((planned.ETag, planned.SizeBytes), (proof.SourceETag, proof.SizeBytes));
            Xunit.Assert.Equal(evidence, proof.Evidence);
            Xunit.Assert.Equal(evidence == CopyEvidence.EndToEnd, proof.EvidenceReason is null);
            if (planned.Key.EndsWith(".parquet", StringComparison.Ordinal))
            {
                Xunit.Assert.Equal(TestObjects.Columns, proof.Columns);
                Xunit.Assert.True(proof.Rows > 0);
            }
        }

        Xunit.Assert.Null(Checkpoint);
        AssertStatistics(copied, withStatistics);
    }

    /// <summary>Each object's footer counts exactly once: one column holds a NULL per row, the other each row's number.</summary>
    private static void AssertStatistics(CopiedBatch copied, bool known)
    {
        foreach (var table in copied.Objects.Where(proof => proof.Columns.Count > 0).GroupBy(proof => proof.Table))
        {
            var exported = ExportedStatistics.Of([copied], table.Key);
            Xunit.Assert.Equal(known, exported.Unknown is null);
            if (known)
            {
                Xunit.Assert.Equal((0, table.Sum(proof => proof.Rows)), (exported.Columns[0].Nulls, exported.Columns[1].Nulls));
                Xunit.Assert.Equal((0, table.Max(proof => proof.Rows) - 1), ((long)exported.Columns[0].Minimum!.Number!, (long)exported.Columns[0].Maximum!.Number!));
                Xunit.Assert.Equal((null, null, null), (exported.Columns[1].Minimum, exported.Columns[1].Maximum, exported.Columns[1].Unknown));
            }
        }
    }

    private T? Document<T>(string key, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) where T : class =>
        Documents.Texts.TryGetValue(key, out var text) ? JsonSerializer.Deserialize(text, type) : null;
}
