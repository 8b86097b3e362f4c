namespace SnapshotBridge.Local.Databases.Sql;

/// <summary>Names and texts as SQL writes them.</summary>
internal static class SqlText
{
    public static string Name(string name) => $"`{name.Replace("`", "``", StringComparison.Ordinal)}`";

    public static string Name(string schema, string table) => $"{Name(schema)}.{Name(table)}";

    /// <summary>A string literal that means the same whatever sql_mode says of backslashes.</summary>
    public static string Literal(string text) =>
        text.Contains('\\', StringComparison.Ordinal)
            ? $"CONVERT(X'{Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(text))}' USING utf8mb4)"
            : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
