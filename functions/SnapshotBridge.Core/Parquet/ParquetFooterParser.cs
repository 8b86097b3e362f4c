using System.Globalization;

namespace SnapshotBridge.Parquet;

/// <summary>FileMetaData of parquet.thrift: the fields that matter here by their numbers, everything else passed over.</summary>
internal static class ParquetFooterParser
{
    public static ParquetFooter Parse(string objectName, ReadOnlySpan<byte> bytes, bool withColumnChunks)
    {
        var reader = new ThriftCompactReader(bytes, objectName, "footer");
        List<ParquetColumn>? columns = null;
        List<ParquetRowGroup>? rowGroups = null;
        long? rows = null;
        string? createdBy = null;
        bool[] ordered = [];

        var id = 0;
        while (reader.NextField(ref id, out var type))
        {
            switch (id)
            {
                case 2:
                    columns = ParquetSchemaParser.Read(ref reader, type);
                    break;
                case 3:
                    rows = reader.ReadInteger(type);
                    break;
                case 4:
                    // The schema comes first in field order, and a chunk per leaf is what a row group is checked against.
                    rowGroups = ParquetRowGroupParser.Read(ref reader, type, columns ?? throw reader.Invalid("row groups come before the schema"), withColumnChunks);
                    break;
                case 6:
                    createdBy = reader.ReadString(type);
                    break;
                case 7 when withColumnChunks:
                    ordered = ReadColumnOrders(ref reader, type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        if (columns is null || rows is null || rowGroups is null)
        {
            throw reader.Invalid("the schema, the number of rows or the row groups are missing");
        }

        CheckRows(reader, rows.Value, rowGroups);
        return new ParquetFooter(rows.Value, columns, rowGroups, createdBy, ordered);
    }

    /// <summary>One union per leaf column; its field 1 says that minimum and maximum are in the order of the column's type.</summary>
    private static bool[] ReadColumnOrders(ref ThriftCompactReader reader, ThriftType type)
    {
        var ordered = new bool[reader.ReadListHeader(type, out var elementType)];
        for (var column = 0; column < ordered.Length; column++)
        {
            reader.ExpectStruct(elementType);
            var id = 0;
            while (reader.NextField(ref id, out var fieldType))
            {
                ordered[column] |= id == 1;
                reader.Skip(fieldType);
            }
        }

        return ordered;
    }

    private static void CheckRows(ThriftCompactReader reader, long rows, List<ParquetRowGroup> rowGroups)
    {
        Int128 sum = 0;
        foreach (var group in rowGroups)
        {
            sum += group.Rows;
        }

        if (rows < 0 || sum != rows)
        {
            throw reader.Invalid(string.Create(
                CultureInfo.InvariantCulture, $"the file claims {rows} rows and its {rowGroups.Count} row groups have {sum}"));
        }
    }
}
