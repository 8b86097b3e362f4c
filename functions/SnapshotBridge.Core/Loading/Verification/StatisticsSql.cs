using System.Text;

namespace SnapshotBridge.Loading.Verification;

/// <summary>
/// The statements that ask a table for its columns' figures. Only functions that HeatWave's manual lists as supported,
/// because a Lakehouse table has nobody else to answer: COUNT, MIN, MAX, HEX, LEFT, CAST. Texts are compared as their
/// hexadecimal bytes: whatever a column's collation ignores or pads, that order is the one of Parquet.
/// </summary>
internal static class StatisticsSql
{
    /// <summary>One character more than the bytes that are kept of a value: enough to see that it goes on.</summary>
    public const int LongestCharacters = Parquet.StatisticsValue.LongestBytes + 1;

    /// <summary>Columns of one statement. Each takes three expressions, and MySQL gives a result at most 4,096.</summary>
    public const int MostColumns = 250;

    /// <summary>The number of rows, then per column its values that are not NULL, the smallest and the largest.</summary>
    public static string Figures(string schema, string table, IReadOnlyList<ComparedColumn> columns)
    {
        var text = new StringBuilder("SELECT COUNT(*)");
        foreach (var column in columns)
        {
            var name = SqlText.Identifier(column.Served.Name);
            text.Append(", COUNT(").Append(name).Append("), ")
                .Append(Bound("MIN", name, column)).Append(", ")
                .Append(Bound("MAX", name, column));
        }

        return text.Append(" FROM ").Append(SqlText.Table(schema, table)).ToString();
    }

    /// <summary>The labels of an ENUM column that occur. HeatWave takes an ENUM for its index in every function.</summary>
    public static string Labels(string schema, string table, ComparedColumn column)
    {
        var name = SqlText.Identifier(column.Served.Name);
        return $"SELECT {name} FROM {SqlText.Table(schema, table)} GROUP BY {name}";
    }

    private static string Bound(string function, string name, ComparedColumn column) => column.As switch
    {
        ComparedAs.Number or ComparedAs.Date or ComparedAs.DateTime or ComparedAs.Time => $"CAST({function}({name}) AS CHAR)",
        // A FLOAT shows six digits; as a double it shows what it is.
        ComparedAs.Double or ComparedAs.Single => $"{function}({name}) + 0e0",
        ComparedAs.Text or ComparedAs.PaddedText when column.Served.IsUtf8 => $"{function}(HEX(LEFT({name}, {LongestCharacters})))",
        ComparedAs.Text or ComparedAs.PaddedText => $"{function}(HEX(CONVERT(LEFT({name}, {LongestCharacters}) USING utf8mb4)))",
        ComparedAs.TimeText => $"{function}(HEX(CAST({name} AS CHAR)))",
        _ => "NULL",
    };
}
