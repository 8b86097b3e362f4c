using System.Diagnostics;
using System.Globalization;
using MySqlConnector;
using SnapshotBridge.Local.Databases.HeatWave.Declared;
using SnapshotBridge.Local.Databases.HeatWave.Front;
using SnapshotBridge.Local.Databases.Sql;

namespace SnapshotBridge.Local.Databases.HeatWave;

/// <summary>One call of <c>heatwave_load</c>, worked off: infer every table, load one after another, say so in boxes and report.</summary>
internal sealed class LoadJob(JobChannel channel, long id, long connectionId, LoadRequest request, HeatWaveServerOptions options, HeatWaveFaults faults, LoadRecord record, HttpClient http, string connectionString)
{
    private sealed class TableRun(TableSpec spec)
    {
        public TableSpec Spec { get; } = spec;

        public string FullName => $"{Spec.Schema}.{Spec.Table}";

        public IReadOnlyList<LocalFile> Files { get; set; } = [];

        public TableShape? Shape { get; set; }

        public bool Existed { get; set; }

        /// <summary>Rejected at inference: counts neither as loaded nor as failed.</summary>
        public LakehouseException? Issue { get; set; }

        public LakehouseException? Error { get; set; }

        public long Rows { get; set; }

        public TimeSpan Duration { get; set; }

        public bool IsLoaded { get; set; }
    }

