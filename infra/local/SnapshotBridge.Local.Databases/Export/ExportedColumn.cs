using System.Globalization;
using System.Numerics;
using MySqlConnector;
using SnapshotBridge.Local.Databases.Sql;
using SnapshotBridge.Local.Parquet;
using SnapshotBridge.Parquet;

namespace SnapshotBridge.Local.Databases.Export;

/// <summary>
/// One column on its way from the source to Parquet, by RDS's table of types. Values are asked for in a form that every
/// driver reads alike: whole numbers, doubles, texts, bytes; the server does the converting.
/// </summary>
internal sealed class ExportedColumn
{
    private enum Reading
    {
        Int32,
        Int64,
        Double,
        Unscaled,
        Text,
        Bytes,
    }

    private readonly Reading _reading;
    private readonly int _bitBytes;

    public ExportedColumn(SourceTableColumn source)
    {
        Source = source;
        var name = SqlText.Name(source.Name);
        switch (source.DataType)
        {
            case "tinyint" when source.IsUnsigned:
                (Parquet, Select, _reading) = (Int32(source.Name, ParquetConvertedType.Int16), $"CAST({name} AS SIGNED)", Reading.Int32);
                break;
            case "mediumint" or "int" or "integer" when source.IsUnsigned:
            case "bigint" when !source.IsUnsigned:
                (Parquet, Select, _reading) = (new ParquetColumn(source.Name, ParquetPhysicalType.Int64), $"CAST({name} AS SIGNED)", Reading.Int64);
                break;
            case "tinyint" or "smallint" or "mediumint" or "int" or "integer":
                (Parquet, Select, _reading) = (Int32(source.Name, null), $"CAST({name} AS SIGNED)", Reading.Int32);
                break;
            case "year":
                (Parquet, Select, _reading) = (Int32(source.Name, null), $"CAST({name} AS SIGNED)", Reading.Int32);
                break;
            case "bigint":
                (Parquet, Select, _reading) = (Decimal(source.Name, 20, 0), $"CAST({name} AS CHAR)", Reading.Unscaled);
                break;
            case "decimal" or "numeric":
                var precision = source.Precision ?? 10;
                (Parquet, Select, _reading) = precision > 38
                    ? (Text(source.Name), $"CAST({name} AS CHAR)", Reading.Text)
                    : (Decimal(source.Name, precision, source.Scale ?? 0), $"CAST({name} AS CHAR)", Reading.Unscaled);
                break;
            case "float" or "double" or "real":
                // Added to a double, a FLOAT keeps all its bits; printed as a FLOAT it keeps six digits.
                (Parquet, Select, _reading) = (new ParquetColumn(source.Name, ParquetPhysicalType.Double), $"{name} + 0e0", Reading.Double);
                break;
            case "datetime" or "timestamp":
                // A date with a zero in it has no place on a timeline: NULL, as drivers give it.
                (Parquet, Select, _reading) = (
                    new ParquetColumn(source.Name, ParquetPhysicalType.Int64) { ConvertedType = ParquetConvertedType.TimestampMicros },
                    $"IF(MONTH({name})=0 OR DAYOFMONTH({name})=0, NULL, TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', {name}))", Reading.Int64);
                break;
            case "date" or "time" or "json":
                (Parquet, Select, _reading) = (Text(source.Name), $"CAST({name} AS CHAR)", Reading.Text);
                break;
            case "char" or "varchar" or "tinytext" or "text" or "mediumtext" or "longtext" or "enum" or "set":
                (Parquet, Select, _reading) = (Text(source.Name), $"CONVERT({name} USING utf8mb4)", Reading.Text);
                break;
            case "bit":
                _bitBytes = ((source.Precision ?? 1) + 7) / 8;
                (Parquet, Select, _reading) = (Raw(source.Name), $"HEX(CAST({name} AS UNSIGNED))", Reading.Bytes);
                break;
            case "binary" or "varbinary" or "tinyblob" or "blob" or "mediumblob" or "longblob":
                (Parquet, Select, _reading) = (Raw(source.Name), name, Reading.Bytes);
                break;
            case "geometry" or "point" or "linestring" or "polygon" or "multipoint" or "multilinestring" or "multipolygon" or "geometrycollection" or "geomcollection":
                (Parquet, Select, _reading) = (Raw(source.Name), $"ST_AsWKB({name})", Reading.Bytes);
                break;
            default:
                // What MySQL does not have (MariaDB's UUID, INET6) as text.
                (Parquet, Select, _reading) = (Text(source.Name), $"CAST({name} AS CHAR)", Reading.Text);
                break;
        }
    }

