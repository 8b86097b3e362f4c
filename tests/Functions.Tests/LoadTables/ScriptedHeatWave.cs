using MySqlConnector;
using SnapshotBridge.Local.Databases.Servers;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables;

/// <summary>
/// A private server whose <c>sys.heatwave_load</c> does to each table what a test has written down for it: load so many
/// rows, take so long, report an error in HeatWave's way, raise one. It notes every CALL.
/// </summary>
internal sealed class ScriptedHeatWave : IAsyncDisposable
{
    // HeatWave's report of a failed table is text and a report row, no SQL error.
    private static readonly string[] Setup =
    [
        "CREATE DATABASE IF NOT EXISTS scripted",
        "CREATE TABLE scripted.behaviour (schema_name VARCHAR(64), table_name VARCHAR(64), column_list TEXT, row_count INT, seconds DOUBLE, error TEXT, raised INT, warning TEXT, PRIMARY KEY (schema_name, table_name)) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        "CREATE TABLE scripted.calls (id INT AUTO_INCREMENT PRIMARY KEY, schema_name VARCHAR(64), table_name VARCHAR(64), input LONGTEXT, options LONGTEXT, connection_id BIGINT) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        "CREATE TABLE scripted.held (schema_name VARCHAR(64), table_name VARCHAR(64), PRIMARY KEY (schema_name, table_name)) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        """
        CREATE PROCEDURE sys.heatwave_load(IN p_input LONGTEXT CHARACTER SET utf8mb4, IN p_options LONGTEXT CHARACTER SET utf8mb4)
        BEGIN
          DECLARE v_schema, v_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
          DECLARE v_par, v_columns, v_error, v_warning, v_target TEXT CHARACTER SET utf8mb4;
          DECLARE v_rows, v_raised, v_existing INT;
          DECLARE v_seconds DOUBLE;
          SET v_schema = JSON_UNQUOTE(JSON_EXTRACT(p_input, '$[0].db_name'));
          SET v_table = JSON_UNQUOTE(JSON_EXTRACT(p_input, '$[0].tables[0].table_name'));
          SET v_par = JSON_UNQUOTE(JSON_EXTRACT(p_input, '$[0].tables[0].engine_attribute.file[0].par'));
          CREATE TEMPORARY TABLE IF NOT EXISTS sys.heatwave_autopilot_report (id BIGINT AUTO_INCREMENT PRIMARY KEY, type VARCHAR(20), log LONGTEXT);
          DELETE FROM sys.heatwave_autopilot_report;
          INSERT INTO scripted.calls (schema_name, table_name, input, options, connection_id) VALUES (v_schema, v_table, p_input, p_options, CONNECTION_ID());
          COMMIT;
          SELECT 'Welcome' AS `INITIALIZING HEATWAVE AUTO PARALLEL LOAD`;
          SELECT column_list, row_count, seconds, error, raised, warning INTO v_columns, v_rows, v_seconds, v_error, v_raised, v_warning
            FROM scripted.behaviour WHERE schema_name = v_schema AND table_name = v_table;
          IF v_seconds > 0 THEN DO SLEEP(v_seconds); END IF;
          WHILE EXISTS (SELECT 1 FROM scripted.held WHERE schema_name = v_schema AND table_name = v_table) DO DO SLEEP(0.05); END WHILE;
          SET v_error = REPLACE(v_error, '{par}', v_par);
          IF v_raised IS NOT NULL THEN
            -- MySQL takes no longer text.
            SET v_error = LEFT(v_error, 128);
            SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = v_raised, MESSAGE_TEXT = v_error;
          END IF;
          INSERT INTO sys.heatwave_autopilot_report (type, log) VALUES ('info', '{"message":"hello"}');
          IF v_warning IS NOT NULL THEN
            INSERT INTO sys.heatwave_autopilot_report (type, log) VALUES ('warn', JSON_OBJECT('warn', v_warning));
          END IF;
          SELECT COUNT(*) INTO v_existing FROM information_schema.TABLES WHERE TABLE_SCHEMA = v_schema AND TABLE_NAME = v_table;
          IF v_existing > 0 THEN
            SET v_error = 'Non-empty existing table is not supported';
          END IF;
          IF v_error IS NOT NULL THEN
            INSERT INTO sys.heatwave_autopilot_report (type, log) VALUES ('error', JSON_OBJECT('error', v_error, 'table_name', v_table));
            SELECT 'Table failed to load!' AS `LOADING TABLE`;
          ELSE
            SET v_target = CONCAT('`', REPLACE(v_schema, '`', '``'), '`.`', REPLACE(v_table, '`', '``'), '`');
            SET @scripted = CONCAT('CREATE TABLE ', v_target, ' (', v_columns, ')');
            PREPARE scripted FROM @scripted;
            EXECUTE scripted;
            SET @scripted = CONCAT('INSERT INTO ', v_target, ' (id) WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99) SELECT a.i * 100 + b.i + 1 FROM n a CROSS JOIN n b WHERE a.i * 100 + b.i < ', v_rows);
            PREPARE scripted FROM @scripted;
            EXECUTE scripted;
            DEALLOCATE PREPARE scripted;
            SELECT 'Table loaded successfully!' AS `LOADING TABLE`;
          END IF;
        END
        """,
    ];

    private ScriptedHeatWave(MySqlServer server) => Server = server;

    public MySqlServer Server { get; }

    public static async Task<ScriptedHeatWave> StartAsync(bool withProcedure, CancellationToken cancellationToken)
    {
        var heatWave = new ScriptedHeatWave(await MySqlServer.StartAsync(new MySqlServerOptions { User = "loader" }, cancellationToken));
        foreach (var statement in withProcedure ? Setup : [])
        {
            await heatWave.ExecuteAsync(statement);
        }

        return heatWave;
    }

    /// <summary>What the next CALL for a table does.</summary>
    public Task BehaveAsync(string schema, string table, int rows, string columns = "id INT, name VARCHAR(20)", double seconds = 0, string? error = null, int? raised = null, string? warning = null) =>
        ExecuteAsync(
            "REPLACE INTO scripted.behaviour VALUES (@schema, @table, @columns, @rows, @seconds, @error, @raised, @warning)",
            ("schema", schema), ("table", table), ("columns", columns), ("rows", rows), ("seconds", seconds), ("error", error), ("raised", raised), ("warning", warning));

    /// <summary>Makes every CALL for a table last until it is released.</summary>
    public Task HoldAsync(string schema, string table) => ExecuteAsync("INSERT INTO scripted.held VALUES (@schema, @table)", ("schema", schema), ("table", table));

    public Task ReleaseAsync(string schema, string table) =>
        ExecuteAsync("DELETE FROM scripted.held WHERE schema_name = @schema AND table_name = @table", ("schema", schema), ("table", table));

    /// <summary>Waits until so many CALLs for a schema have begun.</summary>
    public async Task CalledAsync(string schema, int times)
    {
        while ((await CallsAsync(schema)).Count < times)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>The first argument of every CALL for a schema so far, in order.</summary>
    public Task<List<string>> CallsAsync(string schema) => ColumnAsync("SELECT input FROM scripted.calls WHERE schema_name = @schema ORDER BY id", ("schema", schema));

    public async Task<long> CountAsync(string schema, string table) => long.Parse(
        (await ColumnAsync($"SELECT COUNT(*) FROM `{schema.Replace("`", "``", StringComparison.Ordinal)}`.`{table.Replace("`", "``", StringComparison.Ordinal)}`"))[0],
        System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Everything that our bookkeeping holds of an export, as text.</summary>
    public async Task<string> LedgerTextAsync(string exportTaskId)
    {
        const string OfExport = "export_task_id = @export";
        const string OfLoads = $"load_id IN (SELECT load_id FROM snapshotbridge.queue WHERE {OfExport})";
        var text = new List<string>();
        foreach (var (table, condition) in ((string, string)[])[("tables", OfExport), ("queue", OfExport), ("queue_steps", OfLoads), ("queue_workers", OfExport), ("messages", OfLoads)])
        {
            await using var connection = await OpenAsync();
            await using var command = Command(connection, $"SELECT * FROM snapshotbridge.{table} WHERE {condition}", [("export", exportTaskId)]);
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                text.AddRange(Enumerable.Range(0, reader.FieldCount).Select(column => Convert.ToString(reader.GetValue(column), System.Globalization.CultureInfo.InvariantCulture) ?? ""));
            }
        }

        return string.Join('\n', text);
    }

    public async Task<List<string>> ColumnAsync(string sql, params (string Name, object? Value)[] parameters)
    {
        await using var connection = await OpenAsync();
        await using var command = Command(connection, sql, parameters);
        await using var reader = await command.ExecuteReaderAsync();
        var values = new List<string>();
        while (await reader.ReadAsync())
        {
            values.Add(Convert.ToString(reader.GetValue(0), System.Globalization.CultureInfo.InvariantCulture) ?? "");
        }

        return values;
    }

    public async Task ExecuteAsync(string sql, params (string Name, object? Value)[] parameters)
    {
        await using var connection = await OpenAsync();
        await using var command = Command(connection, sql, parameters);
        await command.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    private static MySqlCommand Command(MySqlConnection connection, string sql, (string Name, object? Value)[] parameters)
    {
        var command = new MySqlCommand(sql, connection);
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue($"@{name}", value);
        }

        return command;
    }

    public async Task<MySqlConnection> OpenAsync()
    {
        var connection = new MySqlConnection(
            $"Server={Server.Host};Port={Server.Port};User ID={Server.User};Password={Server.Password};SslMode=None;ConnectionTimeout=120;DefaultCommandTimeout=0;AllowPublicKeyRetrieval=true;AllowUserVariables=true;Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return connection;
    }
}
