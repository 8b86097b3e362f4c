using SnapshotBridge.Planning;

namespace SnapshotBridge.Copying;

/// <summary>What the destination has at an object's name, compared with what was sent. Nothing that is not ours is touched.</summary>
internal static class DestinationCheck
{
    /// <summary>What became of a write, looked up at the destination where its answer does not tell.</summary>
    public static async Task<Confirmation> ConfirmAsync(
        CopyContext context, PlannedObject planned, SinkResult written, PartChecksums checksums, CancellationToken cancellationToken)
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

        var found = await context.Sink.HeadAsync(planned.DestinationName, cancellationToken);
        if (found is null)
        {
            return new Confirmation(false, "", written.Outcome == SinkOutcome.Written ? "nothing" : null);
        }

        if (found.SizeBytes == planned.SizeBytes && found.Crc32C == wanted)
        {
            // Ours after a lost answer, or somebody's with the same content: the content is what was promised.
            return new Confirmation(true, found.ETag, wanted);
        }

        await RemoveOursAsync(context, planned, found, wanted, cancellationToken);
        return new Confirmation(false, "", found.Crc32C ?? "no CRC32C");
    }

    /// <summary>Removes what we left at the name with other bytes.</summary>
    /// <exception cref="DestinationConflictException">It is not ours: it stays.</exception>
    public static async Task RemoveOursAsync(
        CopyContext context, PlannedObject planned, SinkObject found, string wanted, CancellationToken cancellationToken)
    {
        if (!ObjectMetadata.IsOurs(found, context.ExportTaskId, planned)
            || !await context.Sink.DeleteAsync(planned.DestinationName, found.ETag, cancellationToken))
        {
            throw new DestinationConflictException(
                planned.DestinationName,
                $"{found.SizeBytes} bytes, CRC32C {found.Crc32C ?? "unknown"}",
                $"{planned.SizeBytes} bytes, CRC32C {wanted}");
        }
    }
}

/// <param name="IsConfirmed">True when the destination stores what was sent.</param>
/// <param name="ETag">The object's ETag then.</param>
/// <param name="Found">What it has instead; null when nothing is there.</param>
internal readonly record struct Confirmation(bool IsConfirmed, string ETag, string? Found);
