using SnapshotBridge.Planning;

namespace SnapshotBridge.Copying;

/// <summary>
/// Bytes for which the source keeps nothing to compare with are taken when two readings in a row agree. That does not
/// prove what was stored, so the evidence stays the destination's; it does catch what went wrong on the way here. Objects
/// written to S3 since the end of 2024 always have a checksum, so that only old exports pay for a second reading.
/// </summary>
internal static class AgreedReading
{
    /// <summary>Two bad readings in a row are possible, four are no accident.</summary>
    private const int MostReadings = 4;

    /// <summary>Reads once more where that is the only check there is.</summary>
    /// <param name="context">The copy.</param>
    /// <param name="planned">The object.</param>
    /// <param name="offset">Where the bytes begin in the object.</param>
    /// <param name="content">The bytes of the first reading; afterwards those that two readings agreed on.</param>
    /// <param name="check">What the source keeps.</param>
    /// <param name="first">The checksums of the first reading.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The checksums of <paramref name="content"/>.</returns>
    /// <exception cref="ObjectCorruptedException">Every reading gave other bytes.</exception>
    public static async Task<PartChecksums> ConfirmAsync(
        CopyContext context, PlannedObject planned, long offset, Memory<byte> content, SourceCheck check, PartChecksums first, CancellationToken cancellationToken)
    {
        if (check.IsUsable)
        {
            return first;
        }

        for (var reading = 2; ; reading++)
        {
            await context.Source.ReadAsync(planned.Key, planned.ETag, planned.SizeBytes, offset, content, cancellationToken);
            var again = check.Compute(content.Span, offset);
            if (again.Crc64Nvme == first.Crc64Nvme && again.Crc32C == first.Crc32C)
            {
                return again;
            }

            var proof = SourceProof.Compare(
                $"CRC64NVME of two readings at offset {offset}", Crc64Nvme.ToBase64(first.Crc64Nvme), Crc64Nvme.ToBase64(again.Crc64Nvme));
            context.SourceMismatch(planned, proof with { IsMatch = false }, isSecond: reading == MostReadings);
            first = again;
        }
    }
}
