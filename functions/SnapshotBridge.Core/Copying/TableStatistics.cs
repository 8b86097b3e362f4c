using SnapshotBridge.Parquet;

namespace SnapshotBridge.Copying;

/// <summary>
/// What the footers of a batch's objects say about one table's columns, all objects together: per object it would make the
/// documents of a large export as large as some of its tables. Holds values of the data.
/// </summary>
public sealed record TableStatistics
{
    /// <summary>The table, as an index into <see cref="Planning.CopyPlan.Tables"/>.</summary>
    public required int Table { get; init; }

    /// <summary>How many objects are counted in. Each once; those of a batch that are missing here, nothing is known of.</summary>
    public required int Objects { get; init; }

    /// <summary>The columns in file order.</summary>
    public required IReadOnlyList<ColumnStatistics> Columns { get; init; }

    /// <summary>Both together.</summary>
    public static TableStatistics Merge(TableStatistics left, TableStatistics right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return left with { Objects = left.Objects + right.Objects, Columns = Merge(left.Columns, right.Columns) };
    }

    private static ColumnStatistics[] Merge(IReadOnlyList<ColumnStatistics> left, IReadOnlyList<ColumnStatistics> right)
    {
        // Parts that disagree fail their table at the load, which names them; here nothing must break.
        if (left.Count != right.Count)
        {
            return [.. Enumerable.Repeat(new ColumnStatistics { Unknown = "the files disagree in their columns" }, Math.Max(left.Count, right.Count))];
        }

        var columns = new ColumnStatistics[left.Count];
        for (var index = 0; index < columns.Length; index++)
        {
            columns[index] = ColumnStatistics.Merge(left[index], right[index]);
        }

        return columns;
    }
}
