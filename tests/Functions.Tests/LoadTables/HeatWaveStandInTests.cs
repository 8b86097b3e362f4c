using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using MySqlConnector;
using SnapshotBridge.Loading;
using SnapshotBridge.Local.Databases.HeatWave;
using SnapshotBridge.Local.Parquet;
using SnapshotBridge.Parquet;
using SnapshotBridge.Planning;
using SnapshotBridge.Reporting;
using SnapshotBridge.Requests;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables;

/// <summary>The same function against the HeatWave stand-in, which reads real Parquet through the PAR.</summary>
[Collection(LoadTablesTestGroup.Name)]
public sealed partial class HeatWaveStandInTests(LoadServers servers)
{
    private static readonly ParquetColumn[] Columns =
        [new("id", ParquetPhysicalType.Int32), new("name", ParquetPhysicalType.ByteArray) { ConvertedType = ParquetConvertedType.Utf8 }];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(LoadMode.Event)]
    [InlineData(LoadMode.Connection)]
    public async Task Handle_RealParquet_ArrivesValueByValue(LoadMode mode)
    {
        await using var heatWave = await HeatWaveServer.StartAsync(new HeatWaveServerOptions(), Token);
        var lab = await Lab(heatWave, mode);

        var output = await lab.InvokeAsync();

        Assert.Equal("LOADED", output.GetProperty("status").GetString());
        Assert.Equal(1500, output.GetProperty("rows").GetInt64());
        Assert.Equal(
            [["1", "name 1"], ["2", "name 2"], ["1000", "größe 1000 表"]],
            await RowsAsync(heatWave, $"SELECT id, name FROM `{lab.Schema}`.country WHERE id IN (1, 2, 1000) ORDER BY id"));
        var report = await lab.ReportAsync();
        Assert.All(report.Tables, table => Assert.Equal((TableStatus.Loaded, table.RowsExported), (table.Status, table.RowsLoaded)));
        Assert.All(report.Tables, table => Assert.Empty(table.DroppedColumns));
        await AssertNoTokenAsync(lab, heatWave);
    }

    [Fact]
    public async Task Handle_TableThatHeatWaveRejects_IsReportedInItsWordsAndOthersAreLoaded()
    {
        await using var heatWave = await HeatWaveServer.StartAsync(new HeatWaveServerOptions(), Token);
        var lab = await Lab(heatWave, LoadMode.Auto);
        heatWave.Faults.FailTable($"{lab.Schema}.country", times: 1);

        var exception = await Assert.ThrowsAsync<TablesNotLoadedException>(() => lab.InvokeAsync());
        Assert.Contains("Data was truncated", exception.Message, StringComparison.Ordinal);
        Assert.Equal(TableStatus.Loaded, (await lab.ReportOfAsync("city")).Status);

        Assert.Equal("LOADED", (await lab.InvokeAsync("execution-2")).GetProperty("status").GetString());
        Assert.Equal([["1000"]], await RowsAsync(heatWave, $"SELECT COUNT(*) FROM `{lab.Schema}`.country"));
        await AssertNoTokenAsync(lab, heatWave);
    }

    [Fact]
    public async Task Handle_SessionKilledDuringALoad_LoadsThatTableAgain()
    {
        await using var heatWave = await HeatWaveServer.StartAsync(new HeatWaveServerOptions(), Token);
        var lab = await Lab(heatWave, LoadMode.Event);
        heatWave.Faults.KillSessionDuring($"{lab.Schema}.country");

        Assert.Equal("LOADED", (await lab.InvokeAsync()).GetProperty("status").GetString());

        Assert.Equal([["1000"]], await RowsAsync(heatWave, $"SELECT COUNT(*) FROM `{lab.Schema}`.country"));
        Assert.Contains("queued again", lab.Log, StringComparison.Ordinal);
        Assert.Single(lab.Pars());
    }

    [Fact]
    public async Task Handle_TruncatedParquet_FailsThatTable()
    {
        await using var heatWave = await HeatWaveServer.StartAsync(new HeatWaveServerOptions(), Token);
        var lab = new LoadLab(servers).At(heatWave.Host, heatWave.Port, heatWave.User, heatWave.Password);
        var content = File(1, 10);
        await lab.Files(lab.Schema, "broken", ["id INT32", "name BYTE_ARRAY (UTF8)"], (content[..^20], 10)).CopiedAsync();

        var exception = await Assert.ThrowsAsync<TablesNotLoadedException>(() => lab.InvokeAsync());

        Assert.Contains($"{lab.Schema}.broken (HeatWave reported: ", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>Queries name it: it stands there empty, also where an earlier export's table had rows.</summary>
    [Fact]
    public async Task Handle_TableThatHasNoRowsAnyMore_StandsThereWithItsDeclaredColumns()
    {
        await using var heatWave = await HeatWaveServer.StartAsync(new HeatWaveServerOptions(), Token);
        var earlier = await Lab(heatWave, LoadMode.Auto);
        await earlier.InvokeAsync();
        var lab = await Faithful(heatWave, earlier.Schema).CopiedAsync();

        for (var execution = 1; execution <= 2; execution++)
        {
            Assert.Equal("LOADED", (await lab.InvokeAsync($"execution-{execution}")).GetProperty("status").GetString());

            Assert.Equal([["0"]], await RowsAsync(heatWave, $"SELECT COUNT(*) FROM `{earlier.Schema}`.country"));
            Assert.Equal(
                [["id", "int"], ["note", "text"]],
                await RowsAsync(heatWave, $"SELECT COLUMN_NAME, DATA_TYPE FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = '{earlier.Schema}' AND TABLE_NAME = 'country' ORDER BY ORDINAL_POSITION"));
            var report = await lab.ReportOfAsync("country", $"execution-{execution}");
            Assert.Equal((TableStatus.Empty, "it holds no rows; it is there with its 2 declared columns"), (report.Status, report.Reason));
            Assert.Empty(report.Warnings);
        }
    }

    [Fact]
    public async Task Handle_SwapOfATableWithoutRows_HasAViewForIt()
    {
        await using var heatWave = await HeatWaveServer.StartAsync(new HeatWaveServerOptions(), Token);
        var schema = $"s_{Guid.NewGuid():N}"[..12];
        var lab = await Faithful(heatWave, schema, PublishMode.Swap).CopiedAsync();

        Assert.Equal("LOADED", (await lab.InvokeAsync()).GetProperty("status").GetString());

        Assert.Equal([["country", "VIEW"]], await RowsAsync(heatWave, $"SELECT TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA = '{schema}'"));
        Assert.Equal([["0"]], await RowsAsync(heatWave, $"SELECT COUNT(note) FROM `{schema}`.country"));
    }

    /// <summary>A server whose HeatWave takes no more tables: the empty one is served by MySQL, and the report says so.</summary>
    [Fact]
    public async Task Handle_TableWithoutRowsThatHeatWaveRefuses_IsThereWithAWarning()
    {
        await using var heatWave = await HeatWaveServer.StartAsync(new HeatWaveServerOptions(), Token);
        var schema = $"s_{Guid.NewGuid():N}"[..12];
        heatWave.Faults.FailTable($"{schema}.country", times: 1);
        var lab = await Faithful(heatWave, schema).CopiedAsync();

        Assert.Equal("LOADED", (await lab.InvokeAsync()).GetProperty("status").GetString());

        Assert.Equal([["0"]], await RowsAsync(heatWave, $"SELECT COUNT(*) FROM `{schema}`.country"));
        Assert.Contains("refused to load it into HeatWave", Assert.Single((await lab.ReportOfAsync("country")).Warnings), StringComparison.Ordinal);
    }

    private LoadLab Faithful(HeatWaveServer heatWave, string schema, PublishMode publish = PublishMode.Replace)
    {
        var lab = new LoadLab(servers).At(heatWave.Host, heatWave.Port, heatWave.User, heatWave.Password);
        lab.Options = lab.Options with { Settings = lab.Options.Settings with { Defaults = new LoadChoices { Publish = publish } } };
        return lab.Empty(schema, "country", new SourceColumn("id", "int", "int32"), new SourceColumn("note", "text", "binary (UTF8)"));
    }

    private async Task<LoadLab> Lab(HeatWaveServer heatWave, LoadMode mode)
    {
        var lab = new LoadLab(servers).At(heatWave.Host, heatWave.Port, heatWave.User, heatWave.Password);
        lab.Options = lab.Options with { Settings = lab.Options.Settings with { Mode = mode, Watch = TimeSpan.FromMinutes(4) } };
        string[] columns = ["id INT32", "name BYTE_ARRAY (UTF8)"];
        return await lab
            .Files(lab.Schema, "country", columns, (File(1, 600), 600), (File(601, 400), 400))
            .Files(lab.Schema, "city", columns, (File(1, 500), 500))
            .CopiedAsync();
    }

    private static byte[] File(int first, int rows)
    {
        using var stream = new MemoryStream();
        using var writer = new ParquetWriter(stream, Columns);
        for (var id = first; id < first + rows; id++)
        {
            writer.Columns[0].Write(id);
            writer.Columns[1].Write(id % 1000 == 0 ? $"größe {id} 表" : $"name {id}");
            writer.EndRow();
        }

        writer.Finish();
        return stream.ToArray();
    }

    private static async Task<List<string[]>> RowsAsync(HeatWaveServer heatWave, string sql)
    {
        await using var connection = new MySqlConnection(heatWave.ConnectionString);
        await connection.OpenAsync(Token);
        await using var command = new MySqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(Token);
        var rows = new List<string[]>();
        while (await reader.ReadAsync(Token))
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(column => Convert.ToString(reader.GetValue(column), CultureInfo.InvariantCulture) ?? "")]);
        }

        return rows;
    }

    private static async Task AssertNoTokenAsync(LoadLab lab, HeatWaveServer heatWave)
    {
        var texts = new List<string> { lab.Log };
        foreach (var table in (string[])["tables", "queue", "queue_steps", "queue_workers", "messages"])
        {
            texts.AddRange((await RowsAsync(heatWave, $"SELECT * FROM snapshotbridge.{table}")).Select(row => string.Join(' ', row)));
        }

        texts.Add(JsonSerializer.Serialize(await lab.ReportAsync(), ReportingJson.Default.RunReport));
        Assert.All(texts.SelectMany(text => ParToken().Matches(text)), match => Assert.Equal("***", match.Groups[1].Value));
    }

    [GeneratedRegex(@"/p/([^/\s""']+)/n/")]
    private static partial Regex ParToken();
}
