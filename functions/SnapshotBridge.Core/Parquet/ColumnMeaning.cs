using System.Globalization;
using System.Text.RegularExpressions;

namespace SnapshotBridge.Parquet;

/// <summary>What a column's values are, as far as they have an order.</summary>
public enum ColumnValues
{
    /// <summary>Values without an order that readers agree on: INT96, intervals, groups.</summary>
    Unordered,

    /// <summary>Whole numbers, booleans as 0 and 1.</summary>
    Integer,

    /// <summary>Whole numbers that are stored in signed types and mean unsigned ones.</summary>
    Unsigned,

    /// <summary>Decimals as their unscaled number, see <see cref="ColumnMeaning.Scale"/>.</summary>
    Decimal,

    Float,

    Double,

    /// <summary>UTF-8, ordered by its bytes.</summary>
    Text,

    /// <summary>Bytes that nothing is said about, ordered as unsigned bytes.</summary>
    Bytes,

    /// <summary>Days since 1970-01-01.</summary>
    Date,

    /// <summary>Time of day, see <see cref="ColumnMeaning.UnitsPerSecond"/>.</summary>
    Time,

    /// <summary>Time since 1970-01-01 00:00, see <see cref="ColumnMeaning.UnitsPerSecond"/>.</summary>
    Timestamp,
}

/// <summary>The meaning of a column's values, in either of Parquet's two vocabularies.</summary>
/// <param name="Values">What they are.</param>
/// <param name="Scale">Decimal places of a decimal, else 0.</param>
/// <param name="UnitsPerSecond">The resolution of a time, else 0.</param>
public sealed partial record ColumnMeaning(ColumnValues Values, int Scale = 0, long UnitsPerSecond = 0)
{
    private static readonly ColumnMeaning Unordered = new(ColumnValues.Unordered);

    /// <summary>The meaning of a column of a schema.</summary>
    public static ColumnMeaning Of(ParquetColumn column)
    {
        ArgumentNullException.ThrowIfNull(column);
        return column.IsNested ? Unordered : Of(column.PhysicalType, column.MeaningText);
    }

    /// <summary>The meaning of a type as <see cref="ParquetColumn.TypeText"/> writes it; unordered where it is no such text.</summary>
    public static ColumnMeaning Parse(string typeText)
    {
        var match = TypePattern().Match(typeText);
        return match.Success && !match.Groups["repeated"].Success
            ? Of(Physical(match.Groups["physical"].Value), match.Groups["meaning"].Success ? match.Groups["meaning"].Value : null)
            : Unordered;
    }

    private static ColumnMeaning Of(ParquetPhysicalType physical, string? meaning)
    {
        if (meaning is not null && meaning.StartsWith("DECIMAL(", StringComparison.Ordinal))
        {
            return physical is ParquetPhysicalType.Int32 or ParquetPhysicalType.Int64 or ParquetPhysicalType.ByteArray or ParquetPhysicalType.FixedLenByteArray
                ? new ColumnMeaning(ColumnValues.Decimal, int.Parse(meaning.AsSpan(meaning.IndexOf(',') + 1).TrimEnd(')'), CultureInfo.InvariantCulture))
                : Unordered;
        }

        return physical switch
        {
            ParquetPhysicalType.Boolean when meaning is null => new ColumnMeaning(ColumnValues.Integer),
            ParquetPhysicalType.Int32 or ParquetPhysicalType.Int64 => OfNumber(meaning),
            ParquetPhysicalType.Float when meaning is null => new ColumnMeaning(ColumnValues.Float),
            ParquetPhysicalType.Double when meaning is null => new ColumnMeaning(ColumnValues.Double),
            ParquetPhysicalType.ByteArray or ParquetPhysicalType.FixedLenByteArray => meaning switch
            {
                "UTF8" or "STRING" or "ENUM" or "JSON" => new ColumnMeaning(ColumnValues.Text),
                null or "BSON" => new ColumnMeaning(ColumnValues.Bytes),
                _ => Unordered,
            },
            _ => Unordered,
        };
    }

    private static ColumnMeaning OfNumber(string? meaning) => meaning switch
    {
        null or "INT_8" or "INT_16" or "INT_32" or "INT_64" => new ColumnMeaning(ColumnValues.Integer),
        "UINT_8" or "UINT_16" or "UINT_32" or "UINT_64" => new ColumnMeaning(ColumnValues.Unsigned),
        "DATE" => new ColumnMeaning(ColumnValues.Date),
        "TIME_MILLIS" => new ColumnMeaning(ColumnValues.Time, UnitsPerSecond: 1_000),
        "TIME_MICROS" => new ColumnMeaning(ColumnValues.Time, UnitsPerSecond: 1_000_000),
        "TIMESTAMP_MILLIS" => new ColumnMeaning(ColumnValues.Timestamp, UnitsPerSecond: 1_000),
        "TIMESTAMP_MICROS" => new ColumnMeaning(ColumnValues.Timestamp, UnitsPerSecond: 1_000_000),
        _ when meaning.StartsWith("INTEGER(", StringComparison.Ordinal) =>
            new ColumnMeaning(meaning.EndsWith(",signed)", StringComparison.Ordinal) ? ColumnValues.Integer : ColumnValues.Unsigned),
        _ when LogicalTime().Match(meaning) is { Success: true } time => new ColumnMeaning(
            time.Groups["kind"].Value == "TIME" ? ColumnValues.Time : ColumnValues.Timestamp,
            UnitsPerSecond: time.Groups["unit"].Value switch { "MILLIS" => 1_000, "MICROS" => 1_000_000, _ => 1_000_000_000 }),
        _ => Unordered,
    };

    private static ParquetPhysicalType Physical(string text) => text switch
    {
        "BOOLEAN" => ParquetPhysicalType.Boolean,
        "INT32" => ParquetPhysicalType.Int32,
        "INT64" => ParquetPhysicalType.Int64,
        "INT96" => ParquetPhysicalType.Int96,
        "FLOAT" => ParquetPhysicalType.Float,
        "DOUBLE" => ParquetPhysicalType.Double,
        "BYTE_ARRAY" => ParquetPhysicalType.ByteArray,
        _ => ParquetPhysicalType.FixedLenByteArray,
    };

    [GeneratedRegex(
        @"^(?<physical>BOOLEAN|INT32|INT64|INT96|FLOAT|DOUBLE|BYTE_ARRAY|FIXED_LEN_BYTE_ARRAY(?=\(\d+\)))(?:\(\d+\))?(?: \((?<meaning>.+)\))?(?: REQUIRED|(?<repeated> REPEATED))?$",
        RegexOptions.CultureInvariant)]
    private static partial Regex TypePattern();

    [GeneratedRegex(@"^(?<kind>TIME|TIMESTAMP)\((?<unit>MILLIS|MICROS|NANOS),(?:UTC|local)\)$", RegexOptions.CultureInvariant)]
    private static partial Regex LogicalTime();
}
