using SnapshotBridge.Local.Databases.Sql;
using SnapshotBridge.Parquet;

namespace SnapshotBridge.Local.Databases.HeatWave.Declared;

/// <summary>
/// Guided Load, which HeatWave does before a load unless it is turned off: it infers the columns from the files, gives a
/// declared table the inferred types, and leaves out columns whose type it does not support. Without an error or a warning.
/// </summary>
internal static class GuidedLoad
{
    public static async Task AdjustAsync(
        JobChannel channel, DeclaredTable table, IReadOnlyList<ParquetColumn> columns, int[] longestText, ColumnMatch match, CancellationToken cancellationToken)
    {
        if (match != ColumnMatch.Order || columns.Count != table.Columns.Count)
        {
            // The load itself says what is wrong with the number of columns.
            return;
        }

        var inferred = TableShape.Infer(columns, longestText, dropUnsupported: true).Columns.ToDictionary(column => column.Index, column => column.Type);
        var changes = new List<string>();
        for (var i = 0; i < columns.Count; i++)
        {
            var column = table.Columns[i];
            if (column.IsNotSecondary)
            {
                continue;
            }

            if (!inferred.TryGetValue(i, out var type))
            {
                changes.Add($"MODIFY {SqlText.Name(column.Name)} LONGBLOB NULL COMMENT '{TableMark.Column(isNotSecondary: true, column.Type.Text)}'");
            }
            else if (!type.Equals(column.Type.Text, StringComparison.OrdinalIgnoreCase))
            {
                changes.Add($"MODIFY {SqlText.Name(column.Name)} {type}{(column.IsNullable ? "" : " NOT NULL")}");
            }
        }

        if (changes.Count > 0)
        {
            await channel.ExecuteAsync($"ALTER TABLE {SqlText.Name(table.Schema, table.Name)} {string.Join(", ", changes)}", cancellationToken);
        }
    }
}
