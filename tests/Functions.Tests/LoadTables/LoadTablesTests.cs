using System.Text;
using System.Text.Json;
using SnapshotBridge.Loading;
using SnapshotBridge.Reporting;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables;

/// <summary>One run of the load: what is served afterwards, and what is said of it.</summary>
[Collection(LoadTablesTestGroup.Name)]
public sealed class LoadTablesTests(LoadServers servers)
{
    private ScriptedHeatWave HeatWave => servers.HeatWave;

    [Fact]
    public async Task Handle_CopiedExport_LoadsEveryTableAndReports()
    {
        var lab = await new LoadLab(servers).Table("country", 200, 39).Table("city", 4079).Table("nothing").Skipped("shop.shop.bad names", "a column name with a space").CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "country", rows: 239);
        await HeatWave.BehaveAsync(lab.Schema, "city", rows: 4079, warning: "2 values were rounded");

        var output = await lab.InvokeAsync();

        Assert.Equal("LOADED", output.GetProperty("status").GetString());
        Assert.Equal(3, output.GetProperty("tables").GetInt32());
        Assert.Equal(4318, output.GetProperty("rows").GetInt64());
        Assert.True(output.GetProperty("bytes").GetInt64() > 0);
        Assert.Equal($"bridge/{lab.ExportTaskId}/reports/execution-1/report.json", output.GetProperty("reportKey").GetString());
        Assert.Equal(239, await HeatWave.CountAsync(lab.Schema, "country"));
        Assert.Equal(4079, await HeatWave.CountAsync(lab.Schema, "city"));

