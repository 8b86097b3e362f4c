using System.Globalization;

namespace SnapshotBridge.Loading.Declarations;

/// <summary>A column as <c>information_schema.COLUMNS</c> describes it.</summary>
/// <param name="Name"><c>COLUMN_NAME</c>.</param>
/// <param name="ColumnType"><c>COLUMN_TYPE</c>, as the server spells it.</param>
public sealed record DefinedColumn(string Name, string ColumnType);

/// <summary>A column that the server did not define as it was declared.</summary>
/// <param name="Column">The column's name.</param>
/// <param name="Declared">The declared type; null for a column that was not declared.</param>
/// <param name="Found">The server's type; null for a column that the server has not.</param>
public sealed record ColumnDifference(string Column, string? Declared, string? Found)
{
    /// <summary>For messages: <c>column price was declared as DECIMAL(12,2) and is decimal(10,2)</c>.</summary>
    public override string ToString() => (Declared, Found) switch
    {
        (null, _) => $"column {Column}, {Found}, was not declared",
        (_, null) => $"column {Column}, declared as {Declared}, is missing",
        _ => $"column {Column} was declared as {Declared} and is {Found}",
    };
}

/// <summary>
/// Holds a table as the server has it against its declaration: Guided Load may alter declared columns, and a policy may drop some.
/// </summary>
public static class DeclarationComparison
{
    /// <summary>
    /// What differs in name, type and order, nothing for what servers only spell otherwise: display widths, BOOLEAN for
    /// TINYINT, DECIMAL(10) for DECIMAL(10,0), character sets, and JSON, which MariaDB calls LONGTEXT.
    /// </summary>
    /// <param name="declaration">What was declared.</param>
    /// <param name="defined">The server's columns in the order of <c>ORDINAL_POSITION</c>.</param>
    public static IReadOnlyList<ColumnDifference> Differences(TableDeclaration declaration, IReadOnlyList<DefinedColumn> defined)
    {
        ArgumentNullException.ThrowIfNull(declaration);
        ArgumentNullException.ThrowIfNull(defined);
        var differences = new List<ColumnDifference>();
        var found = defined.Select((column, index) => (column, index)).ToDictionary(item => item.column.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var column in declaration.Columns)
        {
            if (!found.TryGetValue(column.Name, out var match))
            {
                differences.Add(new ColumnDifference(column.Name, column.Type, null));
            }
            else if (!AreSame(column.Type, match.column.ColumnType))
            {
                differences.Add(new ColumnDifference(column.Name, column.Type, match.column.ColumnType));
            }
        }

        var declared = declaration.Columns.Select(column => column.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        differences.AddRange(defined.Where(column => !declared.Contains(column.Name)).Select(column => new ColumnDifference(column.Name, null, column.ColumnType)));
        if (differences.Count == 0)
        {
            differences.AddRange(declaration.Columns
                .Select((column, index) => (column, index, place: found[column.Name].index))
                .Where(item => item.index != item.place)
                .Select(item => new ColumnDifference(item.column.Name, Placed(item.column.Type, item.index), Placed(found[item.column.Name].column.ColumnType, item.place))));
        }

        return differences;
    }

    /// <summary>Whether two spellings mean one type.</summary>
    public static bool AreSame(string declared, string found)
    {
        var (left, right) = (Normal(declared), Normal(found));
        return left == right || AreSameMembers(declared, found) || (left, right) is ("JSON", "LONGTEXT") or ("LONGTEXT", "JSON");
    }

    /// <summary>information_schema writes types in utf8mb3: a member's character beyond U+FFFF, which the column keeps, shows as a question mark there.</summary>
    private static bool AreSameMembers(string declared, string found) =>
        TypeText.Parse(WithoutTail(declared), out _) is { Name: "enum" } left
        && TypeText.Parse(WithoutTail(found), out _) is { Name: "enum" } right
        && left.Values.Select(AsShown).SequenceEqual(right.Values, StringComparer.Ordinal);

    private static string AsShown(string member) => string.Concat(member.EnumerateRunes().Select(rune => rune.IsBmp ? rune.ToString() : "?"));

    private static string Placed(string type, int index) => string.Create(CultureInfo.InvariantCulture, $"{type} in place {index + 1}");

    private static string Normal(string type)
    {
        var text = WithoutTail(type);
        if (SqlType.Parse(text, out _) is { } known)
        {
            return known.ToString();
        }

        // Types that are declared but not loaded: BIT(8), VARBINARY(16), GEOMETRY.
        return TypeText.Parse(text, out _) is { } parts
            ? $"{parts.Name}({string.Join(',', parts.Numbers.Count == 0 && parts.Name == "bit" ? [1] : parts.Numbers)}){parts.Suffix}".ToUpperInvariant()
            : text.ToUpperInvariant();
    }

    /// <summary>Cuts off what is no part of the type: comments as MariaDB adds to old temporal columns, character sets, ZEROFILL.</summary>
    private static string WithoutTail(string type)
    {
        // An ENUM's values may contain any of these words: only what follows the brackets is looked at.
        var start = type.LastIndexOf(')') + 1;
        var end = type.Length;
        foreach (var word in (ReadOnlySpan<string>)["/*", " character set ", " charset ", " collate ", " zerofill", " signed"])
        {
            var at = type.IndexOf(word, start, StringComparison.OrdinalIgnoreCase);
            end = at >= 0 && at < end ? at : end;
        }

        return type[..end].Trim();
    }
}
