using System.Text;

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
        $"{SqlText.Identifier(column.Name)} {Type(column.Type)} NULL{(column.IsLoadable ? "" : " NOT SECONDARY")}";

    private static string Type(string text) => SqlType.Parse(text, out _) switch
    {
        { Name: "ENUM" } type => $"ENUM({string.Join(',', type.Values.Select(Member))}) CHARACTER SET utf8mb4{(MayBeTaken(type.Values) ? " COLLATE utf8mb4_bin" : "")}",
        { Name: "CHAR" or "VARCHAR" or "TINYTEXT" or "TEXT" or "MEDIUMTEXT" or "LONGTEXT" } => $"{text} CHARACTER SET utf8mb4",
        _ => text,
    };

    /// <summary>
    /// A backslash is an escape or not as the session's mode has it (NO_BACKSLASH_ESCAPES), and what control characters are
    /// to everybody who hands the statement on is unsure: as hexadecimal bytes a member is the same everywhere.
    /// </summary>
    private static string Member(string value) => value.Any(character => character == '\\' || char.IsControl(character))
        ? $"0x{Convert.ToHexString(Encoding.UTF8.GetBytes(value))}"
        : SqlText.Literal(value);

    /// <summary>
    /// Whether the server's default collation could take two members for one (error 1291): it ignores case, accents and control
    /// characters. Plain ASCII that differs in more than case is safe, anything else is compared by its bytes.
    /// </summary>
    private static bool MayBeTaken(IReadOnlyList<string> values) =>
        values.Any(value => value.Any(character => character is < ' ' or > '~'))
        || values.Distinct(StringComparer.OrdinalIgnoreCase).Count() < values.Count;
}
