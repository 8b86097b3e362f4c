using System.Globalization;
using System.Text.Json;
using MySqlConnector;
using SnapshotBridge.Local.Databases.HeatWave;
using SnapshotBridge.Local.Databases.Servers;
using SnapshotBridge.Local.Parquet;
using SnapshotBridge.Parquet;
using Xunit;

namespace SnapshotBridge.Local.Tests.Databases;

[Collection(DatabasesShared.Name)]
public sealed class HeatWaveServerTests(DatabasesFixture fixture)
{
    private sealed record Report(string Type, JsonElement Log);

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
            var (input, options) = newForm ? NewForm(schema, target, prefix) : OldForm(schema, target, prefix);

            await CallAsync(connection, input, options);

            Assert.DoesNotContain(await ReportAsync(connection), entry => entry.Type == "error");
            Assert.Equal(rows, await NumberAsync(connection, $"SELECT COUNT(*) FROM {schema}.{target}"));
        }
    }

    [Fact]
    public async Task Call_NormalOutput_GivesHeatWavesBoxesInOrder()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var (input, options) = NewForm("boxes", "city", "exports/task-1/world/world.city/");

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
        var (input, _) = NewForm("silent", "city", "exports/task-1/world/world.city/");

        Assert.Empty(await CallAsync(connection, input, """{"output":"silent"}"""));
        Assert.Equal(2, (await ReportAsync(connection)).Count(entry => entry.Type == "sql"));
    }

    [Fact]
    public async Task Call_DryRun_WritesTheScriptAndCreatesNothing()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var (input, _) = NewForm("dry", "city", "exports/task-1/world/world.city/");

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
        var (input, options) = NewForm("dropped", "every_type", "exports/task-1/zoo/zoo.every_type/");

        await CallAsync(connection, input, options);

        var warnings = (await ReportAsync(connection)).Where(entry => entry.Type == "warn").Select(entry => entry.Log.GetProperty("warn").GetString()!).ToList();
        Assert.Equal(10, warnings.Count);
        Assert.Contains(warnings, warning => warning.Contains("'c_geometry'", StringComparison.Ordinal));
        Assert.Equal(0, await NumberAsync(connection, "SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA='dropped' AND COLUMN_NAME='c_blob'"));
    }

    [Fact]
    public async Task Call_BinaryColumnsThatMayNotBeDropped_AreAnError()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var (input, _) = NewForm("undropped", "every_type", "exports/task-1/zoo/zoo.every_type/");

        await CallAsync(connection, input, """{"policy":"not_disable_unsupported_columns"}""");

        Assert.Equal(6091, ErrorNumber(await ReportAsync(connection)));
    }

    [Fact]
    public async Task Call_AwkwardValues_AreServedAsExported()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var (input, options) = NewForm("values_", "every_type", "exports/task-1/zoo/zoo.every_type/");

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
            var (input, options) = NewForm("tpcc", table, $"real/test/test.{table}/");
            await CallAsync(connection, input, options);
            Assert.DoesNotContain(await ReportAsync(connection), entry => entry.Type == "error");
        }

        Assert.Equal(["20", "210"], await RowAsync(connection, "SELECT CAST(COUNT(*) AS CHAR), CAST(SUM(c_id) AS CHAR) FROM tpcc.customer"));
        Assert.Equal(["2020-09-10 12:17:16.000000", "0.0585"], await RowAsync(connection, "SELECT CAST(c_since AS CHAR), CAST(c_discount AS CHAR) FROM tpcc.customer WHERE c_id=20"));
        Assert.Equal(["eLNEDIW", "300000.00"], await RowAsync(connection, "SELECT w_name, CAST(w_ytd AS CHAR) FROM tpcc.warehouse"));
        Assert.Equal(["1000.00"], await RowAsync(connection, "SELECT CAST(SUM(h_amount) AS CHAR) FROM tpcc.history"));
    }

    [Fact]
    public async Task Call_PrefixWithoutSlash_TakesTheSiblingToo()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var (input, options) = NewForm("siblings", "country", "exports/task-1/world/world.country");

        await CallAsync(connection, input, options);

        // country and countrylanguage differ in their columns.
        Assert.Equal(6093, ErrorNumber(await ReportAsync(connection)));
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
    public async Task Call_NothingUnderThePrefix_Reports6068WithoutAnSqlError()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var (input, options) = NewForm("missing", "t", "exports/task-1/nothing/");

        await CallAsync(connection, input, options);

        Assert.Equal(6068, ErrorNumber(await ReportAsync(connection)));
    }

    [Fact]
    public async Task Call_ExpiredPar_Reports6128WithoutThePar()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var (input, options) = NewForm("expired", "t", "exports/task-1/world/world.city/");
        fixture.Par.Expired = true;
        try
        {
            var boxes = await CallAsync(connection, input, options);

            var report = await ReportAsync(connection);
            Assert.Equal(6128, ErrorNumber(report));
            Assert.DoesNotContain(boxes.SelectMany(box => box.Lines).Concat(report.Select(entry => entry.Log.GetRawText())), text => text.Contains("secret-token", StringComparison.Ordinal));
            Assert.Equal(0, await NumberAsync(connection, "SELECT COUNT(*) FROM sys.sb_heatwave_jobs WHERE input_list LIKE '%secret-token%' OR options LIKE '%secret-token%'"));
        }
        finally
        {
            fixture.Par.Expired = false;
        }
    }

    [Fact]
    public async Task Call_TruncatedParquet_Reports6081()
    {
        var part = fixture.Export.Order.First(key => key.Contains("/world.city/", StringComparison.Ordinal));
        fixture.Par.Objects["truncated/part-00000.parquet"] = fixture.Export.Objects[part][..^100];
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var (input, options) = NewForm("truncated", "city", "truncated/");

        await CallAsync(connection, input, options);

        Assert.Equal(6081, ErrorNumber(await ReportAsync(connection)));
    }

    [Fact]
    public async Task Call_EmptyObject_Reports6069()
    {
        fixture.Par.Objects["marker/_SUCCESS"] = [];
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var (input, options) = NewForm("marker", "t", "marker/");

        await CallAsync(connection, input, options);

        Assert.Equal(6069, ErrorNumber(await ReportAsync(connection)));
    }

    [Fact]
    public async Task Call_PartsThatDisagreeInAType_Reports6088()
    {
        fixture.Par.Objects["disagree/part-00000.parquet"] = OneColumn(ParquetPhysicalType.Int32);
        fixture.Par.Objects["disagree/part-00001.parquet"] = OneColumn(ParquetPhysicalType.Int64);
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var (input, options) = NewForm("disagree", "t", "disagree/");

        await CallAsync(connection, input, options);

        Assert.Equal(6088, ErrorNumber(await ReportAsync(connection)));
    }

    [Fact]
    public async Task Call_TableWithRows_IsRejectedAndLeftAlone()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        await RunAsync(connection, "CREATE DATABASE full_", "CREATE TABLE full_.city (a INT)", "INSERT INTO full_.city VALUES (1)");
        var (input, options) = NewForm("full_", "city", "exports/task-1/world/world.city/");

        var boxes = await CallAsync(connection, input, options);

        Assert.Contains(boxes.Single(box => box.Name == "LAKEHOUSE AUTO SCHEMA INFERENCE").Lines, line => line.Contains("Non-empty existing table is not supported", StringComparison.Ordinal));
        Assert.DoesNotContain(boxes, box => box.Name == "LOADING TABLE");
        Assert.Equal(1, await NumberAsync(connection, "SELECT COUNT(*) FROM full_.city"));
    }

    [Fact]
    public async Task Call_DeclaredTable_KeepsItsTypes()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        await RunAsync(
            connection, "CREATE DATABASE declared",
            "CREATE TABLE declared.city (ID INT UNSIGNED NOT NULL PRIMARY KEY, Name CHAR(35), CountryCode CHAR(3), District CHAR(20), Population BIGINT) DEFAULT CHARSET=utf8mb4");
        var (input, options) = NewForm("declared", "city", "exports/task-1/world/world.city/");

        await CallAsync(connection, input, options);

        Assert.Equal(4079, await NumberAsync(connection, "SELECT COUNT(*) FROM declared.city"));
        Assert.Equal(1, await NumberAsync(connection, "SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA='declared' AND COLUMN_NAME='ID' AND COLUMN_TYPE LIKE '%unsigned%'"));
    }

    [Fact]
    public async Task Call_DeclaredTableTooNarrow_FailsAndIsEmpty()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        await RunAsync(
            connection, "CREATE DATABASE narrow", "CREATE TABLE narrow.city (ID INT, Name CHAR(3), CountryCode CHAR(3), District CHAR(20), Population INT) DEFAULT CHARSET=utf8mb4");
        var (input, options) = NewForm("narrow", "city", "exports/task-1/world/world.city/");

        var boxes = await CallAsync(connection, input, options);

        Assert.Contains("  Table failed to load!", boxes.Single(box => box.Name == "LOADING TABLE").Lines);
        Assert.Equal(6066, ErrorNumber(await ReportAsync(connection)));
        Assert.Equal(0, await NumberAsync(connection, "SELECT COUNT(*) FROM narrow.city"));
    }

    [Theory]
    [InlineData("[", "{}", 3140)]
    [InlineData("[]", "{}", 1210)]
    [InlineData("""[{"db_name":"d","tables":[{"table_name":"t","engine_attribute":{"dialect":{"format":"parquet"},"file":[{"par":"http://127.0.0.1/x"}]}}]}]""", "{}", 1210)]
    [InlineData("""[{"db_name":"d","tables":[{"table_name":"t","engine_attribute":{"file":[]}}]}]""", "{}", 1210)]
    [InlineData("""["d"]""", """{"mode":"fast"}""", 1210)]
    [InlineData("""["d"]""", """{"speed":1}""", 1210)]
    public async Task Call_ArgumentsThatMakeNoSense_AreAnSqlError(string input, string options, int number)
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);

        Assert.Equal(number, (await Assert.ThrowsAsync<MySqlException>(() => CallAsync(connection, input, options))).Number);
    }

    [Fact]
    public async Task Call_InsideAnEvent_LoadsAndItsReportCanBeCopied()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        await RunAsync(connection, "CREATE DATABASE ops", "CREATE TABLE ops.log (type VARCHAR(16), log LONGTEXT)", "CREATE TABLE ops.ended (errno INT)");
        var (input, options) = NewForm("by_event", "products", "exports/task-1/shop/shop.products/");
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

    [Theory]
    [InlineData("faulty.city", "faulty")]
    [InlineData("faulty__*.city", "faulty__20260131_a1")]
    public async Task FailTable_ReportsTheFaultAsHeatWaveDoesAndOnlyAsOften(string table, string schema)
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        fixture.HeatWave.Faults.FailTable(table, 6045, "Bad value in column 2", times: 1);
        var (input, options) = NewForm(schema, "city", "exports/task-1/world/world.city/");

        var boxes = await CallAsync(connection, input, options);

        Assert.Contains("  Table failed to load!", boxes.Single(box => box.Name == "LOADING TABLE").Lines);
        Assert.Equal(6045, ErrorNumber(await ReportAsync(connection)));
        await CallAsync(connection, input, options);
        Assert.Equal(4079, await NumberAsync(connection, $"SELECT COUNT(*) FROM {schema}.city"));
    }

    [Fact]
    public async Task KillSessionDuring_EndsTheCallerAndHaltsTheLoad()
    {
        await using var caller = await fixture.OpenHeatWaveAsync(Token);
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        fixture.HeatWave.Faults.KillSessionDuring("killed.city");
        var (input, options) = NewForm("killed", "city", "exports/task-1/world/world.city/");

        await Assert.ThrowsAsync<MySqlException>(() => CallAsync(caller, input, options));

        await UntilAsync(async () => await NumberAsync(connection, "SELECT COUNT(*) FROM sys.sb_heatwave_jobs WHERE state='running'") == 0);
        Assert.Equal(3889, (await Assert.ThrowsAsync<MySqlException>(() => NumberAsync(connection, "SELECT COUNT(*) FROM killed.city"))).Number);
        // The worker is free again.
        (input, options) = NewForm("after_kill", "city", "exports/task-1/world/world.city/");
        await CallAsync(connection, input, options);
        Assert.Equal(4079, await NumberAsync(connection, "SELECT COUNT(*) FROM after_kill.city"));
    }

    [Fact]
    public async Task StopWorkerAsync_CallsEndWith3889AndNothingIsLoadedLater()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var (input, options) = NewForm("orphan", "city", "exports/task-1/world/world.city/");
        await fixture.HeatWave.StopWorkerAsync();
        try
        {
            Assert.Equal(3889, (await Assert.ThrowsAsync<MySqlException>(() => CallAsync(connection, input, options))).Number);
        }
        finally
        {
            await fixture.HeatWave.StartWorkerAsync(Token);
        }

        // The abandoned job must not come to life; the next one does.
        (input, options) = NewForm("after_orphan", "city", "exports/task-1/world/world.city/");
        await CallAsync(connection, input, options);
        Assert.Equal(0, await NumberAsync(connection, "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME='orphan'"));
        Assert.Equal(4079, await NumberAsync(connection, "SELECT COUNT(*) FROM after_orphan.city"));
    }

    [Fact]
    public async Task StopWorkerAsync_DuringALoad_EndsTheCallWith3889()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        fixture.HeatWave.Faults.Delay("midway.city", TimeSpan.FromMinutes(10));
        var (input, options) = NewForm("midway", "city", "exports/task-1/world/world.city/");
        var call = CallAsync(connection, input, options);
        await using var other = await fixture.OpenHeatWaveAsync(Token);
        await UntilAsync(async () => await NumberAsync(other, "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA='midway'") == 1);

        await fixture.HeatWave.StopWorkerAsync();
        await fixture.HeatWave.StartWorkerAsync(Token);

        Assert.Equal(3889, (await Assert.ThrowsAsync<MySqlException>(() => call)).Number);
    }

    [Fact]
    public async Task GoDownAsync_RefusesConnectionsAndComesBackWithItsData()
    {
        _ = fixture.HeatWave;
        await using var server = await HeatWaveServer.StartAsync(new HeatWaveServerOptions(), Token);
        await using (var before = new MySqlConnection(server.ConnectionString))
        {
            await before.OpenAsync(Token);
            await RunAsync(before, "CREATE DATABASE kept");
        }

        await server.GoDownAsync(Token);
        await using (var refused = new MySqlConnection(server.ConnectionString))
        {
            await Assert.ThrowsAnyAsync<MySqlException>(() => refused.OpenAsync(Token));
        }

        await server.ComeBackAsync(Token);
        await using var after = new MySqlConnection(server.ConnectionString);
        await after.OpenAsync(Token);
        var (input, options) = NewForm("kept", "city", "exports/task-1/world/world.city/");
        await CallAsync(after, input, options);
        Assert.Equal(4079, await NumberAsync(after, "SELECT COUNT(*) FROM kept.city"));
    }

    [Fact]
    public async Task Call_LoadedTable_IsInRpdTablesAndADroppedOneIsNot()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var (input, options) = NewForm("rapid", "city", "exports/task-1/world/world.city/");
        await CallAsync(connection, input, options);
        const string State = "SELECT t.LOAD_STATUS, CAST(t.NROWS AS CHAR) FROM performance_schema.rpd_tables t JOIN performance_schema.rpd_table_id i ON i.ID = t.ID WHERE i.SCHEMA_NAME = 'rapid'";

        Assert.Equal(["AVAIL_RPDGSTABSTATE", "4079"], await RowAsync(connection, State));

        await RunAsync(connection, "DROP TABLE rapid.city");
        Assert.Equal(0, await NumberAsync(connection, "SELECT COUNT(*) FROM performance_schema.rpd_table_id WHERE SCHEMA_NAME = 'rapid'"));
    }

    [Fact]
    public async Task StartAsync_Tls_IsVerifiableWithItsOwnCa()
    {
        _ = fixture.HeatWave;
        await using var server = await MySqlServer.StartAsync(new MySqlServerOptions { Tls = true }, Token);
        using var ca = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(server.CaFile!, Token));
        await using var connection = new MySqlConnection(new MySqlConnectionStringBuilder(server.ConnectionString().ConnectionString) { SslMode = MySqlSslMode.Required }.ConnectionString);

        await connection.OpenAsync(Token);

        Assert.NotEqual("", (await RowAsync(connection, "SHOW STATUS LIKE 'Ssl_cipher'"))[1]);
        Assert.Equal("CN=SnapshotBridge local CA", ca.Subject);
    }

    [Fact]
    public async Task StartAsync_NoSuchBinary_SaysWhatToDo()
    {
        var error = await Assert.ThrowsAsync<DatabaseServerException>(() => MySqlServer.StartAsync(new MySqlServerOptions { Binary = "/no/such/mysqld" }, Token));

        Assert.Contains("'/no/such/mysqld' does not exist", error.Message, StringComparison.Ordinal);
        Assert.Contains("SNAPSHOTBRIDGE_MYSQLD", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartAsync_PortInUse_SaysSo()
    {
        var error = await Assert.ThrowsAsync<DatabaseServerException>(() => MySqlServer.StartAsync(new MySqlServerOptions { Port = fixture.Source.Port }, Token));

        Assert.Contains("did not start", error.Message, StringComparison.Ordinal);
        Assert.Contains("in use", error.Message, StringComparison.Ordinal);
    }

    private (string Input, string Options) NewForm(string schema, string table, string prefix) => (
        $$"""[{"db_name":"{{schema}}","tables":[{"table_name":"{{table}}","engine_attribute":{"dialect":{"format":"parquet"},"file":[{"par":"{{fixture.Par.Url}}","prefix":"{{prefix}}"}] } }] }]""",
        """{"mode":"normal"}""");

    private (string Input, string Options) OldForm(string schema, string table, string prefix) => (
        $$"""["{{schema}}"]""",
        $$"""{"mode":"normal","external_tables":[{"db_name":"{{schema}}","tables":[{"table_name":"{{table}}","dialect":{"format":"parquet"},"file":[{"par":"{{fixture.Par.Url}}","prefix":"{{prefix}}"}] }] }] }""");

    private static async Task<List<(string Name, List<string> Lines)>> CallAsync(MySqlConnection connection, string input, string options)
    {
        await using var command = new MySqlCommand("CALL sys.heatwave_load(@in, @opt)", connection) { CommandTimeout = 0 };
        command.Parameters.AddWithValue("@in", input);
        command.Parameters.AddWithValue("@opt", options);
        await using var reader = await command.ExecuteReaderAsync(Token);
        var boxes = new List<(string, List<string>)>();
        do
        {
            if (reader.FieldCount == 0)
            {
                continue;
            }

            var lines = new List<string>();
            var name = reader.GetName(0);
            while (await reader.ReadAsync(Token))
            {
                lines.Add(reader.GetString(0));
            }

            boxes.Add((name, lines));
        }
        while (await reader.NextResultAsync(Token));
        return boxes;
    }

    private static async Task<List<Report>> ReportAsync(MySqlConnection connection)
    {
        await using var command = new MySqlCommand("SELECT type, CAST(log AS CHAR) FROM sys.heatwave_autopilot_report ORDER BY id", connection);
        await using var reader = await command.ExecuteReaderAsync(Token);
        var report = new List<Report>();
        while (await reader.ReadAsync(Token))
        {
            report.Add(new Report(reader.GetString(0), JsonDocument.Parse(reader.GetString(1)).RootElement));
        }

        return report;
    }

    private static int ErrorNumber(List<Report> report) => Assert.Single(report, entry => entry.Type == "error").Log.GetProperty("error_number").GetInt32();

    private static async Task<long> NumberAsync(MySqlConnection connection, string sql)
    {
        await using var command = new MySqlCommand(sql, connection);
        return Convert.ToInt64(await command.ExecuteScalarAsync(Token), CultureInfo.InvariantCulture);
    }

    private static async Task<List<string?>> RowAsync(MySqlConnection connection, string sql)
    {
        await using var command = new MySqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(Token);
        Assert.True(await reader.ReadAsync(Token));
        return [.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetString(i))];
    }

    private static async Task RunAsync(MySqlConnection connection, params string[] statements)
    {
        foreach (var sql in statements)
        {
            await using var command = new MySqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(Token);
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromMinutes(3));
        while (!await condition())
        {
            await Task.Delay(50, limit.Token);
        }
    }

    private static byte[] OneColumn(ParquetPhysicalType type)
    {
        var output = new MemoryStream();
        using var writer = new ParquetWriter(output, [new ParquetColumn("a", type)]);
        if (type == ParquetPhysicalType.Int32)
        {
            writer.Columns[0].Write(1);
        }
        else
        {
            writer.Columns[0].Write(1L);
        }

        writer.EndRow();
        writer.Finish();
        return output.ToArray();
    }
}
