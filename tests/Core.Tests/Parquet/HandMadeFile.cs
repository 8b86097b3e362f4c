using System.Buffers.Binary;
using System.Text;

namespace SnapshotBridge.Core.Tests.Parquet;

/// <summary>Footers put together byte by byte after parquet.thrift, with nothing of ours in between.</summary>
internal static class HandMadeFile
{
    public static byte[] Wrap(ReadOnlySpan<byte> footer)
    {
        var file = new byte[footer.Length + 12];
        "PAR1"u8.CopyTo(file);
        footer.CopyTo(file.AsSpan(4));
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4 + footer.Length), footer.Length);
        "PAR1"u8.CopyTo(file.AsSpan(file.Length - 4));
        return file;
    }

    public static byte[] Build(int rows, string[] columns, int? rowGroupRows = null, bool unknownFields = false, int codec = 2)
    {
        var footer = new List<byte> { 0x15, 0x02 };
        footer.AddRange([0x19, (byte)(((columns.Length + 1) << 4) | 0x0C)]);
        footer.AddRange([0x48, .. Text("root"), 0x15, ZigZag(columns.Length), 0x00]);
        foreach (var column in columns)
        {
            footer.AddRange([0x15, ZigZag(6), 0x25, ZigZag(1), 0x18, .. Text(column), 0x25, ZigZag(0)]);
            if (unknownFields)
            {
                // Field 9 (an integer) and, by its long form, field 200 (a map of text to boolean) mean nothing to us.
                footer.AddRange([0x35, 0x0A, 0x0B, 0x90, 0x03, 0x01, 0x81, .. Text("k"), 0x01]);
            }

            footer.Add(0x00);
        }

        footer.AddRange([0x16, ZigZag(rows), 0x19, 0x1C]);
        footer.AddRange([0x19, (byte)((columns.Length << 4) | 0x0C)]);
        foreach (var _ in columns)
        {
            // file_offset 4; metadata: type, codec, values, both sizes, data page offset.
            footer.AddRange([0x26, 0x08, 0x1C, 0x15, ZigZag(6), 0x35, ZigZag(codec), 0x16, ZigZag(rows), 0x16, 0x14, 0x16, 0x14, 0x26, 0x08, 0x00, 0x00]);
        }

        footer.AddRange([0x16, 0x14, 0x16, ZigZag(rowGroupRows ?? rows), 0x00]);
        footer.AddRange([0x28, .. Text("hand"), 0x00]);
        return Wrap([.. footer]);
    }

    /// <summary>A list of texts: an optional group, a repeated group in it, an optional column in that.</summary>
    public static byte[] BuildNested()
    {
        List<byte> footer = [0x15, 0x02, 0x19, 0x4C];
        footer.AddRange([0x48, .. Text("root"), 0x15, ZigZag(1), 0x00]);
        footer.AddRange([0x35, ZigZag(1), 0x18, .. Text("tags"), 0x15, ZigZag(1), 0x15, ZigZag(3), 0x00]);
        footer.AddRange([0x35, ZigZag(2), 0x18, .. Text("list"), 0x15, ZigZag(1), 0x00]);
        footer.AddRange([0x15, ZigZag(6), 0x25, ZigZag(1), 0x18, .. Text("element"), 0x25, ZigZag(0), 0x00]);
        footer.AddRange([0x16, ZigZag(0), 0x19, 0x0C, 0x00]);
        return Wrap([.. footer]);
    }

    public static byte[] BuildWithLogicalTimestamp()
    {
        List<byte> footer = [0x15, 0x02, 0x19, 0x2C];
        footer.AddRange([0x48, .. Text("root"), 0x15, ZigZag(1), 0x00]);
        // Field 10: union member 8 (timestamp) {1: not adjusted to UTC, 2: union member 2 (microseconds)}.
        footer.AddRange([0x15, ZigZag(2), 0x25, ZigZag(1), 0x18, .. Text("at"), 0x6C, 0x8C, 0x12, 0x1C, 0x2C, 0x00, 0x00, 0x00, 0x00, 0x00]);
        footer.AddRange([0x16, ZigZag(0), 0x19, 0x0C, 0x00]);
        return Wrap([.. footer]);
    }

    private static byte ZigZag(int value) => (byte)(value << 1);

    private static byte[] Text(string text) => [(byte)text.Length, .. Encoding.UTF8.GetBytes(text)];
}
