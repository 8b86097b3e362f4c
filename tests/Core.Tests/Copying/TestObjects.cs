using System.Buffers.Binary;
using System.Security.Cryptography;
using SnapshotBridge.Copying;
using SnapshotBridge.Local.Parquet;
using SnapshotBridge.Parquet;

namespace SnapshotBridge.Core.Tests.Copying;

/// <summary>Parquet files of any size, and the checksums S3 may keep for them.</summary>
internal static class TestObjects
{
    public static readonly string[] Columns = ["id INT64 (INT_64)", "name BYTE_ARRAY (UTF8)"];

    /// <summary>A file whose footer is real and whose pages are noise: the copy looks at the footer only.</summary>
    public static byte[] Parquet(int sizeBytes, int rows, int seed)
    {
        using var small = new MemoryStream();
        using (var writer = new ParquetWriter(small,
            [
                new ParquetColumn("id", ParquetPhysicalType.Int64) { ConvertedType = ParquetConvertedType.Int64 },
                new ParquetColumn("name", ParquetPhysicalType.ByteArray) { ConvertedType = ParquetConvertedType.Utf8 },
            ]))
        {
            for (var row = 0; row < rows; row++)
            {
                writer.Columns[0].Write((long)row);
                writer.Columns[1].WriteNull();
                writer.EndRow();
            }

            writer.Finish();
        }

        var file = small.ToArray();
        var footer = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(^8)) + 8;
        var content = new byte[Math.Max(sizeBytes, footer + 4)];
        new Random(seed).NextBytes(content);
        "PAR1"u8.CopyTo(content);
        file.AsSpan(^footer..).CopyTo(content.AsSpan(^footer..));
        return content;
    }

    public static StoredChecksum Checksum(ChecksumAlgorithm algorithm, byte[] content) => new(algorithm, true, algorithm switch
    {
        ChecksumAlgorithm.Crc64Nvme => Crc64Nvme.ToBase64(Crc64Nvme.Compute(content)),
        ChecksumAlgorithm.Crc32C => Crc32C.ToBase64(Crc32C.Compute(content)),
        ChecksumAlgorithm.Crc32 => Crc32.ToBase64(Crc32.Compute(content)),
        ChecksumAlgorithm.Sha256 => Convert.ToBase64String(SHA256.HashData(content)),
#pragma warning disable CA5350 // One of the checksums that S3 offers.
        _ => Convert.ToBase64String(SHA1.HashData(content)),
#pragma warning restore CA5350
    });
}
