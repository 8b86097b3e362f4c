using Xunit;
using static SnapshotBridge.Local.Tests.Databases.HeatWaveCalls;

namespace SnapshotBridge.Local.Tests.Databases;

/// <summary>What the load routine does and says where all is well.</summary>
[Collection(DatabasesShared.Name)]
public sealed class HeatWaveServerTests(DatabasesFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Call_EitherForm_LoadsEveryTableWithItsRows(bool newForm)
    {
        var schema = newForm ? "new_form" : "old_form";
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        foreach (var (table, rows) in fixture.Data.Rows.Where(entry => entry.Key is not ("shop.discounts" or "shop.empty_table")))
        {
            var target = table.Replace('.', '_');
            var prefix = $"exports/task-1/{table.Split('.')[0]}/{table}/";
            var (input, options) = newForm ? fixture.NewForm(schema, target, prefix) : fixture.OldForm(schema, target, prefix);

            await CallAsync(connection, input, options);

            Assert.DoesNotContain(await ReportAsync(connection), entry => entry.Type == "error");
            Assert.Equal(rows, await NumberAsync(connection, $"SELECT COUNT(*) FROM {schema}.{target}"));
        }
    }

    [Fact]
    public async Task Call_NormalOutput_GivesHeatWavesBoxesInOrder()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var (input, options) = fixture.NewForm("boxes", "city", "exports/task-1/world/world.city/");

        var boxes = await CallAsync(connection, input, options);

        Assert.Equal(
            ["INITIALIZING HEATWAVE AUTO PARALLEL LOAD", "LAKEHOUSE AUTO SCHEMA INFERENCE", "EXECUTING LOAD", "LOADING TABLE", "LOAD SUMMARY"],
            boxes.Select(box => box.Name));
        Assert.Contains("  Table loaded successfully!", boxes[3].Lines);
    }

    [Fact]
    public async Task Call_Silent_GivesNoResultSetButAReport()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var (input, _) = fixture.NewForm("silent", "city", "exports/task-1/world/world.city/");

        Assert.Empty(await CallAsync(connection, input, """{"output":"silent"}"""));
        Assert.Equal(2, (await ReportAsync(connection)).Count(entry => entry.Type == "sql"));
    }

    [Fact]
    public async Task Call_DryRun_WritesTheScriptAndCreatesNothing()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var (input, _) = fixture.NewForm("dry", "city", "exports/task-1/world/world.city/");

        var boxes = await CallAsync(connection, input, """{"mode":"dryrun"}""");

        Assert.Contains(boxes, box => box.Name == "LOAD SCRIPT GENERATION");
        var script = (await ReportAsync(connection)).Where(entry => entry.Type == "sql").Select(entry => entry.Log.GetProperty("sql").GetString()).ToList();
        Assert.StartsWith("CREATE TABLE `dry`.`city`", script[0], StringComparison.Ordinal);
        Assert.DoesNotContain("secret-token", script[0], StringComparison.Ordinal);
        Assert.Equal(0, await NumberAsync(connection, "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME='dry'"));
    }

    [Fact]
    public async Task Call_BinaryColumns_AreDroppedWithAWarning()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var (input, options) = fixture.NewForm("dropped", "every_type", "exports/task-1/zoo/zoo.every_type/");

        await CallAsync(connection, input, options);

        var warnings = (await ReportAsync(connection)).Where(entry => entry.Type == "warn").Select(entry => entry.Log.GetProperty("warn").GetString()!).ToList();
        Assert.Equal(10, warnings.Count);
        Assert.Contains(warnings, warning => warning.Contains("'c_geometry'", StringComparison.Ordinal));
        Assert.Equal(0, await NumberAsync(connection, "SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA='dropped' AND COLUMN_NAME='c_blob'"));
    }

    [Fact]
    public async Task Call_AwkwardValues_AreServedAsExported()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var (input, options) = fixture.NewForm("values_", "every_type", "exports/task-1/zoo/zoo.every_type/");

        await CallAsync(connection, input, options);

        string[] columns = ["c_bigint_unsigned", "c_decimal_38_10", "c_decimal_65_30", "c_date", "c_time_6", "c_datetime_6", "c_varchar", "c_set"];
        var sql = $"SELECT {string.Join(", ", columns.Select(column => $"CAST({column} AS CHAR)"))} FROM values_.every_type WHERE id=";
        Assert.Equal(
            ["18446744073709551615", "9999999999999999999999999999.9999999999", "99999999999999999999999999999999999.999999999999999999999999999999", "9999-12-31", "838:59:58.999999", "9999-12-31 23:59:59.999999", "𝄞🚲漢字", "a,b,c d"],
            await RowAsync(connection, sql + "2"));
        Assert.Equal(
            ["9223372036854775808", "0.0000000001", "0.000000000000000000000000000001", "2024-02-29", "25:00:00.000001", "2020-09-10 12:17:16.123456", "it's \"quoted\" \\ back\nnew\r\ntab\t,;", "b"],
            await RowAsync(connection, sql + "4"));
        Assert.Equal([null, null, null, null, null, null, null, null], await RowAsync(connection, sql + "5"));
    }

    [Fact]
    public async Task Call_RealExport_HasItsCheckValues()
    {
        var folder = RecordedFolder.Require();
        foreach (var file in Directory.GetFiles(folder, "*.parquet", SearchOption.AllDirectories))
        {
            fixture.Par.Objects["real/" + Path.GetRelativePath(folder, file).Replace('\\', '/')] = await File.ReadAllBytesAsync(file, Token);
        }

        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        foreach (var table in new[] { "customer", "district", "history", "item", "new_order", "order_line", "orders", "stock", "warehouse" })
        {
            var (input, options) = fixture.NewForm("tpcc", table, $"real/test/test.{table}/");
            await CallAsync(connection, input, options);
            Assert.DoesNotContain(await ReportAsync(connection), entry => entry.Type == "error");
        }

        Assert.Equal(["20", "210"], await RowAsync(connection, "SELECT CAST(COUNT(*) AS CHAR), CAST(SUM(c_id) AS CHAR) FROM tpcc.customer"));
        Assert.Equal(["2020-09-10 12:17:16.000000", "0.0585"], await RowAsync(connection, "SELECT CAST(c_since AS CHAR), CAST(c_discount AS CHAR) FROM tpcc.customer WHERE c_id=20"));
        Assert.Equal(["eLNEDIW", "300000.00"], await RowAsync(connection, "SELECT w_name, CAST(w_ytd AS CHAR) FROM tpcc.warehouse"));
        Assert.Equal(["1000.00"], await RowAsync(connection, "SELECT CAST(SUM(h_amount) AS CHAR) FROM tpcc.history"));
    }

    [Fact]
    public async Task Call_NamePatternAndObjectPar_TakeWhatTheyName()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var part = fixture.Export.Order.First(key => key.Contains("/shop.audit_log/2/", StringComparison.Ordinal) && key.EndsWith(".parquet", StringComparison.Ordinal));
        string[] files =
        [
            $$"""{"par":"{{fixture.Par.Url}}","name":"{{part}}"}""",
            $$"""{"par":"{{fixture.Par.Url}}","pattern":"exports/task-1/shop/shop.audit_log/2/.*[.]parquet"}""",
            $$"""{"par":"{{fixture.Par.Url}}{{part}}"}""",
        ];
        for (var i = 0; i < files.Length; i++)
        {
            var input = $$"""[{"db_name":"picked","tables":[{"table_name":"t{{i}}","engine_attribute":{"dialect":{"format":"parquet"},"file":[{{files[i]}}] } }] }]""";
            await CallAsync(connection, input, "{}");
            Assert.Equal(20_000, await NumberAsync(connection, $"SELECT COUNT(*) FROM picked.t{i}"));
        }
    }

    [Fact]
    public async Task Call_DeclaredTable_KeepsItsTypes()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        await RunAsync(
            connection, "CREATE DATABASE declared",
            "CREATE TABLE declared.city (ID INT UNSIGNED NOT NULL PRIMARY KEY, Name CHAR(35), CountryCode CHAR(3), District CHAR(20), Population BIGINT) DEFAULT CHARSET=utf8mb4");
        var (input, options) = fixture.NewForm("declared", "city", "exports/task-1/world/world.city/");

        await CallAsync(connection, input, options);

        Assert.Equal(4079, await NumberAsync(connection, "SELECT COUNT(*) FROM declared.city"));
        Assert.Equal(1, await NumberAsync(connection, "SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA='declared' AND COLUMN_NAME='ID' AND COLUMN_TYPE LIKE '%unsigned%'"));
    }

    [Fact]
    public async Task Call_InsideAnEvent_LoadsAndItsReportCanBeCopied()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        await RunAsync(connection, "CREATE DATABASE ops", "CREATE TABLE ops.log (type VARCHAR(16), log LONGTEXT)", "CREATE TABLE ops.ended (errno INT)");
        var (input, options) = fixture.NewForm("by_event", "products", "exports/task-1/shop/shop.products/");
        await RunAsync(connection, $"""
            CREATE EVENT ops.e ON SCHEDULE AT CURRENT_TIMESTAMP ON COMPLETION NOT PRESERVE DO BEGIN
              DECLARE v INT;
              BEGIN
                DECLARE EXIT HANDLER FOR SQLEXCEPTION GET DIAGNOSTICS CONDITION 1 v = MYSQL_ERRNO;
                CALL sys.heatwave_load('{input}', '{options}');
                INSERT INTO ops.log SELECT type, log FROM sys.heatwave_autopilot_report;
              END;
              INSERT INTO ops.ended VALUES (v);
            END
            """);

        await UntilAsync(async () => await NumberAsync(connection, "SELECT COUNT(*) FROM ops.ended") == 1);

        Assert.Equal(0, await NumberAsync(connection, "SELECT COUNT(errno) FROM ops.ended"));
        Assert.Equal(500, await NumberAsync(connection, "SELECT COUNT(*) FROM by_event.products"));
        Assert.Equal(1, await NumberAsync(connection, "SELECT COUNT(*) FROM ops.log WHERE type='warn'"));
    }

    [Fact]
    public async Task Call_LoadedTable_IsInRpdTablesAndADroppedOneIsNot()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var (input, options) = fixture.NewForm("rapid", "city", "exports/task-1/world/world.city/");
        await CallAsync(connection, input, options);
        const string State = "SELECT t.LOAD_STATUS, CAST(t.NROWS AS CHAR) FROM performance_schema.rpd_tables t JOIN performance_schema.rpd_table_id i ON i.ID = t.ID WHERE i.SCHEMA_NAME = 'rapid'";

        Assert.Equal(["AVAIL_RPDGSTABSTATE", "4079"], await RowAsync(connection, State));

        await RunAsync(connection, "DROP TABLE rapid.city");
        Assert.Equal(0, await NumberAsync(connection, "SELECT COUNT(*) FROM performance_schema.rpd_table_id WHERE SCHEMA_NAME = 'rapid'"));
    }
}
