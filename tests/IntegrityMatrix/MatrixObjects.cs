using System.Buffers.Binary;
using SnapshotBridge.Local.Parquet;
using SnapshotBridge.Parquet;

namespace SnapshotBridge.IntegrityMatrix;

/// <summary>Parquet files of a given size: a real footer, and noise where the pages would be.</summary>
public static class MatrixObjects
{
    public static byte[] Parquet(int sizeBytes, int seed)
    {
        using var small = new MemoryStream();
        using (var writer = new ParquetWriter(small, [new ParquetColumn("id", ParquetPhysicalType.Int64) { ConvertedType = ParquetConvertedType.Int64 }]))
        {
            writer.Columns[0].Write(1L);
            writer.EndRow();
            writer.Finish();
        }

        var file = small.ToArray();
        var footer = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(^8)) + 8;
        var content = new byte[sizeBytes];
        new Random(seed).NextBytes(content);
        "PAR1"u8.CopyTo(content);
        file.AsSpan(^footer..).CopyTo(content.AsSpan(^footer..));
        return content;
    }
}
