using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace SnapshotBridge.Copying;

/// <summary>
/// The arithmetic that CRC-32 and CRC-32C share: reflected, initial value and final xor all ones. Portable.
/// In the reflected form the top bit is x^0.
/// </summary>
internal sealed class ReflectedCrc32
{
    private readonly uint _polynomial;
    private readonly uint[][] _slices = new uint[8][];
    private readonly uint[] _powers = new uint[63];

    public ReflectedCrc32(uint polynomial)
    {
        _polynomial = polynomial;
        for (var slice = 0; slice < _slices.Length; slice++)
        {
            _slices[slice] = new uint[256];
            for (var value = 0u; value < 256; value++)
            {
                var crc = slice == 0 ? value : _slices[slice - 1][value];
                if (slice > 0)
                {
                    _slices[slice][value] = _slices[0][(byte)crc] ^ (crc >> 8);
                    continue;
                }

                for (var bit = 0; bit < 8; bit++)
                {
                    crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ polynomial;
                }

                _slices[0][value] = crc;
            }
        }

        // x^(8 * 2^i): a length of n bytes costs one multiplication per set bit of n.
        _powers[0] = 0x0080_0000;
        for (var i = 1; i < _powers.Length; i++)
        {
            _powers[i] = Multiply(_powers[i - 1], _powers[i - 1]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        var state = ~crc;
        uint[] t0 = _slices[0], t1 = _slices[1], t2 = _slices[2], t3 = _slices[3];
        uint[] t4 = _slices[4], t5 = _slices[5], t6 = _slices[6], t7 = _slices[7];
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

        return ~state;
    }

    /// <summary>No inversion is needed: the initial value and the final xor cancel out.</summary>
    public uint Combine(uint crcA, uint crcB, long lengthB)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lengthB);
        for (var rest = (ulong)lengthB; rest != 0; rest &= rest - 1)
        {
            crcA = Multiply(crcA, _powers[BitOperations.TrailingZeroCount(rest)]);
        }

        return crcA ^ crcB;
    }

    /// <summary>x^(8 * bytes) modulo the polynomial.</summary>
    public uint Power(long bytes) => Combine(0x8000_0000, 0, bytes);

    /// <summary>x^bits modulo the polynomial.</summary>
    public uint BitPower(int bits) => Multiply(Power(bits / 8), 0x8000_0000 >> (bits % 8));

    /// <summary>What appending <paramref name="bytes"/> zero bytes does to a register, as four tables by byte.</summary>
    public uint[][] ShiftTable(int bytes)
    {
        var power = Power(bytes);
        var tables = new uint[4][];
        for (var position = 0; position < 4; position++)
        {
            tables[position] = new uint[256];
            for (var value = 0u; value < 256; value++)
            {
                tables[position][value] = Multiply(value << (8 * position), power);
            }
        }

        return tables;
    }

    public static string ToBase64(uint crc)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, crc);
        return Convert.ToBase64String(bytes);
    }

    public static uint FromBase64(string text)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        return Convert.TryFromBase64String(text, bytes, out var written) && written == bytes.Length
            ? BinaryPrimitives.ReadUInt32BigEndian(bytes)
            : throw new FormatException($"'{text}' is not a base64 text of four bytes.");
    }

    private uint Multiply(uint a, uint b)
    {
        var product = 0u;
        for (; a != 0; a <<= 1)
        {
            if ((a & 0x8000_0000) != 0)
            {
                product ^= b;
            }

            b = (b & 1) == 0 ? b >> 1 : (b >> 1) ^ _polynomial;
        }

        return product;
    }
}
