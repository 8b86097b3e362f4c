using SnapshotBridge.Parquet;
using SnapshotBridge.Planning;

namespace SnapshotBridge.Copying;

/// <summary>
/// Copies one slice of an object that is split over several batches. All slices send to one upload; each tells the others
/// what it has sent, and whoever then sees all of them proves and commits the object. Two may see that at the same
/// moment: one commits, the other finds the same object, and both have the same proof.
/// </summary>
internal sealed class SlicedCopy(CopyContext context, MultipartCopy multipart, PartTransfers parts)
{
    /// <summary>What became of the slice, or null where the gate was stopped before its parts were there.</summary>
    /// <param name="index">The slice's place in the batch.</param>
    /// <param name="saved">What an earlier invocation of this batch has sent.</param>
    /// <param name="isThere">True where the listing shows an object at the destination name.</param>
    /// <param name="cancellationToken">Ends transfers under way.</param>
    public async Task<CopyOutcome?> CopyAsync(int index, UploadState? saved, bool isThere, CancellationToken cancellationToken)
    {
        var shared = new SharedUpload(context, context.Planned(index));
        try
        {
            return await CopyAsync(index, shared, saved, isThere, cancellationToken);
        }
        catch (Exception failure) when (EndsTheObject(failure) && shared.Newest is not null)
        {
            // No slice can make this object right: what its upload holds would be paid for without end. After any other
            // failure the upload stays, for what the other slices have sent.
            await context.AbortQuietlyAsync(shared.Newest!.DestinationName, shared.Newest.UploadId, cancellationToken);
            context.Checkpoint.Closed(index);
            throw;
        }
    }

    private async Task<CopyOutcome?> CopyAsync(
        int index, SharedUpload shared, UploadState? saved, bool isThere, CancellationToken cancellationToken)
    {
        var planned = context.Planned(index);
        await shared.RefreshAsync(cancellationToken);
        SourceCheck? check = null;
        for (var refusals = 0; ;)
        {
            if (isThere)
            {
                var adopted = await AdoptAsync(index, shared, saved, cancellationToken);
                if (adopted.IsStopped)
                {
                    return null;
                }

                if (adopted.Proof is { } there)
                {
                    return new CopyOutcome(there, IsNew: false);
                }

                if (++refusals > MultipartCopy.MostRefusals)
                {
                    throw MultipartCopy.Refused(planned);
                }
            }

            check ??= await DescribeAsync(planned, cancellationToken);
            var upload = await JoinAsync(index, shared, saved, cancellationToken);
            if (upload is null)
            {
                isThere = true;
                continue;
            }

            var tail = new TailFacts();
            if (!await SendSliceAsync(upload, shared, check, tail, cancellationToken))
            {
                return null;
            }

            var generation = shared.Newest!.Generation;
            await shared.RefreshAsync(cancellationToken);
            if (shared.Newest.Generation != generation)
            {
                // Another slice found the upload lost while this one reported to it.
                saved = null;
                isThere = false;
                continue;
            }

            if (await shared.ReadAllSlicesAsync(cancellationToken) is not { } slices)
            {
                context.Checkpoint.Closed(index);
                return new CopyOutcome(null, IsNew: true);
            }

            var outcome = await AssembleAsync(upload, slices, check, tail, cancellationToken);
            if (outcome is not { } assembled)
            {
                // Committed by another slice meanwhile, or lost: joining finds out.
                saved = null;
                isThere = await context.Sink.HeadAsync(planned.DestinationName, cancellationToken) is not null;
                continue;
            }

            if (assembled.Proof is { } proof)
            {
                await shared.ProveAsync(proof, cancellationToken);
                return new CopyOutcome(proof, IsNew: true);
            }

            if (!assembled.NeedsNewUpload)
            {
                return null;
            }

            // Nobody else comes back for the other slices: this batch sends them too.
            await shared.OpenNextAsync(sentAgain: true, cancellationToken);
            saved = null;
            isThere = false;
        }
    }

