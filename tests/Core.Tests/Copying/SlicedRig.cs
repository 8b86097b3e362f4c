using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using SnapshotBridge.Copying;
using SnapshotBridge.Loading;
using SnapshotBridge.Loading.Verification;
using SnapshotBridge.Planning;
using SnapshotBridge.Storage;
using Xunit;

namespace SnapshotBridge.Core.Tests.Copying;

/// <summary>One object in slices, each in a batch of its own, with the stores that they share. Parts are of 4 KiB.</summary>
internal sealed class SlicedRig
{
    public const string Task = "snap-1a2b";
    public const int PartBytes = 4096;
    private const string Key = $"exports/{Task}/world/t0/1/large.parquet";

    private readonly string _eTag;
    private int[] _lastParts;

    /// <param name="sizeBytes">The object's size.</param>
    /// <param name="lastParts">The last part of each slice.</param>
    public SlicedRig(int sizeBytes, params int[] lastParts)
    {
        _lastParts = lastParts;
        _eTag = "\"large-etag\"";
        Content = TestObjects.Parquet(sizeBytes, rows: 9, seed: sizeBytes);
        Source.Objects[Key] = new MemorySourceObject(Content, _eTag, TestObjects.Checksum(ChecksumAlgorithm.Crc64Nvme, Content));
    }

    public byte[] Content { get; }

    public MemorySource Source { get; } = new();

    public MemorySink Sink { get; } = new();

    public MemoryDocuments Documents { get; } = new();

    public CopyLimits Limits { get; set; } = new() { MemoryBytes = 512 << 20, PartSizeBytes = PartBytes, MaxWorkers = 2, CheckpointInterval = TimeSpan.Zero };

    public int Slices => _lastParts.Length;

    public static string DestinationName => $"{Task}/world/t0/1/large.parquet";

    public StepCounter Steps
    {
        set => (Source.Steps, Sink.Steps, Documents.Steps) = (value, value, value);
    }

    /// <summary>A document of the folder that the slices share.</summary>
    public string? Shared(string name) => Documents.Texts.GetValueOrDefault(BridgeLayout.SharedUpload(Task, DestinationName, _eTag) + name);

    public MemorySourceObject SourceObject
    {
        get => Source.Objects[Key];
        set => Source.Objects[Key] = value;
    }

    /// <summary>Cuts the object anew, as another plan does.</summary>
    public void Plan(params int[] lastParts) => _lastParts = lastParts;

    public CopyBatch Batch(int slice) => new()
    {
        ExportTaskId = Task,
        Batch = slice,
        Bucket = "source",
        Objects =
        [
            new PlannedObject(Key, DestinationName, Content.Length, _eTag, 0)
            {
                Slice = new ObjectSlice(slice, _lastParts.Length, slice == 0 ? 1 : _lastParts[slice - 1] + 1, _lastParts[slice], Limits.PartSizeBytes),
            },
        ],
    };

    /// <summary>One invocation for one slice, in a sandbox of its own.</summary>
    public Task<CopyBatchResult> RunAsync(int slice, CancellationToken cancellationToken, InvocationTime? invocation = null) =>
        new CopyEngine(Source, Sink, Documents, Limits, new PartBuffers(), TimeProvider.System, NullLogger.Instance)
            .CopyAsync(Batch(slice), invocation ?? InvocationTime.Unlimited, cancellationToken);

    /// <summary>All slices at the same time; one that dies or is told to come again stays for the next round.</summary>
    /// <returns>The slices whose batches are not done.</returns>
    public async Task<IReadOnlyList<int>> RunAllAsync(IEnumerable<int> slices, CancellationToken cancellationToken)
    {
        var left = await System.Threading.Tasks.Task.WhenAll(slices.Select(async slice =>
        {
            try
            {
                return (await RunAsync(slice, cancellationToken)).Done ? -1 : slice;
            }
            catch (Exception failure) when (failure is ProcessKilledException or TransferInterruptedException)
            {
                return slice;
            }
        }));
        return [.. left.Where(slice => slice >= 0)];
    }

    /// <summary>The object is there byte for byte, and the load finds it proved exactly once.</summary>
    public async Task AssertCopiedAsync(CopyEvidence evidence = CopyEvidence.EndToEnd)
    {
        var (name, stored) = Assert.Single(Sink.Objects);
        Assert.Equal(DestinationName, name);
        Assert.True(Content.AsSpan().SequenceEqual(stored));
        var plan = new CopyPlan
        {
            ExportTaskId = Task,
            SourceArn = "arn",
            Bucket = "source",
            SourcePrefix = $"exports/{Task}/",
            DestinationPrefix = $"{Task}/",
            Tables =
            [
                new PlannedTable
                {
                    Database = "world", Schema = "world", Table = "t0", Columns = [], Objects = 1, Bytes = Content.Length,
                    SourcePrefix = $"exports/{Task}/world/t0/", DestinationPrefix = $"{Task}/world/t0/",
                },
            ],
            Skipped = [],
            Batches = Slices,
            Objects = 1,
            Bytes = Content.Length,
            MaxConcurrency = 1,
        };
        Documents.Texts[BridgeLayout.Plan(Task)] = JsonSerializer.Serialize(plan, PlanningJson.Default.CopyPlan);
        var export = await CopiedExport.ReadAsync(Documents, Task, TestContext.Current.CancellationToken);
        var statistics = await ExportedStatistics.ReadAsync(Documents, Task, export.BatchesOf(0), 0, TestContext.Current.CancellationToken);
        Assert.Null(statistics.Unknown);
        Assert.Equal((0, 8, 9), ((long)statistics.Columns[0].Minimum!.Number!, (long)statistics.Columns[0].Maximum!.Number!, statistics.Columns[1].Nulls));
        var proof = Assert.Single(export.ObjectsOf(0));
        Assert.Equal(evidence, proof.Evidence);
        Assert.Equal(Crc32C.ToBase64(Crc32C.Compute(Content)), proof.Crc32C);
        Assert.Equal(Crc64Nvme.ToBase64(Crc64Nvme.Compute(Content)), proof.Crc64Nvme);
        Assert.Equal((9L, (long)Content.Length), (proof.Rows, proof.SizeBytes));
        Assert.Equal(TestObjects.Columns, proof.Columns);
        Assert.DoesNotContain(Documents.Texts.Keys, key => key.Contains("/checkpoints/", StringComparison.Ordinal));
    }
}
