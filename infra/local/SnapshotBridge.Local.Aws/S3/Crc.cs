using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace SnapshotBridge.Local.Aws.S3;

/// <summary>The register steps of the CRCs that S3 stores; a register begins as all ones and is inverted at the end.</summary>
internal static class Crc
{
    private static readonly ulong[][] Tables64 = BuildTables64();
    private static readonly uint[] Table32 = BuildTable32();

    /// <summary>CRC-64/NVME, eight bytes a step by eight tables.</summary>
    public static ulong Append64(ulong register, ReadOnlySpan<byte> data)
    {
        var tables = Tables64;
        while (data.Length >= 8)
        {
            var value = register ^ BinaryPrimitives.ReadUInt64LittleEndian(data);
            register = tables[7][(byte)value] ^ tables[6][(byte)(value >> 8)] ^ tables[5][(byte)(value >> 16)] ^ tables[4][(byte)(value >> 24)]
                ^ tables[3][(byte)(value >> 32)] ^ tables[2][(byte)(value >> 40)] ^ tables[1][(byte)(value >> 48)] ^ tables[0][value >> 56];
            data = data[8..];
        }

        foreach (var octet in data)
            register = tables[0][(byte)(register ^ octet)] ^ (register >> 8);
        return register;
    }

    public static uint Append32(uint register, ReadOnlySpan<byte> data)
    {
        foreach (var octet in data)
            register = Table32[(byte)(register ^ octet)] ^ (register >> 8);
        return register;
    }

    public static uint Append32C(uint register, ReadOnlySpan<byte> data)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(data);
        foreach (var word in words)
            register = BitOperations.Crc32C(register, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        foreach (var octet in data[(words.Length * 8)..])
            register = BitOperations.Crc32C(register, octet);
        return register;
    }

    private static ulong[][] BuildTables64()
    {
        const ulong Reflected = 0x9A6C9329AC4BC9B5;
        var tables = new ulong[8][];
        for (var slice = 0; slice < 8; slice++)
            tables[slice] = new ulong[256];
        for (var index = 0; index < 256; index++)
        {
            var value = (ulong)index;
            for (var bit = 0; bit < 8; bit++)
                value = (value & 1) != 0 ? (value >> 1) ^ Reflected : value >> 1;
            tables[0][index] = value;
        }

        for (var slice = 1; slice < 8; slice++)
        {
            for (var index = 0; index < 256; index++)
                tables[slice][index] = tables[0][(byte)tables[slice - 1][index]] ^ (tables[slice - 1][index] >> 8);
        }

        return tables;
    }

    private static uint[] BuildTable32()
    {
        const uint Reflected = 0xEDB88320;
        var table = new uint[256];
        for (var index = 0u; index < 256; index++)
        {
            var value = index;
            for (var bit = 0; bit < 8; bit++)
                value = (value & 1) != 0 ? (value >> 1) ^ Reflected : value >> 1;
            table[index] = value;
        }

        return table;
    }
}
