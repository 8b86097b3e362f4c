using System.Buffers;
using System.Numerics;
using SnapshotBridge.Parquet;

namespace SnapshotBridge.Local.Parquet;

/// <summary>
/// Parquet's mixture of run lengths and bit-packed groups of eight, used for definition levels and dictionary indices.
/// </summary>
internal static class HybridEncoding
{
    /// <summary>From this length a run is written as one; shorter ones go into bit-packed groups.</summary>
    private const int WorthwhileRun = 16;

    /// <summary>Bits that hold every value from 0 to <paramref name="maximum"/>.</summary>
    public static int BitWidth(int maximum) => 32 - BitOperations.LeadingZeroCount((uint)maximum);

    public static void Encode(ReadOnlySpan<int> values, int bitWidth, ArrayBufferWriter<byte> output)
    {
        var at = 0;
        while (at < values.Length)
        {
            var run = RunLength(values[at..]);
            if (run >= WorthwhileRun || at + run == values.Length)
            {
                WriteRun(values[at], run, bitWidth, output);
                at += run;
                continue;
            }

            var end = at + 8;
            while (end < values.Length && RunLength(values[end..]) < WorthwhileRun)
            {
                end += 8;
            }

            // Only the last group of all may be padded, and then the end is the end of the values.
            WriteGroups(values[at..Math.Min(end, values.Length)], bitWidth, output);
            at = Math.Min(end, values.Length);
        }
    }

    /// <summary>Fills <paramref name="output"/> from the encoded bytes.</summary>
    /// <exception cref="ParquetFileInvalidException">The bytes end early or a run makes no sense.</exception>
    public static void Decode(ReadOnlySpan<byte> bytes, int bitWidth, Span<int> output, string objectName, string what)
    {
        var valueBytes = (bitWidth + 7) / 8;
        var filled = 0;
        while (filled < output.Length)
        {
            var header = ReadVarint(ref bytes, objectName, what);
            var left = output.Length - filled;
            if ((header & 1) == 0)
            {
                var run = header >> 1;
                if (run == 0 || bytes.Length < valueBytes)
                {
                    throw Damaged(objectName, what);
                }

                uint value = 0;
                for (var i = 0; i < valueBytes; i++)
                {
                    value |= (uint)bytes[i] << (8 * i);
                }

                bytes = bytes[valueBytes..];
                var count = (int)Math.Min(run, (uint)left);
                output.Slice(filled, count).Fill((int)value);
                filled += count;
            }
            else
            {
                var groups = header >> 1;
                var needed = (long)groups * bitWidth;
                if (groups == 0)
                {
                    throw Damaged(objectName, what);
                }

                var count = (int)Math.Min((long)groups * 8, left);
                // Writers may cut the padding of the last group.
                if (((long)count * bitWidth + 7) / 8 > bytes.Length)
                {
                    throw Damaged(objectName, what);
                }

                Unpack(bytes, bitWidth, output.Slice(filled, count));
                bytes = bytes[(int)Math.Min(needed, bytes.Length)..];
                filled += count;
            }
        }
    }

    private static void Unpack(ReadOnlySpan<byte> bytes, int bitWidth, Span<int> output)
    {
        var mask = bitWidth == 32 ? uint.MaxValue : (1u << bitWidth) - 1;
        ulong buffer = 0;
        var bits = 0;
        var at = 0;
        for (var i = 0; i < output.Length; i++)
        {
            while (bits < bitWidth)
            {
                buffer |= (ulong)bytes[at++] << bits;
                bits += 8;
            }

            output[i] = (int)((uint)buffer & mask);
            buffer >>= bitWidth;
            bits -= bitWidth;
        }
    }

    private static int RunLength(ReadOnlySpan<int> values)
    {
        var end = values.IndexOfAnyExcept(values[0]);
        return end < 0 ? values.Length : end;
    }

    private static void WriteRun(int value, int count, int bitWidth, ArrayBufferWriter<byte> output)
    {
        WriteVarint((uint)count << 1, output);
        for (var i = 0; i < (bitWidth + 7) / 8; i++)
        {
            WriteByte((byte)(value >> (8 * i)), output);
        }
    }

    private static void WriteGroups(ReadOnlySpan<int> values, int bitWidth, ArrayBufferWriter<byte> output)
    {
        var groups = (values.Length + 7) / 8;
        WriteVarint(((uint)groups << 1) | 1, output);
        ulong buffer = 0;
        var bits = 0;
        for (var i = 0; i < groups * 8; i++)
        {
            buffer |= (ulong)(uint)(i < values.Length ? values[i] : 0) << bits;
            bits += bitWidth;
            while (bits >= 8)
            {
                WriteByte((byte)buffer, output);
                buffer >>= 8;
                bits -= 8;
            }
        }
    }

    private static uint ReadVarint(ref ReadOnlySpan<byte> bytes, string objectName, string what)
    {
        ulong value = 0;
        for (var i = 0; i < 5 && i < bytes.Length; i++)
        {
            value |= (ulong)(bytes[i] & 0x7F) << (7 * i);
            if ((bytes[i] & 0x80) == 0)
            {
                bytes = bytes[(i + 1)..];
                return value <= uint.MaxValue ? (uint)value : throw Damaged(objectName, what);
            }
        }

        throw Damaged(objectName, what);
    }

    private static void WriteVarint(uint value, ArrayBufferWriter<byte> output)
    {
        while (value >= 0x80)
        {
            WriteByte((byte)(value | 0x80), output);
            value >>= 7;
        }

        WriteByte((byte)value, output);
    }

    private static void WriteByte(byte value, ArrayBufferWriter<byte> output)
    {
        output.GetSpan(1)[0] = value;
        output.Advance(1);
    }

    private static ParquetFileInvalidException Damaged(string objectName, string what) =>
        new(objectName, $"the {what} are damaged: a run is empty or ends early");
}
