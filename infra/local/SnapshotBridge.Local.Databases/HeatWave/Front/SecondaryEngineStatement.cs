using System.Globalization;

namespace SnapshotBridge.Local.Databases.HeatWave.Front;

/// <summary><c>ALTER TABLE … SECONDARY_LOAD</c> and <c>SECONDARY_UNLOAD</c>.</summary>
internal static class SecondaryEngineStatement
{
    private const string NoGuidance = "AUTOPILOT_DISABLE_CHECK";

    public static bool TryTranslate(SqlCursor statement, HeatWaveEdition edition, SqlEdits edits)
    {
        if (!statement.TakeIf("ALTER"))
        {
            return false;
        }

        var hint = TakeHint(statement);
        if (!statement.TakeIf("TABLE"))
        {
            return false;
        }

        hint += TakeHint(statement);
        if (statement.TakeTableName() is not var (schema, table) || !(statement.Current.Is("SECONDARY_LOAD") || statement.Current.Is("SECONDARY_UNLOAD")))
        {
            return false;
        }

        if (!edition.HasCluster)
        {
            throw new StatementRejectedException(3889, "HY000", "Secondary engine operation failed. No secondary engine is defined.");
        }

        var isLoad = statement.Take().Is("SECONDARY_LOAD");
        var call = isLoad ? LoadCall(statement, edition, hint) : "secondary_unload({0})";
        if (!statement.IsAtEnd)
        {
            throw StatementRejectedException.Syntax(statement.Sql, statement.Current.Start);
        }

        // DATABASE() is asked here: inside the procedure it would be the procedure's own schema.
        var name = $"{(schema is null ? "DATABASE()" : SqlLiteral.Of(schema))}, {SqlLiteral.Of(table)}";
        edits.Replace(statement.Start, statement.End, $"CALL {RapidViews.Procedures}." + string.Format(CultureInfo.InvariantCulture, call, name));
        return true;
    }

    private static string LoadCall(SqlCursor statement, HeatWaveEdition edition, string hint)
    {
        var isGuided = edition.HasGuidedLoad && !hint.Contains(NoGuidance, StringComparison.OrdinalIgnoreCase);
        var isValidation = false;
        if (edition.HasValidateOnly && statement.TakeIf("VALIDATE"))
        {
            isValidation = true;
            if (!statement.TakeIf("ALL") && statement.Current.Kind == SqlTokenKind.Number)
            {
                statement.Take();
            }

            statement.TakeIf("ROWS");
            if (!statement.TakeIf("ONLY"))
            {
                throw StatementRejectedException.Syntax(statement.Sql, statement.IsAtEnd ? statement.End : statement.Current.Start);
            }
        }

        if (edition.HasGuidedClause && statement.TakeIf("GUIDED"))
        {
            isGuided = statement.TakeIf("ON");
            if (!isGuided && !statement.TakeIf("OFF"))
            {
                throw StatementRejectedException.Syntax(statement.Sql, statement.IsAtEnd ? statement.End : statement.Current.Start);
            }
        }

        return $"secondary_load({{0}}, {(isGuided ? 1 : 0)}, {(isValidation ? 1 : 0)}, @@SESSION.sql_mode)";
    }

    private static string TakeHint(SqlCursor statement) => !statement.IsAtEnd && statement.Current.Kind == SqlTokenKind.Hint ? statement.Take().Value : "";
}

/// <summary>Texts as SQL writes them between single quotes, with backslashes as escapes.</summary>
internal static class SqlLiteral
{
    public static string Of(string text) =>
        $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>What stands between the quotes of a literal, as it may stand between single quotes.</summary>
    public static string Inner(string literal) => literal[0] == '\''
        ? literal[1..^1]
        : literal[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal);
}
