using System.Globalization;
using MySqlConnector;
using SnapshotBridge.Local.Databases.Sql;
using SnapshotBridge.Parquet;

namespace SnapshotBridge.Local.Databases.HeatWave.Declared;

/// <summary>
/// Loads a declared table: finds its files, matches their columns with the declared ones, converts and stores every value.
/// Readers see all rows or none. What goes wrong is an error of the statement.
/// </summary>
internal sealed class DeclaredLoad(JobChannel channel, HeatWaveServerOptions options, HeatWaveFaults faults, LoadRecord record, HttpClient http, string connectionString)
{
    private readonly RapidCatalogue _catalogue = new(channel);
    private readonly ParFiles _objects = new(http);

    /// <returns>What the load did to values.</returns>
    /// <exception cref="LakehouseException">The table is not loaded, and empty.</exception>
    public async Task<IReadOnlyList<LoadWarning>> RunAsync(DeclaredLoadRequest request, CancellationToken cancellationToken)
    {
        var table = await _catalogue.FindAsync(request.Schema, request.Table, cancellationToken)
            ?? throw new LakehouseException(1146, $"Table '{request.Schema}.{request.Table}' doesn't exist");
        if (table.Mark is not { } mark)
        {
            throw new LakehouseException(LakehouseException.OperationFailed, "Secondary engine operation failed. No secondary engine is defined.");
        }

        await _catalogue.BeginAsync(mark.Id, cancellationToken);
        var number = record.Begin(table.FullName);
        if (request.Job is { } job && faults.TakeKill(table.FullName))
        {
            // As on HeatWave, the session and its locks go when the load has been halted.
            await _catalogue.FailedAsync(mark.Id, cancellationToken);
            record.End(number, LoadEnd.BrokenOff);
            await channel.KillAsync(job.ConnectionId, cancellationToken);
            throw new OperationCanceledException("The session that waits for the load was killed.");
        }

        var end = LoadEnd.Failed;
        try
        {
            var warnings = new LoadWarnings();
            await FaultsAsync(table, cancellationToken);
            if (mark.Engine == TableMark.InnoDb)
            {
                await LoadInnoDbAsync(table, mark, cancellationToken);
            }
            else
            {
                await LoadFilesAsync(table, mark, request, warnings, cancellationToken);
            }

            if (request.IsValidation)
            {
                await _catalogue.FailedAsync(mark.Id, cancellationToken);
            }

            end = LoadEnd.Loaded;
            return warnings.List();
        }
        catch (Exception e)
        {
            end = cancellationToken.IsCancellationRequested ? LoadEnd.BrokenOff : LoadEnd.Failed;
            await _catalogue.FailedAsync(mark.Id, CancellationToken.None);
            throw e switch
            {
                LakehouseException lakehouse when faults.EchoesStatements => new LakehouseException(lakehouse.Number, Echo(lakehouse.Message, mark.Attribute)),
                MySqlException { Number: > 0 } server => new LakehouseException(server.Number, server.Message),
                _ => e is LakehouseException or OperationCanceledException ? e : new LakehouseException(LakehouseException.OperationFailed, $"Secondary engine operation failed. {e.Message}"),
            };
        }
        finally
        {
            record.End(number, end);
        }
    }

    private async Task FaultsAsync(DeclaredTable table, CancellationToken cancellationToken)
    {
        await faults.RestartIfWantedAsync(table.FullName, cancellationToken);
        await faults.WaitAsync(table.FullName, cancellationToken);
        faults.ThrowIfFailing(table.FullName);
    }

    /// <summary>An ordinary table: its rows are in InnoDB, and HeatWave takes a copy.</summary>
    private async Task LoadInnoDbAsync(DeclaredTable table, TableMark mark, CancellationToken cancellationToken)
    {
        var rows = Convert.ToInt64(await channel.ScalarAsync($"SELECT COUNT(*) FROM {SqlText.Name(table.Schema, table.Name)}", cancellationToken), CultureInfo.InvariantCulture);
        await _catalogue.LoadedAsync(mark.Id, rows, 0, Loaded(table), cancellationToken);
    }

