using SnapshotBridge.Parquet;

namespace SnapshotBridge.Local.Parquet;

/// <summary>PageHeader of parquet.thrift.</summary>
internal readonly record struct PageHeader(int PageType, int UncompressedBytes, int CompressedBytes, int Values, int Encoding, int LevelEncoding, int HeaderBytes)
{
    public static PageHeader Read(ReadOnlySpan<byte> bytes, string objectName)
    {
        var reader = new ThriftCompactReader(bytes, objectName, "page header");
        int? pageType = null, uncompressed = null, compressed = null;
        int values = 0, encoding = ParquetNumbers.EncodingPlain, levels = ParquetNumbers.EncodingRle;
        var id = 0;
        while (reader.NextField(ref id, out var type))
        {
            switch (id)
            {
                case 1:
                    pageType = reader.ReadInt32(type);
                    break;
                case 2:
                    uncompressed = reader.ReadInt32(type);
                    break;
                case 3:
                    compressed = reader.ReadInt32(type);
                    break;
                case 5 or 7:
                    (values, encoding, levels) = ReadSpecific(ref reader, type, isData: id == 5);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        if (pageType is null || uncompressed is null or < 0 || compressed is null or < 0 || values < 0)
        {
            throw reader.Invalid("its type or sizes are missing or negative");
        }

        return new PageHeader(pageType.Value, uncompressed.Value, compressed.Value, values, encoding, levels, reader.Position);
    }

    private static (int Values, int Encoding, int LevelEncoding) ReadSpecific(ref ThriftCompactReader reader, ThriftType type, bool isData)
    {
        reader.ExpectStruct(type);
        int values = 0, encoding = ParquetNumbers.EncodingPlain, levels = ParquetNumbers.EncodingRle;
        var id = 0;
        while (reader.NextField(ref id, out var fieldType))
        {
            switch (id)
            {
                case 1:
                    values = reader.ReadInt32(fieldType);
                    break;
                case 2:
                    encoding = reader.ReadInt32(fieldType);
                    break;
                case 3 when isData:
                    levels = reader.ReadInt32(fieldType);
                    break;
                default:
                    reader.Skip(fieldType);
                    break;
            }
        }

        return (values, encoding, levels);
    }
}
