using System.Text.RegularExpressions;

namespace SnapshotBridge.Loading;

/// <summary>The column texts of <see cref="Copying.CopiedObject.Columns"/>: a name, a space, a Parquet type.</summary>
public static partial class ColumnText
{
    /// <summary>The name alone. A name may itself hold spaces, the type's first word is one of Parquet's.</summary>
    public static string Name(string column)
    {
        var match = TypeStart().Match(column);
        return match.Success ? column[..match.Index] : column;
    }

    /// <summary>The first differences between the columns of two parts of a table, or null where they agree.</summary>
    public static string? Difference(IReadOnlyList<string> first, IReadOnlyList<string> other)
    {
        if (first.Count != other.Count)
        {
            return $"{first.Count} columns and {other.Count} columns";
        }

        for (var index = 0; index < first.Count; index++)
        {
            if (first[index] != other[index])
            {
                return $"column {index + 1} is '{first[index]}' and '{other[index]}'";
            }
        }

        return null;
    }

    [GeneratedRegex(@" (?:BOOLEAN|INT32|INT64|INT96|FLOAT|DOUBLE|BYTE_ARRAY|FIXED_LEN_BYTE_ARRAY)\b(?!.* (?:BOOLEAN|INT32|INT64|INT96|FLOAT|DOUBLE|BYTE_ARRAY|FIXED_LEN_BYTE_ARRAY)\b)", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex TypeStart();
}
