using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using ArmCrc32 = System.Runtime.Intrinsics.Arm.Crc32;

namespace SnapshotBridge.Copying;

/// <summary>
/// CRC-32C (Castagnoli), the checksum that OCI Object Storage stores for a whole object, multipart or not. Values are
/// finished checksums (the empty input gives 0), so they chain with <see cref="Append"/> and join with <see cref="Combine"/>.
/// </summary>
public static class Crc32C
{
    private const uint Polynomial = 0x82F63B78;

    // The CRC instruction has a latency of three cycles and a throughput of one: three independent streams keep it busy.
    private const int LongStream = 4096;
    private const int ShortStream = 256;

    private static readonly ReflectedCrc32 Crc = new(Polynomial);
    private static readonly FoldingFactors Factors = FoldingFactors.Of(bits => (ulong)Crc.BitPower(bits) << 32);
    private static readonly uint[][] LongShift = Crc.ShiftTable(LongStream);
    private static readonly uint[][] ShortShift = Crc.ShiftTable(ShortStream);

    /// <summary>True where the processor has the instruction.</summary>
    internal static bool IsAccelerated => Sse42.X64.IsSupported || ArmCrc32.Arm64.IsSupported;

    /// <summary>The checksum of everything that <paramref name="crc"/> covers followed by <paramref name="data"/>.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> data) =>
        CarrylessFolding.IsWide && data.Length >= 2 * CarrylessFolding.WideBytes ? AppendFolded(crc, data)
        : IsAccelerated ? AppendAccelerated(crc, data)
        : AppendPortable(crc, data);

    public static uint Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>The checksum of A followed by B, from the checksums of both and the length of B in bytes.</summary>
    public static uint Combine(uint crcA, uint crcB, long lengthB) => Crc.Combine(crcA, crcB, lengthB);

    /// <summary>The form of the <c>opc-content-crc32c</c> and <c>x-amz-checksum-crc32c</c> headers: base64 of four big-endian bytes.</summary>
    public static string ToBase64(uint crc) => ReflectedCrc32.ToBase64(crc);

    /// <exception cref="FormatException">The text is not base64 of exactly four bytes.</exception>
    public static uint FromBase64(string text) => ReflectedCrc32.FromBase64(text);

    internal static uint AppendPortable(uint crc, ReadOnlySpan<byte> data) => Crc.Append(crc, data);

    internal static uint Power(long bytes) => Crc.Power(bytes);

    /// <summary>In registers of 512 bits folding is faster than the instruction. Needs at least <see cref="CarrylessFolding.LeastBytes"/>.</summary>
    internal static uint AppendFolded(uint crc, ReadOnlySpan<byte> data)
    {
        // A finished checksum is the inverted register: all ones stand for a register of 0.
        Span<byte> last = stackalloc byte[16];
        var rest = CarrylessFolding.Shrink(data, ~crc, Factors, last);
        return AppendPortable(AppendPortable(uint.MaxValue, last), rest);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static uint AppendAccelerated(uint crc, ReadOnlySpan<byte> data)
    {
        var state = ~crc;
        while (data.Length >= 3 * LongStream)
        {
            state = ThreeStreams(state, data, LongStream, LongShift);
            data = data[(3 * LongStream)..];
        }

        while (data.Length >= 3 * ShortStream)
        {
            state = ThreeStreams(state, data, ShortStream, ShortShift);
            data = data[(3 * ShortStream)..];
        }

        foreach (var word in MemoryMarshal.Cast<byte, ulong>(data))
        {
            state = BitOperations.Crc32C(state, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        }

        foreach (var value in data[(data.Length & ~7)..])
        {
            state = BitOperations.Crc32C(state, value);
        }

        return ~state;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static uint ThreeStreams(uint state, ReadOnlySpan<byte> data, int length, uint[][] shift)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(data[..(3 * length)]);
        var step = length / sizeof(ulong);
        var first = words[..step];
        var second = words.Slice(step, first.Length);
        var third = words.Slice(2 * step, first.Length);
        var b = 0u;
        var c = 0u;
        for (var i = 0; i < first.Length; i++)
        {
            state = BitOperations.Crc32C(state, first[i]);
            b = BitOperations.Crc32C(b, second[i]);
            c = BitOperations.Crc32C(c, third[i]);
        }

        return Shift(Shift(state, shift) ^ b, shift) ^ c;
    }

    private static uint Shift(uint state, uint[][] table) =>
        table[0][(byte)state] ^ table[1][(byte)(state >> 8)] ^ table[2][(byte)(state >> 16)] ^ table[3][state >> 24];
}
