using System.Globalization;
using MySqlConnector;
using SnapshotBridge.Loading;
using SnapshotBridge.Local.Databases.HeatWave;
using SnapshotBridge.Local.Parquet;
using SnapshotBridge.Parquet;
using SnapshotBridge.Planning;
using SnapshotBridge.Requests;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables;

/// <summary>Tables with declared types, and a HeatWave whose loading user has the shipped grants and nothing else.</summary>
internal sealed class DeclaredLoadLab(HeatWaveServer heatWave, LoadLab lab) : IAsyncDisposable
{
    private static readonly ParquetColumn[] Columns =
    [
        new("id", ParquetPhysicalType.Int32),
        new("views", ParquetPhysicalType.FixedLenByteArray) { ConvertedType = ParquetConvertedType.Decimal, Precision = 20, TypeLength = 9 },
        new("opens", ParquetPhysicalType.ByteArray) { ConvertedType = ParquetConvertedType.Utf8 },
        new("founded", ParquetPhysicalType.Int32),
    ];

    private static readonly SourceColumn[] Sources =
    [
        new("id", "int", "int32"),
        new("views", "bigint unsigned", "fixed_len_byte_array(9) (DECIMAL(20,0))"),
        new("opens", "time", "binary (UTF8)") { DateTimePrecision = 0 },
        new("founded", "year", "int32"),
    ];

    public HeatWaveServer HeatWave => heatWave;

    public LoadLab Lab => lab;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Two tables, <c>shop</c> of two files and <c>town</c> of one.</summary>
    public static async Task<DeclaredLoadLab> StartAsync(LoadServers servers, HeatWaveEdition? edition = null, LoadMode mode = LoadMode.Auto, bool withTaskRole = true)
    {
        var heatWave = await HeatWaveServer.StartAsync(new HeatWaveServerOptions { Edition = edition ?? HeatWaveEdition.Newest }, Token);
        try
        {
            var lab = new LoadLab(servers).At(heatWave.Host, heatWave.Port, heatWave.LoaderUser, heatWave.LoaderPassword);
            await heatWave.CreateLoaderAsync(Grants(withTaskRole), [lab.Schema], Token);
            var settings = lab.Options.Settings;
            lab.Options = lab.Options with { Settings = settings with { Mode = mode, Watch = TimeSpan.FromMinutes(4), Defaults = settings.Defaults with { Types = TypeMode.Faithful } } };
            string[] columns = [.. Columns.Select(column => column.ToString())];
            await lab
                .Files(lab.Schema, "shop", columns, (File(1, 30), 30), (File(31, 20), 20)).Typed(Sources)
                .Files(lab.Schema, "town", columns, (File(1, 10), 10)).Typed(Sources)
                .CopiedAsync();
            return new DeclaredLoadLab(heatWave, lab);
        }
        catch
        {
            await heatWave.DisposeAsync();
            throw;
        }
    }

    public string Name(string table) => $"{lab.Schema}.{table}";

    public async Task<List<string>> ColumnAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = new MySqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(Token);
        var values = new List<string>();
        while (await reader.ReadAsync(Token))
        {
            values.Add(Convert.ToString(reader.GetValue(0), CultureInfo.InvariantCulture) ?? "");
        }

        return values;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = new MySqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }

    /// <summary>A connection that is in the middle of a transaction which has read a table.</summary>
    public async Task<IAsyncDisposable> ReadingAsync(string table)
    {
        var connection = await OpenAsync();
        await using var command = new MySqlCommand($"START TRANSACTION; SELECT * FROM `{lab.Schema}`.`{table}`", connection);
        await command.ExecuteNonQueryAsync(Token);
        return connection;
    }

    /// <summary>The types that a table's columns have now.</summary>
    public Task<List<string>> TypesAsync(string table) => ColumnAsync(
        $"SELECT UPPER(COLUMN_TYPE) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = '{lab.Schema}' AND TABLE_NAME = '{table}' ORDER BY ORDINAL_POSITION");

    /// <summary>One row of a table as text.</summary>
    public async Task<string> RowAsync(string table, int id) =>
        Assert.Single(await ColumnAsync($"SELECT CONCAT_WS('|', id, views, opens, founded) FROM `{lab.Schema}`.`{table}` WHERE id = {id}"));

    /// <summary>Who has carried the loads.</summary>
    public Task<List<string>> CarriersAsync() => ColumnAsync("SELECT DISTINCT carrier FROM snapshotbridge.queue_workers");

    public ValueTask DisposeAsync() => heatWave.DisposeAsync();

    private async Task<MySqlConnection> OpenAsync()
    {
        var connection = new MySqlConnection(heatWave.ConnectionString);
        await connection.OpenAsync(Token);
        return connection;
    }

    private static GrantFile Grants(bool withTaskRole)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!System.IO.File.Exists(Path.Combine(folder!.FullName, "template.yaml")))
        {
            folder = folder.Parent;
        }

        var text = System.IO.File.ReadAllText(Path.Combine(folder.FullName, "infra", "oci", "heatwave.sql"));
        // As who leaves the two statements out.
        return GrantFile.Parse(withTaskRole ? text : text.Replace("-- task-api", "-- heatwave-only", StringComparison.Ordinal));
    }

    private static byte[] File(int first, int rows)
    {
        using var stream = new MemoryStream();
        using var writer = new ParquetWriter(stream, Columns);
        for (var id = first; id < first + rows; id++)
        {
            writer.Columns[0].Write(id);
            writer.Columns[1].WriteUnscaled(ulong.MaxValue - (ulong)id);
            writer.Columns[2].Write($"-{id:00}:15:00");
            writer.Columns[3].Write(1950 + id);
            writer.EndRow();
        }

        writer.Finish();
        return stream.ToArray();
    }
}
