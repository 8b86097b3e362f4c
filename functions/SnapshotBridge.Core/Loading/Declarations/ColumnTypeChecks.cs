using SnapshotBridge.Planning;
using SnapshotBridge.Requests;

namespace SnapshotBridge.Loading.Declarations;

/// <summary>Holds the request's column types against an export: what names nothing in it is an error, not a type that is silently not used.</summary>
public static class ColumnTypeChecks
{
    /// <exception cref="RequestInvalidException">columnTypes names a table or a column that the export has not, or a type that is none.</exception>
    public static void Check(CopyPlan plan, BridgeRequest request)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(request);
        var problems = new List<string>();
        foreach (var (name, columns) in request.ColumnTypes.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            var tables = plan.Tables.Where(table => table.FullName == name).ToList();
            if (tables.Count == 0)
            {
                problems.Add($"columnTypes names table '{name}', which the export does not hold{Meant(name, plan.Tables.Select(table => table.FullName))}");
                continue;
            }

            foreach (var (column, type) in columns.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                if (SqlType.Parse(type, out var problem) is null)
                {
                    problems.Add($"columnTypes gives {name}.{column} a type that is none: {problem}");
                }

                // Where RDS lists no columns, only the files know them.
                var known = tables.SelectMany(table => table.Columns).Select(item => item.Name).ToList();
                if (known.Count > 0 && !known.Contains(column, StringComparer.OrdinalIgnoreCase))
                {
                    problems.Add($"columnTypes names column '{column}' of {name}, which has none of that name{Meant(column, known)}");
                }
            }
        }

        if (problems.Count > 0)
        {
            throw new RequestInvalidException(problems);
        }
    }

    private static string Meant(string name, IEnumerable<string> candidates) =>
        NearestName.Of(name, candidates) is { } nearest ? $" (did you mean '{nearest}'?)" : "";
}
