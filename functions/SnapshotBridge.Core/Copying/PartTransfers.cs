namespace SnapshotBridge.Copying;

/// <summary>
/// Brings parts of an object to its upload, several at a time: a range of the source fills a buffer, its checksums are
/// computed, and the buffer is sent, unless the destination holds those very bytes.
/// </summary>
internal sealed class PartTransfers(CopyContext context)
{
    /// <summary>
    /// Brings a run of parts to the destination and their checksums here. False where the gate was stopped before.
    /// </summary>
    /// <param name="index">The object's place in the batch.</param>
    /// <param name="upload">Its upload; the parts that it knows whole are left out.</param>
    /// <param name="first">The first part, from 1.</param>
    /// <param name="last">The last part, inclusive.</param>
    /// <param name="check">What has to be computed of each part.</param>
    /// <param name="hash">Takes all parts in order, where the source's checksum needs that: none is then left out.</param>
    /// <param name="tail">Receives what the object's last part tells.</param>
    /// <param name="cancellationToken">Ends transfers under way.</param>
    public async Task<bool> TransferAsync(
        int index, UploadState upload, int first, int last, SourceCheck check, OrderedHash? hash, TailFacts tail, CancellationToken cancellationToken)
    {
        var transfers = new List<Task>();
        var complete = true;
        for (var number = first; number <= last; number++)
        {
            if (hash is null && upload.Knows(number, check))
            {
                continue;
            }

            var lease = await context.Gate.EnterAsync(index);
            if (lease is null)
            {
                complete = false;
                break;
            }

            var part = number;
            transfers.Add(context.TransferAsync(() => TransferPartAsync(index, lease, upload, part, check, hash, tail, cancellationToken)));
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
        int index, TransferLease lease, UploadState upload, int number, SourceCheck check, OrderedHash? hash, TailFacts tail, CancellationToken cancellationToken)
    {
        using (lease)
        {
            try
            {
                var planned = context.Planned(index);
                var offset = upload.Plan.Offset(number);
                var content = lease.Buffer[..upload.Plan.Length(number)];
                var running = new RunningChecksums(content);
                await context.Source.ReadAsync(planned.Key, planned.ETag, planned.SizeBytes, offset, content, running.Received, cancellationToken);
                var checksums = await AgreedReading.ConfirmAsync(
                    context, planned, offset, content, check, check.Compute(content.Span, offset, running.Finish()), cancellationToken);
                if (hash is not null)
                {
                    await hash.AppendInTurnAsync(number, content, cancellationToken);
                }

                if (number == upload.Plan.Count)
                {
                    tail.Facts = FooterReader.ReadUnproven(planned, content.Span);
                }

                var eTag = upload.ETagOfSame(number, checksums) ?? await SendAsync(index, upload, number, content, checksums, cancellationToken);
                upload.Record(number, eTag, checksums);
                context.Totals.PartFinished();
            }
            catch
            {
                // Before the buffer goes on to the next part: nothing more is begun in a batch that has failed.
                context.Gate.Stop();
                hash?.Break();
                throw;
            }
        }

        await context.Checkpoint.PartFinishedAsync(cancellationToken);
    }

    private async Task<string> SendAsync(
        int index, UploadState upload, int number, ReadOnlyMemory<byte> content, PartChecksums checksums, CancellationToken cancellationToken)
    {
        var sentAgain = false;
        while (true)
        {
            var sent = await context.Sink.PutPartAsync(upload.DestinationName, upload.UploadId, number, content, checksums.Crc32C, cancellationToken);
            switch (sent.Outcome)
            {
                case SinkOutcome.Written:
                    context.Concurrency.Succeeded();
                    context.Totals.Sent(content.Length);
                    return sent.ETag;
                case SinkOutcome.ChecksumRefused:
                    context.DestinationMismatch(context.Planned(index), checksums, sent.Detail ?? "other bytes", sentAgain);
                    sentAgain = true;
                    continue;
                default:
                    // Committed by another slice, aborted, or expired while it is in use: the next invocation finds out.
                    throw new TransferInterruptedException(
                        $"UploadPart {number} of {upload.DestinationName}", $"the upload is gone ({sent.Outcome})");
            }
        }
    }
}
