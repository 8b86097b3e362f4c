namespace SnapshotBridge.Local.Databases.HeatWave;

/// <summary>
/// What a table of the stand-in carries of HeatWave's in its own comment: so the marks are made and gone with it, are renamed
/// with it, and need no rights but those on the table. First line <c>sb-rapid:id:engine</c>, second line the ENGINE_ATTRIBUTE,
/// then the user's comment. A column whose type InnoDB cannot hold has <c>sb-rapid:ns:type</c> or <c>sb-rapid::type</c>.
/// </summary>
/// <param name="Id">Names the table in <c>sys.sb_rapid_tables</c>, where its state is.</param>
/// <param name="Engine"><see cref="Lakehouse"/> or <see cref="InnoDb"/>.</param>
/// <param name="Attribute">The ENGINE_ATTRIBUTE, or an empty text.</param>
/// <param name="Comment">The user's comment.</param>
internal sealed record TableMark(string Id, string Engine, string Attribute, string Comment)
{
    public const string Prefix = "sb-rapid:";
    public const string Lakehouse = "lakehouse";
    public const string InnoDb = "innodb";

    /// <summary>A table's comment may have 2,048 characters.</summary>
    public const int LongestAttribute = 1_900;

    /// <summary>The first line of a new table's comment.</summary>
    public static string Begin(string engine) => $"{Prefix}{Guid.NewGuid():N}:{engine}";

    /// <summary>A mark for a new table. What is too long for a comment is left out: the table can then not be loaded a second time.</summary>
    public static TableMark New(string engine, string attribute)
    {
        var line = attribute.ReplaceLineEndings(" ");
        return new TableMark(Guid.NewGuid().ToString("N"), engine, line.Length <= LongestAttribute ? line : "", "");
    }

    /// <summary>The first line of a column's comment.</summary>
    public static string Column(bool isNotSecondary, string type) =>
        $"{Prefix}{(isNotSecondary ? "ns" : "")}:{type.Replace("'", "''", StringComparison.Ordinal)}";

    /// <summary>The whole comment.</summary>
    public string Text => $"{Prefix}{Id}:{Engine}\n{Attribute}{(Comment.Length == 0 ? "" : $"\n{Comment}")}";

    /// <summary>Reads a table's comment; null where it has no mark.</summary>
    public static TableMark? Parse(string comment)
    {
        if (!comment.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        var lines = comment.Split('\n', 3);
        var first = lines[0].Split(':');
        return new TableMark(first[1], first[2], lines.Length > 1 ? lines[1] : "", lines.Length > 2 ? lines[2] : "");
    }
}
