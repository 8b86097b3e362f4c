using System.Globalization;
using System.Text.RegularExpressions;

namespace SnapshotBridge.Loading.Declarations;

/// <summary>How the Parquet files store a column, read from the texts of their footers or from what RDS announced.</summary>
/// <param name="Physical"><c>INT32</c>, <c>BYTE_ARRAY</c> …</param>
/// <param name="Meaning">The annotation, such as <c>UTF8</c> or <c>DECIMAL(12,2)</c>; null for none.</param>
internal sealed partial record ParquetType(string Physical, string? Meaning)
{
    /// <summary>Inside a group, or several times per row.</summary>
    public bool IsNested { get; init; }

    public bool IsText => Physical == "BYTE_ARRAY" && Meaning is "UTF8" or "STRING" or "ENUM" or "JSON";

    public bool IsRawBytes => Physical is "BYTE_ARRAY" or "FIXED_LEN_BYTE_ARRAY" && Meaning is null or "BSON";

    public bool IsTimestamp => Meaning?.StartsWith("TIMESTAMP", StringComparison.Ordinal) is true || Physical == "INT96";

    /// <summary>Precision and scale of a decimal.</summary>
    public (int Precision, int Scale)? Decimal =>
        Meaning is not null && DecimalPattern().Match(Meaning) is { Success: true } match
            ? (int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture), int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture))
            : null;

    /// <summary>For the report.</summary>
    public string Text => Meaning is null ? Physical : $"{Physical} ({Meaning})";

    /// <summary>Reads the type out of a column's text: see <see cref="ColumnText"/>.</summary>
    public static ParquetType Parse(string column)
    {
        var match = TypePattern().Match(column, ColumnText.Name(column).Length);
        return match.Success
            ? new ParquetType(match.Groups["physical"].Value, match.Groups["meaning"] is { Success: true } meaning ? meaning.Value : null)
            {
                IsNested = match.Groups["nested"].Success || match.Groups["repetition"].Value == " REPEATED",
            }
            : new ParquetType("", null);
    }

    /// <summary>Reads RDS's <c>expectedExportedType</c>, for tables without files: <c>int64 (TIMESTAMP_MICRO)</c>, <c>binary (UTF8)</c>.</summary>
    public static ParquetType Expected(string text)
    {
        var parsed = Parse($" {text.ToUpperInvariant()}"
            .Replace(" BINARY", " BYTE_ARRAY", StringComparison.Ordinal)
            .Replace("(TIMESTAMP_MICRO)", "(TIMESTAMP_MICROS)", StringComparison.Ordinal)
            .Replace("(INT(16,TRUE))", "(INT_16)", StringComparison.Ordinal)
            .Replace("(INT(8,TRUE))", "(INT_8)", StringComparison.Ordinal));
        return parsed;
    }

    [GeneratedRegex(@"\G (?<physical>[A-Z0-9_]+)(?:\([0-9]+\))?(?: \((?<meaning>.+?)\))?(?<repetition> REQUIRED| REPEATED)?(?<nested> NESTED)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex TypePattern();

    [GeneratedRegex(@"\ADECIMAL\(([0-9]{1,9}), ?([0-9]{1,9})\)\z", RegexOptions.CultureInvariant)]
    private static partial Regex DecimalPattern();
}
