using MySqlConnector;
using SnapshotBridge.Local.Aws.Rds;
using SnapshotBridge.Local.Databases.Sql;
using SnapshotBridge.Local.Parquet;

namespace SnapshotBridge.Local.Databases.Export;

/// <summary>
/// Exports what a MySQL or MariaDB server holds, as RDS exports a snapshot: layout, part names, Parquet types, markers,
/// JSON files, empty and skipped tables. All tables are read from one consistent state.
/// </summary>
/// <param name="connectionString">An account that may read all tables.</param>
/// <param name="options">The layout.</param>
/// <param name="time">The clock for the JSON files.</param>
public sealed class SourceExporter(string connectionString, SourceExporterOptions? options = null, TimeProvider? time = null) : IExportEngine
{
    private readonly SourceExporterOptions _options = options ?? new SourceExporterOptions();
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    public async Task<ExportResult> ExportAsync(ExportJob job, IExportTarget target, IProgress<int> percent, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(percent);
        try
        {
            return await ExportAllAsync(job, target, percent, cancellationToken);
        }
        catch (MySqlException e)
        {
            throw new ExportFailedException($"Failed to find or access the source DB: {e.Message}");
        }
    }

    private async Task<ExportResult> ExportAllAsync(ExportJob job, IExportTarget target, IProgress<int> percent, CancellationToken cancellationToken)
    {
        var started = _time.GetUtcNow();
        await using var connection = await OpenSnapshotAsync(cancellationToken);
        var tables = InScope(await SourceCatalog.ReadAsync(connection, cancellationToken), job.ExportOnly);
        var folder = ExportNames.TaskFolder(job.Prefix, job.ExportTaskIdentifier);
        var total = Math.Max(1, tables.Sum(table => table.DataBytes));
        long done = 0;
        var outcomes = new List<TableOutcome>();
        foreach (var table in tables)
        {
            var begun = _time.GetUtcNow();
            var columns = table.Columns.Select(column => new ExportedColumn(column)).ToList();
            var partitions = 0;
            if (table.SkipReason is null)
            {
                var before = done;
                partitions = await new TableExport(connection, table, columns, _options, job.ExportTaskIdentifier, folder, target)
                    .RunAsync(share => percent.Report((int)((before + (share * table.DataBytes)) * 99 / total)), cancellationToken);
            }

            outcomes.Add(new TableOutcome(table, columns, begun, _time.GetUtcNow(), partitions, table.SkipReason));
            done += table.DataBytes;
            percent.Report((int)(done * 99 / total));
        }

        var gigabytes = tables.Sum(table => table.DataBytes) / (double)(1 << 30);
        await WriteDocumentsAsync(job, target, folder, outcomes, started, gigabytes, cancellationToken);
        percent.Report(100);
        return new ExportResult(ExportDocuments.Warning(outcomes), gigabytes);
    }

