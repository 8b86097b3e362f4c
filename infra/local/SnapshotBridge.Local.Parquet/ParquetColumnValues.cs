using System.Numerics;
using System.Text;
using SnapshotBridge.Parquet;

namespace SnapshotBridge.Local.Parquet;

/// <summary>The values of one column in one row group.</summary>
public sealed class ParquetColumnValues
{
    private readonly bool[]? _nulls;
    private readonly long[] _integers;
    private readonly double[] _doubles;
    private readonly ReadOnlyMemory<byte>[] _bytes;

    internal ParquetColumnValues(
        ParquetColumn column, int rows, bool[]? nulls, long[] integers, double[] doubles, ReadOnlyMemory<byte>[] bytes)
    {
        Column = column;
        Rows = rows;
        _nulls = nulls;
        _integers = integers;
        _doubles = doubles;
        _bytes = bytes;
    }

    public ParquetColumn Column { get; }

    public int Rows { get; }

    public bool IsNull(int row) => _nulls is not null && _nulls[row];

    /// <summary>The value of an INT32, INT64 or BOOLEAN column.</summary>
    public long GetInteger(int row) => _integers[row];

    /// <summary>The value of a FLOAT or DOUBLE column.</summary>
    public double GetDouble(int row) => _doubles[row];

    /// <summary>The value of a byte-array column.</summary>
    public ReadOnlySpan<byte> GetBytes(int row) => _bytes[row].Span;

    /// <summary>The value of a byte-array column as UTF-8 text.</summary>
    public string GetText(int row) => Encoding.UTF8.GetString(GetBytes(row));

    /// <summary>A decimal's digits without the point, whichever way they are stored.</summary>
    public BigInteger GetUnscaled(int row) => Column.PhysicalType switch
    {
        ParquetPhysicalType.Int32 or ParquetPhysicalType.Int64 => _integers[row],
        ParquetPhysicalType.FixedLenByteArray or ParquetPhysicalType.ByteArray => new BigInteger(GetBytes(row), isUnsigned: false, isBigEndian: true),
        _ => throw new InvalidOperationException($"Column '{Column.Name}' is {Column.TypeText} and no decimal."),
    };

    /// <summary>
    /// The value as .NET knows it, or null: whole numbers as <see cref="long"/>, decimals as text in their scale,
    /// microseconds as <see cref="DateTime"/> (UTC), UTF-8 as text, other bytes as an array.
    /// </summary>
    public object? GetValue(int row)
    {
        if (IsNull(row))
        {
            return null;
        }

        return Column switch
        {
            { ConvertedType: ParquetConvertedType.Decimal } => DecimalText(GetUnscaled(row), Column.Scale),
            { ConvertedType: ParquetConvertedType.TimestampMicros } => DateTime.UnixEpoch.AddTicks(_integers[row] * 10),
            { PhysicalType: ParquetPhysicalType.Boolean } => _integers[row] != 0,
            { PhysicalType: ParquetPhysicalType.Int32 or ParquetPhysicalType.Int64 } => _integers[row],
            { PhysicalType: ParquetPhysicalType.Float or ParquetPhysicalType.Double } => _doubles[row],
            { ConvertedType: ParquetConvertedType.Utf8 or ParquetConvertedType.Enum or ParquetConvertedType.Json } => GetText(row),
            _ => GetBytes(row).ToArray(),
        };
    }

    /// <summary>A decimal as MySQL writes it: all places of its scale, a zero before the point.</summary>
    public static string DecimalText(BigInteger unscaled, int scale)
    {
        var digits = BigInteger.Abs(unscaled).ToString(System.Globalization.CultureInfo.InvariantCulture).PadLeft(scale + 1, '0');
        var sign = unscaled.Sign < 0 ? "-" : "";
        return scale == 0 ? sign + digits : $"{sign}{digits[..^scale]}.{digits[^scale..]}";
    }
}
