using SnapshotBridge.Planning;

namespace SnapshotBridge.Loading.Declarations;

/// <summary>A top-level column of the Parquet files and the source's column that it holds.</summary>
/// <param name="Name">The name in the files.</param>
/// <param name="Source">The source's column; null where RDS does not list it.</param>
/// <param name="Type">How the files store it.</param>
/// <param name="IsNested">Whether it is a group or a list.</param>
/// <param name="IsMapped">Whether RDS lists columns of the table at all.</param>
internal sealed record FileColumn(string Name, SourceColumn? Source, ParquetType Type, bool IsNested, bool IsMapped);

/// <summary>Brings the columns of the files and those of RDS's list together.</summary>
internal static class FileColumns
{
    public static IReadOnlyList<FileColumn> Of(IReadOnlyList<SourceColumn> sources, IReadOnlyList<string> parquetColumns)
    {
        var isMapped = sources.Count > 0;
        if (parquetColumns.Count == 0)
        {
            return [.. sources.Select(source => new FileColumn(source.Name, source, ParquetType.Expected(source.ExportedType), false, isMapped))];
        }

        var byName = sources.GroupBy(source => source.Name, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        var columns = new List<FileColumn>(parquetColumns.Count);
        foreach (var text in parquetColumns)
        {
            var name = ColumnText.Name(text);
            var type = ParquetType.Parse(text);
            if (type.IsNested && !byName.ContainsKey(name))
            {
                // A nested column's leaves have its name before the first dot; a list alone is its own leaf.
                var root = Root(name, byName);
                if (columns.Count == 0 || columns[^1].Name != root)
                {
                    columns.Add(new FileColumn(root, byName.GetValueOrDefault(root), type, true, isMapped));
                }

                continue;
            }

            columns.Add(new FileColumn(name, byName.GetValueOrDefault(name) ?? Alike(name, sources), type, type.IsNested, isMapped));
        }

        return columns;
    }

    /// <summary>What RDS lists and the files do not have.</summary>
    public static IEnumerable<SourceColumn> Absent(IReadOnlyList<SourceColumn> sources, IReadOnlyList<FileColumn> files)
    {
        var found = files.Select(file => file.Source).OfType<SourceColumn>().ToHashSet(ReferenceEqualityComparer.Instance);
        return sources.Where(source => !found.Contains(source));
    }

    private static string Root(string path, Dictionary<string, SourceColumn> byName)
    {
        // The name itself may contain dots: the longest that RDS lists is it.
        for (var dot = path.LastIndexOf('.'); dot > 0; dot = path.LastIndexOf('.', dot - 1))
        {
            if (byName.ContainsKey(path[..dot]))
            {
                return path[..dot];
            }
        }

        var first = path.IndexOf('.', StringComparison.Ordinal);
        return first > 0 ? path[..first] : path;
    }

    private static SourceColumn? Alike(string name, IReadOnlyList<SourceColumn> sources)
    {
        var alike = sources.Where(source => string.Equals(source.Name, name, StringComparison.OrdinalIgnoreCase)).Take(2).ToList();
        return alike.Count == 1 ? alike[0] : null;
    }
}
