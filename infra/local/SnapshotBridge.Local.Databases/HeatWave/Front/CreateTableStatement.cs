namespace SnapshotBridge.Local.Databases.HeatWave.Front;

/// <summary>
/// <c>CREATE TABLE … ENGINE=lakehouse</c>, <c>CREATE EXTERNAL TABLE</c> and <c>SECONDARY_ENGINE=rapid</c>: becomes the
/// CREATE TABLE of an InnoDB table whose comments carry what InnoDB does not know (see <see cref="TableMark"/>).
/// </summary>
internal static class CreateTableStatement
{
    /// <summary>Takes what a statement must begin with to be looked at.</summary>
    public static bool Begins(SqlCursor statement)
    {
        var start = statement.At;
        if (statement.TakeIf("CREATE"))
        {
            statement.TakeIf("EXTERNAL");
            if (statement.TakeIf("TABLE"))
            {
                return true;
            }
        }

        statement.MoveTo(start);
        return false;
    }

    /// <param name="statement">Behind the word TABLE.</param>
    /// <param name="edition">The played server.</param>
    /// <param name="isMariaDb">Whether the server below is MariaDB.</param>
    /// <param name="edits">Takes the replacements.</param>
    /// <exception cref="StatementRejectedException">The played server does not take the statement.</exception>
    public static void Translate(SqlCursor statement, HeatWaveEdition edition, bool isMariaDb, SqlEdits edits)
    {
        var external = statement[statement.From + 1];
        var isExternal = external.Is("EXTERNAL");
        if (isExternal && !(edition.HasExternalTables && edition.HasCluster))
        {
            throw StatementRejectedException.Syntax(statement.Sql, external.Start);
        }

        statement.TakeAll("IF", "NOT", "EXISTS");
        if (statement.TakeTableName() is null || !statement.Current.Is('('))
        {
            // CREATE TABLE … LIKE, or something that the server refuses itself.
            return;
        }

        var open = statement.At;
        var behind = statement.BehindBracket(open);
        var options = TableOptions.Read(statement, behind);
        if (options.Engine is { } engine && engine.Equals("lakehouse", StringComparison.OrdinalIgnoreCase) && !edition.HasLakehouse)
        {
            throw StatementRejectedException.UnknownEngine(engine);
        }

        var isLakehouse = isExternal || string.Equals(options.Engine, "lakehouse", StringComparison.OrdinalIgnoreCase);
        if (!isLakehouse && options.SecondaryEngine is null)
        {
            return;
        }

        if (isExternal && !edition.HasLakehouse)
        {
            throw StatementRejectedException.UnknownEngine("lakehouse");
        }

        var mark = TableMark.Begin(isLakehouse ? TableMark.Lakehouse : TableMark.InnoDb);
        var attribute = options.Attribute is null ? "" : OneLine(SqlLiteral.Inner(options.Attribute));
        if (isLakehouse && attribute.Length == 0)
        {
            throw new StatementRejectedException(1105, "HY000", "The local stand-in takes the files of a declared table from ENGINE_ATTRIBUTE only.");
        }

        if (attribute.Length > TableMark.LongestAttribute)
        {
            throw new StatementRejectedException(
                1105, "HY000", $"The local stand-in keeps an ENGINE_ATTRIBUTE of at most {TableMark.LongestAttribute} characters, and this one has {attribute.Length}.");
        }

        if (isExternal)
        {
            edits.Replace(external.Start, external.End, "");
        }

        ColumnList.Translate(statement, open, behind, isMariaDb, edits);
        foreach (var (start, end) in options.Removed)
        {
            edits.Replace(start, end, "");
        }

        var comment = options.Comment is null ? "" : SqlLiteral.Inner(options.Comment);
        edits.Replace(statement.End, statement.End, $" ENGINE=InnoDB COMMENT='{mark}\n{attribute}{(comment.Length == 0 ? "" : $"\n{comment}")}'");
    }

    /// <summary>The marks are read by line.</summary>
    private static string OneLine(string text) => text.Replace('\n', ' ').Replace('\r', ' ');

    /// <summary>What stands behind the columns.</summary>
    private sealed class TableOptions
    {
        public string? Engine { get; private set; }

        public string? SecondaryEngine { get; private set; }

        public string? Attribute { get; private set; }

        public string? Comment { get; private set; }

        /// <summary>Parts of the text that InnoDB must not see.</summary>
        public List<(int Start, int End)> Removed { get; } = [];

        public static TableOptions Read(SqlCursor statement, int from)
        {
            var options = new TableOptions();
            statement.MoveTo(from);
            while (!statement.IsAtEnd)
            {
                var name = statement.Take();
                switch (name.Kind == SqlTokenKind.Word ? name.Value.ToUpperInvariant() : "")
                {
                    case "ENGINE":
                        options.Engine = options.Value(statement, name);
                        break;
                    case "SECONDARY_ENGINE":
                        options.SecondaryEngine = options.Value(statement, name);
                        break;
                    case "ENGINE_ATTRIBUTE":
                        options.Attribute = options.Value(statement, name);
                        break;
                    case "COMMENT":
                        options.Comment = options.Value(statement, name);
                        break;
                    case "AS" or "SELECT":
                        // CREATE TABLE … SELECT: what follows are no options.
                        statement.MoveTo(statement.To);
                        break;
                }
            }

            return options;
        }

        private string Value(SqlCursor statement, SqlToken name)
        {
            statement.TakeIf('=');
            if (statement.IsAtEnd)
            {
                throw StatementRejectedException.Syntax(statement.Sql, name.Start);
            }

            var value = statement.Take();
            Removed.Add((name.Start, value.End));
            // A comma may separate options; it goes with the option before it.
            if (!statement.IsAtEnd && statement.Current.Is(','))
            {
                var comma = statement.Take();
                Removed.Add((comma.Start, comma.End));
            }

            return value.Kind == SqlTokenKind.Text && !(name.Is("ENGINE_ATTRIBUTE") || name.Is("COMMENT")) ? SqlLiteral.Inner(value.Value) : value.Value;
        }
    }
}
