namespace SnapshotBridge.Local.Databases.HeatWave.Front;

/// <summary>Names and values that HeatWave has and the stand-in's server has not, or has otherwise.</summary>
internal static class ServerNames
{
    private static readonly HashSet<string> RapidTables = new(StringComparer.OrdinalIgnoreCase)
    {
        "rpd_tables", "rpd_table_id", "rpd_columns", "rpd_column_id", "rpd_nodes",
    };

    private static readonly HashSet<string> InformationTables = new(StringComparer.OrdinalIgnoreCase) { "columns", "tables", "engines" };

    public static void Translate(List<SqlToken> tokens, HeatWaveEdition edition, bool isMariaDb, SqlEdits edits)
    {
        if (edition.HasCluster)
        {
            TranslateStatus(tokens, edits);
        }

        var depth = 0;
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            depth += token.Is('(') ? 1 : token.Is(')') ? -1 : 0;
            if (edits.Covers(token.Start))
            {
                continue;
            }

            if (token.IsName && i + 2 < tokens.Count && tokens[i + 1].Is('.') && tokens[i + 2].IsName)
            {
                var table = tokens[i + 2].Value;
                if (edition.HasCluster && Names(token, "performance_schema") && RapidTables.Contains(table))
                {
                    edits.Replace(token.Start, tokens[i + 2].End, $"{RapidViews.PerformanceSchema}.{table.ToLowerInvariant()}");
                }
                else if (Names(token, "information_schema") && InformationTables.Contains(table))
                {
                    edits.Replace(token.Start, tokens[i + 2].End, $"{RapidViews.InformationSchema}.{table.ToUpperInvariant()}");
                }
            }
            else if (ValueOf(tokens, i, edition) is var (value, last))
            {
                edits.Replace(token.Start, tokens[last].End, SqlLiteral.Of(value) + Alias(tokens, i, last, depth, token.Value));
            }
            else if (isMariaDb && token.Kind == SqlTokenKind.Word && token.Value.StartsWith("utf8mb4_0900_", StringComparison.OrdinalIgnoreCase))
            {
                edits.Replace(token.Start, token.End, token.Value.EndsWith("bin", StringComparison.OrdinalIgnoreCase) ? "utf8mb4_bin" : "utf8mb4_unicode_520_ci");
            }
        }
    }

    /// <summary><c>SHOW GLOBAL STATUS LIKE 'rapid…'</c>: the server itself has no such variables.</summary>
    private static void TranslateStatus(List<SqlToken> tokens, SqlEdits edits)
    {
        var like = tokens.FindIndex(token => token.Is("LIKE"));
        if (tokens.Count > 0 && tokens[0].Is("SHOW") && like is 2 or 3 && tokens[like - 1].Is("STATUS")
            && like + 1 < tokens.Count && tokens[like + 1].Value.AsSpan(1).StartsWith("rapid", StringComparison.OrdinalIgnoreCase))
        {
            edits.Replace(tokens[0].Start, tokens[like - 1].End, $"SELECT Variable_name, Value FROM {RapidViews.InformationSchema}.{RapidViews.RapidStatus} WHERE Variable_name");
        }
    }

    private static bool Names(SqlToken token, string name) => token.Value.Equals(name, StringComparison.OrdinalIgnoreCase);

    private static (string Value, int Last)? ValueOf(List<SqlToken> tokens, int i, HeatWaveEdition edition)
    {
        var token = tokens[i];
        if (token.Kind == SqlTokenKind.Variable)
        {
            return token.Value.ToUpperInvariant() switch
            {
                "@@VERSION" or "@@GLOBAL.VERSION" => (edition.Version, i),
                "@@VERSION_COMMENT" or "@@GLOBAL.VERSION_COMMENT" => (edition.VersionComment, i),
                _ => null,
            };
        }

        return token.Is("VERSION") && i + 2 < tokens.Count && tokens[i + 1].Is('(') && tokens[i + 2].Is(')') && (i == 0 || !tokens[i - 1].Is('.'))
            ? (edition.Version, i + 2)
            : null;
    }

    /// <summary>In the list of a SELECT a column is named after what stands there, and should still be.</summary>
    private static string Alias(List<SqlToken> tokens, int first, int last, int depth, string text)
    {
        var isColumn = depth == 0
            && first > 0 && (tokens[first - 1].Is("SELECT") || tokens[first - 1].Is(','))
            && (last + 1 == tokens.Count || tokens[last + 1].Is(',') || tokens[last + 1].Is(';') || tokens[last + 1].Is("FROM") || tokens[last + 1].Is("LIMIT"));
        return isColumn && tokens.TakeWhile(token => token.Start < tokens[first].Start).Any(token => token.Is("SELECT"))
            ? $" AS `{text}{(first == last ? "" : "()")}`"
            : "";
    }
}
