using System.Globalization;

namespace SnapshotBridge.Parquet;

/// <summary>One leaf column of a Parquet file's schema.</summary>
/// <param name="Name">The column's name; nested columns have their path, joined by dots.</param>
/// <param name="PhysicalType">How values are stored.</param>
public sealed record ParquetColumn(string Name, ParquetPhysicalType PhysicalType)
{
    /// <summary>Bytes per value of a fixed-length column, else 0.</summary>
    public int TypeLength { get; init; }

    /// <summary>The meaning in the older vocabulary, if given.</summary>
    public ParquetConvertedType? ConvertedType { get; init; }

    /// <summary>The meaning in the newer vocabulary as text, if given: <c>TIMESTAMP(MICROS,local)</c>.</summary>
    public string? LogicalType { get; init; }

    /// <summary>Digits of a decimal, else 0.</summary>
    public int Precision { get; init; }

    /// <summary>Decimal places of a decimal, else 0.</summary>
    public int Scale { get; init; }

    public ParquetRepetition Repetition { get; init; } = ParquetRepetition.Optional;

    /// <summary>True for a column inside a group, or one that occurs several times per row.</summary>
    public bool IsNested { get; init; }

    /// <summary>The column's type as the footer gives it: <c>INT64 (DECIMAL(12,2))</c>. Nullable columns are the rule and not marked; columns inside groups and lists are, as a name may hold dots without being a path.</summary>
    public string TypeText
    {
        get
        {
            var physical = PhysicalType switch
            {
                ParquetPhysicalType.Boolean => "BOOLEAN",
                ParquetPhysicalType.Int32 => "INT32",
                ParquetPhysicalType.Int64 => "INT64",
                ParquetPhysicalType.Int96 => "INT96",
                ParquetPhysicalType.Float => "FLOAT",
                ParquetPhysicalType.Double => "DOUBLE",
                ParquetPhysicalType.ByteArray => "BYTE_ARRAY",
                _ => string.Create(CultureInfo.InvariantCulture, $"FIXED_LEN_BYTE_ARRAY({TypeLength})"),
            };
            var meaning = MeaningText;
            var occurrence = Repetition switch
            {
                ParquetRepetition.Required => " REQUIRED",
                ParquetRepetition.Repeated => " REPEATED",
                _ => "",
            };
            occurrence += IsNested ? " NESTED" : "";
            return meaning is null ? physical + occurrence : $"{physical} ({meaning}){occurrence}";
        }
    }

    /// <summary>What the values mean, in the older vocabulary where it is used: <c>DECIMAL(12,2)</c>; null for plain values.</summary>
    public string? MeaningText => ConvertedType is { } converted ? ConvertedText(converted) : LogicalType;

    /// <summary>The column as <c>name type</c>. Parts of one table agree when these texts agree, in order.</summary>
    public override string ToString() => $"{Name} {TypeText}";

    private string ConvertedText(ParquetConvertedType converted) => converted switch
    {
        ParquetConvertedType.Utf8 => "UTF8",
        ParquetConvertedType.Map => "MAP",
        ParquetConvertedType.MapKeyValue => "MAP_KEY_VALUE",
        ParquetConvertedType.List => "LIST",
        ParquetConvertedType.Enum => "ENUM",
        ParquetConvertedType.Decimal => string.Create(CultureInfo.InvariantCulture, $"DECIMAL({Precision},{Scale})"),
        ParquetConvertedType.Date => "DATE",
        ParquetConvertedType.TimeMillis => "TIME_MILLIS",
        ParquetConvertedType.TimeMicros => "TIME_MICROS",
        ParquetConvertedType.TimestampMillis => "TIMESTAMP_MILLIS",
        ParquetConvertedType.TimestampMicros => "TIMESTAMP_MICROS",
        ParquetConvertedType.UInt8 => "UINT_8",
        ParquetConvertedType.UInt16 => "UINT_16",
        ParquetConvertedType.UInt32 => "UINT_32",
        ParquetConvertedType.UInt64 => "UINT_64",
        ParquetConvertedType.Int8 => "INT_8",
        ParquetConvertedType.Int16 => "INT_16",
        ParquetConvertedType.Int32 => "INT_32",
        ParquetConvertedType.Int64 => "INT_64",
        ParquetConvertedType.Json => "JSON",
        ParquetConvertedType.Bson => "BSON",
        _ => "INTERVAL",
    };
}
