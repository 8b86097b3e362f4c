namespace SnapshotBridge.Local.Databases.HeatWave.Front;

/// <summary>Walks over the tokens of one statement.</summary>
internal sealed class SqlCursor(string sql, IReadOnlyList<SqlToken> tokens, int from, int to)
{
    public string Sql { get; } = sql;

    public int At { get; private set; } = from;

    public int From { get; } = from;

    public int To { get; } = to;

    public bool IsAtEnd => At >= To;

    public SqlToken Current => IsAtEnd ? default : tokens[At];

    public SqlToken this[int index] => tokens[index];

    /// <summary>Where the statement begins in the text.</summary>
    public int Start => tokens[From].Start;

    /// <summary>Where the statement ends in the text, without its semicolon.</summary>
    public int End => tokens[To - 1].End;

    public void MoveTo(int index) => At = index;

    public SqlToken Take() => tokens[At++];

    public bool TakeIf(string word)
    {
        if (IsAtEnd || !tokens[At].Is(word))
        {
            return false;
        }

        At++;
        return true;
    }

    public bool TakeIf(char symbol)
    {
        if (IsAtEnd || !tokens[At].Is(symbol))
        {
            return false;
        }

        At++;
        return true;
    }

    /// <summary>Takes these words, or none of them.</summary>
    public bool TakeAll(params ReadOnlySpan<string> words)
    {
        var start = At;
        foreach (var word in words)
        {
            if (!TakeIf(word))
            {
                At = start;
                return false;
            }
        }

        return true;
    }

    /// <summary>Takes a table's name.</summary>
    /// <returns>The schema, or null where there is none, and the table; null where no name stands here.</returns>
    public (string? Schema, string Table)? TakeTableName()
    {
        if (IsAtEnd || !Current.IsName)
        {
            return null;
        }

        var first = Take().Value;
        if (At + 1 < To && tokens[At].Is('.') && tokens[At + 1].IsName)
        {
            At++;
            return (first, Take().Value);
        }

        return (null, first);
    }

    /// <summary>The token behind the bracket that closes the one at an index.</summary>
    public int BehindBracket(int open)
    {
        var depth = 0;
        for (var i = open; i < To; i++)
        {
            depth += tokens[i].Is('(') ? 1 : tokens[i].Is(')') ? -1 : 0;
            if (depth == 0)
            {
                return i + 1;
            }
        }

        return To;
    }
}
