using SnapshotBridge.Parquet;

namespace SnapshotBridge.Loading.Verification;

/// <summary>How a column's smallest and largest value are compared: in which order both sides found them, and as what.</summary>
internal enum ComparedAs
{
    /// <summary>The two sides order the values differently.</summary>
    Nothing,

    /// <summary>Exact numbers.</summary>
    Number,

    Double,

    /// <summary>Doubles of the files at the precision of the server's FLOAT.</summary>
    Single,

    /// <summary>Bytes, in their order.</summary>
    Text,

    /// <summary>The same without spaces at the end, which CHAR does not keep.</summary>
    PaddedText,

    /// <summary>Labels of an ENUM, which the server orders by their index: it lists them, and they are ordered here.</summary>
    Label,

    /// <summary>Days; as texts of the files they are in the same order.</summary>
    Date,

    DateTime,

    Time,

    /// <summary>Times that the files hold as texts: <c>100:00:00</c> comes before <c>20:00:00</c>, so the server orders texts too.</summary>
    TimeText,
}

/// <summary>The rule for each pair of a column's meaning in the files and its type on the server.</summary>
internal static class ComparisonRules
{
    /// <returns>How to compare, and why not where that is <see cref="ComparedAs.Nothing"/>.</returns>
    public static (ComparedAs As, string? Reason) For(ColumnMeaning meaning, string serverType)
    {
        var compared = meaning.Values switch
        {
            ColumnValues.Integer or ColumnValues.Unsigned or ColumnValues.Decimal => serverType switch
            {
                "tinyint" or "smallint" or "mediumint" or "int" or "bigint" or "decimal" or "year" => ComparedAs.Number,
                "float" => ComparedAs.Single,
                "double" => ComparedAs.Double,
                _ => ComparedAs.Nothing,
            },
            ColumnValues.Float or ColumnValues.Double => serverType switch
            {
                "float" => ComparedAs.Single,
                "double" => ComparedAs.Double,
                _ => ComparedAs.Nothing,
            },
            ColumnValues.Text or ColumnValues.Bytes => serverType switch
            {
                "char" => ComparedAs.PaddedText,
                "varchar" or "tinytext" or "text" or "mediumtext" or "longtext" or "set" => ComparedAs.Text,
                "varbinary" or "tinyblob" or "blob" or "mediumblob" or "longblob" => ComparedAs.Text,
                "enum" => ComparedAs.Label,
                "date" => ComparedAs.Date,
                "datetime" or "timestamp" => ComparedAs.DateTime,
                "time" => ComparedAs.TimeText,
                _ => ComparedAs.Nothing,
            },
            ColumnValues.Date => serverType switch
            {
                "date" => ComparedAs.Date,
                "datetime" or "timestamp" => ComparedAs.DateTime,
                _ => ComparedAs.Nothing,
            },
            ColumnValues.Timestamp => serverType is "datetime" or "timestamp" ? ComparedAs.DateTime : ComparedAs.Nothing,
            ColumnValues.Time => serverType == "time" ? ComparedAs.Time : ComparedAs.Nothing,
            _ => ComparedAs.Nothing,
        };
        return compared != ComparedAs.Nothing ? (compared, null) : (compared, Reason(meaning, serverType));
    }

    private static string Reason(ColumnMeaning meaning, string serverType) => serverType switch
    {
        "json" => "the server writes JSON in a form of its own, so only NULLs are compared",
        _ when meaning.Values == ColumnValues.Unordered => "values of its Parquet type have no order",
        _ => $"its values are of kind {meaning.Values} in the files and {serverType.ToUpperInvariant()} on the server, which order them differently",
    };
}
