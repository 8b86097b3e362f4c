using System.Buffers;

namespace SnapshotBridge.Local.Databases.HeatWave.Front;

/// <summary>
/// Turns what only HeatWave understands into what the stand-in's server can do: statements of the secondary engine into calls
/// of the stand-in's procedures, declared tables into InnoDB tables that carry their marks, names of HeatWave's own tables
/// into those of the stand-in's views. Texts between quotes are never touched.
/// </summary>
internal sealed class StatementTranslator(HeatWaveEdition edition, bool isMariaDb)
{
    /// <summary>Without one of these a statement needs no look at all: INSERTs can be long.</summary>
    private static readonly SearchValues<string> Signs = SearchValues.Create(
        ["lakehouse", "external", "secondary", "rpd_", "'rapid", "version", "information_schema", "prepare", "utf8mb4_0900"], StringComparison.OrdinalIgnoreCase);

    public HeatWaveEdition Edition { get; } = edition;

    /// <summary>Translates one statement, or several.</summary>
    /// <returns>The same object where nothing is to be translated.</returns>
    /// <exception cref="StatementRejectedException">The played server does not take the statement.</exception>
    public string Translate(string sql) => Translate(sql, isBody: false);

    /// <summary>Translates statements of a stored program, in which prepared texts are translated when they are prepared.</summary>
    /// <returns>The same object where nothing is to be translated.</returns>
    /// <exception cref="StatementRejectedException">The played server does not take a statement.</exception>
    public string TranslateBody(string sql) => Translate(sql, isBody: true);

    private string Translate(string sql, bool isBody)
    {
        if (!sql.AsSpan().ContainsAny(Signs))
        {
            return sql;
        }

        var tokens = SqlTokens.Read(sql);
        var edits = new SqlEdits();
        isBody |= IsProgram(tokens);
        foreach (var (from, to) in Statements(tokens))
        {
            TranslateStatement(sql, tokens, from, to, isBody, edits);
        }

        ServerNames.Translate(tokens, Edition, isMariaDb, edits);
        return edits.IsEmpty ? sql : edits.Apply(sql, 0, sql.Length);
    }

    private void TranslateStatement(string sql, List<SqlToken> tokens, int from, int to, bool isBody, SqlEdits edits)
    {
        for (var i = from; i < to; i++)
        {
            if (i > from && tokens[i - 1].Is("SHOW"))
            {
                continue;
            }

            var statement = new SqlCursor(sql, tokens, i, to);
            if (CreateTableStatement.Begins(statement))
            {
                CreateTableStatement.Translate(statement, Edition, isMariaDb, edits);
                return;
            }

            if (SecondaryEngineStatement.TryTranslate(statement, Edition, edits))
            {
                return;
            }

            if (isBody && tokens[i].Is("PREPARE") && i + 3 < to && tokens[i + 2].Is("FROM") && tokens[i + 3].Kind == SqlTokenKind.Variable)
            {
                // The text is known only when the program runs; it may be any statement.
                var variable = tokens[i + 3];
                edits.Replace(tokens[i].Start, tokens[i].Start, $"CALL {RapidViews.Procedures}.translate({variable.Value}, @sb_prepared); ");
                edits.Replace(variable.Start, variable.End, "@sb_prepared");
                return;
            }
        }
    }

    /// <summary>CREATE EVENT and the like: what follows is a body.</summary>
    private static bool IsProgram(List<SqlToken> tokens)
    {
        if (tokens.Count == 0 || !(tokens[0].Is("CREATE") || tokens[0].Is("ALTER")))
        {
            return false;
        }

        // DEFINER = 'user'@'host' may stand between.
        return tokens.Take(10).Skip(1).TakeWhile(token => !token.Is("TABLE")).Any(token => token.Is("EVENT") || token.Is("PROCEDURE"));
    }

    /// <summary>The parts between semicolons. In a stored program the first of them begins with its head.</summary>
    private static IEnumerable<(int From, int To)> Statements(List<SqlToken> tokens)
    {
        var from = 0;
        for (var i = 0; i <= tokens.Count; i++)
        {
            if (i == tokens.Count || tokens[i].Is(';'))
            {
                yield return (from, i);
                from = i + 1;
            }
        }
    }
}
