using SnapshotBridge.Planning;

namespace SnapshotBridge.Loading.Declarations;

/// <summary>Derives what a table is declared as from what RDS tells of the source and from the Parquet files.</summary>
public static class ColumnDeclarations
{
    private const string Untold = "unknown";
    private const string NoMapping = "the export does not tell the source's types; this one follows from the Parquet files";

    /// <summary>
    /// The declaration of one table. It depends on the table's definition, the server's version and the request only, never on
    /// the data: two snapshots of a table give the same columns. Every column of the files is there, in their order.
    /// </summary>
    /// <param name="table">The table with the source's columns.</param>
    /// <param name="parquetColumns">The columns of its files as their footers give them, <c>name type</c>; empty for a table without files.</param>
    /// <param name="version">The server's version.</param>
    /// <param name="overrides">The request's types for this table's columns, or null. Types that are none are refused earlier: see <see cref="ColumnTypeChecks"/>.</param>
    public static TableDeclaration For(
        PlannedTable table, IReadOnlyList<string> parquetColumns, ServerVersion version, IReadOnlyDictionary<string, string>? overrides)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(parquetColumns);
        ArgumentNullException.ThrowIfNull(version);
        var isPostgres = IsPostgreSql(table);
        var files = FileColumns.Of(table.Columns, parquetColumns);
        var names = ColumnNames.For([.. files.Select(file => file.Name)]);
        var drafts = files.Select((file, index) => Draft(file, names[index], isPostgres, version, overrides)).ToList();
        NarrowRow(drafts);
        LimitCount(drafts);
        return new TableDeclaration([.. drafts.Select(draft => draft.Column())])
        {
            Absent = [.. FileColumns.Absent(table.Columns, files)
                .Select(column => new TypeChange(column.Name, SourceType.Of(column).Text, TypeChange.NotLoaded, "RDS lists the column but did not write it to the Parquet files"))],
        };
    }

    /// <summary>MySQL's schema is its database; where a PostgreSQL database has a schema of its own name, the types' names decide.</summary>
    internal static bool IsPostgreSql(PlannedTable table)
    {
        if (table.Database != table.Schema)
        {
            return true;
        }

        var names = table.Columns.Select(column => SourceType.Of(column).Name).ToHashSet(StringComparer.Ordinal);
        return PostgreSqlTypes.OwnNames.Overlaps(names) && !MySqlTypes.OwnNames.Overlaps(names);
    }

    private static ColumnDraft Draft(
        FileColumn file, string name, bool isPostgres, ServerVersion version, IReadOnlyDictionary<string, string>? overrides)
    {
        var source = file.Source is null ? null : SourceType.Of(file.Source);
        var derived = ColumnLimits.Fitted(Derived(file, source, isPostgres, version), version);
        var choice = Overridden(file.Name, source, derived, overrides);
        return new ColumnDraft(file.Name, name, source?.Text ?? Untold, choice);
    }

    private static TypeChoice Derived(FileColumn file, SourceType? source, bool isPostgres, ServerVersion version)
    {
        if (file.IsNested)
        {
            return version.LoadsNestedColumns
                ? new TypeChoice("JSON", "the Parquet files hold a nested column, which HeatWave loads as JSON")
                : TypeChoice.NotLoaded("JSON", "the Parquet files hold a nested column, which HeatWave loads from 9.6.0 only");
        }

        if (source is null)
        {
            return ParquetTypes.Choose(file.Type, file.IsMapped ? "RDS does not list this column among the source's; its type follows from the Parquet files" : NoMapping);
        }

        var choice = isPostgres ? PostgreSqlTypes.Choose(source, file.Type) : MySqlTypes.Choose(source, file.Type);
        return choice ?? ParquetTypes.Choose(file.Type, $"the source's type '{source.Text}' is not known; this one follows from the Parquet files");
    }

    private static TypeChoice Overridden(string name, SourceType? source, TypeChoice derived, IReadOnlyDictionary<string, string>? overrides)
    {
        var given = overrides?.FirstOrDefault(pair => string.Equals(pair.Key, name, StringComparison.OrdinalIgnoreCase)).Value;
        if (given is null || SqlType.Parse(given, out _) is not { } type)
        {
            return derived;
        }

        var text = type.ToString();
        var isSources = (derived.Reason is null && derived.Type == text) || (source is not null && type.Name == "ENUM" && source.Name == "enum");
        return new TypeChoice(text, isSources ? null : "columnTypes of the request gives this type");
    }

    /// <summary>Too wide a row makes its widest CHAR or VARCHAR a TEXT, the first of several, until it fits.</summary>
    private static void NarrowRow(List<ColumnDraft> drafts)
    {
        // One bit per column that may be NULL, and all may.
        var nullBytes = (drafts.Count + 7) / 8;
        while (nullBytes + drafts.Sum(draft => draft.RowBytes) > ColumnLimits.WidestRowBytes)
        {
            var widest = drafts.Where(draft => draft.CanBeText).MaxBy(draft => draft.RowBytes);
            if (widest is null)
            {
                return;
            }

            widest.MakeText();
        }
    }

    private static void LimitCount(List<ColumnDraft> drafts)
    {
        foreach (var draft in drafts.Where(draft => draft.IsLoadable).Skip(ServerVersion.MaxColumns).ToList())
        {
            draft.LeaveOut($"HeatWave loads up to {ServerVersion.MaxColumns} columns of a table, and these are its last; put columns that matter less into a table of their own at the source");
        }
    }
}
