using Microsoft.Extensions.Logging;
using SnapshotBridge.Parquet;
using SnapshotBridge.Planning;

namespace SnapshotBridge.Copying;

/// <summary>
/// Copies one object: plan, read, prove, publish. Retries an object once per leg when its bytes differ; requests are
/// retried by source and sink, and everything else by the state machine.
/// </summary>
internal sealed class ObjectCopier(
    CopyBatch batch,
    IObjectSource source,
    IObjectSink sink,
    CopyLimits limits,
    TransferGate gate,
    AdaptiveConcurrency concurrency,
    CheckpointWriter checkpoint,
    CopyTotals totals,
    ILogger logger)
{
    /// <summary>How often an upload is refused for an object that then is not there, before that is believed to be no coincidence.</summary>
    private const int MostRefusals = 3;

    /// <summary>The object's proof, or null where the gate was stopped before the object was done.</summary>
    /// <param name="index">The object's place in the batch.</param>
    /// <param name="open">Its open upload from an earlier invocation.</param>
    /// <param name="isThere">True where the listing shows an object at the destination name.</param>
    /// <param name="cancellationToken">Ends transfers under way.</param>
    public async Task<CopiedObject?> CopyAsync(int index, UploadState? open, bool isThere, CancellationToken cancellationToken)
    {
        var planned = batch.Objects[index];
        if (isThere)
        {
            var adopted = await AdoptAsync(index, open, cancellationToken);
            if (adopted.IsStopped)
            {
                return null;
            }

            if (adopted.Proof is { } proof)
            {
                if (open is not null)
                {
                    await AbortAsync(index, open, cancellationToken);
                }

                totals.Skipped();
                return proof;
            }
        }

        return open is null && planned.SizeBytes <= limits.ThresholdBytes
            ? await CopyWholeAsync(index, cancellationToken)
            : await CopyInPartsAsync(index, open, cancellationToken);
    }

    /// <summary>Gives an upload up without letting that hide the failure for which it is given up.</summary>
    public async Task AbortQuietlyAsync(UploadState upload, CancellationToken cancellationToken)
    {
        try
        {
            await sink.AbortAsync(upload.DestinationName, upload.UploadId, cancellationToken);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            logger.AbortFailed(upload.DestinationName, exception.Message);
        }
    }

    private async Task<CopiedObject?> CopyWholeAsync(int index, CancellationToken cancellationToken)
    {
        var planned = batch.Objects[index];
        var readAgain = false;
        var sentAgain = false;
        using var lease = await gate.EnterAsync(index);
        if (lease is null)
        {
            return null;
        }

        var content = lease.Buffer[..(int)planned.SizeBytes];
        while (true)
        {
            var stored = await source.ReadAsync(planned.Key, planned.ETag, planned.SizeBytes, 0, content, cancellationToken);
            var checksums = PartChecksums.Compute(content.Span, stored?.Algorithm == ChecksumAlgorithm.Crc32);
            var proof = SourceProof.Judge(stored, checksums, content);
            if (!proof.IsMatch)
            {
                SourceMismatch(planned, proof, readAgain);
                readAgain = true;
                continue;
            }

            var facts = ReadFacts(planned, content.Span, out _) ?? throw new InvalidOperationException("A whole file holds its footer.");
            var metadata = ObjectMetadata.Whole(batch.ExportTaskId, planned, checksums);
            var written = await sink.PutAsync(planned.DestinationName, content, checksums.Crc32C, metadata, cancellationToken);
            concurrency.Succeeded();
            totals.Sent(written.Outcome == SinkOutcome.Written ? content.Length : 0);
            switch (await ConfirmAsync(planned, written, checksums, cancellationToken))
            {
                case { IsConfirmed: true } confirmed:
                    return Proof(planned, proof, checksums, confirmed.ETag, facts);
                case var refused:
                    DestinationMismatch(planned, checksums, refused.Found, sentAgain);
                    sentAgain = true;
                    continue;
            }
        }
    }

    private async Task<CopiedObject?> CopyInPartsAsync(int index, UploadState? open, CancellationToken cancellationToken)
    {
        var planned = batch.Objects[index];
        var stored = await DescribeAsync(planned, cancellationToken);
        var withCrc32 = stored is { Algorithm: ChecksumAlgorithm.Crc32, IsFullObject: true };
        var upload = open is null ? null : await ContinueAsync(index, open, cancellationToken);
        var sentAgain = open?.SentAgain ?? false;
        var tail = new TailFacts();
        var refusals = 0;
        while (true)
        {
            upload ??= await OpenAsync(index, sentAgain, cancellationToken);
            if (upload is null)
            {
                // An object has appeared at the name since the listing: ours of a killed invocation, or somebody's.
                var adopted = await AdoptAsync(index, open, cancellationToken);
                if (adopted.Proof is not null || adopted.IsStopped)
                {
                    return adopted.Proof;
                }

                if (++refusals == MostRefusals)
                {
                    throw new DestinationConflictException(
                        planned.DestinationName, "the service refuses to create it and shows nothing there", $"{planned.SizeBytes} bytes");
                }

                continue;
            }

            if (!await TransferPartsAsync(index, upload, withCrc32, tail, cancellationToken))
            {
                return null;
            }

            var checksums = upload.Combine(withCrc32) ?? throw new InvalidOperationException("A part was left out.");
            var proof = SourceProof.Judge(stored, checksums);
            if (!proof.IsMatch)
            {
                // One value for the whole object does not tell which part it was: all are read again, and those that
                // turn out otherwise are sent again.
                SourceMismatch(planned, proof, upload.SourceReadAgain);
                upload.SourceReadAgain = true;
                upload.ForgetChecksums();
                tail.Facts = null;
                continue;
            }

            tail.Facts ??= await ReadTailAsync(index, cancellationToken);
            if (tail.Facts is null)
            {
                return null;
            }

            // Should the answer to the commit be lost together with this invocation, the next one can compare.
            await checkpoint.FlushAsync(cancellationToken);
            var written = await sink.CommitAsync(planned.DestinationName, upload.UploadId, upload.ToCommit(), cancellationToken);
            var confirmed = await ConfirmAsync(planned, written, checksums, cancellationToken);
            if (written.Outcome != SinkOutcome.Written && written.Outcome != SinkOutcome.UploadNotFound)
            {
                // A refused commit leaves the upload open.
                await AbortAsync(index, upload, cancellationToken);
            }

            checkpoint.Closed(index);
            if (confirmed.IsConfirmed)
            {
                return Proof(planned, proof, checksums, confirmed.ETag, tail.Facts);
            }

            if (written.Outcome == SinkOutcome.UploadNotFound && confirmed.Found is null && !sentAgain)
            {
                logger.UploadLost(planned.DestinationName);
            }
            else
            {
                DestinationMismatch(planned, checksums, confirmed.Found, sentAgain);
            }

            sentAgain = true;
            upload = null;
        }
    }

    private async Task<UploadState?> OpenAsync(int index, bool sentAgain, CancellationToken cancellationToken)
    {
        var planned = batch.Objects[index];
        var metadata = ObjectMetadata.Upload(batch.ExportTaskId, planned);
        var id = await sink.CreateUploadAsync(planned.DestinationName, metadata, cancellationToken);
        if (id is null)
        {
            return null;
        }

        var upload = new UploadState(index, planned, id, PartPlan.For(planned.SizeBytes, limits.PartSizeBytes), sourceReadAgain: false, sentAgain);

        // Before its first part is sent: what is sent is then never lost.
        await checkpoint.OpenedAsync(upload, cancellationToken);
        return upload;
    }

    private async Task<UploadState?> ContinueAsync(int index, UploadState upload, CancellationToken cancellationToken)
    {
        var held = await sink.ListPartsAsync(upload.DestinationName, upload.UploadId, cancellationToken);
        if (held is null)
        {
            logger.UploadLost(upload.DestinationName);
            checkpoint.Closed(index);
            return null;
        }

        upload.Reconcile(held);
        logger.UploadContinued(upload.DestinationName, held.Count, upload.Plan.Count);
        return upload;
    }

    /// <summary>Brings every part to the destination and its checksums here. False where the gate was stopped before.</summary>
    private async Task<bool> TransferPartsAsync(int index, UploadState upload, bool withCrc32, TailFacts tail, CancellationToken cancellationToken)
    {
        var transfers = new List<Task>();
        var complete = true;
        for (var number = 1; number <= upload.Plan.Count; number++)
        {
            if (upload[number]?.Checksums is { } known && (!withCrc32 || known.Crc32 is not null))
            {
                continue;
            }

            var lease = await gate.EnterAsync(index);
            if (lease is null)
            {
                complete = false;
                break;
            }

            transfers.Add(TransferPartAsync(index, lease, upload, number, withCrc32, tail, cancellationToken));
        }

        try
        {
            await Task.WhenAll(transfers);
        }
        catch (Exception) when (transfers.Find(transfer => transfer.IsFaulted) is { } failed)
        {
            // A failure of a transfer outweighs the cancellation of others.
            await failed;
        }

        return complete;
    }

    private async Task TransferPartAsync(
        int index, TransferLease lease, UploadState upload, int number, bool withCrc32, TailFacts tail, CancellationToken cancellationToken)
    {
        using (lease)
        {
            try
            {
                // The turn may have been granted on the dispatcher's thread: the next part must not wait for this one's hashing.
                await Task.Yield();
                var planned = batch.Objects[index];
                var content = lease.Buffer[..upload.Plan.Length(number)];
                await source.ReadAsync(planned.Key, planned.ETag, planned.SizeBytes, upload.Plan.Offset(number), content, cancellationToken);
                var checksums = PartChecksums.Compute(content.Span, withCrc32);
                if (number == upload.Plan.Count)
                {
                    tail.Facts = ReadUnprovenFacts(planned, content.Span);
                }

                var state = upload[number];
                var isHeld = state is not null && (state.Suspect is null || state.Suspect.Value.Crc32C == checksums.Crc32C);
                var eTag = isHeld ? state!.ETag : await SendPartAsync(planned, upload, number, content, checksums, cancellationToken);
                upload.Record(number, eTag, checksums);
                totals.PartFinished();
            }
            catch
            {
                // Before the buffer goes on to the next part: nothing more is begun in a batch that has failed.
                gate.Stop();
                throw;
            }
        }

        await checkpoint.PartFinishedAsync(cancellationToken);
    }

    private async Task<string> SendPartAsync(
        PlannedObject planned, UploadState upload, int number, ReadOnlyMemory<byte> content, PartChecksums checksums, CancellationToken cancellationToken)
    {
        var sentAgain = false;
        while (true)
        {
            var sent = await sink.PutPartAsync(planned.DestinationName, upload.UploadId, number, content, checksums.Crc32C, cancellationToken);
            switch (sent.Outcome)
            {
                case SinkOutcome.Written:
                    concurrency.Succeeded();
                    totals.Sent(content.Length);
                    return sent.ETag;
                case SinkOutcome.ChecksumRefused:
                    DestinationMismatch(planned, checksums, sent.Detail ?? "other bytes", sentAgain);
                    sentAgain = true;
                    continue;
                default:
                    // Aborted by somebody else or by a lifecycle rule while it is in use: the next invocation begins anew.
                    throw new TransferInterruptedException(
                        $"UploadPart {number} of {planned.DestinationName}", $"the upload is gone ({sent.Outcome})");
            }
        }
    }

    /// <summary>What became of a write, looked up at the destination where its answer does not tell.</summary>
    private async Task<Confirmation> ConfirmAsync(
        PlannedObject planned, SinkResult written, PartChecksums checksums, CancellationToken cancellationToken)
    {
        var wanted = Crc32C.ToBase64(checksums.Crc32C);
        if (written.Outcome == SinkOutcome.ChecksumRefused)
        {
            return new Confirmation(false, "", written.Detail ?? "other bytes");
        }

        if (written is { Outcome: SinkOutcome.Written, Crc32C: { } told } && told == wanted)
        {
            return new Confirmation(true, written.ETag, told);
        }

        var found = await sink.HeadAsync(planned.DestinationName, cancellationToken);
        if (found is null)
        {
            return new Confirmation(false, "", written.Outcome == SinkOutcome.Written ? "nothing" : null);
        }

        if (found.SizeBytes == planned.SizeBytes && found.Crc32C == wanted)
        {
            // Ours after a lost answer, or somebody's with the same content: the content is what was promised.
            return new Confirmation(true, found.ETag, wanted);
        }

        await RemoveOursAsync(planned, found, wanted, cancellationToken);
        return new Confirmation(false, "", found.Crc32C ?? "no CRC32C");
    }

    /// <summary>Removes what we left at the name with other bytes. What is not ours stays.</summary>
    private async Task RemoveOursAsync(PlannedObject planned, SinkObject found, string wanted, CancellationToken cancellationToken)
    {
        if (!ObjectMetadata.IsOurs(found, batch.ExportTaskId, planned)
            || !await sink.DeleteAsync(planned.DestinationName, found.ETag, cancellationToken))
        {
            throw new DestinationConflictException(
                planned.DestinationName,
                $"{found.SizeBytes} bytes, CRC32C {found.Crc32C ?? "unknown"}",
                $"{planned.SizeBytes} bytes, CRC32C {wanted}");
        }
    }

    /// <summary>
    /// Proves an object that is already at the name without sending it: by what we wrote beside it, by an open
    /// upload's checksums, else by reading the source once more.
    /// </summary>
    private async Task<Adoption> AdoptAsync(int index, UploadState? open, CancellationToken cancellationToken)
    {
        var planned = batch.Objects[index];
        var found = await sink.HeadAsync(planned.DestinationName, cancellationToken);
        if (found is null)
        {
            return default;
        }

        if (found.SizeBytes != planned.SizeBytes)
        {
            await RemoveOursAsync(planned, found, "not computed", cancellationToken);
            return default;
        }

        var stored = await DescribeAsync(planned, cancellationToken);
        var withCrc32 = stored is { Algorithm: ChecksumAlgorithm.Crc32, IsFullObject: true };
        var isOurs = ObjectMetadata.IsOurs(found, batch.ExportTaskId, planned);
        var sent = isOurs && !withCrc32 ? ObjectMetadata.SentChecksums(found) : null;
        sent ??= open?.Combine(withCrc32);
        var proof = sent is { } known && Crc32C.ToBase64(known.Crc32C) == found.Crc32C ? SourceProof.Judge(stored, known) : default;
        if (!proof.IsMatch || (proof.Evidence == CopyEvidence.Destination && stored is { IsFullObject: true }))
        {
            // Nothing is sent for this: what counts is what the destination stores and what the source holds.
            if (await HashSourceAsync(index, stored, withCrc32, cancellationToken) is not { } read)
            {
                return new Adoption(null, IsStopped: true);
            }

            (sent, proof) = read;
        }

        var wanted = Crc32C.ToBase64(sent!.Value.Crc32C);
        if (found.Crc32C != wanted || !proof.IsMatch)
        {
            await RemoveOursAsync(planned, found, wanted, cancellationToken);
            return default;
        }

        return await ReadTailAsync(index, cancellationToken) is { } facts
            ? new Adoption(Proof(planned, proof, sent.Value, found.ETag, facts), IsStopped: false)
            : new Adoption(null, IsStopped: true);
    }

    private async Task<(PartChecksums Checksums, SourceProof Proof)?> HashSourceAsync(
        int index, StoredChecksum? stored, bool withCrc32, CancellationToken cancellationToken)
    {
        var planned = batch.Objects[index];
        var plan = PartPlan.For(planned.SizeBytes, Math.Max(limits.PartSizeBytes, limits.ThresholdBytes));
        var whole = new PartChecksums(0, 0, withCrc32 ? 0 : null);
        for (var number = 1; number <= plan.Count; number++)
        {
            using var lease = await gate.EnterAsync(index);
            if (lease is null)
            {
                return null;
            }

            var content = lease.Buffer[..plan.Length(number)];
            await source.ReadAsync(planned.Key, planned.ETag, planned.SizeBytes, plan.Offset(number), content, cancellationToken);
            whole = whole.Then(PartChecksums.Compute(content.Span, withCrc32), content.Length);
            totals.PartFinished();
            if (plan.Count == 1)
            {
                return (whole, SourceProof.Judge(stored, whole, content));
            }
        }

        return (whole, SourceProof.Judge(stored, whole));
    }

    private async Task<StoredChecksum?> DescribeAsync(PlannedObject planned, CancellationToken cancellationToken)
    {
        var found = await source.DescribeAsync(planned.Key, cancellationToken);
        return found.SizeBytes == planned.SizeBytes && found.ETag.Trim('"') == planned.ETag.Trim('"')
            ? found.Checksum
            : throw new SourceObjectChangedException(
                planned.Key, $"{planned.SizeBytes} bytes, ETag {planned.ETag}", $"{found.SizeBytes} bytes, ETag {found.ETag}");
    }

    /// <summary>The footer by range reads of the object's end; null where the gate was stopped.</summary>
    private async Task<ObjectFacts?> ReadTailAsync(int index, CancellationToken cancellationToken)
    {
        var planned = batch.Objects[index];
        if (!IsParquet(planned))
        {
            return ObjectFacts.None;
        }

        using var lease = await gate.EnterAsync(index);
        if (lease is null)
        {
            return null;
        }

        var readAgain = false;
        var length = (int)Math.Min(planned.SizeBytes, Math.Min(ParquetFooter.SuggestedTailBytes, lease.Buffer.Length));
        while (true)
        {
            var tail = lease.Buffer[..length];
            await source.ReadAsync(planned.Key, planned.ETag, planned.SizeBytes, planned.SizeBytes - length, tail, cancellationToken);
            int needed;
            try
            {
                if (ReadFacts(planned, tail.Span, out needed) is { } facts)
                {
                    return facts;
                }
            }
            catch (ParquetFileInvalidException) when (!readAgain)
            {
                // The object's bytes are proven, those of this range are not.
                readAgain = true;
                continue;
            }

            if (needed > lease.Buffer.Length)
            {
                throw new ParquetFileInvalidException(
                    planned.Key, $"its footer takes {needed} bytes and this function's buffers {lease.Buffer.Length}; with a larger PART_SIZE_MIB it can be read");
            }

            length = needed;
        }
    }

    /// <summary>Rows and columns from the object's last bytes; null where more of them are needed.</summary>
    private static ObjectFacts? ReadFacts(PlannedObject planned, ReadOnlySpan<byte> tail, out int needed)
    {
        needed = 0;
        if (!IsParquet(planned))
        {
            return ObjectFacts.None;
        }

        return ParquetFooter.TryRead(planned.Key, tail, planned.SizeBytes, out var footer, out needed)
            ? new ObjectFacts(footer.Rows, [.. footer.Columns.Select(column => column.ToString())])
            : null;
    }

    /// <summary>As far as the last part tells it before the object's checksum is known: null where the bytes may be wrong.</summary>
    private static ObjectFacts? ReadUnprovenFacts(PlannedObject planned, ReadOnlySpan<byte> tail)
    {
        try
        {
            return ReadFacts(planned, tail, out _);
        }
        catch (ParquetFileInvalidException)
        {
            return null;
        }
    }

    private static bool IsParquet(PlannedObject planned) => planned.Key.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase);

    private async Task AbortAsync(int index, UploadState upload, CancellationToken cancellationToken)
    {
        await sink.AbortAsync(upload.DestinationName, upload.UploadId, cancellationToken);
        checkpoint.Closed(index);
    }

    private void SourceMismatch(PlannedObject planned, SourceProof proof, bool isSecond)
    {
        if (isSecond)
        {
            throw new ObjectCorruptedException(planned.Key, TransferLeg.Source, proof.Algorithm, proof.Expected, proof.Actual);
        }

        logger.SourceMismatch(planned.Key, proof.Algorithm, proof.Expected, proof.Actual);
    }

    private void DestinationMismatch(PlannedObject planned, PartChecksums checksums, string? found, bool isSecond)
    {
        var (expected, actual) = (Crc32C.ToBase64(checksums.Crc32C), found ?? "nothing");
        if (isSecond)
        {
            throw new ObjectCorruptedException(planned.DestinationName, TransferLeg.Destination, "CRC32C", expected, actual);
        }

        logger.DestinationMismatch(planned.DestinationName, expected, actual);
    }

    private CopiedObject Proof(PlannedObject planned, SourceProof proof, PartChecksums checksums, string eTag, ObjectFacts facts)
    {
        logger.ObjectCopied(planned.DestinationName, planned.SizeBytes, facts.Rows, proof.Evidence);
        return new CopiedObject
        {
            Key = planned.Key,
            DestinationName = planned.DestinationName,
            Table = planned.Table,
            SizeBytes = planned.SizeBytes,
            Evidence = proof.Evidence,
            EvidenceReason = proof.Reason,
            Crc32C = Crc32C.ToBase64(checksums.Crc32C),
            Crc64Nvme = Crc64Nvme.ToBase64(checksums.Crc64Nvme),
            SourceETag = planned.ETag,
            DestinationETag = eTag,
            Rows = facts.Rows,
            Columns = facts.Columns,
        };
    }

    /// <param name="IsConfirmed">True when the destination stores what was sent.</param>
    /// <param name="ETag">The object's ETag then.</param>
    /// <param name="Found">What it has instead; null when nothing is there.</param>
    private readonly record struct Confirmation(bool IsConfirmed, string ETag, string? Found);

    /// <param name="Proof">The object's proof; null when it has to be copied.</param>
    /// <param name="IsStopped">True when the gate was stopped before that was known.</param>
    private readonly record struct Adoption(CopiedObject? Proof, bool IsStopped);

    private sealed record ObjectFacts(long Rows, IReadOnlyList<string> Columns)
    {
        public static ObjectFacts None { get; } = new(0, []);
    }

    /// <summary>What the last part told on its way past; kept while other parts are still under way.</summary>
    private sealed class TailFacts
    {
        public ObjectFacts? Facts { get; set; }
    }
}
