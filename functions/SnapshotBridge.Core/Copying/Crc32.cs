namespace SnapshotBridge.Copying;

/// <summary>
/// CRC-32 (IEEE 802.3, as in gzip), which S3 stores where its uploader asked for it. Values are finished checksums, so
/// they chain with <see cref="Append"/> and join with <see cref="Combine"/>.
/// </summary>
public static class Crc32
{
    private static readonly ReflectedCrc32 Crc = new(0xEDB8_8320);

    // A polynomial of 32 bits in the 64 that are multiplied: the top bit of either is x^0.
    private static readonly FoldingFactors Factors = FoldingFactors.Of(bits => (ulong)Crc.BitPower(bits) << 32);

    /// <summary>True where the processor multiplies without carries.</summary>
    internal static bool IsAccelerated => CarrylessFolding.IsSupported;

    /// <summary>The checksum of everything that <paramref name="crc"/> covers followed by <paramref name="data"/>.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> data) =>
        IsAccelerated && data.Length >= CarrylessFolding.LeastBytes ? AppendAccelerated(crc, data) : AppendPortable(crc, data);

    public static uint Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>The checksum of A followed by B, from the checksums of both and the length of B in bytes.</summary>
    public static uint Combine(uint crcA, uint crcB, long lengthB) => Crc.Combine(crcA, crcB, lengthB);

    /// <summary>The form of the <c>x-amz-checksum-crc32</c> header: base64 of four big-endian bytes.</summary>
    public static string ToBase64(uint crc) => ReflectedCrc32.ToBase64(crc);

    /// <exception cref="FormatException">The text is not base64 of exactly four bytes.</exception>
    public static uint FromBase64(string text) => ReflectedCrc32.FromBase64(text);

    internal static uint AppendPortable(uint crc, ReadOnlySpan<byte> data) => Crc.Append(crc, data);

    /// <summary>Needs at least <see cref="CarrylessFolding.LeastBytes"/>.</summary>
    internal static uint AppendAccelerated(uint crc, ReadOnlySpan<byte> data)
    {
        // A finished checksum is the inverted register: all ones stand for a register of 0.
        Span<byte> last = stackalloc byte[16];
        var rest = CarrylessFolding.Shrink(data, ~crc, Factors, last);
        return AppendPortable(AppendPortable(uint.MaxValue, last), rest);
    }
}