    /// <summary>
    /// The upload as this slice continues it; null where an object stands at the name. An upload that the destination
    /// does not know any more is followed by another.
    /// </summary>
    private async Task<UploadState?> JoinAsync(int index, SharedUpload shared, UploadState? saved, CancellationToken cancellationToken)
    {
        var planned = context.Planned(index);
        var current = shared.Current ?? await shared.OpenNextAsync(sentAgain: false, cancellationToken);
        while (current is not null)
        {
            var upload = saved?.UploadId == current.UploadId
                ? saved
                : new UploadState(index, planned, current.UploadId, PartPlan.Continue(planned.SizeBytes, current.PartSizeBytes))
                {
                    SentAgain = current.SentAgain,
                };
            if (!upload.SourceReadAgain
                && await shared.ReadSliceAsync(planned.Slice!.Index, cancellationToken) is { } own && own.Generation == current.Generation)
            {
                upload.TakeOver(own.Parts);
            }

            context.Checkpoint.Restore(upload);
            if (await multipart.ContinueAsync(upload, cancellationToken) is not null)
            {
                return upload;
            }

            if (await context.Sink.HeadAsync(planned.DestinationName, cancellationToken) is not null)
            {
                return null;
            }

            current = await shared.OpenNextAsync(current.SentAgain, cancellationToken);
        }

        return null;
    }

    /// <summary>Brings the slice's parts to the upload and tells the others. False where the gate was stopped before.</summary>
    private async Task<bool> SendSliceAsync(
        UploadState upload, SharedUpload shared, SourceCheck check, TailFacts tail, CancellationToken cancellationToken)
    {
        var slice = context.Planned(upload.Index).Slice!;
        var generation = shared.Newest!.Generation;
        if (!await parts.TransferAsync(upload.Index, upload, slice.FirstPart, slice.LastPart, check, hash: null, tail, cancellationToken))
        {
            return false;
        }

        var document = new SliceDocument
        {
            Index = slice.Index,
            Generation = generation,
            Parts = upload.PartsFrom(slice.FirstPart, slice.LastPart),
            Rows = tail.Facts?.Rows,
            Columns = tail.Facts?.Columns,
            Statistics = tail.Facts?.Statistics,
        };
        await shared.ReportAsync(document, cancellationToken);
        return true;
    }

    /// <summary>
    /// Makes the parts of all slices an object. What a slice brought to an upload that was lost since is missing, and is
    /// sent from here. Null where the upload is gone.
    /// </summary>
    private async Task<UploadOutcome?> AssembleAsync(
        UploadState upload, IReadOnlyList<SliceDocument> slices, SourceCheck check, TailFacts tail, CancellationToken cancellationToken)
    {
        TakeOver(upload, slices);
        if (slices[^1] is { Rows: { } rows, Columns: { } columns })
        {
            tail.Facts ??= new ObjectFacts(rows, columns, slices[^1].Statistics);
        }

        return await multipart.ContinueAsync(upload, cancellationToken) is null
            ? null
            : await multipart.CompleteAsync(upload, check, tail, cancellationToken);
    }

    /// <summary>The proof of an object that is complete already: its own document's, else by the checksums of its slices.</summary>
    private async Task<AdoptionResult> AdoptAsync(int index, SharedUpload shared, UploadState? saved, CancellationToken cancellationToken)
    {
        var planned = context.Planned(index);
        if (shared.Proved?.Proof is { } proved
            && await context.Sink.HeadAsync(planned.DestinationName, cancellationToken) is { } found
            && found.ETag == proved.DestinationETag && found.SizeBytes == planned.SizeBytes && found.Crc32C == proved.Crc32C)
        {
            return new AdoptionResult(proved with { Table = planned.Table }, IsStopped: false);
        }

        UploadState? upload = null;
        if (shared.Current is { } current && await shared.ReadAllSlicesAsync(cancellationToken) is { } slices)
        {
            upload = saved?.UploadId == current.UploadId
                ? saved
                : new UploadState(index, planned, current.UploadId, PartPlan.Continue(planned.SizeBytes, current.PartSizeBytes));
            TakeOver(upload, slices);
        }

        var adopted = await Adoption.AdoptAsync(context, index, upload, cancellationToken);
        if (adopted.Proof is { } proof)
        {
            await shared.ProveAsync(proof, cancellationToken);
        }

        return adopted;
    }

    private static void TakeOver(UploadState upload, IReadOnlyList<SliceDocument> slices)
    {
        // What is being read again because of a mismatch must not be believed once more.
        if (!upload.SourceReadAgain)
        {
            foreach (var slice in slices)
            {
                upload.TakeOver(slice.Parts);
            }
        }
    }

    private async Task<SourceCheck> DescribeAsync(PlannedObject planned, CancellationToken cancellationToken)
    {
        var check = await context.DescribeAsync(planned, cancellationToken);
        check.GiveUpOrder($"from parts, and the object is copied in {planned.Slice!.Count} slices");
        return check;
    }

    private static bool EndsTheObject(Exception failure) => failure is ObjectCorruptedException or SourceObjectChangedException
        or SourceObjectMissingException or DestinationConflictException or ParquetFileInvalidException;
}
