using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using SnapshotBridge.Planning;
using SnapshotBridge.Storage;

namespace SnapshotBridge.Copying;

/// <summary>What earlier invocations left of a batch and what stands at its names: from there an invocation goes on.</summary>
internal sealed class EarlierWork
{
    private const int ListingsAtATime = 8;

    private readonly CopyBatch _batch;
    private readonly IReadOnlyDictionary<string, SinkListing> _there;

    private EarlierWork(CopyBatch batch, CopiedBatch? copied, CopyCheckpoint? checkpoint, IReadOnlyDictionary<string, SinkListing> there)
    {
        (_batch, Copied, Checkpoint, _there) = (batch, copied, checkpoint, there);
    }

    /// <summary>The proofs of a batch that was finished before; null where none was.</summary>
    public CopiedBatch? Copied { get; }

    /// <summary>What an invocation that did not finish left; null where there is none that can be read.</summary>
    public CopyCheckpoint? Checkpoint { get; }

    public static async Task<EarlierWork> ReadAsync(
        CopyBatch batch, IDocumentStore documents, IObjectSink sink, ILogger logger, CancellationToken cancellationToken)
    {
        var copied = await documents.ReadAsync(
            BridgeLayout.Copied(batch.ExportTaskId, batch.Batch), CopyingJson.Default.CopiedBatch, cancellationToken);
        var checkpoint = await documents.ReadAsync(
            BridgeLayout.Checkpoint(batch.ExportTaskId, batch.Batch), CopyingJson.Default.CopyCheckpoint, cancellationToken);
        if (checkpoint is not null && checkpoint.Version != CopyCheckpoint.CurrentVersion)
        {
            logger.CheckpointOfOtherVersion(batch.Batch, batch.ExportTaskId, checkpoint.Version, CopyCheckpoint.CurrentVersion);
            checkpoint = null;
        }

        return new EarlierWork(batch, copied, checkpoint, await ListAsync(batch, sink, cancellationToken));
    }

    /// <summary>Whether anything stood at a destination name when the invocation began.</summary>
    public bool IsThere(string destinationName) => _there.ContainsKey(destinationName);

    /// <summary>
    /// Takes over what was achieved, as far as plan and destination still agree with it. Returns the uploads that nobody can
    /// use any more: their object is proved and in its place, and none of ours is ever committed over one.
    /// </summary>
    public IReadOnlyList<OpenUpload> RestoreTo(CheckpointWriter checkpoint, CopyTotals totals)
    {
        var proofs = (Checkpoint?.Done ?? []).Concat(Copied?.Objects ?? [])
            .GroupBy(proof => proof.Key, StringComparer.Ordinal)
            .ToDictionary(same => same.Key, same => same.Last(), StringComparer.Ordinal);
        var uploads = (Checkpoint?.Open ?? [])
            .GroupBy(upload => (upload.Key, upload.Slice))
            .ToDictionary(same => same.Key, same => same.Last());
        var useless = new List<OpenUpload>();
        for (var index = 0; index < _batch.Objects.Count; index++)
        {
            var planned = _batch.Objects[index];
            var upload = uploads.GetValueOrDefault((planned.Key, planned.Slice?.Index));
            if (proofs.TryGetValue(planned.Key, out var proof) && StillHolds(proof, planned))
            {
                checkpoint.Restore(index, proof with { Table = planned.Table });
                totals.Skipped();
                if (upload is { Slice: null } && upload.DestinationName == planned.DestinationName)
                {
                    // Two invocations copied the object, and this one came too late and ended before it knew.
                    useless.Add(upload);
                }
            }
            else if (upload is not null && CanContinue(upload, planned))
            {
                checkpoint.Restore(UploadState.FromRecord(index, planned, upload));
            }
        }

        // One document's sums only: a checkpoint beside a proof holds again what was restored from that.
        if (Checkpoint is not null)
        {
            checkpoint.Restore(Checkpoint.Statistics, Checkpoint.Done);
        }
        else if (Copied is not null)
        {
            checkpoint.Restore(Copied.Statistics, Copied.Objects);
        }

        return useless;
    }

    private bool StillHolds(CopiedObject proof, PlannedObject planned) =>
        proof.SizeBytes == planned.SizeBytes
        && proof.SourceETag == planned.ETag
        && proof.DestinationName == planned.DestinationName
        && _there.TryGetValue(planned.DestinationName, out var item)
        && item.SizeBytes == proof.SizeBytes
        && item.ETag == proof.DestinationETag;

    private static bool CanContinue(OpenUpload upload, PlannedObject planned) =>
        upload.SizeBytes == planned.SizeBytes
        && upload.SourceETag == planned.ETag
        && upload.DestinationName == planned.DestinationName
        && upload.PartSizeBytes > 0
        && (planned.Slice is null || planned.Slice.PartSizeBytes == upload.PartSizeBytes);

    /// <summary>What the destination has at the batch's names: one listing per range of names instead of one HEAD per object.</summary>
    private static async Task<IReadOnlyDictionary<string, SinkListing>> ListAsync(CopyBatch batch, IObjectSink sink, CancellationToken cancellationToken)
    {
        var wanted = batch.Objects.Select(planned => planned.DestinationName).ToHashSet(StringComparer.Ordinal);
        var found = new ConcurrentDictionary<string, SinkListing>(StringComparer.Ordinal);
        var options = new ParallelOptions { MaxDegreeOfParallelism = ListingsAtATime, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(DestinationRange.Of(batch), options, async (range, token) =>
        {
            await foreach (var item in sink.ListAsync(range.Prefix, range.First, token))
            {
                if (KeyOrder.Instance.Compare(item.Name, range.Last) > 0)
                {
                    break;
                }

                if (wanted.Contains(item.Name))
                {
                    found[item.Name] = item;
                }
            }
        });
        return found;
    }
}
