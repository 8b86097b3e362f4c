using SnapshotBridge.Planning;

namespace SnapshotBridge.Copying;

/// <summary>
/// Copies an object in parts: an upload is opened or continued, its parts are transferred, their checksums proved
/// against the source's, and the upload is committed and confirmed.
/// </summary>
internal sealed class MultipartCopy(CopyContext context, PartTransfers parts)
{
    /// <summary>How often an upload is refused for an object that then is not there, before that is believed to be no coincidence.</summary>
    public const int MostRefusals = 3;

    /// <summary>
    /// A hash that needs the object in order is begun anew by each invocation. The first may have been late in its time
    /// when it began; the second was not, so the object is too large for one.
    /// </summary>
    private const int MostReadingsInOrder = 2;

    /// <summary>The object's proof, or null where the gate was stopped before it was done.</summary>
    public async Task<CopiedObject?> CopyAsync(int index, UploadState? open, CancellationToken cancellationToken)
    {
        var planned = context.Planned(index);
        var check = await context.DescribeAsync(planned, cancellationToken);
        var upload = open is null ? null : await ContinueAsync(open, cancellationToken);
        var sentAgain = open?.SentAgain ?? false;
        var tail = new TailFacts();
        for (var refusals = 0; ;)
        {
            upload ??= await OpenAsync(index, sentAgain, cancellationToken);
            if (upload is null)
            {
                // An object has appeared at the name since the listing: ours of a killed invocation, or somebody's.
                var adopted = await Adoption.AdoptAsync(context, index, open, cancellationToken);
                if (adopted.Proof is not null || adopted.IsStopped)
                {
                    return adopted.Proof;
                }

                if (++refusals == MostRefusals)
                {
                    throw Refused(planned);
                }

                continue;
            }

            var outcome = await CompleteAsync(upload, check, tail, cancellationToken);
            if (!outcome.NeedsNewUpload)
            {
                return outcome.Proof;
            }

            sentAgain = true;
            upload = null;
        }
    }

    /// <summary>
    /// Brings what is missing of an open upload, proves, commits and confirms it. Several may do so with one upload:
    /// one commits, and the others find the same object.
    /// </summary>
    public async Task<UploadOutcome> CompleteAsync(UploadState upload, SourceCheck check, TailFacts tail, CancellationToken cancellationToken)
    {
        var index = upload.Index;
        var planned = context.Planned(index);
        PrepareOrder(upload, check);
        while (true)
        {
            using var hash = check.NewHash();
            if (!await parts.TransferAsync(index, upload, 1, upload.Plan.Count, check, hash, tail, cancellationToken))
            {
                return default;
            }

            var runs = upload.Runs(check) ?? throw new InvalidOperationException("A part was left out.");
            var proof = check.Judge(runs, hash);
            if (!proof.IsMatch)
            {
                // One value for the whole object does not tell which part it was: all are read again, and those that
                // turn out otherwise are sent again.
                context.SourceMismatch(planned, proof, upload.SourceReadAgain);
                upload.SourceReadAgain = true;
                upload.ForgetChecksums();
                tail.Facts = null;
                continue;
            }

            tail.Facts ??= await FooterReader.ReadAsync(context, index, cancellationToken);
            return tail.Facts is { } facts ? await CommitAsync(planned, upload, check.Combine(runs), proof, facts, cancellationToken) : default;
        }
    }

    /// <summary>Takes over what the destination holds of an upload; null where it does not know it any more.</summary>
    public async Task<UploadState?> ContinueAsync(UploadState upload, CancellationToken cancellationToken)
    {
        var held = await context.Sink.ListPartsAsync(upload.DestinationName, upload.UploadId, cancellationToken);
        if (held is null)
        {
            context.Logger.UploadLost(upload.DestinationName);
            context.Checkpoint.Closed(upload.Index);
            return null;
        }

        upload.Reconcile(held);
        context.Logger.UploadContinued(upload.DestinationName, held.Count, upload.Plan.Count);
        return upload;
    }

    /// <summary>The service refuses to create an object and shows none.</summary>
    public static DestinationConflictException Refused(PlannedObject planned) => new(
        planned.DestinationName, "the service refuses to create it and shows nothing there", $"{planned.SizeBytes} bytes");

    private async Task<UploadState?> OpenAsync(int index, bool sentAgain, CancellationToken cancellationToken)
    {
        var planned = context.Planned(index);
        var metadata = ObjectMetadata.Upload(context.ExportTaskId, planned);
        var id = await context.Sink.CreateUploadAsync(planned.DestinationName, metadata, cancellationToken);
        if (id is null)
        {
            return null;
        }

        var upload = new UploadState(index, planned, id, PartPlan.For(planned.SizeBytes, context.Limits.PartSizeBytes)) { SentAgain = sentAgain };

        // Before its first part is sent: what is sent is then never lost.
        await context.Checkpoint.OpenedAsync(upload, cancellationToken);
        return upload;
    }

    private async Task<UploadOutcome> CommitAsync(
        PlannedObject planned, UploadState upload, PartChecksums checksums, SourceProof proof, ObjectFacts facts, CancellationToken cancellationToken)
    {
        // Should the answer to the commit be lost together with this invocation, the next one can compare.
        await context.Checkpoint.FlushAsync(cancellationToken);
        var written = await context.Sink.CommitAsync(planned.DestinationName, upload.UploadId, upload.ToCommit(), cancellationToken);
        var confirmed = await DestinationCheck.ConfirmAsync(context, planned, written, checksums, cancellationToken);
        if (written.Outcome != SinkOutcome.Written && written.Outcome != SinkOutcome.UploadNotFound)
        {
            // A refused commit leaves the upload open.
            await context.Sink.AbortAsync(upload.DestinationName, upload.UploadId, cancellationToken);
        }

        context.Checkpoint.Closed(upload.Index);
        if (confirmed.IsConfirmed)
        {
            return new UploadOutcome(context.Proof(planned, proof, checksums, confirmed.ETag, facts), NeedsNewUpload: false);
        }

        if (written.Outcome == SinkOutcome.UploadNotFound && confirmed.Found is null && !upload.SentAgain)
        {
            context.Logger.UploadLost(planned.DestinationName);
        }
        else
        {
            context.DestinationMismatch(planned, checksums, confirmed.Found, upload.SentAgain);
        }

        return new UploadOutcome(null, NeedsNewUpload: true);
    }

    /// <summary>Where a hash needs the object in order, it begins with the first byte, whatever the upload holds.</summary>
    private static void PrepareOrder(UploadState upload, SourceCheck check)
    {
        if (!check.NeedsOrder)
        {
            return;
        }

        if (upload.ReadingsInOrder >= MostReadingsInOrder)
        {
            check.GiveUpOrder("from parts, and to read the object in order takes longer than one invocation lasts");
            if (upload.ReadingsInOrder > MostReadingsInOrder)
            {
                return;
            }

            // Once: what was read for the hash was read a single time, and now two readings have to agree.
        }

        upload.ReadingsInOrder++;
        upload.ForgetChecksums();
    }
}

/// <param name="Proof">The object's proof; null when there is none yet.</param>
/// <param name="NeedsNewUpload">True when the upload is gone, or what it became was removed: all is to be sent once more.</param>
internal readonly record struct UploadOutcome(CopiedObject? Proof, bool NeedsNewUpload);