    /// <summary>A column whose values come from elsewhere than a query.</summary>
    public ExportedColumn(SourceTableColumn source, ParquetColumn parquet) => (Source, Parquet, Select) = (source, parquet, "");

    public SourceTableColumn Source { get; }

    public ParquetColumn Parquet { get; }

    /// <summary>The expression to select.</summary>
    public string Select { get; }

    /// <summary>The type as RDS names it in <c>expectedExportedType</c>.</summary>
    public string ExpectedExportedType
    {
        get
        {
            var physical = Parquet.PhysicalType switch
            {
                ParquetPhysicalType.Int32 => "int32",
                ParquetPhysicalType.Int64 => "int64",
                ParquetPhysicalType.Double => "double",
                ParquetPhysicalType.Float => "float",
                ParquetPhysicalType.Boolean => "boolean",
                ParquetPhysicalType.FixedLenByteArray => string.Create(CultureInfo.InvariantCulture, $"fixed_len_byte_array({Parquet.TypeLength})"),
                _ => "binary",
            };
            return Parquet.ConvertedType switch
            {
                ParquetConvertedType.Utf8 => physical + " (UTF8)",
                ParquetConvertedType.TimestampMicros => physical + " (TIMESTAMP_MICRO)",
                ParquetConvertedType.Decimal => string.Create(CultureInfo.InvariantCulture, $"{physical} (DECIMAL({Parquet.Precision},{Parquet.Scale}))"),
                ParquetConvertedType.Int16 => physical + " (INT(16,true))",
                _ => physical,
            };
        }
    }

    /// <summary>Moves one value; the columns of <paramref name="reader"/> are in the order of the table's.</summary>
    public void Copy(MySqlDataReader reader, int ordinal, ColumnWriter target)
    {
        if (reader.IsDBNull(ordinal))
        {
            target.WriteNull();
            return;
        }

        switch (_reading)
        {
            case Reading.Int32:
                target.Write(checked((int)reader.GetInt64(ordinal)));
                break;
            case Reading.Int64:
                target.Write(reader.GetInt64(ordinal));
                break;
            case Reading.Double:
                target.Write(reader.GetDouble(ordinal));
                break;
            case Reading.Unscaled:
                WriteUnscaled(reader.GetString(ordinal), target);
                break;
            case Reading.Text:
                target.Write(reader.GetString(ordinal));
                break;
            case Reading.Bytes when _bitBytes > 0:
                target.Write(Convert.FromHexString(reader.GetString(ordinal).PadLeft(_bitBytes * 2, '0')));
                break;
            default:
                target.Write((byte[])reader.GetValue(ordinal));
                break;
        }
    }

    private void WriteUnscaled(string text, ColumnWriter target)
    {
        // The server prints as many places as the column has: without the point, these are the digits.
        Span<char> digits = stackalloc char[text.Length];
        var length = 0;
        foreach (var c in text)
        {
            if (c != '.')
            {
                digits[length++] = c;
            }
        }

        switch (Parquet.PhysicalType)
        {
            case ParquetPhysicalType.Int32:
                target.Write(int.Parse(digits[..length], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
                break;
            case ParquetPhysicalType.Int64:
                target.Write(long.Parse(digits[..length], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
                break;
            default:
                target.WriteUnscaled(BigInteger.Parse(digits[..length], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
                break;
        }
    }

    private static ParquetColumn Int32(string name, ParquetConvertedType? converted) => new(name, ParquetPhysicalType.Int32) { ConvertedType = converted };

    private static ParquetColumn Text(string name) => new(name, ParquetPhysicalType.ByteArray) { ConvertedType = ParquetConvertedType.Utf8 };

    private static ParquetColumn Raw(string name) => new(name, ParquetPhysicalType.ByteArray);

    private static ParquetColumn Decimal(string name, int precision, int scale)
    {
        var physical = precision switch
        {
            <= 9 => ParquetPhysicalType.Int32,
            <= 18 => ParquetPhysicalType.Int64,
            _ => ParquetPhysicalType.FixedLenByteArray,
        };
        return new ParquetColumn(name, physical)
        {
            ConvertedType = ParquetConvertedType.Decimal,
            Precision = precision,
            Scale = scale,
            TypeLength = physical == ParquetPhysicalType.FixedLenByteArray ? LengthOf(precision) : 0,
        };
    }

    /// <summary>The fewest bytes whose two's complement holds all numbers of so many digits: 9 for 20, 12 for 28, 16 for 36 to 38.</summary>
    private static int LengthOf(int precision) => (BigInteger.Pow(10, precision) - 1).GetByteCount();
}
