using System.Globalization;
using SnapshotBridge.Planning;

namespace SnapshotBridge.Loading.Declarations;

/// <summary>The source's type of a column as far as the export tells it.</summary>
internal sealed record SourceType
{
    // The words behind a MySQL type that say nothing about its values' type.
    private static readonly string[] Attributes = ["unsigned", "signed", "zerofill", "binary"];

    /// <summary>The name in lower case without length and attributes: <c>varchar</c>, <c>timestamp without time zone</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The type for the report: the export's own text, with the length where that is told apart from it.</summary>
    public required string Text { get; init; }

    /// <summary>What stood in the brackets of the type itself.</summary>
    public IReadOnlyList<int> Numbers { get; init; } = [];

    /// <summary>The values of an ENUM or SET, where the type tells them.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    public bool IsArray { get; init; }

    /// <summary>True where the text says UNSIGNED or implies it; false does not mean signed: see <see cref="TellsSign"/>.</summary>
    public bool IsUnsigned { get; init; }

    /// <summary>Whether the text would say so if the column were unsigned: texts with a display width are whole column types.</summary>
    public bool TellsSign { get; init; }

    /// <summary>Characters of a text column, null where the export does not tell.</summary>
    public int? Length { get; init; }

    /// <summary>Digits of a number.</summary>
    public int? Precision { get; init; }

    /// <summary>Decimal places; known only from the type's text or from Parquet.</summary>
    public int? Scale { get; init; }

    /// <summary>Digits of a second, 0 to 6.</summary>
    public int? Fraction { get; init; }

    public static SourceType Of(SourceColumn column)
    {
        if (TypeText.Parse(column.OriginalType, out _) is not { } parts)
        {
            return new SourceType { Name = column.OriginalType.Trim().ToLowerInvariant(), Text = column.OriginalType };
        }

        var words = $"{parts.Name} {parts.Suffix}".Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var unsigned = words.Contains("unsigned") || words.Contains("zerofill");
        var name = string.Join(' ', words.Where(word => !Attributes.Contains(word, StringComparer.Ordinal)));
        // "binary" alone is a type of its own.
        name = name.Length == 0 ? parts.Name : name;
        var first = parts.Numbers.Count > 0 ? parts.Numbers[0] : (int?)null;
        return new SourceType
        {
            Name = name,
            Text = Described(column, parts),
            Numbers = parts.Numbers,
            Values = parts.Values,
            IsArray = parts.IsArray,
            IsUnsigned = unsigned,
            TellsSign = unsigned || first is not null,
            Length = first ?? column.CharacterLength,
            Precision = first ?? column.NumericPrecision,
            Scale = parts.Numbers.Count > 1 ? parts.Numbers[1] : first is null ? null : 0,
            Fraction = (first ?? column.DateTimePrecision) is { } digits and >= 0 and <= 6 ? digits : null,
        };
    }

    private static string Described(SourceColumn column, TypeText parts) =>
        parts.Numbers.Count == 0 && parts.Values.Count == 0 && column.CharacterLength is { } length && parts.Name.Contains("char", StringComparison.Ordinal)
            ? string.Create(CultureInfo.InvariantCulture, $"{column.OriginalType}({length})")
            : column.OriginalType;
}
