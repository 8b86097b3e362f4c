namespace SnapshotBridge.Loading.Verification;

/// <summary>What the comparison of a table's column statistics found: <c>"verify": "statistics"</c>.</summary>
/// <param name="ColumnsCompared">Columns of which at least one figure was compared.</param>
/// <param name="ValuesCompared">Null counts, minima and maxima that were compared.</param>
/// <param name="Differences">Figures that differ; none where all agree.</param>
/// <param name="NotCompared">Columns, or figures of columns, that could not be compared, each with its reason.</param>
public sealed record StatisticsOutcome(
    int ColumnsCompared, int ValuesCompared, IReadOnlyList<StatisticsDifference> Differences, IReadOnlyList<string> NotCompared)
{
    /// <summary>All columns of the table's Parquet files, compared or not.</summary>
    public int Columns { get; init; }

    /// <summary>Columns of which the null count, the minimum and the maximum were compared, each to its last byte.</summary>
    public int ColumnsInFull { get; init; }
}

/// <summary>One figure that differs between the Parquet footers and SQL.</summary>
/// <param name="Column">The column's name.</param>
/// <param name="Figure"><c>nulls</c>, <c>minimum</c> or <c>maximum</c>.</param>
/// <param name="Exported">The footers' value.</param>
/// <param name="Loaded">The server's value.</param>
public sealed record StatisticsDifference(string Column, string Figure, string Exported, string Loaded);
