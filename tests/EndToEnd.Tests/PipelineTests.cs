using System.Globalization;
using MySqlConnector;
using SnapshotBridge.Announcing;
using SnapshotBridge.Local.Running;
using SnapshotBridge.Reporting;

namespace SnapshotBridge.EndToEnd.Tests;

/// <summary>The main job: export, copy, load, reconcile.</summary>
public sealed class PipelineTests
{
    [Fact]
    public async Task Run_GeneratedSource_EveryTableArrivesWithItsRows()
    {
        var outcome = await LocalRuns.RunAsync(options => options, async (cloud, ended) =>
        {
            Assert.Equal(
                ["CopyTableFunction", "ExportEndedFunction", "ExportMarkerFunction", "LoadTablesFunction", "PlanCopyFunction", "StartExportFunction"],
                Rights.Functions(cloud).Order(StringComparer.Ordinal));

            // The counts of the source itself, not of the export.
            Assert.All(
                cloud.SourceRows.Where(source => source.Value > 0 && source.Key != "shop.discounts"),
                source => Assert.Equal(source.Value, ended.Report!.Tables.Single(table => $"{table.Schema}.{table.Table}" == source.Key).RowsLoaded));
            foreach (var table in new[] { "world.country", "world.countrylanguage", "world.city", "shop.orders", "zoo.every_type" })
            {
                Assert.Equal(await ScalarAsync(cloud.Aurora!.ConnectionString().ConnectionString, table), await ScalarAsync(cloud.HeatWave.ConnectionString, table));
            }

            await StateTransitions.AssertAsPlannedAsync(cloud, ended);
        });

        Assert.True(outcome.Succeeded, outcome.LastLine);
        var report = Assert.IsType<RunReport>(outcome.Report);
        var announced = Assert.IsType<RunCompletion>(outcome.Announced);
        Assert.Equal((RunVerdict.Succeeded, report.Totals.Rows, report.Totals.Loaded), (announced.Verdict, announced.Totals.Rows, announced.Totals.TablesLoaded));
        Assert.EndsWith($"/reports/{outcome.Execution}/report.json", announced.ReportKey, StringComparison.Ordinal);
        Assert.Equal(239, Table(report, "world", "country").RowsLoaded);
        Assert.Equal(984, Table(report, "world", "countrylanguage").RowsLoaded);
        Assert.Equal(4079, Table(report, "world", "city").RowsLoaded);
        Assert.All(report.Tables.Where(table => table.Status == TableStatus.Loaded), table => Assert.Equal(table.RowsExported, table.RowsLoaded));
        var empty = Table(report, "shop", "empty_table");
        Assert.Equal((TableStatus.Empty, "it holds no rows; it is there with its 2 declared columns"), (empty.Status, empty.Reason));
        Assert.Empty(empty.Warnings);
        Assert.Equal(TableStatus.Skipped, report.Tables.Single(table => table.Table == "discounts").Status);
        Assert.StartsWith($"RUN SUCCEEDED execution={outcome.Execution} tables={report.Totals.Loaded} rows={report.Totals.Rows} bytes={report.Totals.Bytes} report=", outcome.LastLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_EventTrigger_StartsThroughTheTemplatesRule()
    {
        var outcome = await LocalRuns.RunAsync(options => options with { Trigger = RunTrigger.Event });

        Assert.True(outcome.Succeeded, outcome.LastLine);
        Assert.NotNull(outcome.Report);
    }

    [Fact]
    public async Task Run_RealAuroraExport_NineTablesArriveWithTheirValues()
    {
        var recording = Path.GetFullPath(Path.Combine(Checkout.Find(AppContext.BaseDirectory), "..", "shared", "data", "aurora-export-2020", "data"));
        Assert.SkipUnless(Directory.Exists(recording), "The recorded Aurora export is not beside the checkout.");

        var outcome = await LocalRuns.RunAsync(options => options with { FromExport = recording }, async (cloud, _) =>
        {
            var heatWave = cloud.HeatWave.ConnectionString;
            Assert.Equal("210", await TextAsync(heatWave, "SELECT SUM(c_id) FROM test.customer"));
            Assert.Equal("2020-09-10 12:17:16", await TextAsync(heatWave, "SELECT DATE_FORMAT(c_since, '%Y-%m-%d %H:%i:%s') FROM test.customer WHERE c_id = 20"));
            Assert.Equal("0.0585", await TextAsync(heatWave, "SELECT CAST(c_discount AS CHAR) FROM test.customer WHERE c_id = 20"));
            Assert.Equal("eLNEDIW", await TextAsync(heatWave, "SELECT w_name FROM test.warehouse"));
            Assert.Equal("300000.00", await TextAsync(heatWave, "SELECT CAST(w_ytd AS CHAR) FROM test.warehouse"));
            Assert.Equal("1000.00", await TextAsync(heatWave, "SELECT CAST(SUM(h_amount) AS CHAR) FROM test.history"));
        });

        Assert.True(outcome.Succeeded, outcome.LastLine);
        Assert.Equal(
            ["customer 20", "district 10", "history 100", "item 100", "new_order 100", "order_line 100", "orders 100", "stock 50", "warehouse 1"],
            outcome.Report!.Tables.Select(table => string.Create(CultureInfo.InvariantCulture, $"{table.Table} {table.RowsLoaded}")).Order());
    }

    [Fact]
    public async Task Run_ScopeAndTargetSchemas_OnlyTheseTablesArriveThere()
    {
        var outcome = await LocalRuns.RunAsync(options => options with
        {
            Request = """{"snapshotArn":"arn:aws:rds:us-east-1:123456789012:cluster-snapshot:rds:local-aurora-2026-01-31-03-10","exportOnly":["world"],"targetSchemas":{"world":"world_eu"},"parHours":2}""",
        });

        Assert.True(outcome.Succeeded, outcome.LastLine);
        Assert.Equal(["world_eu.city", "world_eu.country", "world_eu.countrylanguage"], outcome.Report!.Tables.Select(table => $"{table.TargetSchema}.{table.Table}").Order());
    }

    private static TableReport Table(RunReport report, string schema, string table) =>
        report.Tables.Single(candidate => candidate.TargetSchema == schema && candidate.Table == table);

    private static async Task<long> ScalarAsync(string connectionString, string table) =>
        long.Parse(await TextAsync(connectionString, $"SELECT COUNT(*) FROM {table}"), CultureInfo.InvariantCulture);

    private static async Task<string> TextAsync(string connectionString, string sql)
    {
        await using var connection = new MySqlConnection(connectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new MySqlCommand(sql, connection);
        return Convert.ToString(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken), CultureInfo.InvariantCulture) ?? "";
    }
}