    private async Task<MySqlConnection> OpenSnapshotAsync(CancellationToken cancellationToken)
    {
        var builder = new MySqlConnectionStringBuilder(connectionString) { Pooling = false, DefaultCommandTimeout = 0, AllowUserVariables = true, GuidFormat = MySqlGuidFormat.None };
        var connection = await MySqlExtensions.OpenAsync(builder.ConnectionString, cancellationToken);
        try
        {
            // UTC, or TIMESTAMP columns are shifted; one consistent state, as a snapshot is.
            await connection.ExecuteAsync("SET SESSION time_zone='+00:00', sql_mode=''", cancellationToken);
            await connection.ExecuteAsync("SET NAMES utf8mb4", cancellationToken);
            await connection.ExecuteAsync("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", cancellationToken);
            await connection.ExecuteAsync("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY", cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static IReadOnlyList<SourceTable> InScope(IReadOnlyList<SourceTable> tables, IReadOnlyList<string> exportOnly)
    {
        if (exportOnly.Count == 0)
        {
            return tables;
        }

        foreach (var entry in exportOnly)
        {
            if (!tables.Any(table => Matches(table, entry)))
            {
                throw new ExportFailedException($"The snapshot holds no database or table '{entry}' of ExportOnly.");
            }
        }

        return [.. tables.Where(table => exportOnly.Any(entry => Matches(table, entry)))];
    }

    private static bool Matches(SourceTable table, string entry) => entry == table.Schema || entry == $"{table.Schema}.{table.Name}";

    private async Task WriteDocumentsAsync(
        ExportJob job, IExportTarget target, string folder, List<TableOutcome> outcomes, DateTimeOffset started, double gigabytes, CancellationToken cancellationToken)
    {
        var documents = new ExportDocuments(_options.OldDates, _options.TypeMapping);
        for (var from = 0; from < outcomes.Count; from += _options.TablesPerInfoFile)
        {
            var some = outcomes.Skip(from).Take(_options.TablesPerInfoFile).ToList();
            var name = $"{folder}export_tables_info_{job.ExportTaskIdentifier}_from_{from + 1}_to_{from + some.Count}.json";
            await target.PutAsync(name, new MemoryStream(documents.TablesInfo(some)), cancellationToken);
        }

        var info = documents.ExportInfo(job, started, _time.GetUtcNow(), gigabytes);
        await target.PutAsync($"{folder}export_info_{job.ExportTaskIdentifier}.json", new MemoryStream(info), cancellationToken);
    }

    /// <summary>One table: its batches, their parts, their markers.</summary>
    private sealed class TableExport(
        MySqlConnection connection, SourceTable table, List<ExportedColumn> columns, SourceExporterOptions options, string taskId, string folder, IExportTarget target)
    {
        private readonly ParquetWriterOptions _layout = new() { RowGroupBytes = Math.Clamp(options.PartSizeBytes / 2, 64 << 10, 64 << 20) };
        private Task _put = Task.CompletedTask;
        private int _batch = 1;
        private int _part;
        private int _parts;
        private long _bytes;

        /// <returns>How many parts were written.</returns>
        public async Task<int> RunAsync(Action<double> share, CancellationToken cancellationToken)
        {
            var sql = $"SELECT {string.Join(", ", columns.Select(column => column.Select))} FROM {SqlText.Name(table.Schema, table.Name)}";
            await using var command = new MySqlCommand(sql, connection) { CommandTimeout = 0 };
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            // Rows are taken one by one, by the million: reading them is synchronous, on a thread of its own, part by part.
            while (await Task.Run(() => WritePart(reader, cancellationToken), cancellationToken) is { } part)
            {
                await PutAsync($"{ExportNames.BatchFolder(folder, table, _batch)}{ExportNames.PartName(_part, ExportNames.Job(taskId, table, _batch))}", part, cancellationToken);
                _bytes += part.Length;
                share(Math.Min(1, _bytes / Math.Max(1.0, table.DataBytes)));
                _part++;
                _parts++;
                if (!table.Splittable)
                {
                    await EndBatchAsync(cancellationToken);
                }
            }

            // A table without rows has its marker and nothing else.
            if (_part > 0 || _parts == 0)
            {
                await EndBatchAsync(cancellationToken);
            }

            return _parts;
        }

        private async Task EndBatchAsync(CancellationToken cancellationToken)
        {
            await _put;
            await target.PutAsync(ExportNames.BatchFolder(folder, table, _batch) + "_SUCCESS", new MemoryStream(), cancellationToken);
            _batch++;
            _part = 0;
        }

        /// <summary>While one part is being stored, the next is being written.</summary>
        private async Task PutAsync(string key, MemoryStream part, CancellationToken cancellationToken)
        {
            await _put;
            _put = target.PutAsync(key, part, cancellationToken);
        }

        /// <returns>The next part, or null where no rows are left.</returns>
        private MemoryStream? WritePart(MySqlDataReader reader, CancellationToken cancellationToken)
        {
            if (!reader.Read())
            {
                return null;
            }

            var output = new MemoryStream();
            using var writer = new ParquetWriter(output, [.. columns.Select(column => column.Parquet)], _layout);
            do
            {
                for (var i = 0; i < columns.Count; i++)
                {
                    columns[i].Copy(reader, i, writer.Columns[i]);
                }

                writer.EndRow();
                if ((writer.Rows & 0x3FF) == 0)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                }
            }
            while (!IsFull(writer) && reader.Read());

            writer.Finish();
            output.Position = 0;
            return output;
        }

        private bool IsFull(ParquetWriter writer) => table.Splittable
            ? writer.BytesWritten >= options.PartSizeBytes
            : writer.Rows >= options.RowsPerBatch;
    }
}
