namespace SnapshotBridge.Copying;

/// <summary>
/// Copies one object: plan, read, prove, publish. Retries an object once per leg when its bytes differ; requests are
/// retried by source and sink, and everything else by the state machine.
/// </summary>
/// <remarks>
/// The way of a byte: source → a lease's buffer → its checksums → sink, in <see cref="WholeObjectCopy"/> for an object of
/// one buffer, else in <see cref="PartTransfers"/>, which <see cref="MultipartCopy"/> and <see cref="SlicedCopy"/> drive.
/// <see cref="SourceCheck"/> judges the first leg, <see cref="DestinationCheck"/> the second.
/// </remarks>
internal sealed class ObjectCopier
{
    private readonly CopyContext _context;
    private readonly WholeObjectCopy _whole;
    private readonly MultipartCopy _multipart;
    private readonly SlicedCopy _sliced;

    public ObjectCopier(CopyContext context)
    {
        var parts = new PartTransfers(context);
        _context = context;
        _whole = new WholeObjectCopy(context);
        _multipart = new MultipartCopy(context, parts);
        _sliced = new SlicedCopy(context, _multipart, parts);
    }

    /// <summary>What became of the object or slice, or null where the gate was stopped before it was done.</summary>
    /// <param name="index">Its place in the batch.</param>
    /// <param name="open">Its open upload from an earlier invocation.</param>
    /// <param name="isThere">True where the listing shows an object at the destination name.</param>
    /// <param name="cancellationToken">Ends transfers under way.</param>
    public async Task<CopyOutcome?> CopyAsync(int index, UploadState? open, bool isThere, CancellationToken cancellationToken)
    {
        var planned = _context.Planned(index);
        if (planned.Slice is not null)
        {
            return await _sliced.CopyAsync(index, open, isThere, cancellationToken);
        }

        if (isThere)
        {
            var adopted = await Adoption.AdoptAsync(_context, index, open, cancellationToken);
            if (adopted.IsStopped)
            {
                return null;
            }

            if (adopted.Proof is { } there)
            {
                if (open is not null)
                {
                    await _context.Sink.AbortAsync(open.DestinationName, open.UploadId, cancellationToken);
                    _context.Checkpoint.Closed(index);
                }

                return new CopyOutcome(there, IsNew: false);
            }
        }

        var proof = open is null && planned.SizeBytes <= _context.Limits.ThresholdBytes
            ? await _whole.CopyAsync(index, cancellationToken)
            : await _multipart.CopyAsync(index, open, cancellationToken);
        return proof is null ? null : new CopyOutcome(proof, IsNew: true);
    }
}

/// <param name="Proof">The object's proof; null for a slice whose parts are there while others are to come.</param>
/// <param name="IsNew">False where it was found complete at the destination.</param>
internal readonly record struct CopyOutcome(CopiedObject? Proof, bool IsNew);