    private readonly ParFiles _objects = new(http);
    private readonly RapidCatalogue _catalogue = new(channel);
    private int _box;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var runs = request.Tables.Select(table => new TableRun(table)).ToList();
        var folder = Directory.CreateTempSubdirectory("sb-db-load-").FullName;
        try
        {
            await BoxAsync(HeatWaveSchema.InitializingBox, LoadTexts.Initializing(request), cancellationToken);
            for (var i = 0; i < runs.Count; i++)
            {
                await InferAsync(runs[i], Directory.CreateDirectory(Path.Combine(folder, i.ToString(CultureInfo.InvariantCulture))).FullName, cancellationToken);
            }

            await BoxAsync(HeatWaveSchema.InferenceBox, LoadTexts.Inference(runs.Select(run => (run.FullName, run.Shape, run.Files.Count, run.Issue?.Message))), cancellationToken);
            var accepted = runs.Where(run => run.Issue is null).ToList();
            await BoxAsync(request.Mode == LoadMode.Normal ? HeatWaveSchema.ExecutingBox : HeatWaveSchema.ScriptBox, LoadTexts.Executing(request.Mode, accepted.Count), cancellationToken);
            foreach (var run in accepted)
            {
                await ExecuteAsync(run, cancellationToken);
            }

            await BoxAsync(HeatWaveSchema.SummaryBox, LoadTexts.Summary(runs.Where(run => run.Issue is null).Select(
                run => (run.Spec.Schema, run.IsLoaded, Failed: run.Error is not null, Columns: run.IsLoaded ? run.Shape?.Columns.Count ?? 0 : 0, run.Duration))), cancellationToken);
            await channel.EndAsync(id, cancellationToken);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task InferAsync(TableRun run, string folder, CancellationToken cancellationToken)
    {
        try
        {
            if (!options.Edition.HasLakehouse)
            {
                throw new LakehouseException(LakehouseException.OperationFailed, "Secondary engine operation failed. Lakehouse is not enabled.");
            }

            run.Existed = await ExistsAsync(run.Spec, cancellationToken);
            if (run.Spec.Files.Count == 0)
            {
                if (!run.Existed)
                {
                    throw new LakehouseException(1146, $"Table '{run.FullName}' doesn't exist");
                }

                return;
            }

            if (run.Existed && await channel.ScalarAsync($"SELECT 1 FROM {SqlText.Name(run.Spec.Schema, run.Spec.Table)} LIMIT 1", cancellationToken) is not null)
            {
                throw new LakehouseException(LakehouseException.OperationFailed, "Non-empty existing table is not supported");
            }

            run.Files = await DownloadAsync(run.Spec, folder, cancellationToken);
            run.Shape = await ShapeAsync(run, cancellationToken);
            foreach (var column in run.Shape.Dropped)
            {
                await ReportAsync("SCHEMA_INFERENCE", "warn", run, new { warn = $"Column '{column.Name}' has the unsupported type {column.TypeText} and is excluded (policy disable_unsupported_columns)" }, cancellationToken);
            }
        }
        catch (LakehouseException e)
        {
            run.Issue = e;
            await ReportErrorAsync("SCHEMA_INFERENCE", run, e, cancellationToken);
        }
    }

    private async Task<IReadOnlyList<LocalFile>> DownloadAsync(TableSpec table, string folder, CancellationToken cancellationToken)
    {
        var found = await _objects.ListAsync(table.Files, cancellationToken);
        var files = new List<LocalFile>();
        foreach (var (spec, name) in found)
        {
            files.Add(await _objects.DownloadAsync(spec, name, folder, files.Count, cancellationToken));
        }

        return files;
    }

    private async Task<TableShape> ShapeAsync(TableRun run, CancellationToken cancellationToken)
    {
        var (columns, longest) = await ParquetFiles.SampleAsync(run.Files, cancellationToken);
        if (!run.Existed)
        {
            return TableShape.Infer(columns, longest, request.DropUnsupportedColumns);
        }

        // A declared table keeps its types; columns match by order.
        var declared = await channel.QueryAsync(
            "SELECT CONVERT(COLUMN_NAME USING utf8mb4), LOWER(CONVERT(DATA_TYPE USING utf8mb4)) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA=@p0 AND TABLE_NAME=@p1 ORDER BY ORDINAL_POSITION",
            reader => (Name: reader.GetString(0), Type: reader.GetString(1)), cancellationToken, run.Spec.Schema, run.Spec.Table);
        return declared.Count == columns.Count
            ? new TableShape([.. declared.Select((column, i) => new ShapeColumn(column.Name, column.Type, i, IsBinary(column.Type)))], [])
            : throw new LakehouseException(
                LakehouseException.ColumnCountMismatch, $"Column count mismatch. Expected {declared.Count} columns, found {columns.Count} in {{object: {run.Files[0].Name}}}");
    }

    private static bool IsBinary(string type) => type is "binary" or "varbinary" or "tinyblob" or "blob" or "mediumblob" or "longblob" or "bit" or "geometry" or "point";

    private async Task ExecuteAsync(TableRun run, CancellationToken cancellationToken)
    {
        var create = run.Shape is null || run.Existed ? null : run.Shape.CreateSql(run.Spec.Schema, run.Spec.Table);
        if (create is not null)
        {
            await ReportAsync("EXECUTE", "sql", run, new { sql = $"{create} ENGINE=lakehouse SECONDARY_ENGINE=RAPID ENGINE_ATTRIBUTE='{{\"file\": [<redacted>]}}'" }, cancellationToken);
        }

        await ReportAsync("EXECUTE", "sql", run, new { sql = $"ALTER TABLE {SqlText.Name(run.Spec.Schema, run.Spec.Table)} SECONDARY_LOAD" }, cancellationToken);
        if (request.Mode != LoadMode.Normal)
        {
            return;
        }

        var watch = Stopwatch.StartNew();
        try
        {
            await LoadAsync(run, create, cancellationToken);
            run.IsLoaded = true;
        }
        catch (LakehouseException e)
        {
            run.Error = e;
            await ReportErrorAsync("EXECUTE", run, e, cancellationToken);
            await EmptyAsync(run, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await EmptyAsync(run, CancellationToken.None);
            throw;
        }

        run.Duration = watch.Elapsed;
        await BoxAsync(HeatWaveSchema.TableBox, LoadTexts.Table(run.FullName, create is not null, run.Error?.Message, run.Shape?.Columns.Count ?? 0, run.Rows, run.Duration), cancellationToken);
    }

    private async Task LoadAsync(TableRun run, string? create, CancellationToken cancellationToken)
    {
        if (run.Shape is null)
        {
            // Its declaration says where its files are.
            await new DeclaredLoad(channel, options, faults, record, http, connectionString).RunAsync(
                new DeclaredLoadRequest(null, run.Spec.Schema, run.Spec.Table, options.Edition.HasGuidedLoad, IsValidation: false, IsStrict: true), cancellationToken);
            return;
        }

        TableMark? mark = null;
        var isLoaded = false;
        try
        {
            await using var connection = await MySqlExtensions.OpenAsync(connectionString, cancellationToken);
            await connection.ExecuteAsync("SET SESSION sql_mode='', time_zone='+00:00', foreign_key_checks=0, unique_checks=0", cancellationToken);
            await connection.ExecuteAsync("SET NAMES utf8mb4", cancellationToken);
            if (create is not null)
            {
                await connection.ExecuteAsync($"CREATE DATABASE IF NOT EXISTS {SqlText.Name(run.Spec.Schema)} DEFAULT CHARACTER SET utf8mb4", cancellationToken);
                await connection.ExecuteAsync($"{create} ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT={SqlLiteral.Of(TableMark.New(TableMark.Lakehouse, run.Spec.Attribute).Text)}", cancellationToken);
            }

            mark = await MarkAsync(run.Spec, cancellationToken);
            await _catalogue.BeginAsync(mark.Id, cancellationToken);

            if (faults.TakeKill(run.FullName))
            {
                await channel.KillAsync(connectionId, cancellationToken);

                // HeatWave halts the load of a session that is gone. It is noticed a moment later: until then nothing is loaded.
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            await faults.RestartIfWantedAsync(run.FullName, cancellationToken);
            await faults.WaitAsync(run.FullName, cancellationToken);
            faults.ThrowIfFailing(run.FullName);
            run.Rows = await TableFiller.FillAsync(connection, run.Spec, run.Shape, run.Files, cancellationToken);
            await _catalogue.LoadedAsync(mark.Id, run.Rows, run.Files.Sum(file => file.SizeBytes), run.Shape.Columns.Select(column => column.Name), cancellationToken);
            if (faults.DistortionOf(run.FullName) is { } sql)
            {
                await connection.ExecuteAsync(sql, cancellationToken);
            }

            isLoaded = true;
        }
        catch (MySqlException e) when (e.Number > 0)
        {
            throw new LakehouseException(e.Number, e.Message);
        }
        finally
        {
            if (mark is not null && !isLoaded)
            {
                await _catalogue.FailedAsync(mark.Id, CancellationToken.None);
            }
        }
    }

    /// <summary>The mark of a table; one that was there before, as InnoDB's, gets it now.</summary>
    private async Task<TableMark> MarkAsync(TableSpec table, CancellationToken cancellationToken)
    {
        var found = await _catalogue.FindAsync(table.Schema, table.Table, cancellationToken);
        if (found?.Mark is { } mark)
        {
            return mark;
        }

        mark = TableMark.New(TableMark.InnoDb, "");
        await channel.ExecuteAsync($"ALTER TABLE {SqlText.Name(table.Schema, table.Table)} COMMENT={SqlLiteral.Of(mark.Text)}", cancellationToken);
        return mark;
    }

    /// <summary>What HeatWave could not load cannot be queried; here it is empty.</summary>
    private async Task EmptyAsync(TableRun run, CancellationToken cancellationToken)
    {
        if (run.Spec.Files.Count > 0 && await ExistsAsync(run.Spec, cancellationToken))
        {
            await channel.ExecuteAsync($"TRUNCATE TABLE {SqlText.Name(run.Spec.Schema, run.Spec.Table)}", cancellationToken);
        }
    }

    private async Task<bool> ExistsAsync(TableSpec table, CancellationToken cancellationToken) =>
        await channel.ScalarAsync("SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA=@p0 AND TABLE_NAME=@p1", cancellationToken, table.Schema, table.Table) is not null;

    private Task ReportErrorAsync(string stage, TableRun run, LakehouseException error, CancellationToken cancellationToken) => channel.ReportAsync(
        id, stage, "error",
        new { error = $"Unable to load table from external source: {error.Message}", error_number = error.Number, schema_name = run.Spec.Schema, table_name = run.Spec.Table },
        cancellationToken);

    private Task ReportAsync(string stage, string type, TableRun run, object log, CancellationToken cancellationToken)
    {
        var entries = log.GetType().GetProperties().ToDictionary(property => property.Name, property => property.GetValue(log));
        entries["schema_name"] = run.Spec.Schema;
        entries["table_name"] = run.Spec.Table;
        return channel.ReportAsync(id, stage, type, entries, cancellationToken);
    }

    private async Task BoxAsync(string name, IReadOnlyList<string> lines, CancellationToken cancellationToken)
    {
        var compact = request.Output == LoadOutput.Compact && name is HeatWaveSchema.InitializingBox or HeatWaveSchema.ExecutingBox;
        if (request.Output != LoadOutput.Silent && !compact)
        {
            await channel.BoxAsync(id, ++_box, name, lines, cancellationToken);
        }
    }
}
