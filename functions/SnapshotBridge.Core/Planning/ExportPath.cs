namespace SnapshotBridge.Planning;

/// <summary>What a key below an export task's folder is.</summary>
internal enum ExportPathKind
{
    /// <summary>Parquet in a table's folder, however deep.</summary>
    Data,

    /// <summary>A <c>_SUCCESS</c> marker in a table's folder.</summary>
    Marker,

    /// <summary>One of RDS's JSON files beside the databases.</summary>
    Description,

    /// <summary>Parquet outside every table's folder.</summary>
    Stray,

    /// <summary>Anything else: not copied.</summary>
    Other,
}

/// <summary>
/// One key, taken apart. RDS writes <c>db/schema.table/1/part-….parquet</c>, older exports left out the <c>1/</c>; for MySQL
/// the schema is the database again. Names of files and depth may change, so all Parquet in the folder counts.
/// </summary>
/// <param name="Kind">What it is.</param>
/// <param name="Database">The database as its folder spells it.</param>
/// <param name="Folder">The table's folder: <c>schema.table</c>.</param>
/// <param name="SchemaLength">How much of <paramref name="Folder"/> is the schema.</param>
internal readonly record struct ExportPath(ExportPathKind Kind, string Database, string Folder, int SchemaLength)
{
    private const string Marker = "_SUCCESS", Parquet = ".parquet";

    public string Schema => Folder[..SchemaLength];

    public string Table => Folder[(SchemaLength + 1)..];

    /// <summary>What a path that is known to stand in a table's folder is.</summary>
    public static ExportPathKind KindInTable(ReadOnlySpan<char> relative) =>
        relative.EndsWith(Parquet, StringComparison.OrdinalIgnoreCase) ? ExportPathKind.Data
        : relative[(relative.LastIndexOf('/') + 1)..].SequenceEqual(Marker) ? ExportPathKind.Marker
        : ExportPathKind.Other;

    /// <summary>Takes a path relative to the export task's folder apart.</summary>
    public static ExportPath Parse(string relative)
    {
        var kind = KindInTable(relative);
        var isParquet = kind == ExportPathKind.Data;
        var firstSlash = relative.IndexOf('/', StringComparison.Ordinal);
        if (firstSlash < 0)
        {
            return Bare(IsDescription(relative) ? ExportPathKind.Description : isParquet ? ExportPathKind.Stray : ExportPathKind.Other);
        }

        var secondSlash = relative.IndexOf('/', firstSlash + 1);
        if (kind == ExportPathKind.Other)
        {
            return Bare(ExportPathKind.Other);
        }

        if (firstSlash == 0 || secondSlash < 0)
        {
            return Bare(isParquet ? ExportPathKind.Stray : ExportPathKind.Other);
        }

        var database = relative[..firstSlash];
        var folder = relative[(firstSlash + 1)..secondSlash];
        // MySQL first: its database, which is its schema, may itself contain a dot.
        var schemaLength = folder.Length > database.Length + 1 && folder[database.Length] == '.' && folder.StartsWith(database, StringComparison.Ordinal)
            ? database.Length
            : folder.IndexOf('.', StringComparison.Ordinal);
        return schemaLength <= 0 || schemaLength == folder.Length - 1
            ? Bare(isParquet ? ExportPathKind.Stray : ExportPathKind.Other)
            : new ExportPath(kind, database, folder, schemaLength);
    }

    /// <summary>A name as RDS writes it into a path: RDS User Guide, "Exporting DB snapshot data to Amazon S3", naming.</summary>
    public static string Sanitise(string name) =>
        string.Create(name.Length, name, static (result, source) =>
        {
            for (var i = 0; i < result.Length; i++)
            {
                result[i] = source[i] is '\\' or '`' or '"' or ' ' ? '_' : source[i];
            }
        });

    private static bool IsDescription(string name) =>
        name.StartsWith("export_", StringComparison.Ordinal) && name.EndsWith(".json", StringComparison.Ordinal);

    private static ExportPath Bare(ExportPathKind kind) => new(kind, "", "", 0);
}
