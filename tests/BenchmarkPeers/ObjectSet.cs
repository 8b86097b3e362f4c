using System.Globalization;
using SnapshotBridge.Planning;

namespace SnapshotBridge.BenchmarkPeers;

/// <summary>Objects of one size, all with the same content: one point of a benchmark.</summary>
/// <param name="SizeBytes">Each object's size.</param>
/// <param name="Count">How many there are.</param>
public sealed record ObjectSet(long SizeBytes, int Count)
{
    public const string SourceBucket = "export-bucket";
    public const string DestinationBucket = "snapshots";
    public const string ETag = "\"6a1e4c0f9d2b47c58e3f7a90b1d2c3e4\"";

    /// <summary>Names the set among others.</summary>
    public string TaskId => $"bench-{SizeBytes.ToString(CultureInfo.InvariantCulture)}";

    public long TotalBytes => SizeBytes * Count;

    public string Label => SizeBytes >= 1 << 30 ? $"{SizeBytes >> 30} GiB" : SizeBytes >= 1 << 20 ? $"{SizeBytes >> 20} MiB" : $"{SizeBytes >> 10} KiB";

    public string Folder => $"exports/{TaskId}/shop/shop.orders/1/";

    public string Key(int index) => $"{Folder}{Name(index)}";

    public string DestinationName(int index) => $"{TaskId}/shop/shop.orders/1/{Name(index)}";

    /// <summary>The command line's form: <c>size:count</c>.</summary>
    public string Text => string.Create(CultureInfo.InvariantCulture, $"{SizeBytes}:{Count}");

    public static ObjectSet Parse(string text)
    {
        var sides = text.Split(':');
        return new ObjectSet(long.Parse(sides[0], CultureInfo.InvariantCulture), int.Parse(sides[1], CultureInfo.InvariantCulture));
    }

    /// <summary>The set as PlanCopy would cut it with the template's defaults: at most 4 GiB and 500 objects in a batch.</summary>
    public IReadOnlyList<CopyBatch> Batches()
    {
        var perBatch = (int)Math.Clamp((4L << 30) / SizeBytes, 1, 500);
        return [.. Enumerable.Range(0, Count).Chunk(perBatch).Select((indexes, number) => new CopyBatch
        {
            ExportTaskId = TaskId,
            Batch = number,
            Bucket = SourceBucket,
            Objects = [.. indexes.Select(index => new PlannedObject(Key(index), DestinationName(index), SizeBytes, ETag, 0))],
        })];
    }

    private static string Name(int index) => $"part-{index.ToString("D6", CultureInfo.InvariantCulture)}.gz.parquet";
}
