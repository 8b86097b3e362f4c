namespace SnapshotBridge.Local.Databases.Export;

/// <summary>One column of the source, as information_schema describes it.</summary>
internal sealed record SourceTableColumn(string Name, string DataType, string ColumnType, long? CharacterLength, int? Precision, int? Scale, int? DateTimePrecision)
{
    public bool IsUnsigned => ColumnType.Contains("unsigned", StringComparison.OrdinalIgnoreCase);
}

/// <summary>One table of the source.</summary>
/// <param name="Schema">The schema; for MySQL the database.</param>
/// <param name="Name">The name.</param>
/// <param name="DataBytes">What the server says its pages take.</param>
/// <param name="Columns">In the order of the table.</param>
/// <param name="Splittable">It has a primary key of one integer column: RDS then reads it in ranges, into one batch.</param>
internal sealed record SourceTable(string Schema, string Name, long DataBytes, bool Splittable, IReadOnlyList<SourceTableColumn> Columns)
{
    /// <summary>The database; for MySQL the schema.</summary>
    public string Database { get; init; } = Schema;

    /// <summary>The name in RDS's JSON: three parts for MySQL too.</summary>
    public string Target => $"{Database}.{Schema}.{Name}";

    /// <summary>Why RDS leaves the table out, or null where it does not.</summary>
    public string? SkipReason
    {
        get
        {
            if (Name.Contains('/', StringComparison.Ordinal))
            {
                return "TABLE_WITH_UNSUPPORTED_CHARACTER_IN_NAME";
            }

            return Columns.Any(column => column.Name.IndexOfAny([',', ';', '{', '}', '(', ')', '\n', '\t', '=', ' ']) >= 0)
                ? "COLUMN_WITH_UNSUPPORTED_CHARACTER_IN_NAME"
                : null;
        }
    }
}
