using System.Security.Cryptography;
using System.Text.Json;
using SnapshotBridge.Storage;

namespace SnapshotBridge.Planning;

/// <summary>Turns drafts into the documents that CopyTable reads, some at a time, so that only these exist as text.</summary>
internal sealed class BatchWriter(
    IDocumentStore documents, string exportTaskId, string bucket, string sourcePrefix, string destinationPrefix, IReadOnlyList<ListedTable> tables)
{
    // A put takes S3 some tens of milliseconds: that many at a time write a million objects in seconds.
    private const int WritesAtATime = 16;

    // An object takes about 1.5 kB while its batch is written: 24 MB.
    private const int ObjectsAtATime = 16_000;

    /// <summary>
    /// SHA-256 over what the batches will hold, in hexadecimal: equal for equal batches, without writing them. It tells
    /// whether documents of an earlier plan are of this one.
    /// </summary>
    public string Hash(IReadOnlyList<BatchDraft> drafts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(CopyPlan.CurrentVersion, exportTaskId, bucket, sourcePrefix, destinationPrefix);
        foreach (var draft in drafts)
        {
            Append(draft.Runs.Count);
            foreach (var run in draft.Runs)
            {
                Append(run.Table, run.Objects, tables[run.Table].Folder, run.Slice?.ToString() ?? "");
                var reader = tables[run.Table].ReadFrom(run.Start);
                for (var count = 0; count < run.Objects; count++)
                {
                    reader.MoveNext();
                    hash.AppendData(reader.Raw);
                }
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Append(params object[] values) => hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(string.Join('\n', values)));
    }

    /// <summary>Writes the batches of these numbers.</summary>
    public Task WriteAsync(IReadOnlyList<BatchDraft> drafts, IEnumerable<int> numbers, CancellationToken cancellationToken)
    {
        var largest = drafts.Count == 0 ? 1 : drafts.Max(draft => draft.Load.Objects);
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = Math.Clamp(ObjectsAtATime / largest, 1, WritesAtATime),
            CancellationToken = cancellationToken,
        };
        return Parallel.ForEachAsync(numbers, options, async (number, token) =>
        {
            var batch = new CopyBatch { ExportTaskId = exportTaskId, Batch = number, Bucket = bucket, Objects = Objects(drafts[number]) };
            await documents.WriteAsync(BridgeLayout.Batch(exportTaskId, number), batch, PlanningJson.Default.CopyBatch, token);
        });
    }

    private List<PlannedObject> Objects(BatchDraft draft)
    {
        var objects = new List<PlannedObject>(draft.Load.Objects);
        foreach (var run in draft.Runs)
        {
            var table = tables[run.Table];
            var (source, destination) = ($"{sourcePrefix}{table.Folder}", $"{destinationPrefix}{table.Folder}");
            var reader = table.ReadFrom(run.Start);
            for (var count = 0; count < run.Objects; count++)
            {
                reader.MoveNext();
                var name = reader.Name;
                objects.Add(new PlannedObject(source + name, destination + name, reader.SizeBytes, reader.ETag, run.Table) { Slice = run.Slice });
            }
        }

        return objects;
    }
}
