using System.Globalization;

namespace SnapshotBridge.Loading.Declarations;

/// <summary>How wide a row a server takes, and what becomes of a column that is too wide for HeatWave.</summary>
internal static class ColumnLimits
{
    /// <summary>MySQL 8.4 manual, "Limits on Table Column Count and Row Size": all columns but TEXT, BLOB and JSON together, of any engine.</summary>
    public const int WidestRowBytes = 65_535;

    // Columns are declared in utf8mb4.
    private const int BytesPerCharacter = 4;

    /// <summary>The text type for a VARCHAR that is too wide for HeatWave.</summary>
    public static TypeChoice Fitted(TypeChoice choice, ServerVersion version)
    {
        if (!choice.IsLoadable || SqlType.Parse(choice.Type, out _) is not { Name: "VARCHAR" } type || type.Numbers[0] * BytesPerCharacter <= ServerVersion.MaxCharacterBytes)
        {
            return choice;
        }

        // Its characters may take four bytes each here and took one at the source.
        var text = version.MaxLongTextBytes > WidestRowBytes ? "MEDIUMTEXT" : "TEXT";
        return choice with
        {
            Type = text,
            Reason = string.Create(
                CultureInfo.InvariantCulture,
                $"HeatWave's VARCHAR has up to {ServerVersion.MaxCharacterBytes:N0} bytes, {ServerVersion.MaxCharacterBytes / BytesPerCharacter:N0} characters of four bytes"),
        };
    }

    /// <summary>What a column takes of the row, as MySQL counts it when the table is created.</summary>
    public static int RowBytes(string type)
    {
        if (SqlType.Parse(type, out _) is not { } parsed)
        {
            return OtherBytes(type);
        }

        var number = parsed.Numbers.Count > 0 ? parsed.Numbers[0] : 0;
        return parsed.Name switch
        {
            "TINYINT" or "YEAR" => 1,
            "SMALLINT" => 2,
            "MEDIUMINT" or "DATE" => 3,
            "INT" or "FLOAT" => 4,
            "BIGINT" or "DOUBLE" => 8,
            "TIME" => 3 + ((number + 1) / 2),
            "TIMESTAMP" => 4 + ((number + 1) / 2),
            "DATETIME" => 5 + ((number + 1) / 2),
            "DECIMAL" => DecimalBytes(number - parsed.Numbers[1]) + DecimalBytes(parsed.Numbers[1]),
            "CHAR" => number * BytesPerCharacter,
            "VARCHAR" => (number * BytesPerCharacter) + (number * BytesPerCharacter > 255 ? 2 : 1),
            "ENUM" => parsed.Values.Count > 255 ? 2 : 1,
            // A length of one to four bytes and a pointer of eight.
            "TINYTEXT" => 9,
            "TEXT" => 10,
            "MEDIUMTEXT" => 11,
            _ => 12,
        };
    }

    // Nine digits take four bytes, the rest as few as hold them.
    private static int DecimalBytes(int digits) => (digits / 9 * 4) + (((digits % 9) + 1) / 2);

    /// <summary>Types that are declared but never loaded.</summary>
    private static int OtherBytes(string type) =>
        TypeText.Parse(type, out _) is { Name: "binary" or "varbinary", Numbers: [var bytes] } ? bytes + 1 : 12;
}
