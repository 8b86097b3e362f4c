namespace SnapshotBridge.Copying;

/// <summary>
/// Copies an object that fits into one buffer: one GET that fills it and tells the stored checksum, one PUT that refuses
/// other bytes and creates only. Whatever differs is read or sent once more.
/// </summary>
internal sealed class WholeObjectCopy(CopyContext context)
{
    /// <summary>The object's proof, or null where the gate was stopped before it began.</summary>
    public async Task<CopiedObject?> CopyAsync(int index, CancellationToken cancellationToken)
    {
        var lease = await context.Gate.EnterAsync(index);
        return lease is null ? null : await context.TransferAsync(() => CopyAsync(index, lease, cancellationToken));
    }

    private async Task<CopiedObject> CopyAsync(int index, TransferLease granted, CancellationToken cancellationToken)
    {
        var planned = context.Planned(index);
        var readAgain = false;
        var sentAgain = false;
        using var lease = granted;
        var content = lease.Buffer[..(int)planned.SizeBytes];
        while (true)
        {
            var running = new RunningChecksums(content);
            var stored = await context.Source.ReadAsync(planned.Key, planned.ETag, planned.SizeBytes, 0, content, running.Received, cancellationToken);
            var check = await SourceCheck.ForAsync(context.Source, planned, stored, cancellationToken);
            var checksums = await AgreedReading.ConfirmAsync(
                context, planned, offset: 0, content, check, check.Compute(content.Span, offset: 0, running.Finish()), cancellationToken);
            var proof = Judge(check, checksums, content.Span);
            if (!proof.IsMatch)
            {
                context.SourceMismatch(planned, proof, readAgain);
                readAgain = true;
                continue;
            }

            var facts = FooterReader.Read(planned, content.Span, out _) ?? throw new InvalidOperationException("A whole file holds its footer.");
            var metadata = ObjectMetadata.Whole(context.ExportTaskId, planned, checksums);
            var written = await context.Sink.PutAsync(planned.DestinationName, content, checksums.Crc32C, metadata, cancellationToken);
            context.Concurrency.Succeeded();
            context.Totals.Sent(written.Outcome == SinkOutcome.Written ? content.Length : 0);
            var confirmed = await DestinationCheck.ConfirmAsync(context, planned, written, checksums, cancellationToken);
            if (confirmed.IsConfirmed)
            {
                return context.Proof(planned, proof, checksums, confirmed.ETag, facts);
            }

            context.DestinationMismatch(planned, checksums, confirmed.Found, sentAgain);
            sentAgain = true;
        }
    }

    private static SourceProof Judge(SourceCheck check, PartChecksums checksums, ReadOnlySpan<byte> content)
    {
        using var hash = check.NewHash();
        hash?.Append(content);
        return check.Judge([new ReadRun(content.Length, checksums)], hash);
    }
}
