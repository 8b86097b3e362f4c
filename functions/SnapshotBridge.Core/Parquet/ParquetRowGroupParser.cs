namespace SnapshotBridge.Parquet;

/// <summary>The row groups of parquet.thrift: their rows and, where wanted, where each column's pages are and what is known of its values.</summary>
internal static class ParquetRowGroupParser
{
    public static List<ParquetRowGroup> Read(
        ref ThriftCompactReader reader, ThriftType type, List<ParquetColumn> columns, bool withColumnChunks)
    {
        var count = reader.ReadListHeader(type, out var elementType);
        var groups = new List<ParquetRowGroup>();
        for (var i = 0; i < count; i++)
        {
            reader.ExpectStruct(elementType);
            groups.Add(ReadRowGroup(ref reader, columns, withColumnChunks));
        }

        return groups;
    }

    private static ParquetRowGroup ReadRowGroup(ref ThriftCompactReader reader, List<ParquetColumn> columns, bool withColumnChunks)
    {
        IReadOnlyList<ParquetColumnChunk> chunks = [];
        long? rows = null;
        int? chunkCount = null;
        var id = 0;
        while (reader.NextField(ref id, out var type))
        {
            switch (id)
            {
                case 1:
                    chunkCount = reader.ReadListHeader(type, out var elementType);
                    if (chunkCount != columns.Count)
                    {
                        throw reader.Invalid($"a row group has {chunkCount} column chunks and the schema {columns.Count} columns");
                    }

                    chunks = ReadChunks(ref reader, chunkCount.Value, elementType, withColumnChunks);
                    break;
                case 3:
                    rows = reader.ReadInteger(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        if (rows is null or < 0 || chunkCount is null)
        {
            throw reader.Invalid("a row group has no columns or no number of rows");
        }

        return new ParquetRowGroup(rows.Value, chunks);
    }

    private static List<ParquetColumnChunk> ReadChunks(ref ThriftCompactReader reader, int count, ThriftType elementType, bool withColumnChunks)
    {
        var chunks = new List<ParquetColumnChunk>(withColumnChunks ? count : 0);
        for (var i = 0; i < count; i++)
        {
            reader.ExpectStruct(elementType);
            if (withColumnChunks)
            {
                chunks.Add(ReadChunk(ref reader));
            }
            else
            {
                reader.Skip(elementType);
            }
        }

        return chunks;
    }

    private static ParquetColumnChunk ReadChunk(ref ThriftCompactReader reader)
    {
        ParquetColumnChunk? chunk = null;
        string? filePath = null;
        var id = 0;
        while (reader.NextField(ref id, out var type))
        {
            switch (id)
            {
                case 1:
                    filePath = reader.ReadString(type);
                    break;
                case 3:
                    reader.ExpectStruct(type);
                    chunk = ReadChunkMetadata(ref reader);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return chunk is null ? throw reader.Invalid("a column chunk has no metadata") : chunk with { FilePath = filePath };
    }

    private static ParquetColumnChunk ReadChunkMetadata(ref ThriftCompactReader reader)
    {
        ParquetPhysicalType? physical = null;
        int? codec = null;
        long? values = null, compressed = null, dataOffset = null;
        long uncompressed = 0, dictionaryOffset = 0;
        ParquetStatistics? statistics = null;
        var id = 0;
        while (reader.NextField(ref id, out var type))
        {
            switch (id)
            {
                case 1:
                    physical = ParquetSchemaParser.PhysicalTypeOf(ref reader, type);
                    break;
                case 4:
                    codec = reader.ReadInt32(type);
                    break;
                case 5:
                    values = reader.ReadInteger(type);
                    break;
                case 6:
                    uncompressed = reader.ReadInteger(type);
                    break;
                case 7:
                    compressed = reader.ReadInteger(type);
                    break;
                case 9:
                    dataOffset = reader.ReadInteger(type);
                    break;
                case 11:
                    dictionaryOffset = reader.ReadInteger(type);
                    break;
                case 12:
                    reader.ExpectStruct(type);
                    statistics = ReadStatistics(ref reader);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        if (physical is null || codec is null || values is null or < 0 || compressed is null or < 0 || dataOffset is null or < 0)
        {
            throw reader.Invalid("a column chunk's metadata is incomplete");
        }

        return new ParquetColumnChunk
        {
            PhysicalType = physical.Value,
            Codec = codec.Value,
            Values = values.Value,
            CompressedBytes = compressed.Value,
            UncompressedBytes = uncompressed,
            // RDS never sets the dictionary's offset: there, the data offset is the dictionary's.
            FirstPageOffset = dictionaryOffset > 0 ? Math.Min(dictionaryOffset, dataOffset.Value) : dataOffset.Value,
            Statistics = statistics,
        };
    }

    private static ParquetStatistics ReadStatistics(ref ThriftCompactReader reader)
    {
        long? nulls = null;
        byte[]? minimum = null, maximum = null, oldMinimum = null, oldMaximum = null;
        bool minimumIsExact = true, maximumIsExact = true;
        var id = 0;
        while (reader.NextField(ref id, out var type))
        {
            switch (id)
            {
                case 1:
                    oldMaximum = reader.ReadBinary(type).ToArray();
                    break;
                case 2:
                    oldMinimum = reader.ReadBinary(type).ToArray();
                    break;
                case 3:
                    nulls = reader.ReadInteger(type);
                    break;
                case 5:
                    maximum = reader.ReadBinary(type).ToArray();
                    break;
                case 6:
                    minimum = reader.ReadBinary(type).ToArray();
                    break;
                case 7:
                    maximumIsExact = reader.ReadBoolean(type);
                    break;
                case 8:
                    minimumIsExact = reader.ReadBoolean(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return new ParquetStatistics
        {
            NullCount = nulls,
            Minimum = ToMemory(minimum),
            Maximum = ToMemory(maximum),
            SignedMinimum = ToMemory(oldMinimum),
            SignedMaximum = ToMemory(oldMaximum),
            MinimumIsExact = minimumIsExact,
            MaximumIsExact = maximumIsExact,
        };
    }

    // A conditional between null and byte[] would turn null into an empty memory.
    private static ReadOnlyMemory<byte>? ToMemory(byte[]? bytes) => bytes is null ? default(ReadOnlyMemory<byte>?) : bytes.AsMemory();
}
