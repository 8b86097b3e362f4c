using System.Globalization;
using System.Text;
using System.Text.Json;
using SnapshotBridge.Loading;
using SnapshotBridge.Local.Databases.HeatWave;
using SnapshotBridge.Local.Parquet;
using SnapshotBridge.Parquet;
using SnapshotBridge.Reporting;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables;

/// <summary><c>"verify": "statistics"</c> from the request to the report, against the HeatWave stand-in.</summary>
[Collection(LoadTablesTestGroup.Name)]
public sealed class VerifyStatisticsTests(LoadServers servers)
{
    private static readonly ParquetColumn[] Columns =
    [
        new("id", ParquetPhysicalType.Int32),
        new("amount", ParquetPhysicalType.Int64) { ConvertedType = ParquetConvertedType.Decimal, Precision = 12, Scale = 2 },
        new("fee", ParquetPhysicalType.Int64) { ConvertedType = ParquetConvertedType.Decimal, Precision = 12, Scale = 2 },
        new("at", ParquetPhysicalType.Int64) { ConvertedType = ParquetConvertedType.TimestampMicros },
        new("name", ParquetPhysicalType.ByteArray) { ConvertedType = ParquetConvertedType.Utf8 },
        new("note", ParquetPhysicalType.ByteArray) { ConvertedType = ParquetConvertedType.Utf8 },
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Handle_SameValues_AreComparedAndReported()
    {
        await using var heatWave = await HeatWaveServer.StartAsync(new HeatWaveServerOptions(), Token);
        var lab = await Lab(heatWave);

        Assert.Equal("LOADED", (await lab.InvokeAsync()).GetProperty("status").GetString());

        var statistics = (await lab.ReportOfAsync("payments")).Statistics!;
        Assert.Equal((6, 18), (statistics.ColumnsCompared, statistics.ValuesCompared));
        Assert.Empty(statistics.Differences);
        Assert.Empty(statistics.NotCompared);
        Assert.Contains("18 figures of 6 of 6 columns compared with the Parquet footers, 6 columns in full, 0 figures differ", lab.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handle_RequestThatAsksForRowsOnly_ComparesNoStatistics()
    {
        await using var heatWave = await HeatWaveServer.StartAsync(new HeatWaveServerOptions(), Token);
        var lab = await Lab(heatWave);
        lab.Verify = "rows";
        heatWave.Faults.Distort($"{lab.Schema}.payments", $"UPDATE `{lab.Schema}`.payments SET amount = amount + 1");

        Assert.Equal("LOADED", (await lab.InvokeAsync()).GetProperty("status").GetString());

        Assert.Null((await lab.ReportOfAsync("payments")).Statistics);
    }

    public static TheoryData<string, string, string> Distortions => new()
    {
        // what went wrong, the statement, and the differences that the report shows
        { "one value altered", "UPDATE {0} SET amount = amount + 0.01 WHERE id = 1000", "amount maximum 1010.5 1010.51" },
        {
            "two columns swapped", "UPDATE {0} AS a JOIN {0} AS b USING (id) SET a.amount = b.fee, a.fee = b.amount",
            "amount minimum 11.5 0.01; amount maximum 1010.5 10; fee minimum 0.01 11.5; fee maximum 10 1010.5"
        },
        {
            "shifted by one column", "UPDATE {0} AS a JOIN {0} AS b USING (id) SET a.note = b.name, a.name = NULL",
            "name nulls 0 1000; name minimum größe 1 no value; name maximum 表 1000 no value; note nulls 1000 0; note minimum no value größe 1; note maximum no value 表 1000"
        },
        {
            "two hours off", "UPDATE {0} SET `at` = `at` + INTERVAL 2 HOUR",
            "at minimum 2020-09-10 12:00:01.5 2020-09-10 14:00:01.5; at maximum 2020-09-10 12:16:40.5 2020-09-10 14:16:40.5"
        },
        { "a text cut off", "UPDATE {0} SET name = LEFT(name, 3) WHERE id = 1000", "name maximum 表 1000 表 1" },
        { "one value lost", "UPDATE {0} SET fee = NULL WHERE id = 500", "fee nulls 0 1" },
    };

    [Theory]
    [MemberData(nameof(Distortions))]
    public async Task Handle_SameRowsWithOtherValues_FailsTheTableAndNamesColumnAndBothValues(string what, string sql, string expected)
    {
        await using var heatWave = await HeatWaveServer.StartAsync(new HeatWaveServerOptions(), Token);
        var lab = await Lab(heatWave);
        heatWave.Faults.Distort($"{lab.Schema}.payments", string.Format(CultureInfo.InvariantCulture, sql, $"`{lab.Schema}`.payments"));

        var exception = await Assert.ThrowsAsync<TablesNotLoadedException>(() => lab.InvokeAsync());

        Assert.Contains("all rows are there, but not all values are the export's", exception.Message, StringComparison.Ordinal);
        var table = await lab.ReportOfAsync("payments");
        Assert.Equal((TableStatus.Failed, 1000, 1000), (table.Status, table.RowsExported, table.RowsLoaded));
        Assert.Equal(expected, string.Join("; ", table.Statistics!.Differences.Select(item => $"{item.Column} {item.Figure} {item.Exported} {item.Loaded}")));
        var first = table.Statistics.Differences[0];
        Assert.Contains($"{first.Figure} of {first.Column} is {first.Exported} in the export and {first.Loaded} in HeatWave", table.Reason!, StringComparison.Ordinal);
        Assert.NotEmpty(what);

        // The next run takes nothing of it for granted.
        heatWave.Faults.Clear();
        Assert.Equal("LOADED", (await lab.InvokeAsync("execution-2")).GetProperty("status").GetString());
        Assert.Empty((await lab.ReportOfAsync("payments", "execution-2")).Statistics!.Differences);
    }

    [Fact]
    public async Task Handle_TableOfAnEarlierRunOfRowsOnly_IsComparedWithoutLoadingItAgain()
    {
        await using var heatWave = await HeatWaveServer.StartAsync(new HeatWaveServerOptions(), Token);
        var lab = await Lab(heatWave);
        lab.Verify = "rows";
        await lab.InvokeAsync();
        lab.Verify = "statistics";

        Assert.Equal("LOADED", (await lab.InvokeAsync("execution-2")).GetProperty("status").GetString());

        var table = await lab.ReportOfAsync("payments", "execution-2");
        Assert.Contains("loaded by an earlier run", table.Reason!, StringComparison.Ordinal);
        Assert.Equal(18, table.Statistics!.ValuesCompared);
    }

    [Fact]
    public async Task Handle_CopyOfAVersionWithoutStatistics_IsLoadedAndSaysSo()
    {
        await using var heatWave = await HeatWaveServer.StartAsync(new HeatWaveServerOptions(), Token);
        var lab = Lab(heatWave, withStatistics: false);

        Assert.Equal("LOADED", (await (await lab.CopiedAsync()).InvokeAsync()).GetProperty("status").GetString());

        var statistics = (await lab.ReportOfAsync("payments")).Statistics!;
        Assert.Equal((0, 0), (statistics.ColumnsCompared, statistics.ValuesCompared));
        Assert.StartsWith("the whole table: the statistics of its files were not kept", Assert.Single(statistics.NotCompared), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handle_FunctionWithAShortTimeout_ComparesAllTheSame()
    {
        await using var heatWave = await HeatWaveServer.StartAsync(new HeatWaveServerOptions(), Token);
        var lab = await Lab(heatWave);
        var shipped = new LoadSettings();
        lab.InvocationTime = shipped.Reserve + shipped.ShortestScan;
        lab.Options = lab.Options with { Settings = lab.Options.Settings with { Reserve = shipped.Reserve, ShortestScan = shipped.ShortestScan } };

        Assert.Equal("LOADED", (await lab.InvokeAsync()).GetProperty("status").GetString());

        Assert.Equal(18, (await lab.ReportOfAsync("payments")).Statistics!.ValuesCompared);
    }

    [Fact]
    public async Task Handle_LaterInvocation_DoesNotReadAgainWhatIsKnown()
    {
        await using var heatWave = await HeatWaveServer.StartAsync(new HeatWaveServerOptions(), Token);
        var lab = await Lab(heatWave);
        await lab.InvokeAsync();
        using var state = JsonDocument.Parse(await lab.DocumentAsync("load.json"));

        var table = state.RootElement.GetProperty("tables")[0];

        Assert.Equal(18, table.GetProperty("statistics").GetProperty("valuesCompared").GetInt32());
        Assert.Equal("0", table.GetProperty("proofBatches").GetString());
    }

    [Fact]
    public async Task Handle_RealExport_HasTheValuesOfItsFooters()
    {
        var folder = RealExportFolder();
        Assert.SkipWhen(folder is null, "The recorded Aurora export (shared/data/aurora-export-2020) is not beside this repository.");
        await using var heatWave = await HeatWaveServer.StartAsync(new HeatWaveServerOptions(), Token);
        var lab = new LoadLab(servers) { Verify = "statistics" }.At(heatWave.Host, heatWave.Port, heatWave.User, heatWave.Password);
        var columns = 0;
        foreach (var file in Directory.GetFiles(folder!, "*.parquet", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var content = await System.IO.File.ReadAllBytesAsync(file, Token);
            var footer = ParquetFooter.Read(file, content);
            columns += footer.Columns.Count;
            lab.Files(lab.Schema, Path.GetFileName(Path.GetDirectoryName(file)!)[5..], [.. footer.Columns.Select(column => column.ToString())], (content, (int)footer.Rows));
        }

        Assert.Equal("LOADED", (await (await lab.CopiedAsync()).InvokeAsync()).GetProperty("status").GetString());

        var statistics = (await lab.ReportAsync()).Tables.Select(table => table.Statistics!).ToList();
        Assert.Equal((9, 92, 92), (statistics.Count, columns, statistics.Sum(table => table.ColumnsCompared)));
        Assert.Equal(3 * 92, statistics.Sum(table => table.ValuesCompared));
        Assert.All(statistics, table => Assert.Empty(table.Differences));
        Assert.All(statistics.SelectMany(table => table.NotCompared), text => Assert.StartsWith("c_data: of its ", text, StringComparison.Ordinal));
    }

    private static string? RealExportFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Path.Combine(folder.FullName, "shared", "data", "aurora-export-2020", "data") is var candidate && Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }

    private Task<LoadLab> Lab(HeatWaveServer heatWave) => Lab(heatWave, withStatistics: true).CopiedAsync();

    private LoadLab Lab(HeatWaveServer heatWave, bool withStatistics)
    {
        var lab = new LoadLab(servers) { Verify = "statistics", WithStatistics = withStatistics }.At(heatWave.Host, heatWave.Port, heatWave.User, heatWave.Password);
        lab.Options = lab.Options with { Settings = lab.Options.Settings with { Watch = TimeSpan.FromMinutes(4) } };
        return lab.Files(lab.Schema, "payments", [.. Columns.Select(column => column.ToString())], (File(1, 600), 600), (File(601, 400), 400));
    }

    private static byte[] File(int first, int rows)
    {
        using var stream = new MemoryStream();
        using var writer = new ParquetWriter(stream, Columns);
        for (var id = first; id < first + rows; id++)
        {
            writer.Columns[0].Write(id);
            writer.Columns[1].Write(1050L + (100 * id));
            writer.Columns[2].Write((long)id);
            writer.Columns[3].Write(1_599_739_200_500_000L + (id * 1_000_000L));
            writer.Columns[4].Write(Encoding.UTF8.GetBytes(id % 1000 == 0 ? $"表 {id}" : $"größe {id}"));
            writer.Columns[5].WriteNull();
            writer.EndRow();
        }

        writer.Finish();
        return stream.ToArray();
    }
}
