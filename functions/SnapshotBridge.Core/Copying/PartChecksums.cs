namespace SnapshotBridge.Copying;

/// <summary>The checksums of a run of bytes; those of neighbouring runs join in any order.</summary>
/// <param name="Crc32C">What OCI stores.</param>
/// <param name="Crc64Nvme">What S3 stores when an uploader asked for nothing.</param>
/// <param name="Crc32">Only where S3 stores this one.</param>
internal readonly record struct PartChecksums(uint Crc32C, ulong Crc64Nvme, uint? Crc32)
{
    // Small enough that the second checksum finds the bytes in the processor's cache.
    private const int BlockBytes = 64 * 1024;

    /// <summary>
    /// Where S3 keeps a composite CRC: this checksum of each stretch of the run that belongs to another part of the
    /// uploader's, in order (<see cref="SourceCheck"/>).
    /// </summary>
    public IReadOnlyList<uint>? Stretches { get; init; }

    /// <summary>Of no bytes.</summary>
    public static PartChecksums Empty(bool withCrc32) => new(0, 0, withCrc32 ? 0 : null);

    public static PartChecksums Compute(ReadOnlySpan<byte> data, bool withCrc32) => Empty(withCrc32).Append(data);

    /// <summary>The checksums of these bytes followed by others that are at hand, without their stretches.</summary>
    public PartChecksums Append(ReadOnlySpan<byte> data)
    {
        var (crc32C, crc64, crc32) = this;
        while (!data.IsEmpty)
        {
            var block = data[..Math.Min(BlockBytes, data.Length)];
            crc32C = Copying.Crc32C.Append(crc32C, block);
            crc64 = Copying.Crc64Nvme.Append(crc64, block);
            if (crc32 is { } before)
            {
                crc32 = Copying.Crc32.Append(before, block);
            }

            data = data[block.Length..];
        }

        return new PartChecksums(crc32C, crc64, crc32);
    }

    /// <summary>The checksums of these bytes followed by others, without their stretches.</summary>
    public PartChecksums Then(PartChecksums next, long nextLength) => new(
        Copying.Crc32C.Combine(Crc32C, next.Crc32C, nextLength),
        Copying.Crc64Nvme.Combine(Crc64Nvme, next.Crc64Nvme, nextLength),
        Crc32 is { } a && next.Crc32 is { } b ? Copying.Crc32.Combine(a, b, nextLength) : null);
}
