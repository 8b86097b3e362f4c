using System.Text.Json;
using SnapshotBridge.Loading.Declarations;

namespace SnapshotBridge.Requests;

/// <summary>
/// Reads <c>{"shop.orders": {"status": "ENUM('new','paid')"}}</c>. The types become part of a statement: only what
/// <see cref="SqlType"/> knows is let through, and it is kept as that writes it anew.
/// </summary>
internal static class ColumnTypeRules
{
    // Longer than an ENUM of a few thousand values; the types become part of a statement.
    private const int LongestType = 65_536;

    private const int LongestShown = 100;

    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Parse(JsonElement? given, string field, List<string> problems)
    {
        var tables = new Dictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal);
        if (given is not { } value)
        {
            return tables;
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            problems.Add($"{field} is {ManualRequestParser.Kind(value)} but must be an object such as {{\"shop.orders\":{{\"status\":\"ENUM('new','paid')\"}}}}");
            return tables;
        }

        foreach (var table in value.EnumerateObject())
        {
            if (!table.Name.Contains('.', StringComparison.Ordinal) || table.Value.ValueKind != JsonValueKind.Object)
            {
                problems.Add($"{field}.{table.Name} must name schema.table and hold an object of columns and their types");
                continue;
            }

            var columns = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            foreach (var column in table.Value.EnumerateObject())
            {
                if (column.Value.ValueKind != JsonValueKind.String || column.Value.GetString() is not { Length: > 0 and <= LongestType } type)
                {
                    problems.Add($"{field}.{table.Name}.{column.Name} is {ManualRequestParser.Kind(column.Value)} but must be a column type such as \"ENUM('new','paid')\"");
                }
                else if (SqlType.Parse(type, out var problem) is not { } known)
                {
                    problems.Add($"{field}.{table.Name}.{column.Name} is '{Shortened(type)}', which is no column type: {problem}");
                }
                else if (!columns.TryAdd(column.Name, known.ToString()))
                {
                    problems.Add($"{field}.{table.Name} names '{column.Name}' twice; keep one");
                }
            }

            if (!tables.TryAdd(table.Name, columns))
            {
                problems.Add($"{field} names '{table.Name}' twice; keep one");
            }
        }

        return tables;
    }

    private static string Shortened(string type) => type.Length <= LongestShown ? type : $"{type[..LongestShown]}…";
}
