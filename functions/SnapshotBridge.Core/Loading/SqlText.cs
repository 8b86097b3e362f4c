namespace SnapshotBridge.Loading;

/// <summary>Names and texts inside SQL. Values go as parameters wherever a statement takes them.</summary>
public static class SqlText
{
    /// <summary>The name in backticks. MySQL 8.4 manual, "Schema Object Names": everything but U+0000 may stand in there.</summary>
    /// <exception cref="ArgumentException">The name is empty or contains U+0000.</exception>
    public static string Identifier(string name)
    {
        if (string.IsNullOrEmpty(name) || name.Contains('\0'))
        {
            throw new ArgumentException("A name in SQL has at least one character and no U+0000.", nameof(name));
        }

        return $"`{name.Replace("`", "``", StringComparison.Ordinal)}`";
    }

    /// <summary>A schema's table, both in backticks.</summary>
    public static string Table(string schema, string table) => $"{Identifier(schema)}.{Identifier(table)}";

    /// <summary>
    /// The text as a literal in single quotes, for the body of an event, which takes no parameters. Right only for
    /// sessions without NO_BACKSLASH_ESCAPES: <see cref="LedgerSql.SessionSettings"/> sees to that.
    /// </summary>
    public static string Literal(string text) =>
        $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'";
}
