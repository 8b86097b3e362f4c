using System.Globalization;
using System.Text.RegularExpressions;

namespace SnapshotBridge.Local.Databases.HeatWave.Declared;

/// <summary>A table as it was declared.</summary>
/// <param name="Schema">Its schema.</param>
/// <param name="Name">Its name.</param>
/// <param name="Mark">Its mark, or null where the secondary engine was never named for it.</param>
/// <param name="Columns">Its columns in order.</param>
internal sealed record DeclaredTable(string Schema, string Name, TableMark? Mark, IReadOnlyList<DeclaredTableColumn> Columns)
{
    public string FullName => $"{Schema}.{Name}";
}

/// <summary>One column of it.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Type">The declared type.</param>
/// <param name="IsNullable">Whether it takes NULL.</param>
/// <param name="IsNotSecondary">Whether it is left out of the secondary engine.</param>
internal sealed record DeclaredTableColumn(string Name, DeclaredType Type, bool IsNullable, bool IsNotSecondary);

/// <summary>A column's type, read from its text: <c>decimal(12,2)</c>, <c>bigint unsigned</c>, <c>enum('a','b')</c>.</summary>
internal sealed partial record DeclaredType(string Text)
{
    /// <summary>The type's word, lower case.</summary>
    public string Name { get; } = TypeWord().Match(Text).Value.ToLowerInvariant();

    public bool IsUnsigned { get; } = Text.Contains("unsigned", StringComparison.OrdinalIgnoreCase);

    /// <summary>The labels of an ENUM.</summary>
    public IReadOnlyList<string> Labels { get; } =
        [.. Label().Matches(Text).Select(match => match.Groups[1].Value.Replace("''", "'", StringComparison.Ordinal))];

    /// <summary>Precision, length or places of a second.</summary>
    public int First(int otherwise) => Number(1, otherwise);

    /// <summary>The places of a DECIMAL.</summary>
    public int Second => Number(2, 0);

    private int Number(int group, int otherwise) =>
        Numbers().Match(Text) is { Success: true } match && match.Groups[group].Success
            ? int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture)
            : otherwise;

    [GeneratedRegex("^[A-Za-z]+")]
    private static partial Regex TypeWord();

    [GeneratedRegex(@"\((\d+)(?:,(\d+))?\)")]
    private static partial Regex Numbers();

    [GeneratedRegex("'((?:[^']|'')*)'")]
    private static partial Regex Label();
}