    private async Task LoadFilesAsync(DeclaredTable table, TableMark mark, DeclaredLoadRequest request, LoadWarnings warnings, CancellationToken cancellationToken)
    {
        var attribute = EngineAttribute.Parse(table, mark.Attribute, options.Edition);
        var folder = Directory.CreateTempSubdirectory("sb-db-declared-").FullName;
        try
        {
            var files = await DownloadAsync(attribute, folder, cancellationToken);
            var bytes = files.Sum(file => file.SizeBytes);
            if (bytes > await _catalogue.FreeBytesAsync(cancellationToken))
            {
                throw new LakehouseException(6094, "Out of memory: the HeatWave cluster has not enough memory for this table");
            }

            var rows = 0L;
            if (files.Count > 0)
            {
                var (columns, longest) = await ParquetFiles.SampleAsync(files, cancellationToken);
                if (request.IsGuided)
                {
                    await GuidedLoad.AdjustAsync(channel, table, columns, longest, attribute.Match, cancellationToken);
                    table = (await _catalogue.FindAsync(table.Schema, table.Name, cancellationToken))!;
                }

                var matched = ColumnMatching.Match(table, columns, attribute, files[0].Name);
                var conversions = Conversions(table, columns, matched, attribute.IsStrict ?? request.IsStrict, warnings);
                rows = await FillAsync(table, mark, matched, conversions, files, !request.IsValidation, cancellationToken);
            }

            await _catalogue.LoadedAsync(mark.Id, rows, bytes, Loaded(table), cancellationToken);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<string> Loaded(DeclaredTable table) => table.Columns.Where(column => !column.IsNotSecondary).Select(column => column.Name);

    private async Task<List<LocalFile>> DownloadAsync(EngineAttribute attribute, string folder, CancellationToken cancellationToken)
    {
        var files = new List<LocalFile>();
        try
        {
            foreach (var (spec, name) in await _objects.ListAsync(attribute.Files, cancellationToken))
            {
                files.Add(await _objects.DownloadAsync(spec, name, folder, files.Count, cancellationToken));
            }
        }
        catch (LakehouseException e) when (attribute.AllowsMissingFiles && e.Number == LakehouseException.NoFiles)
        {
            // The table is loaded with what there is, and be it nothing.
        }

        return files;
    }

    private ValueConversion?[] Conversions(DeclaredTable table, IReadOnlyList<ParquetColumn> columns, int?[] matched, bool isStrict, LoadWarnings warnings)
    {
        var conversions = new ValueConversion?[table.Columns.Count];
        for (var i = 0; i < conversions.Length; i++)
        {
            var column = table.Columns[i];
            if (column.IsNotSecondary || matched[i] is not { } index)
            {
                continue;
            }

            if (faults.Refuses(column.Type.Text, columns[index].TypeText))
            {
                throw ValueConversion.NotConvertible(column, i + 1, columns[index]);
            }

            conversions[i] = new ValueConversion(column, i + 1, columns[index], isStrict, warnings, options.Edition);
        }

        return conversions;
    }

    private async Task<long> FillAsync(
        DeclaredTable table, TableMark mark, int?[] matched, ValueConversion?[] conversions, List<LocalFile> files, bool keep, CancellationToken cancellationToken)
    {
        await using var connection = await MySqlExtensions.OpenAsync(connectionString, cancellationToken);
        await connection.ExecuteAsync("SET SESSION sql_mode='', time_zone='+00:00', foreign_key_checks=0", cancellationToken);
        await connection.ExecuteAsync("SET NAMES utf8mb4", cancellationToken);
        await connection.ExecuteAsync("START TRANSACTION", cancellationToken);
        long rows;
        await using (var load = new CsvTableLoad(connection, SqlText.Name(table.Schema, table.Name), [.. table.Columns.Select(column => column.Name)], new HashSet<string>()))
        {
            try
            {
                for (var i = 0; i < files.Count; i++)
                {
                    await AppendAsync(load, matched, conversions, files[i], cancellationToken);
                    await _catalogue.ProgressAsync(mark.Id, 100.0 * (i + 1) / files.Count, cancellationToken);
                }

                rows = await load.CompleteAsync(cancellationToken);
            }
            catch (CsvLoadException e)
            {
                throw new LakehouseException(e.Number is 1406 or 1265 ? LakehouseException.TextTooLong : 6045, e.Message);
            }
        }

        if (faults.DistortionOf(table.FullName) is { } distortion)
        {
            await connection.ExecuteAsync(distortion, cancellationToken);
        }

        await connection.ExecuteAsync(keep ? "COMMIT" : "ROLLBACK", cancellationToken);
        return rows;
    }

    private static async Task AppendAsync(CsvTableLoad load, int?[] matched, ValueConversion?[] conversions, LocalFile file, CancellationToken cancellationToken)
    {
        foreach (var conversion in conversions)
        {
            conversion?.Begin(file.Name);
        }

        var reader = ParquetFiles.Open(file.Name, await File.ReadAllBytesAsync(file.Path, cancellationToken));
        for (var group = 0; group < reader.Footer.RowGroups.Count; group++)
        {
            var values = ParquetFiles.ReadGroup(reader, group, file.Name);
            for (var row = 0; row < reader.Footer.RowGroups[group].Rows; row++)
            {
                for (var i = 0; i < conversions.Length; i++)
                {
                    if (conversions[i] is { } conversion)
                    {
                        conversion.Write(values[matched[i]!.Value], row, load);
                    }
                    else
                    {
                        load.Null();
                    }
                }

                await load.EndRowAsync(cancellationToken);
            }
        }
    }

    /// <summary>Some servers quote the statement that failed, and with it the PAR.</summary>
    private static string Echo(string message, string attribute) =>
        $"{(message.Length <= 24 ? message : message[..24])} near '{attribute}'";
}
