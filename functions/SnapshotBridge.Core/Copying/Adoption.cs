using SnapshotBridge.Planning;

namespace SnapshotBridge.Copying;

/// <summary>
/// Proves an object that is already at its name without sending it: by what we wrote beside it, by the checksums of
/// an upload's parts, else by reading the source once more.
/// </summary>
internal static class Adoption
{
    /// <summary>The proof of what stands at the name; removes what we left there with other content.</summary>
    /// <exception cref="DestinationConflictException">What stands there has other content and is not ours.</exception>
    public static async Task<AdoptionResult> AdoptAsync(
        CopyContext context, int index, UploadState? upload, CancellationToken cancellationToken)
    {
        var planned = context.Planned(index);
        var found = await context.Sink.HeadAsync(planned.DestinationName, cancellationToken);
        if (found is null)
        {
            return default;
        }

        if (found.SizeBytes != planned.SizeBytes)
        {
            await DestinationCheck.RemoveOursAsync(context, planned, found, "not computed", cancellationToken);
            return default;
        }

        var check = await context.DescribeAsync(planned, cancellationToken);
        var read = Known(context, planned, found, check, upload);
        if (read is not { Proof.IsMatch: true } || (check.IsUsable && read.Value.Proof.Evidence == CopyEvidence.Destination))
        {
            // Nothing is sent for this: what counts is what the destination stores and what the source holds.
            read = await ReadSourceAsync(context, index, check, cancellationToken);
            if (read is null)
            {
                return new AdoptionResult(null, IsStopped: true);
            }
        }

        var (checksums, proof) = read.Value;
        var wanted = Crc32C.ToBase64(checksums.Crc32C);
        if (found.Crc32C != wanted || !proof.IsMatch)
        {
            await DestinationCheck.RemoveOursAsync(context, planned, found, wanted, cancellationToken);
            return default;
        }

        return await FooterReader.ReadAsync(context, index, cancellationToken) is { } facts
            ? new AdoptionResult(context.Proof(planned, proof, checksums, found.ETag, facts), IsStopped: false)
            : new AdoptionResult(null, IsStopped: true);
    }

    /// <summary>What is known of the bytes that were sent, if it is of those that the destination stores.</summary>
    private static Reading? Known(CopyContext context, PlannedObject planned, SinkObject found, SourceCheck check, UploadState? upload)
    {
        IReadOnlyList<ReadRun>? runs = ObjectMetadata.IsOurs(found, context.ExportTaskId, planned) && ObjectMetadata.SentChecksums(found) is { } sent
            && check.Covers(sent, 0, planned.SizeBytes)
            ? [new ReadRun(planned.SizeBytes, sent)]
            : upload?.Runs(check);
        return runs is not null && check.Combine(runs) is var whole && Crc32C.ToBase64(whole.Crc32C) == found.Crc32C
            ? new Reading(whole, check.Judge(runs, hash: null))
            : null;
    }

    /// <summary>Reads the whole source once, in order; null where the gate was stopped before its end.</summary>
    private static async Task<Reading?> ReadSourceAsync(CopyContext context, int index, SourceCheck check, CancellationToken cancellationToken)
    {
        var planned = context.Planned(index);
        var plan = PartPlan.For(planned.SizeBytes, Math.Max(context.Limits.PartSizeBytes, context.Limits.ThresholdBytes));
        var runs = new List<ReadRun>(plan.Count);
        using var hash = check.NewHash();
        for (var number = 1; number <= plan.Count; number++)
        {
            using var lease = await context.Gate.EnterAsync(index);
            if (lease is null)
            {
                return null;
            }

            var content = lease.Buffer[..plan.Length(number)];
            await context.Source.ReadAsync(planned.Key, planned.ETag, planned.SizeBytes, plan.Offset(number), content, cancellationToken);
            runs.Add(new ReadRun(content.Length, check.Compute(content.Span, plan.Offset(number))));
            hash?.Append(content.Span);
        }

        return new Reading(check.Combine(runs), check.Judge(runs, hash));
    }

    private readonly record struct Reading(PartChecksums Checksums, SourceProof Proof);
}

/// <param name="Proof">The object's proof; null when it has to be copied.</param>
/// <param name="IsStopped">True when the gate was stopped before that was known.</param>
internal readonly record struct AdoptionResult(CopiedObject? Proof, bool IsStopped);
