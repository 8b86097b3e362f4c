using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace SnapshotBridge.Copying;

/// <summary>
/// CRC-64/NVME, the checksum that S3 stores for a whole object when its uploader asked for none. Values are finished
/// checksums (the empty input gives 0), so they chain with <see cref="Append"/> and join with <see cref="Combine"/>.
/// </summary>
public static class Crc64Nvme
{
    private const ulong Polynomial = 0x9A6C_9329_AC4B_C9B5;

    private static readonly ulong[][] Slices = BuildSlices();

    // x^(8 * 2^i): a length of n bytes costs one multiplication per set bit of n.
    private static readonly ulong[] Powers = BuildPowers();

    internal static readonly FoldingFactors Factors = FoldingFactors.Of(bits => Multiply(Power(bits / 8), (1UL << 63) >> (bits % 8)));

    /// <summary>True where the processor multiplies without carries.</summary>
    internal static bool IsAccelerated => CarrylessFolding.IsSupported;

    /// <summary>The checksum of everything that <paramref name="crc"/> covers followed by <paramref name="data"/>.</summary>
    public static ulong Append(ulong crc, ReadOnlySpan<byte> data) =>
        IsAccelerated && data.Length >= CarrylessFolding.LeastBytes ? AppendAccelerated(crc, data) : AppendPortable(crc, data);

    public static ulong Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>
    /// The checksum of A followed by B, from the checksums of both and the length of B in bytes. No inversion is
    /// needed: the initial value and the final xor cancel out.
    /// </summary>
    public static ulong Combine(ulong crcA, ulong crcB, long lengthB)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lengthB);
        for (var rest = (ulong)lengthB; rest != 0; rest &= rest - 1)
        {
            crcA = Multiply(crcA, Powers[BitOperations.TrailingZeroCount(rest)]);
        }

        return crcA ^ crcB;
    }

    /// <summary>The form of the <c>x-amz-checksum-crc64nvme</c> header: base64 of eight big-endian bytes.</summary>
    public static string ToBase64(ulong crc)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, crc);
        return Convert.ToBase64String(bytes);
    }

    /// <exception cref="FormatException">The text is not base64 of exactly eight bytes.</exception>
    public static ulong FromBase64(string text)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        return Convert.TryFromBase64String(text, bytes, out var written) && written == bytes.Length
            ? BinaryPrimitives.ReadUInt64BigEndian(bytes)
            : throw new FormatException($"'{text}' is not a base64 text of eight bytes.");
    }

    /// <summary>x^(8 * bytes) modulo the polynomial; in the reflected form the top bit is x^0.</summary>
    internal static ulong Power(long bytes) => Combine(1UL << 63, 0, bytes);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static ulong AppendPortable(ulong crc, ReadOnlySpan<byte> data) => ~AppendToRegister(~crc, data);

    /// <summary>Needs at least <see cref="CarrylessFolding.LeastBytes"/>.</summary>
    internal static ulong AppendAccelerated(ulong crc, ReadOnlySpan<byte> data)
    {
        Span<byte> last = stackalloc byte[16];
        var rest = CarrylessFolding.Shrink(data, ~crc, Factors, last);
        return ~AppendToRegister(AppendToRegister(0, last), rest);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static ulong AppendToRegister(ulong state, ReadOnlySpan<byte> data)
    {
        ulong[] t0 = Slices[0], t1 = Slices[1], t2 = Slices[2], t3 = Slices[3];
        ulong[] t4 = Slices[4], t5 = Slices[5], t6 = Slices[6], t7 = Slices[7];
        while (data.Length >= 8)
        {
            var word = BinaryPrimitives.ReadUInt64LittleEndian(data) ^ state;
            state = t7[(byte)word] ^ t6[(byte)(word >> 8)] ^ t5[(byte)(word >> 16)] ^ t4[(byte)(word >> 24)]
                ^ t3[(byte)(word >> 32)] ^ t2[(byte)(word >> 40)] ^ t1[(byte)(word >> 48)] ^ t0[(byte)(word >> 56)];
            data = data[8..];
        }

        foreach (var value in data)
        {
            state = t0[(byte)state ^ value] ^ (state >> 8);
        }

        return state;
    }

    private static ulong[][] BuildSlices()
    {
        var slices = new ulong[8][];
        for (var slice = 0; slice < slices.Length; slice++)
        {
            slices[slice] = new ulong[256];
            for (var value = 0; value < 256; value++)
            {
                if (slice > 0)
                {
                    var previous = slices[slice - 1][value];
                    slices[slice][value] = slices[0][(byte)previous] ^ (previous >> 8);
                    continue;
                }

                var crc = (ulong)value;
                for (var bit = 0; bit < 8; bit++)
                {
                    crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ Polynomial;
                }

                slices[0][value] = crc;
            }
        }

        return slices;
    }

    private static ulong[] BuildPowers()
    {
        var powers = new ulong[63];
        powers[0] = 0x0080_0000_0000_0000;
        for (var i = 1; i < powers.Length; i++)
        {
            powers[i] = Multiply(powers[i - 1], powers[i - 1]);
        }

        return powers;
    }

    private static ulong Multiply(ulong a, ulong b)
    {
        var product = 0UL;
        for (; a != 0; a <<= 1)
        {
            if ((a & (1UL << 63)) != 0)
            {
                product ^= b;
            }

            b = (b & 1) == 0 ? b >> 1 : (b >> 1) ^ Polynomial;
        }

        return product;
    }
}
