using System.Globalization;
using SnapshotBridge.Local.Databases.Sql;
using SnapshotBridge.Parquet;

namespace SnapshotBridge.Local.Databases.HeatWave;

/// <summary>One column of the table to fill, and which column of the files fills it.</summary>
/// <param name="Name">The column's name in the table.</param>
/// <param name="Type">The SQL type; for a table that exists, what the server says.</param>
/// <param name="Index">The column's position in the files.</param>
/// <param name="IsBinary">Whether the table's column holds bytes.</param>
internal sealed record ShapeColumn(string Name, string Type, int Index, bool IsBinary = false);

/// <summary>What a table looks like according to its files, by the rules of HeatWave's schema inference.</summary>
/// <param name="Columns">The columns that are served.</param>
/// <param name="Dropped">Columns that HeatWave does not support: left out of the table, silently but for a warning.</param>
internal sealed record TableShape(IReadOnlyList<ShapeColumn> Columns, IReadOnlyList<ParquetColumn> Dropped)
{
    /// <summary>InnoDB's limit of a row over all VARCHARs is 65,535 bytes; beyond it texts become LONGTEXT here.</summary>
    private const int RowBytes = 60_000;

    /// <summary>Infers the columns. <paramref name="longestText"/> has, per column, the longest text of the sample in characters.</summary>
    /// <exception cref="LakehouseException">A column is not supported and may not be dropped, or none is left.</exception>
    public static TableShape Infer(IReadOnlyList<ParquetColumn> columns, IReadOnlyList<int> longestText, bool dropUnsupported)
    {
        var served = new List<ShapeColumn>();
        var dropped = new List<ParquetColumn>();
        var textBytes = columns.Select((column, i) => IsText(column) ? 4 * VarcharLength(longestText[i]) : 8).Sum();
        for (var i = 0; i < columns.Count; i++)
        {
            var type = SqlType(columns[i], longestText[i], textBytes <= RowBytes);
            if (type is not null)
            {
                served.Add(new ShapeColumn(columns[i].Name, type, i));
            }
            else if (dropUnsupported)
            {
                dropped.Add(columns[i]);
            }
            else
            {
                throw new LakehouseException(LakehouseException.TypeNotConvertible, $"Column '{columns[i].Name}' has the unsupported type {columns[i].TypeText}");
            }
        }

        return served.Count > 0
            ? new TableShape(served, dropped)
            : throw new LakehouseException(LakehouseException.TypeNotConvertible, "No column of a supported type is left");
    }

    /// <summary>What HeatWave's Autopilot would execute for this table, without where its files are.</summary>
    public string CreateSql(string schema, string table) =>
        $"CREATE TABLE {SqlText.Name(schema, table)} ({string.Join(", ", Columns.Select(column => $"{SqlText.Name(column.Name)} {column.Type}"))})";

    public static bool IsText(ParquetColumn column) => column is
    {
        PhysicalType: ParquetPhysicalType.ByteArray,
        ConvertedType: ParquetConvertedType.Utf8 or ParquetConvertedType.Enum or ParquetConvertedType.Json,
    } or { PhysicalType: ParquetPhysicalType.ByteArray, ConvertedType: null, LogicalType: "STRING" or "ENUM" or "JSON" };

    private static string? SqlType(ParquetColumn column, int longestText, bool varchar) => column switch
    {
        { IsNested: true } => null,
        { ConvertedType: ParquetConvertedType.Decimal, PhysicalType: not ParquetPhysicalType.ByteArray, Precision: > 0 and <= 38 } =>
            string.Create(CultureInfo.InvariantCulture, $"DECIMAL({column.Precision},{column.Scale})"),
        { ConvertedType: ParquetConvertedType.Decimal } => null,
        { PhysicalType: ParquetPhysicalType.Int64, ConvertedType: ParquetConvertedType.TimestampMicros or ParquetConvertedType.TimestampMillis } => "DATETIME(6)",
        { PhysicalType: ParquetPhysicalType.Int32, ConvertedType: ParquetConvertedType.Date } => "DATE",
        { PhysicalType: ParquetPhysicalType.Boolean } => "TINYINT(1)",
        { PhysicalType: ParquetPhysicalType.Int32, ConvertedType: ParquetConvertedType.Int8 } => "TINYINT",
        { PhysicalType: ParquetPhysicalType.Int32, ConvertedType: ParquetConvertedType.Int16 } => "SMALLINT",
        { PhysicalType: ParquetPhysicalType.Int32, ConvertedType: null or ParquetConvertedType.Int32, LogicalType: null } => "INT",
        { PhysicalType: ParquetPhysicalType.Int64, ConvertedType: null or ParquetConvertedType.Int64, LogicalType: null } => "BIGINT",
        { PhysicalType: ParquetPhysicalType.Float } => "FLOAT",
        { PhysicalType: ParquetPhysicalType.Double } => "DOUBLE",
        _ when IsText(column) => TextType(longestText, varchar),
        // BYTE_ARRAY without a meaning (BLOB, BINARY, BIT, geometry) and whatever RDS does not write.
        _ => null,
    };

    private static string TextType(int longest, bool varchar) =>
        varchar && VarcharLength(longest) > 0 ? string.Create(CultureInfo.InvariantCulture, $"VARCHAR({VarcharLength(longest)})") : "LONGTEXT";

    /// <summary>Room above the sample's longest: inference sees only a part of the values. 0 for what is too long for a VARCHAR.</summary>
    private static int VarcharLength(int longest) => longest switch
    {
        <= 40 => 64,
        <= 200 => 255,
        <= 900 => 1024,
        _ => 0,
    };
}
