namespace SnapshotBridge.Local.Databases.HeatWave.Front;

internal enum SqlTokenKind
{
    /// <summary>A keyword or a name without quotes, with or without digits.</summary>
    Word,

    /// <summary>A name between backticks.</summary>
    QuotedName,

    /// <summary>A text between quotes of either kind.</summary>
    Text,

    Number,

    /// <summary><c>@name</c> or <c>@@name</c>, with its scope.</summary>
    Variable,

    /// <summary>A comment that begins with <c>/*+</c>.</summary>
    Hint,

    /// <summary>Anything else: one character.</summary>
    Symbol,
}

/// <summary>One piece of a statement.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Start">Its first character in the statement.</param>
/// <param name="End">The character behind it.</param>
/// <param name="Value">What it says: a name without its quotes, a text as it stands, quotes included.</param>
internal readonly record struct SqlToken(SqlTokenKind Kind, int Start, int End, string Value)
{
    public bool Is(string word) => Kind == SqlTokenKind.Word && Value.Equals(word, StringComparison.OrdinalIgnoreCase);

    public bool Is(char symbol) => Kind == SqlTokenKind.Symbol && Value[0] == symbol;

    public bool IsName => Kind is SqlTokenKind.Word or SqlTokenKind.QuotedName;
}

/// <summary>
/// Cuts statements into pieces as a MySQL server does, with backslashes as escapes and double quotes for texts. Comments are
/// left out, also those that only some versions execute.
/// </summary>
internal static class SqlTokens
{
    public static List<SqlToken> Read(string sql)
    {
        var tokens = new List<SqlToken>();
        var at = 0;
        while (at < sql.Length)
        {
            var (kind, end) = Next(sql, at);
            if (kind is { } known)
            {
                tokens.Add(new SqlToken(known, at, end, known == SqlTokenKind.QuotedName ? Unquoted(sql[at..end]) : sql[at..end]));
            }

            at = end;
        }

        return tokens;
    }

    private static (SqlTokenKind? Kind, int End) Next(string sql, int at)
    {
        var c = sql[at];
        return c switch
        {
            _ when char.IsWhiteSpace(c) => (null, at + 1),
            '#' => (null, LineEnd(sql, at)),
            '-' when At(sql, at + 1) == '-' && (at + 2 >= sql.Length || sql[at + 2] <= ' ') => (null, LineEnd(sql, at)),
            '/' when At(sql, at + 1) == '*' => (At(sql, at + 2) == '+' ? SqlTokenKind.Hint : null, CommentEnd(sql, at)),
            '\'' or '"' => (SqlTokenKind.Text, QuoteEnd(sql, at, escapes: true)),
            '`' => (SqlTokenKind.QuotedName, QuoteEnd(sql, at, escapes: false)),
            '@' => (SqlTokenKind.Variable, VariableEnd(sql, at)),
            _ when char.IsAsciiDigit(c) => Number(sql, at),
            _ when IsWord(c) => (SqlTokenKind.Word, WordEnd(sql, at)),
            _ => (SqlTokenKind.Symbol, at + 1),
        };
    }

    /// <summary>A name may begin with digits; then it is a word.</summary>
    private static (SqlTokenKind, int) Number(string sql, int at)
    {
        var end = WordEnd(sql, at);
        return (sql.AsSpan(at, end - at).ContainsAnyExceptInRange('0', '9') ? SqlTokenKind.Word : SqlTokenKind.Number, end);
    }

    private static int VariableEnd(string sql, int at)
    {
        var from = At(sql, at + 1) == '@' ? at + 2 : at + 1;
        if (At(sql, from) is '`' or '\'' or '"')
        {
            return QuoteEnd(sql, from, escapes: sql[from] != '`');
        }

        var end = from;
        while (end < sql.Length && (IsWord(sql[end]) || sql[end] == '.'))
        {
            end++;
        }

        return end;
    }

    private static int QuoteEnd(string sql, int at, bool escapes)
    {
        var quote = sql[at];
        for (var i = at + 1; i < sql.Length; i++)
        {
            if (escapes && sql[i] == '\\')
            {
                i++;
            }
            else if (sql[i] == quote)
            {
                if (At(sql, i + 1) != quote)
                {
                    return i + 1;
                }

                i++;
            }
        }

        return sql.Length;
    }

    private static int WordEnd(string sql, int at)
    {
        while (at < sql.Length && IsWord(sql[at]))
        {
            at++;
        }

        return at;
    }

    private static int LineEnd(string sql, int at) => sql.IndexOf('\n', at) is >= 0 and var end ? end + 1 : sql.Length;

    private static int CommentEnd(string sql, int at) => sql.IndexOf("*/", at + 2, StringComparison.Ordinal) is >= 0 and var end ? end + 2 : sql.Length;

    private static char At(string sql, int at) => at < sql.Length ? sql[at] : '\0';

    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '$' || c >= 0x80;

    private static string Unquoted(string text) => text.Length < 2 ? text : text[1..^1].Replace("``", "`", StringComparison.Ordinal);
}
