namespace SnapshotBridge.Copying;

/// <summary>
/// CRC-32 (IEEE 802.3, as in gzip): computed only for objects whose uploader had S3 store this checksum, so the
/// portable form is fast enough.
/// </summary>
public static class Crc32
{
    private static readonly ReflectedCrc32 Crc = new(0xEDB8_8320);

    /// <summary>The checksum of everything that <paramref name="crc"/> covers followed by <paramref name="data"/>.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> data) => Crc.Append(crc, data);

    public static uint Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>The checksum of A followed by B, from the checksums of both and the length of B in bytes.</summary>
    public static uint Combine(uint crcA, uint crcB, long lengthB) => Crc.Combine(crcA, crcB, lengthB);

    /// <summary>The form of the <c>x-amz-checksum-crc32</c> header: base64 of four big-endian bytes.</summary>
    public static string ToBase64(uint crc) => ReflectedCrc32.ToBase64(crc);

    /// <exception cref="FormatException">The text is not base64 of exactly four bytes.</exception>
    public static uint FromBase64(string text) => ReflectedCrc32.FromBase64(text);
}
