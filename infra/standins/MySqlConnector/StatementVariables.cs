namespace MySqlConnector;

/// <summary>Finds the <c>@names</c> of a statement. Without AllowUserVariables each has to be a parameter.</summary>
internal static class StatementVariables
{
    public static void RequireDefined(string sql, MySqlParameterCollection parameters)
    {
        foreach (var name in Names(sql))
        {
            if (!parameters.Contains(name))
            {
                throw new MySqlException(
                    MySqlErrorCode.None,
                    $"Parameter '{name}' must be defined. To use this as a variable, set 'Allow User Variables=true' in the connection string.");
            }
        }
    }

    private static IEnumerable<string> Names(string sql)
    {
        for (var i = 0; i < sql.Length; i++)
        {
            switch (sql[i])
            {
                case '\'' or '"' or '`':
                    i = EndOfQuoted(sql, i);
                    break;
                case '#':
                case '-' when i + 2 < sql.Length && sql[i + 1] == '-' && char.IsWhiteSpace(sql[i + 2]):
                    i = End(sql.IndexOf('\n', i), sql);
                    break;
                case '/' when i + 1 < sql.Length && sql[i + 1] == '*':
                    i = End(sql.IndexOf("*/", i + 2, StringComparison.Ordinal), sql);
                    break;
                case '@' when i + 1 < sql.Length && sql[i + 1] == '@':
                    i++;
                    break;
                case '@':
                    var start = i;
                    while (i + 1 < sql.Length && (char.IsLetterOrDigit(sql[i + 1]) || sql[i + 1] is '_' or '$' or '.'))
                        i++;
                    if (i > start)
                        yield return sql[start..(i + 1)];
                    break;
            }
        }
    }

    private static int EndOfQuoted(string sql, int start)
    {
        for (var i = start + 1; i < sql.Length; i++)
        {
            if (sql[i] == '\\' && sql[start] != '`')
                i++;
            else if (sql[i] == sql[start])
                return i;
        }

        return sql.Length;
    }

    private static int End(int index, string sql) => index < 0 ? sql.Length : index;
}
