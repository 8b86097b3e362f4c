using System.Buffers.Binary;
using SnapshotBridge.Copying;
using SnapshotBridge.Local.Parquet;
using SnapshotBridge.Parquet;

namespace SnapshotBridge.Benchmarks.Servers;

/// <summary>
/// A Parquet file of any size that takes no more memory than one block: noise that repeats, between the magic number and
/// a real footer. The block's length is no power of two, so that swapped parts differ.
/// </summary>
internal sealed class ObjectContent
{
    private const int BlockBytes = (4 << 20) - 61;

    private static readonly byte[] Block = MakeBlock();
    private static readonly byte[] Footer = MakeFooter();

    public ObjectContent(long sizeBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sizeBytes, Footer.Length + 4);
        SizeBytes = sizeBytes;
        for (long offset = 0; offset < sizeBytes;)
        {
            var piece = At(offset, sizeBytes - offset);
            Crc32CValue = Crc32C.Append(Crc32CValue, piece);
            Crc64NvmeValue = Crc64Nvme.Append(Crc64NvmeValue, piece);
            offset += piece.Length;
        }
    }

    public long SizeBytes { get; }

    public uint Crc32CValue { get; }

    public ulong Crc64NvmeValue { get; }

    /// <summary>The bytes at an offset, as many as lie together in memory.</summary>
    public ReadOnlySpan<byte> At(long offset, long most)
    {
        var footerAt = SizeBytes - Footer.Length;
        if (offset >= footerAt)
        {
            return Footer.AsSpan((int)(offset - footerAt), (int)Math.Min(most, SizeBytes - offset));
        }

        if (offset < 4)
        {
            return "PAR1"u8.Slice((int)offset, (int)Math.Min(most, 4 - offset));
        }

        var inBlock = (int)(offset % BlockBytes);
        return Block.AsSpan(inBlock, (int)Math.Min(Math.Min(most, footerAt - offset), BlockBytes - inBlock));
    }

    private static byte[] MakeBlock()
    {
        var block = new byte[BlockBytes];
        new Random(20261121).NextBytes(block);
        return block;
    }

    private static byte[] MakeFooter()
    {
        using var file = new MemoryStream();
        using (var writer = new ParquetWriter(file, [new ParquetColumn("id", ParquetPhysicalType.Int64) { ConvertedType = ParquetConvertedType.Int64 }]))
        {
            writer.Columns[0].Write(1L);
            writer.EndRow();
            writer.Finish();
        }

        var bytes = file.ToArray();
        return bytes[^(BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(^8)) + 8)..];
    }
}
