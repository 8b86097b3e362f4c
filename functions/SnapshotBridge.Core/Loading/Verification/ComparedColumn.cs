using SnapshotBridge.Parquet;

namespace SnapshotBridge.Loading.Verification;

/// <summary>One column of a table, as the files tell of it and as the server serves it.</summary>
internal sealed record ComparedColumn(ServedColumn Served, ColumnMeaning Meaning, ColumnStatistics Exported, ComparedAs As)
{
    /// <summary>True where the report already names another type than the source's, which may keep less of a value.</summary>
    public bool HasOtherType { get; init; }
}

/// <summary>What the server answered for a column.</summary>
/// <param name="Nulls">Its NULLs.</param>
/// <param name="Minimum">The smallest value: canonical text, or the bytes of a text; null where there is none.</param>
/// <param name="Maximum">The largest likewise.</param>
internal sealed record LoadedFigures(long Nulls, object? Minimum, object? Maximum);
