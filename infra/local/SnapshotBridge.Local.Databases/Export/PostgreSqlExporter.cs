using System.Globalization;
using System.Text;
using SnapshotBridge.Local.Aws.Rds;
using SnapshotBridge.Local.Parquet;
using SnapshotBridge.Parquet;

namespace SnapshotBridge.Local.Databases.Export;

/// <summary>
/// An export in PostgreSQL's shape, <c>database/schema.table</c> with PostgreSQL's type names, of generated tables: no
/// PostgreSQL server is needed for it.
/// </summary>
/// <param name="database">The database's name.</param>
/// <param name="tables">What it holds.</param>
/// <param name="rowsPerPart">Rows of one Parquet file.</param>
/// <param name="time">The clock for the JSON files.</param>
public sealed class PostgreSqlExporter(string database, IReadOnlyList<PostgreSqlTable> tables, int rowsPerPart = 1_000, TimeProvider? time = null) : IExportEngine
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Rows per <c>schema.table</c>.</summary>
    public IReadOnlyDictionary<string, long> Rows { get; } = tables.ToDictionary(table => $"{table.Schema}.{table.Name}", table => (long)table.Rows, StringComparer.Ordinal);

    public async Task<ExportResult> ExportAsync(ExportJob job, IExportTarget target, IProgress<int> percent, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(percent);
        var started = _time.GetUtcNow();
        var folder = ExportNames.TaskFolder(job.Prefix, job.ExportTaskIdentifier);
        var wanted = tables.Where(table => IsWanted(table, job.ExportOnly)).ToList();
        if (wanted.Count == 0)
        {
            throw new ExportFailedException($"The snapshot holds nothing of ExportOnly '{string.Join(", ", job.ExportOnly)}'.");
        }

        var outcomes = new List<TableOutcome>();
        foreach (var table in wanted)
        {
            outcomes.Add(await WriteTableAsync(table, job.ExportTaskIdentifier, folder, target, cancellationToken));
            percent.Report(outcomes.Count * 99 / wanted.Count);
        }

        var documents = new ExportDocuments(oldDates: false);
        await target.PutAsync($"{folder}export_tables_info_{job.ExportTaskIdentifier}_from_1_to_{outcomes.Count}.json", new MemoryStream(documents.TablesInfo(outcomes)), cancellationToken);
        var gigabytes = outcomes.Sum(outcome => outcome.Table.DataBytes) / (double)(1 << 30);
        await target.PutAsync($"{folder}export_info_{job.ExportTaskIdentifier}.json", new MemoryStream(documents.ExportInfo(job, started, _time.GetUtcNow(), gigabytes)), cancellationToken);
        percent.Report(100);
        return new ExportResult(ExportDocuments.Warning(outcomes), gigabytes);
    }

    /// <summary>PostgreSQL's scope has up to three names.</summary>
    private bool IsWanted(PostgreSqlTable table, IReadOnlyList<string> exportOnly) =>
        exportOnly.Count == 0 || exportOnly.Any(entry => entry == database || entry == $"{database}.{table.Schema}" || entry == $"{database}.{table.Schema}.{table.Name}");

    private async Task<TableOutcome> WriteTableAsync(PostgreSqlTable table, string taskId, string folder, IExportTarget target, CancellationToken cancellationToken)
    {
        var begun = _time.GetUtcNow();
        var source = new SourceTable(table.Schema, table.Name, 16_384L * (1 + (table.Rows / 100)), true, [.. table.Columns.Select(column => column.Source)]) { Database = database };
        var batch = ExportNames.BatchFolder(folder, source, 1);
        var parts = 0;
        foreach (var rows in table.Values().Chunk(rowsPerPart))
        {
            await target.PutAsync($"{batch}{ExportNames.PartName(parts, ExportNames.Job(taskId, source, 1))}", Part(table, rows), cancellationToken);
            parts++;
        }

        await target.PutAsync($"{batch}_SUCCESS", new MemoryStream(), cancellationToken);
        return new TableOutcome(
            source, [.. table.Columns.Concat(table.Unwritten).Select(column => new ExportedColumn(column.Source, column.Parquet))], begun, _time.GetUtcNow(), parts, null);
    }

    private static MemoryStream Part(PostgreSqlTable table, IReadOnlyList<string?[]> rows)
    {
        var output = new MemoryStream();
        using var writer = new ParquetWriter(output, [.. table.Columns.Select(column => column.Parquet)]);
        foreach (var row in rows)
        {
            for (var i = 0; i < row.Length; i++)
            {
                Write(writer.Columns[i], row[i]);
            }

            writer.EndRow();
        }

        writer.Finish();
        output.Position = 0;
        return output;
    }

    private static void Write(ColumnWriter column, string? value)
    {
        if (value is null)
        {
            column.WriteNull();
            return;
        }

        switch (column.Column.PhysicalType)
        {
            case ParquetPhysicalType.Int32:
                column.Write(int.Parse(value, CultureInfo.InvariantCulture));
                break;
            case ParquetPhysicalType.Int64:
                column.Write(long.Parse(value, CultureInfo.InvariantCulture));
                break;
            case ParquetPhysicalType.Float:
                column.Write(float.Parse(value, CultureInfo.InvariantCulture));
                break;
            case ParquetPhysicalType.Double:
                column.Write(double.Parse(value, CultureInfo.InvariantCulture));
                break;
            case ParquetPhysicalType.Boolean:
                column.Write(bool.Parse(value));
                break;
            default:
                column.Write(Encoding.UTF8.GetBytes(value));
                break;
        }
    }
}
