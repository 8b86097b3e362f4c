using System.Globalization;
using SnapshotBridge.Parquet;

namespace SnapshotBridge.Local.Databases.HeatWave.Declared;

/// <summary>Which column of the files fills which declared one.</summary>
internal static class ColumnMatching
{
    private const int NameMissing = 6515;

    /// <returns>Per declared column the index in the files, or null where none fills it.</returns>
    /// <exception cref="LakehouseException">6062: by order the numbers differ; 6515: by name one is missing.</exception>
    public static int?[] Match(DeclaredTable table, IReadOnlyList<ParquetColumn> columns, EngineAttribute attribute, string file)
    {
        if (attribute.Match == ColumnMatch.Order)
        {
            // Columns that are not loaded have their place too.
            return table.Columns.Count == columns.Count
                ? [.. table.Columns.Select((_, i) => (int?)i)]
                : throw new LakehouseException(
                    LakehouseException.ColumnCountMismatch,
                    string.Create(CultureInfo.InvariantCulture, $"Column count mismatch. Expected {table.Columns.Count} columns, found {columns.Count} in {{object: {file}}}"));
        }

        var names = attribute.Match == ColumnMatch.NameCaseSensitive ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
        return [.. table.Columns.Select(column =>
        {
            var index = columns.ToList().FindIndex(candidate => candidate.Name.Equals(column.Name, names));
            return index >= 0 ? index
                : column.IsNotSecondary || attribute.AllowsMissingColumns ? (int?)null
                : throw new LakehouseException(NameMissing, $"Column '{column.Name}' is missing in {{object: {file}}}");
        })];
    }
}
