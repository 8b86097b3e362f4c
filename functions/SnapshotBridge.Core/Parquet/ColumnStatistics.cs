using System.Text.Json.Serialization;

namespace SnapshotBridge.Parquet;

/// <summary>What the footers of some files say about one column's values.</summary>
public sealed record ColumnStatistics
{
    /// <summary>The NULLs; null where a footer does not count them.</summary>
    [JsonPropertyName("nulls")]
    public long? Nulls { get; init; }

    /// <summary>The smallest value; null where there is none, or where <see cref="Unknown"/> tells why it is not known.</summary>
    [JsonPropertyName("min")]
    public StatisticsValue? Minimum { get; init; }

    /// <summary>The largest value likewise.</summary>
    [JsonPropertyName("max")]
    public StatisticsValue? Maximum { get; init; }

    /// <summary>Why smallest and largest value are not known, and of which file; null where they are.</summary>
    [JsonPropertyName("why")]
    public string? Unknown { get; init; }

    /// <summary>No file yet.</summary>
    public static ColumnStatistics Empty { get; } = new() { Nulls = 0 };

    /// <summary>What is said about the column in two sets of files together.</summary>
    public static ColumnStatistics Merge(ColumnStatistics left, ColumnStatistics right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        var nulls = left.Nulls + right.Nulls;
        if ((left.Unknown ?? right.Unknown) is { } reason)
        {
            return new ColumnStatistics { Nulls = nulls, Unknown = reason };
        }

        if (left.Minimum is null || left.Maximum is null)
        {
            return right with { Nulls = nulls };
        }

        if (right.Minimum is null || right.Maximum is null)
        {
            return left with { Nulls = nulls };
        }

        return left.Minimum.IsComparableTo(right.Minimum)
            ? new ColumnStatistics
            {
                Nulls = nulls,
                Minimum = left.Minimum.CompareTo(right.Minimum) <= 0 ? left.Minimum : right.Minimum,
                Maximum = left.Maximum.CompareTo(right.Maximum) >= 0 ? left.Maximum : right.Maximum,
            }
            : new ColumnStatistics { Nulls = nulls, Unknown = "the files hold different kinds of values" };
    }
}
