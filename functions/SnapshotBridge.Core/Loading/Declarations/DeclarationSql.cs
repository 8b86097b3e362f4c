namespace SnapshotBridge.Loading.Declarations;

/// <summary>The text of a declaration inside CREATE TABLE. HeatWave's versions differ in what stands around it, not in this.</summary>
public static class DeclarationSql
{
    /// <summary>
    /// The columns between the brackets: quoted names, types, NULL for every column, because RDS writes all as optional and
    /// tells no NOT NULL, and NOT SECONDARY for what is not loaded. The character set is stated, as a schema of somebody else's may have another one
    /// and the widths are reckoned in this one.
    /// </summary>
    public static string Columns(TableDeclaration declaration)
    {
        ArgumentNullException.ThrowIfNull(declaration);
        return string.Join(", ", declaration.Columns.Select(Column));
    }

    private static string Column(DeclaredColumn column) =>
        $"{SqlText.Identifier(column.Name)} {column.Type}{(IsText(column.Type) ? " CHARACTER SET utf8mb4" : "")} NULL{(column.IsLoadable ? "" : " NOT SECONDARY")}";

    private static bool IsText(string type) => SqlType.Parse(type, out _)?.Name is "CHAR" or "VARCHAR" or "TINYTEXT" or "TEXT" or "MEDIUMTEXT" or "LONGTEXT" or "ENUM";
}
