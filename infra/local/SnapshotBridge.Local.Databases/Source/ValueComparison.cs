using System.Globalization;
using System.Text.Json.Nodes;
using SnapshotBridge.Loading.Declarations;

namespace SnapshotBridge.Local.Databases.Source;

/// <summary>
/// Holds a loaded table against its source, value by value. What is stated to differ is applied first: a column that is said not
/// to be loaded must not be there, one that is said to have another type must have that. What is not stated must be as it was.
/// </summary>
public static class ValueComparison
{
    private const int MostDifferences = 20, LongestShown = 60;

    /// <summary>What differs, in words; the first twenty of it.</summary>
    /// <param name="source">The source's table.</param>
    /// <param name="target">The loaded table.</param>
    /// <param name="stated">The type changes that the run's report names for the table.</param>
    public static IReadOnlyList<string> Differences(TableValues source, TableValues target, IReadOnlyList<TypeChange> stated)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(stated);
        var differences = new List<string>();
        var pairs = new List<(int Source, int Target)>();
        for (var i = 0; i < source.Columns.Count; i++)
        {
            var column = source.Columns[i];
            var change = stated.FirstOrDefault(item => item.Column == column.Name);
            var at = Find(target.Columns, column.Name, change);
            if (TypeDifference(source, column, change, at < 0 ? null : target.Columns[at]) is { } difference)
            {
                differences.Add(difference);
            }

            if (at >= 0)
            {
                pairs.Add((i, at));
            }
        }

        var known = pairs.Select(pair => pair.Target).ToHashSet();
        differences.AddRange(target.Columns.Where((_, i) => !known.Contains(i)).Select(column => $"column {column.Name} is served, which the source has not"));
        differences.AddRange(RowDifferences(source, target, pairs));
        return [.. differences.Take(MostDifferences)];
    }

    private static string? TypeDifference(TableValues source, ValueColumn column, TypeChange? change, ValueColumn? served)
    {
        var expected = change is { LoadedType: TypeChange.NotLoaded } ? null : change?.LoadedType ?? column.Type;
        return (expected, served) switch
        {
            (null, null) => null,
            (null, _) => $"column {column.Name} is served, although it is said not to be loaded",
            (_, null) => $"column {column.Name} ({column.Type}) is not served, and nothing is said of it",
            _ when change is null && !source.HasMySqlTypes => null,
            _ when AreSame(expected, served.Type) => null,
            _ => $"column {column.Name} is {served.Type} instead of {expected}{(change is null ? ", and nothing is said of it" : "")}",
        };
    }

    // No export tells whether a decimal or a real is UNSIGNED; the signed one holds all its values.
    private static bool AreSame(string expected, string served) =>
        DeclarationComparison.AreSame(expected, served)
        || (expected.StartsWith("decimal", StringComparison.OrdinalIgnoreCase) && DeclarationComparison.AreSame(expected.Replace(" unsigned", "", StringComparison.OrdinalIgnoreCase), served));

    private static int Find(IReadOnlyList<ValueColumn> columns, string name, TypeChange? change)
    {
        for (var i = 0; i < columns.Count; i++)
        {
            // A renamed column: the reason quotes its name on the server.
            if (columns[i].Name == name || (change is not null && change.Reason.EndsWith($"it is '{columns[i].Name}'", StringComparison.Ordinal)))
            {
                return i;
            }
        }

        return -1;
    }

    private static IEnumerable<string> RowDifferences(TableValues source, TableValues target, List<(int Source, int Target)> pairs)
    {
        if (source.Rows.Count != target.Rows.Count)
        {
            yield return $"the source has {source.Rows.Count} rows and the table {target.Rows.Count}";
            yield break;
        }

        var expected = Sorted(source.Rows.Select(row => pairs.Select(pair => Normal(source.Columns[pair.Source].Type, row[pair.Source], isSource: true)).ToArray()));
        var found = Sorted(target.Rows.Select(row => pairs.Select(pair => Normal(source.Columns[pair.Source].Type, row[pair.Target], isSource: false)).ToArray()));
        for (var row = 0; row < expected.Count; row++)
        {
            for (var i = 0; i < pairs.Count; i++)
            {
                if (expected[row][i] != found[row][i])
                {
                    yield return string.Create(
                        CultureInfo.InvariantCulture, $"column {source.Columns[pairs[i].Source].Name}, row {row + 1} in order: the source has {Shown(expected[row][i])} and the table {Shown(found[row][i])}");
                }
            }
        }
    }

    private static List<string?[]> Sorted(IEnumerable<string?[]> rows)
    {
        var sorted = rows.ToList();
        sorted.Sort(static (left, right) =>
        {
            for (var i = 0; i < left.Length; i++)
            {
                if (string.CompareOrdinal(left[i], right[i]) is var order and not 0)
                {
                    return order;
                }
            }

            return 0;
        });
        return sorted;
    }

    /// <summary>One text for values that only print differently.</summary>
    private static string? Normal(string type, string? text, bool isSource)
    {
        if (text is null)
        {
            return null;
        }

        var end = type.IndexOf('(', StringComparison.Ordinal);
        var name = (end < 0 ? type : type[..end]).ToLowerInvariant().Replace(" unsigned", "", StringComparison.Ordinal);
        return name switch
        {
            // A moment with a zero in its date has no place on Parquet's timeline.
            "datetime" or "timestamp" when isSource && IsZeroDate(text) => null,
            "time" or "datetime" or "timestamp" or "time without time zone" or "timestamp without time zone" => WithMicroseconds(text),
            "float" or "double" or "double precision" => double.Parse(text, CultureInfo.InvariantCulture).ToString("R", CultureInfo.InvariantCulture),
            "real" => ((float)double.Parse(text, CultureInfo.InvariantCulture)).ToString("R", CultureInfo.InvariantCulture),
            "char" or "character" => text.TrimEnd(' '),
            "boolean" => text switch { "true" => "1", "false" => "0", _ => text },
            "decimal" or "numeric" => text.Contains('.', StringComparison.Ordinal) ? text.TrimEnd('0').TrimEnd('.') : text,
            "json" or "jsonb" => Canonical(JsonNode.Parse(text)),
            _ => text,
        };
    }

    private static bool IsZeroDate(string text) => text.AsSpan(5, 2) is "00" || text.AsSpan(8, 2) is "00";

    private static string WithMicroseconds(string text)
    {
        var point = text.IndexOf('.', StringComparison.Ordinal);
        return point < 0 ? $"{text}.000000" : text.PadRight(point + 7, '0');
    }

    /// <summary>MySQL orders the keys of objects, and puts spaces elsewhere.</summary>
    private static string Canonical(JsonNode? node) => node switch
    {
        JsonObject item => $"{{{string.Join(',', item.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{JsonValue.Create(pair.Key).ToJsonString()}:{Canonical(pair.Value)}"))}}}",
        JsonArray items => $"[{string.Join(',', items.Select(Canonical))}]",
        null => "null",
        _ => node.ToJsonString(),
    };

    private static string Shown(string? text) => text is null ? "NULL" : text.Length <= LongestShown ? $"'{text}'" : string.Create(CultureInfo.InvariantCulture, $"'{text[..LongestShown]}…' ({text.Length} characters)");
}
