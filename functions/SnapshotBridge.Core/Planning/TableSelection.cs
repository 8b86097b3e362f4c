using SnapshotBridge.Exports;

namespace SnapshotBridge.Planning;

/// <summary>Brings what was listed together with what RDS says about it: which tables are copied, and why others are not.</summary>
internal sealed class TableSelection(ExportLocation location, string exportTaskId, string destinationPrefix, TableCatalog catalog)
{
    // Words for a table whose files, if any, are not the whole table. Which others exist is not documented.
    private static readonly HashSet<string> UnfinishedStates = new(StringComparer.OrdinalIgnoreCase)
    {
        "FAILED", "CANCELED", "CANCELLED", "CANCELING", "STARTING", "IN_PROGRESS", "SKIPPED",
    };

    private readonly string _root = location.Folder(exportTaskId);
    private readonly List<SkippedTable> _leftOut = [];

    /// <summary>The tables to copy, in the order of the listing; both lists have the same indexes.</summary>
    public List<ListedTable> Listed { get; } = [];

    public List<PlannedTable> Planned { get; } = [];

    /// <exception cref="ExportFilesMissingException">Tables that RDS lists as complete have no files.</exception>
    public IReadOnlyList<SkippedTable> Select(IReadOnlyList<ListedTable> tables)
    {
        foreach (var table in tables)
        {
            var entry = catalog.Find(table.Path);
            if (entry is not null)
            {
                entry.IsFound = true;
            }

            if (IsCopied(entry))
            {
                Listed.Add(table);
                Planned.Add(Describe(table, entry));
            }
        }

        AddUnwritten();
        return [.. _leftOut.OrderBy(table => table.Target, StringComparer.Ordinal).ThenBy(table => table.Reason, StringComparer.Ordinal)];
    }

    private PlannedTable Describe(ListedTable table, TableCatalog.Entry? entry)
    {
        var path = table.Path;
        var original = entry is { IsTable: true } && entry.Target.Length == path.Database.Length + 1 + path.Folder.Length ? entry.Target : null;
        var offset = path.Database.Length + 1;
        return new PlannedTable
        {
            Database = original?[..path.Database.Length] ?? path.Database,
            Schema = original?.Substring(offset, path.SchemaLength) ?? path.Schema,
            Table = original?[(offset + path.SchemaLength + 1)..] ?? path.Table,
            SourcePrefix = $"{_root}{table.Folder}",
            DestinationPrefix = $"{destinationPrefix}{table.Folder}",
            Objects = table.Objects,
            Bytes = table.Bytes,
            Columns = entry?.Columns ?? [],
            Warning = entry is null ? "RDS's export_tables_info does not list this table" : Warning(entry),
        };
    }

    private bool IsCopied(TableCatalog.Entry? entry)
    {
        if (entry is null)
        {
            return true;
        }

        if (entry.Colliding.Count > 0)
        {
            string[] names = [entry.Target, .. entry.Colliding];
            _leftOut.AddRange(names.Select(name => new SkippedTable(
                name,
                $"its files share one folder with those of {string.Join(" and ", names.Where(other => other != name))}, because RDS writes '_' for characters that paths do not take; rename one of them at the source")));
            return false;
        }

        if (entry.Status is { } status && UnfinishedStates.Contains(status))
        {
            _leftOut.Add(new SkippedTable(
                entry.Target,
                $"RDS lists it as {status}{(entry.Warning is { } warning ? $" ({warning})" : "")}; the files that there are may not be all and are not copied"));
            return false;
        }

        return true;
    }

    private static string? Warning(TableCatalog.Entry entry) =>
        entry.Status is { } status && !status.Equals("COMPLETE", StringComparison.OrdinalIgnoreCase)
            ? $"RDS lists it as {status}{(entry.Warning is { } warning ? $": {warning}" : "")}"
            : entry.Warning;

    // What RDS lists, but wrote no file for.
    private void AddUnwritten()
    {
        var missing = new List<string>();
        foreach (var entry in catalog.Entries.Where(entry => !entry.IsFound))
        {
            var isComplete = string.Equals(entry.Status, "COMPLETE", StringComparison.OrdinalIgnoreCase);
            if (entry.Warning is { } warning)
            {
                _leftOut.Add(new SkippedTable(entry.Target, warning));
            }
            else if (entry.IsTable && isComplete)
            {
                missing.Add(entry.Target);
            }
            else if (entry.IsTable || (entry.Status is not null && !isComplete))
            {
                _leftOut.Add(new SkippedTable(entry.Target, $"RDS lists it {(entry.Status is null ? "without a status" : $"as {entry.Status}")} and wrote no file for it"));
            }
        }

        if (missing.Count > 0)
        {
            throw new ExportFilesMissingException(location.Bucket, _root, [.. missing.Order(StringComparer.Ordinal)]);
        }
    }
}
