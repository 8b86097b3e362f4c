namespace SnapshotBridge.Planning;

/// <summary>
/// What RDS's files say about the tables, found again by the folder that a table is in. A target and its folder are the same
/// text once the first slash is a dot and the characters that paths do not take are underscores.
/// </summary>
internal sealed class TableCatalog
{
    private readonly Dictionary<string, Entry> _byFolder = new(StringComparer.Ordinal);

    /// <summary>One table or database of the catalog.</summary>
    public sealed class Entry(string target)
    {
        private readonly List<string> _warnings = [];

        /// <summary>The name as the source spells it.</summary>
        public string Target { get; } = target;

        /// <summary>Other targets whose folder is the same: their rows cannot be told apart.</summary>
        public SortedSet<string> Colliding { get; } = new(StringComparer.Ordinal);

        public string? Status { get; set; }

        public IReadOnlyList<SourceColumn> Columns { get; set; } = [];

        /// <summary>Whether RDS lists it among the tables, and not only in a warning.</summary>
        public bool IsListed { get; set; }

        public bool IsFound { get; set; }

        /// <summary>Whether it is a table rather than a database or schema: database, schema and table are three names.</summary>
        public bool IsTable => Target.Count(character => character == '.') >= 2;

        /// <summary>Everything that RDS warns of, in the order of its files, each once and in plain words; null for nothing.</summary>
        public string? Warning => _warnings.Count == 0 ? null : string.Join("; ", _warnings.Select(RdsReasons.Explain));

        /// <summary>Adds what RDS says once more in another file only where it says something new.</summary>
        public void Warn(string reason)
        {
            if (_warnings.Contains(reason, StringComparer.Ordinal) || (_warnings.Count > 0 && ExportWarnings.IsWithoutReason(reason)))
            {
                return;
            }

            _warnings.RemoveAll(ExportWarnings.IsWithoutReason);
            _warnings.Add(reason);
        }
    }

    public IEnumerable<Entry> Entries => _byFolder.Values;

    /// <summary>The names of all tables that RDS lists.</summary>
    public IReadOnlyCollection<string> Targets => [.. _byFolder.Values.Where(entry => entry.IsTable).Select(entry => entry.Target)];

    public void Add(ExportedTable table)
    {
        if (string.IsNullOrEmpty(table.Target))
        {
            foreach (var nameless in ExportWarnings.Reasons(table.WarningMessage))
            {
                AddWarnings(ExportWarnings.WholeExport, nameless);
            }

            return;
        }

        var entry = Obtain(table.Target);
        entry.IsListed = true;
        entry.Status = table.Status ?? entry.Status;
        foreach (var reason in ExportWarnings.Reasons(table.WarningMessage))
        {
            entry.Warn(reason);
        }

        if (table.SchemaMetadata?.OriginalTypeMappings is { Count: > 0 } columns)
        {
            entry.Columns =
            [
                .. columns.OfType<ExportedColumn>().Select(column => new SourceColumn(column.ColumnName ?? "", column.OriginalType ?? "", column.ExpectedExportedType ?? "")
                {
                    CharacterLength = column.OriginalCharMaxLength,
                    NumericPrecision = column.OriginalNumPrecision,
                    DateTimePrecision = column.OriginalDateTimePrecision,
                }),
            ];
        }
    }

    /// <summary>A warning of the task as a whole; a MySQL target may leave out the schema.</summary>
    public void AddWarnings(string target, string reason)
    {
        var entry = Lookup(target) ?? Lookup(WithSchema(target)) ?? Obtain(target);
        entry.Warn(reason);
    }

    /// <summary>The entry of a folder, or null where RDS's files do not list it.</summary>
    public Entry? Find(ExportPath path) =>
        Lookup($"{path.Database}.{path.Folder}")
        ?? (path.Schema == path.Database ? Lookup(path.Folder) : null);

    private Entry? Lookup(string name) => _byFolder.GetValueOrDefault(ExportPath.Sanitise(name));

    private static string WithSchema(string target)
    {
        var dot = target.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 ? $"{target[..dot]}.{target}" : target;
    }

    private Entry Obtain(string target)
    {
        var folder = ExportPath.Sanitise(target);
        if (!_byFolder.TryGetValue(folder, out var entry))
        {
            _byFolder.Add(folder, entry = new Entry(target));
        }
        else if (entry.Target != target)
        {
            entry.Colliding.Add(target);
        }

        return entry;
    }
}
