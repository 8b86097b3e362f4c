using System.Text.Json;
using MySqlConnector;
using SnapshotBridge.Local.Databases.HeatWave;
using Xunit;

namespace SnapshotBridge.Local.Tests.Databases.Front;

/// <summary>HeatWave's statements where no client sends them: in events and in tasks.</summary>
[Collection(DatabasesShared.Name)]
public sealed class TaskTests(DatabasesFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Event_StatementsPreparedFromARow_AreTranslatedWhenTheyArePrepared()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        await DeclaredTableTests.RunAsync(connection, "CREATE DATABASE prepared", "CREATE TABLE prepared.steps (n INT, sql_text TEXT)", "CREATE TABLE prepared.ended (errno INT, text TEXT)");
        foreach (var (index, statement) in Steps("prepared.city").Index())
        {
            await using var insert = new MySqlCommand("INSERT INTO prepared.steps VALUES (@n, @text)", connection);
            insert.Parameters.AddWithValue("@n", index);
            insert.Parameters.AddWithValue("@text", statement);
            await insert.ExecuteNonQueryAsync(Token);
        }

        await DeclaredTableTests.RunAsync(connection, """
            CREATE EVENT prepared.e ON SCHEDULE AT CURRENT_TIMESTAMP ON COMPLETION NOT PRESERVE DO BEGIN
              DECLARE v_errno, v_step INT DEFAULT 0;
              DECLARE v_text TEXT;
              BEGIN
                DECLARE EXIT HANDLER FOR SQLEXCEPTION GET DIAGNOSTICS CONDITION 1 v_errno = MYSQL_ERRNO, v_text = MESSAGE_TEXT;
                WHILE v_step < 2 DO
                  SELECT sql_text INTO @step FROM prepared.steps WHERE n = v_step;
                  PREPARE one FROM @step;
                  EXECUTE one;
                  DEALLOCATE PREPARE one;
                  SET v_step = v_step + 1;
                END WHILE;
                ALTER TABLE prepared.nothing SECONDARY_LOAD;
              END;
              INSERT INTO prepared.ended VALUES (v_errno, v_text);
            END
            """);

        await UntilAsync(async () => await DeclaredTableTests.TextAsync(connection, "SELECT COUNT(*) FROM prepared.ended") == "1");
        Assert.Equal("4079", await DeclaredTableTests.TextAsync(connection, "SELECT COUNT(*) FROM prepared.city"));
        Assert.Equal("1146", await DeclaredTableTests.TextAsync(connection, "SELECT errno FROM prepared.ended"));
    }

    [Fact]
    public async Task ExecutePreparedStmtAsync_Text_RunsWithNobodyConnectedAndGivesItsResult()
    {
        var id = "";
        await using (var connection = await fixture.OpenHeatWaveAsync(Token))
        {
            await DeclaredTableTests.RunAsync(connection, "CREATE DATABASE tasks_");
            id = await StartAsync(connection, $"{string.Join(";", Steps("tasks_.city"))}; SET @task_result = (SELECT COUNT(*) FROM tasks_.city)", "tasks_");
        }

        await using var later = await fixture.OpenHeatWaveAsync(Token);
        await UntilAsync(async () => await StatusAsync(later, id) != "RUNNING");

        using var status = await TaskAsync(later, id);
        Assert.Equal("COMPLETED", status.RootElement.GetProperty("status").GetString());
        Assert.Equal("Execution finished.", status.RootElement.GetProperty("message").GetString());
        Assert.Equal("4079", status.RootElement.GetProperty("data").ToString());
        Assert.Contains(id, await DeclaredTableTests.TextAsync(later, "SELECT mysql_tasks.task_list(NULL, 0, 100)"), StringComparison.Ordinal);
        Assert.Contains("Execution started.", await DeclaredTableTests.TextAsync(later, $"SELECT mysql_tasks.task_logs('{id}')"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExecutePreparedStmtAsync_Error_EndsTheTaskWithItsText()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        await DeclaredTableTests.RunAsync(connection, "CREATE DATABASE IF NOT EXISTS tasks_failed");

        var id = await StartAsync(connection, "SELECT * FROM tasks_failed.nothing", "tasks_failed");
        await UntilAsync(async () => await StatusAsync(connection, id) == "ERROR");

        using var status = await TaskAsync(connection, id);
        Assert.StartsWith("Error: Table 'tasks_failed.nothing' doesn't exist", status.RootElement.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task KillTask_Running_IsCancelled()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        await DeclaredTableTests.RunAsync(connection, "CREATE DATABASE IF NOT EXISTS tasks_killed", "CREATE TABLE tasks_killed.after (a INT)");
        var id = await StartAsync(connection, "DO SLEEP(3600); INSERT INTO tasks_killed.after VALUES (1)", "tasks_killed");

        await DeclaredTableTests.RunAsync(connection, $"CALL mysql_tasks.kill_task('{id}')");

        Assert.Equal("CANCELLED", await StatusAsync(connection, id));
        Assert.Equal("0", await DeclaredTableTests.TextAsync(connection, "SELECT COUNT(*) FROM tasks_killed.after"));
    }

    [Fact]
    public async Task ExecutePreparedStmtAsync_NoSchema_Is1108()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);

        Assert.Equal(1108, (await Assert.ThrowsAsync<MySqlException>(() => DeclaredTableTests.RunAsync(connection, "CALL mysql_tasks.execute_prepared_stmt_async('DO 1', NULL, NULL, NULL, @id)"))).Number);
    }

    [Fact]
    public async Task ExecutePreparedStmtAsync_AHundredTasks_Is1203()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        await DeclaredTableTests.RunAsync(
            connection, "CREATE DATABASE IF NOT EXISTS tasks_many",
            "INSERT INTO sys.sb_tasks (id, owner, schema_name, name, status, scheduled_time) SELECT CONCAT('many-', ID), 'x@y', 's', 'n', 'RUNNING', NOW() FROM information_schema.COLLATIONS LIMIT 100");
        try
        {
            Assert.Equal(1203, (await Assert.ThrowsAsync<MySqlException>(() => StartAsync(connection, "DO 1", "tasks_many"))).Number);
        }
        finally
        {
            await DeclaredTableTests.RunAsync(connection, "DELETE FROM sys.sb_tasks WHERE id LIKE 'many-%'");
        }
    }

    [Fact]
    public async Task ExecutePreparedStmtAsync_WithoutRoleOrEventRight_IsDenied()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        await DeclaredTableTests.RunAsync(connection, "CREATE DATABASE IF NOT EXISTS tasks_denied", "CREATE USER 'few'@'%' IDENTIFIED BY 'rights'");
        var login = new MySqlConnectionStringBuilder(fixture.HeatWave.ConnectionString) { UserID = "few", Password = "rights" };
        await using var few = new MySqlConnection(login.ConnectionString);
        await few.OpenAsync(Token);

        Assert.Equal(1370, (await Assert.ThrowsAsync<MySqlException>(() => StartAsync(few, "DO 1", "tasks_denied"))).Number);
        await DeclaredTableTests.RunAsync(connection, "GRANT mysql_task_user TO 'few'@'%'");
        await DeclaredTableTests.RunAsync(few, "SET ROLE mysql_task_user");
        Assert.Equal(1044, (await Assert.ThrowsAsync<MySqlException>(() => StartAsync(few, "DO 1", "tasks_denied"))).Number);

        await DeclaredTableTests.RunAsync(connection, "GRANT EVENT ON tasks_denied.* TO 'few'@'%'");
        Assert.NotEmpty(await StartAsync(few, "DO 1", "tasks_denied"));
    }

    [Fact]
    public async Task OlderEdition_HasNoTasksAndTakesTheOlderFormOnly()
    {
        _ = fixture.HeatWave;
        await using var server = await HeatWaveServer.StartAsync(new HeatWaveServerOptions { Edition = HeatWaveEdition.Of("8.3.0-cloud") }, Token);
        await using var connection = new MySqlConnection(server.ConnectionString);
        await connection.OpenAsync(Token);

        Assert.Equal("8.3.0-cloud", await DeclaredTableTests.TextAsync(connection, "SELECT @@version"));
        Assert.Equal("0", await DeclaredTableTests.TextAsync(connection, "SELECT COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA='mysql_tasks'"));
        Assert.Equal(1064, (await Assert.ThrowsAsync<MySqlException>(() => DeclaredTableTests.RunAsync(connection, "CREATE EXTERNAL TABLE a.b (c INT) ENGINE_ATTRIBUTE='{}'"))).Number);
        Assert.Equal(1210, (await Assert.ThrowsAsync<MySqlException>(() => DeclaredTableTests.RunAsync(connection, "CALL sys.heatwave_load('[{\"db_name\":\"d\",\"tables\":[\"t\"]}]', NULL)"))).Number);
    }

    [Fact]
    public async Task Community_IsAServerWithoutHeatWave()
    {
        _ = fixture.HeatWave;
        await using var server = await HeatWaveServer.StartAsync(new HeatWaveServerOptions { Edition = HeatWaveEdition.Community() }, Token);
        await using var connection = new MySqlConnection(server.ConnectionString);
        await connection.OpenAsync(Token);

        Assert.Equal("MySQL Community Server - GPL", await DeclaredTableTests.TextAsync(connection, "SELECT @@version_comment"));
        Assert.Equal(1305, (await Assert.ThrowsAsync<MySqlException>(() => DeclaredTableTests.RunAsync(connection, "CALL sys.heatwave_load('[]', NULL)"))).Number);
        Assert.Equal(1286, (await Assert.ThrowsAsync<MySqlException>(() => DeclaredTableTests.RunAsync(connection, "CREATE TABLE a.b (c INT) ENGINE=lakehouse"))).Number);
        Assert.Equal(1146, (await Assert.ThrowsAsync<MySqlException>(() => DeclaredTableTests.RunAsync(connection, "SELECT 1 FROM performance_schema.rpd_tables"))).Number);
    }

    private string[] Steps(string name) =>
    [
        $"CREATE EXTERNAL TABLE {name} (ID INT, Name VARCHAR(35), CountryCode CHAR(3), District VARCHAR(20), Population INT) ENGINE_ATTRIBUTE='{{\"file\":[{{\"par\":\"{fixture.Par.Url}\",\"prefix\":\"exports/task-1/world/world.city/\"}}],\"dialect\":{{\"format\":\"parquet\"}}}}'",
        $"ALTER TABLE {name} SECONDARY_LOAD GUIDED OFF",
    ];

    private static async Task<string> StartAsync(MySqlConnection connection, string text, string schema)
    {
        await using var command = new MySqlCommand("CALL mysql_tasks.execute_prepared_stmt_async(@text, @schema, 'a task', NULL, @sb_id)", connection);
        command.Parameters.AddWithValue("@text", text);
        command.Parameters.AddWithValue("@schema", schema);
        await command.ExecuteNonQueryAsync(Token);
        return (await DeclaredTableTests.TextAsync(connection, "SELECT CAST(@sb_id AS CHAR)"))!;
    }

    private static async Task<JsonDocument> TaskAsync(MySqlConnection connection, string id) =>
        JsonDocument.Parse((await DeclaredTableTests.TextAsync(connection, $"SELECT CAST(mysql_tasks.task_status('{id}') AS CHAR)"))!);

    private static async Task<string?> StatusAsync(MySqlConnection connection, string id)
    {
        using var status = await TaskAsync(connection, id);
        return status.RootElement.GetProperty("status").GetString();
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        while (!await condition())
        {
            await Task.Delay(50, Token);
        }
    }
}
