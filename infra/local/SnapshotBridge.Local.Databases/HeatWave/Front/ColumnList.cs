using System.Globalization;

namespace SnapshotBridge.Local.Databases.HeatWave.Front;

/// <summary>The columns of a declared table: what InnoDB cannot hold as declared gets another type and a mark with the declared one.</summary>
internal static class ColumnList
{
    /// <summary>InnoDB's limit of a row over all VARCHARs is 65,535 bytes; HeatWave has none before 4 MB.</summary>
    private const int RowBytes = 60_000;

    private static readonly HashSet<string> NoColumns = new(StringComparer.OrdinalIgnoreCase)
    {
        "PRIMARY", "UNIQUE", "KEY", "INDEX", "CONSTRAINT", "CHECK", "FULLTEXT", "SPATIAL", "FOREIGN",
    };

    private sealed record Column(int From, int To, int TypeEnd)
    {
        /// <summary>The type's text, lower case and without a character set.</summary>
        public string Type { get; init; } = "";

        /// <summary>The bytes it takes of a row.</summary>
        public int Bytes { get; init; }
    }

    public static void Translate(SqlCursor statement, int open, int behind, bool isMariaDb, SqlEdits edits)
    {
        var columns = Columns(statement, open + 1, behind - 1).ToList();
        var wide = Wide(columns);
        foreach (var column in columns)
        {
            TranslateColumn(statement, column, wide.Contains(column), isMariaDb, edits);
        }
    }

    private static void TranslateColumn(SqlCursor statement, Column column, bool isWide, bool isMariaDb, SqlEdits edits)
    {
        var comment = "";
        var isNotSecondary = false;
        var isNotNull = ((int Start, int End)?)null;
        for (var i = column.TypeEnd; i < column.To; i++)
        {
            var token = statement[i];
            var next = i + 1 < column.To ? statement[i + 1] : default;
            if (token.Is("NOT") && next.Is("SECONDARY"))
            {
                isNotSecondary = true;
                edits.Replace(token.Start, next.End, "");
            }
            else if (token.Is("NOT") && next.Is("NULL"))
            {
                isNotNull = (token.Start, next.End);
            }
            else if (token.Is("COMMENT") && next.Kind == SqlTokenKind.Text)
            {
                comment = SqlLiteral.Inner(next.Value);
                edits.Replace(token.Start, next.End, "");
            }
            else if (token.Is("ENGINE_ATTRIBUTE"))
            {
                // How a CSV file writes dates: nothing for Parquet.
                var value = next.Is('=') ? statement[i + 2] : next;
                edits.Replace(token.Start, value.End, "");
            }
        }

        if (isNotSecondary && isNotNull is var (start, end))
        {
            // It is never loaded, and so NULL here.
            edits.Replace(start, end, "");
        }

        if (isWide)
        {
            edits.Replace(statement[column.From + 1].Start, statement[column.TypeEnd - 1].End, "LONGTEXT");
        }

        var isMarked = isNotSecondary || isWide || (isMariaDb && column.Type == "json");
        var text = (isMarked ? TableMark.Column(isNotSecondary, column.Type) : "") + (isMarked && comment.Length > 0 ? "\n" : "") + comment;
        if (text.Length > 0)
        {
            var at = statement[column.To - 1].End;
            edits.Replace(at, at, $" COMMENT '{text}'");
        }
    }

    private static IEnumerable<Column> Columns(SqlCursor statement, int from, int to)
    {
        var start = from;
        for (var i = from; i <= to; i++)
        {
            if (i < to && statement[i].Is('('))
            {
                i = statement.BehindBracket(i) - 1;
                continue;
            }

            if (i == to || statement[i].Is(','))
            {
                if (i - start >= 2 && statement[start].IsName && !(statement[start].Kind == SqlTokenKind.Word && NoColumns.Contains(statement[start].Value)))
                {
                    yield return Read(statement, start, i);
                }

                start = i + 1;
            }
        }
    }

    private static Column Read(SqlCursor statement, int from, int to)
    {
        var end = from + 2;
        if (end < to && statement[from + 1].Is("DOUBLE") && statement[end].Is("PRECISION"))
        {
            end++;
        }

        if (end < to && statement[end].Is('('))
        {
            end = statement.BehindBracket(end);
        }

        var name = statement[from + 1].Value.ToLowerInvariant();
        var arguments = string.Concat(Enumerable.Range(from + 2, end - from - 2).Where(i => !statement[i].Is("PRECISION")).Select(i => statement[i].Value));
        var unsigned = end < to && statement[end].Is("UNSIGNED") ? " unsigned" : "";
        var length = statement[Math.Min(end - 2, to - 1)] is { Kind: SqlTokenKind.Number } number ? int.Parse(number.Value, CultureInfo.InvariantCulture) : 1;
        return new Column(from, to, end)
        {
            Type = name + arguments + unsigned,
            Bytes = name switch
            {
                "varchar" => (4 * length) + 2,
                "char" => 4 * length,
                "varbinary" or "binary" => length,
                _ => 12,
            },
        };
    }

    /// <summary>The longest VARCHARs, until the rest fits into a row.</summary>
    private static HashSet<Column> Wide(List<Column> columns)
    {
        var bytes = columns.Sum(column => column.Bytes);
        var wide = new HashSet<Column>();
        foreach (var column in columns.Where(column => column.Type.StartsWith("varchar", StringComparison.Ordinal)).OrderByDescending(column => column.Bytes))
        {
            if (bytes <= RowBytes)
            {
                break;
            }

            bytes -= column.Bytes - 12;
            wide.Add(column);
        }

        return wide;
    }
}