        var report = await lab.ReportAsync();
        Assert.True(report.Succeeded);
        Assert.Equal((2, 1, 1, 0), (report.Totals.Loaded, report.Totals.Empty, report.Totals.Skipped, report.Totals.Failed));
        var city = report.Tables.Single(table => table.Table == "city");
        Assert.Equal((TableStatus.Loaded, 4079, 4079), (city.Status, city.RowsExported, city.RowsLoaded));
        Assert.Equal(["2 values were rounded"], city.Warnings);
        Assert.NotNull(city.LoadSeconds);
        Assert.Contains("4,318", Encoding.UTF8.GetString(await lab.DocumentAsync("reports/execution-1/report.html")), StringComparison.Ordinal);
        await lab.AssertNoSecretsAsync();
    }

    [Fact]
    public async Task Handle_CopiedExport_CallsWithTheExactPrefixThroughAParOfThisRunOnly()
    {
        var lab = await new LoadLab(servers).Table("country", 5).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "country", rows: 5);

        await lab.InvokeAsync();

        using var input = JsonDocument.Parse(Assert.Single(await HeatWave.CallsAsync(lab.Schema)));
        var file = input.RootElement[0].GetProperty("tables")[0].GetProperty("engine_attribute").GetProperty("file")[0];
        Assert.Equal($"{lab.Folder}{lab.Schema}/{lab.Schema}.country/", file.GetProperty("prefix").GetString());
        Assert.EndsWith($"/n/{servers.Oci.Store.Namespace}/b/{LoadServers.OciBucket}/o/", file.GetProperty("par").GetString(), StringComparison.Ordinal);
        Assert.Equal(["{\"mode\":\"normal\"}"], await HeatWave.ColumnAsync("SELECT options FROM scripted.calls WHERE schema_name = @schema", ("schema", lab.Schema)));

        var par = Assert.Single(lab.Pars());
        Assert.Equal((lab.Folder, "AnyObjectRead", true), (par.ObjectName, par.AccessType, par.AllowsListing));
        Assert.Equal($"snapshotbridge.{lab.ExportTaskId}.execution-1.1.0", par.Name);
        // Two hours for each load, and a quarter of one in which loads may begin.
        Assert.InRange(par.TimeExpires - par.TimeCreated, TimeSpan.FromMinutes(134), TimeSpan.FromMinutes(136));
        // A second one may have begun while the first ended; nothing is left of either.
        var workers = await HeatWave.ColumnAsync("SELECT worker_id FROM snapshotbridge.queue_workers WHERE carrier = 'event' AND export_task_id = @export", ("export", lab.ExportTaskId));
        Assert.NotEmpty(workers);
        foreach (var worker in workers)
        {
            Assert.Empty(await HeatWave.ColumnAsync("SELECT EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_NAME = @event", ("event", $"load_{worker}")));
        }
    }

    [Fact]
    public async Task Handle_CopiedExport_WritesTheManifestBesideTheDatabasesOnce()
    {
        var lab = await new LoadLab(servers).Table("country", 5).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "country", rows: 5);

        await lab.InvokeAsync();
        var first = servers.Oci.Store.Find(LoadServers.OciBucket, $"{lab.Folder}_MANIFEST.json")!;
        await lab.InvokeAsync("execution-2");

        Assert.Equal(first.ETag, servers.Oci.Store.Find(LoadServers.OciBucket, $"{lab.Folder}_MANIFEST.json")!.ETag);
        using var manifest = JsonDocument.Parse(servers.Oci.Store.Read(LoadServers.OciBucket, first.Name));
        var table = manifest.RootElement.GetProperty("tables")[0];
        Assert.Equal(5, table.GetProperty("rows").GetInt64());
        Assert.NotEmpty(table.GetProperty("objects")[0].GetProperty("crc32C").GetString()!);
    }

    [Fact]
    public async Task Handle_OneTableFails_TriesAllReportsThenNamesIt()
    {
        var lab = await new LoadLab(servers).Table("bad", 3).Table("good", 7).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "bad", rows: 3, error: "Unable to load from {par}: Col 2: Data was truncated");
        await HeatWave.BehaveAsync(lab.Schema, "good", rows: 7);

        var exception = await Assert.ThrowsAsync<TablesNotLoadedException>(() => lab.InvokeAsync());

        Assert.Contains("1 of 2 tables was not loaded", exception.Message, StringComparison.Ordinal);
        Assert.Contains($"{lab.Schema}.bad (HeatWave reported: Unable to load from ", exception.Message, StringComparison.Ordinal);
        Assert.Contains("/p/***/n/", exception.Message, StringComparison.Ordinal);
        Assert.Contains($"bridge/{lab.ExportTaskId}/reports/execution-1/report.json", exception.Message, StringComparison.Ordinal);
        Assert.Equal(TableStatus.Loaded, (await lab.ReportOfAsync("good")).Status);
        Assert.Equal(TableStatus.Failed, (await lab.ReportOfAsync("bad")).Status);
        Assert.False((await lab.ReportAsync()).Succeeded);
        await lab.AssertNoSecretsAsync();
    }

    [Fact]
    public async Task Handle_RedriveAfterFailure_LoadsOnlyWhatIsMissing()
    {
        var lab = await new LoadLab(servers).Table("bad", 3).Table("good", 7).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "bad", rows: 3, error: "out of memory");
        await HeatWave.BehaveAsync(lab.Schema, "good", rows: 7);
        await Assert.ThrowsAsync<TablesNotLoadedException>(() => lab.InvokeAsync());
        await HeatWave.BehaveAsync(lab.Schema, "bad", rows: 3);

        var output = await lab.InvokeAsync();

        Assert.Equal("LOADED", output.GetProperty("status").GetString());
        Assert.Equal(10, output.GetProperty("rows").GetInt64());
        Assert.Equal(3, (await HeatWave.CallsAsync(lab.Schema)).Count);
        Assert.Contains("earlier run", (await lab.ReportOfAsync("good")).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handle_ErrorRaisedByTheCall_FailsThatTableWithItsNumber()
    {
        var lab = await new LoadLab(servers).Table("bad", 3).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "bad", rows: 3, raised: 3889, error: "Secondary engine operation failed for {par}");

        var exception = await Assert.ThrowsAsync<TablesNotLoadedException>(() => lab.InvokeAsync());

        Assert.Contains("the load failed with error 3889: Secondary engine operation failed for ", exception.Message, StringComparison.Ordinal);
        await lab.AssertNoSecretsAsync();
    }

    [Fact]
    public async Task Handle_FewerRowsThanExported_FailsWithBothCounts()
    {
        var lab = await new LoadLab(servers).Table("short", 10).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "short", rows: 9);

        var exception = await Assert.ThrowsAsync<TablesNotLoadedException>(() => lab.InvokeAsync());

        Assert.Contains("HeatWave serves 9 rows but the export holds 10", exception.Message, StringComparison.Ordinal);
        Assert.Equal((10, 9), ((await lab.ReportOfAsync("short")).RowsExported, (await lab.ReportOfAsync("short")).RowsLoaded));
    }

    [Fact]
    public async Task Handle_ColumnDroppedByTheServer_IsAWarningWithItsName()
    {
        var lab = await new LoadLab(servers).Table("partial", 4).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "partial", rows: 4, columns: "id INT");

        await lab.InvokeAsync();

        var line = await lab.ReportOfAsync("partial");
        Assert.Equal(TableStatus.Loaded, line.Status);
        Assert.Equal(["name"], line.DroppedColumns);
        Assert.Equal(["HeatWave does not serve column name"], line.Warnings);
    }

    [Theory]
    [InlineData("back`tick", "it's \"quoted\"")]
    [InlineData("größe", "表")]
    public async Task Handle_AwkwardNames_AreLoadedUnderExactlyThese(string schema, string table)
    {
        var lab = new LoadLab(servers);
        schema = $"{schema}_{lab.Schema}";
        await lab.Table(schema, table, ["id INT32"], 4).CopiedAsync();
        await HeatWave.BehaveAsync(schema, table, rows: 4);

        await lab.InvokeAsync();

        Assert.Equal(4, await HeatWave.CountAsync(schema, table));
    }

    [Fact]
    public async Task Handle_PartsThatDisagree_FailThatTableWithoutACall()
    {
        var lab = new LoadLab(servers).Table("mixed", 2, 3).Table("good", 1);
        lab.ReplaceColumns(1, "id INT64", "name BYTE_ARRAY (UTF8)");
        await lab.CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "good", rows: 1);

        var exception = await Assert.ThrowsAsync<TablesNotLoadedException>(() => lab.InvokeAsync());

        Assert.Contains("column 1 is 'id INT32' and 'id INT64'", exception.Message, StringComparison.Ordinal);
        Assert.Single(await HeatWave.CallsAsync(lab.Schema));
    }

    [Fact]
    public async Task Handle_NothingToLoad_ReportsEmptyTables()
    {
        var lab = await new LoadLab(servers).Table("nothing").CopiedAsync();

        var output = await lab.InvokeAsync();

        Assert.Equal("LOADED", output.GetProperty("status").GetString());
        Assert.Equal(0, output.GetProperty("rows").GetInt64());
        Assert.Empty(lab.Pars());
    }

    [Theory]
    [InlineData(LoadMode.Connection)]
    [InlineData(LoadMode.Event)]
    public async Task Handle_EitherMode_LoadsTheSame(LoadMode mode)
    {
        var lab = await new LoadLab(servers).Table("bad", 3).Table("good", 7).Table("other", 8).CopiedAsync();
        lab.Options = lab.Options with { Settings = lab.Options.Settings with { Mode = mode } };
        await HeatWave.BehaveAsync(lab.Schema, "bad", rows: 3, error: "truncated at {par}");
        await HeatWave.BehaveAsync(lab.Schema, "good", rows: 7, warning: "rounded");
        await HeatWave.BehaveAsync(lab.Schema, "other", rows: 8, raised: 3889, error: "failed at {par}");

        var exception = await Assert.ThrowsAsync<TablesNotLoadedException>(() => lab.InvokeAsync());

        Assert.Contains("2 of 3 tables were not loaded", exception.Message, StringComparison.Ordinal);
        Assert.Equal(7, await HeatWave.CountAsync(lab.Schema, "good"));
        Assert.Equal(["rounded"], (await lab.ReportOfAsync("good")).Warnings);
        Assert.StartsWith("HeatWave reported: truncated at ", (await lab.ReportOfAsync("bad")).Reason, StringComparison.Ordinal);
        Assert.StartsWith("the load failed with error 3889: failed at ", (await lab.ReportOfAsync("other")).Reason, StringComparison.Ordinal);
        Assert.Single(lab.Pars());
        await lab.AssertNoSecretsAsync();
    }
}
