using MySqlConnector;
using SnapshotBridge.Local.Databases.Sql;

namespace SnapshotBridge.Local.Databases.HeatWave.Tasks;

/// <summary>
/// The schema <c>mysql_tasks</c> of 9.3.1 and later: a text is run by an event of its own while nobody is connected. Its
/// routines may be called with the role <c>mysql_task_user</c>.
/// </summary>
internal static class TaskProcedures
{
    public const string Role = "mysql_task_user";


    private const string Finished = "Execution finished.";

    private static readonly (string Kind, string Name, string Text)[] Routines =
    [
        ("PROCEDURE", $"{RapidViews.Procedures}.submit_task", SubmitTask),
        ("PROCEDURE", $"{RapidViews.Procedures}.task_begun", TaskBegun),
        ("PROCEDURE", $"{RapidViews.Procedures}.task_ended", TaskEnded),
        ("PROCEDURE", $"{RapidViews.Procedures}.cancel_task", CancelTask),
        ("PROCEDURE", "mysql_tasks.execute_prepared_stmt_async", Execute),
        ("PROCEDURE", "mysql_tasks.kill_task", KillTask),
        ("PROCEDURE", "mysql_tasks.add_task_log", AddTaskLog),
        ("FUNCTION", "mysql_tasks.task_status", TaskStatus),
        ("FUNCTION", "mysql_tasks.task_list", TaskList),
        ("FUNCTION", "mysql_tasks.task_logs", TaskLogs),
    ];

    public static async Task InstallAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync("CREATE DATABASE IF NOT EXISTS mysql_tasks DEFAULT CHARACTER SET utf8mb4", cancellationToken);
        await connection.ExecuteAsync(
            """
            CREATE TABLE IF NOT EXISTS sys.sb_tasks (
              number BIGINT NOT NULL AUTO_INCREMENT, id CHAR(36) NOT NULL, owner VARCHAR(200) NOT NULL, schema_name VARCHAR(64) NOT NULL, name VARCHAR(255) NOT NULL,
              task_data LONGTEXT NULL, result LONGTEXT NULL, status VARCHAR(16) NOT NULL, message TEXT NULL, progress INT NOT NULL DEFAULT 0, connection_id BIGINT UNSIGNED NULL,
              scheduled_time DATETIME(6) NOT NULL, starting_time DATETIME(6) NULL, completion_time DATETIME(6) NULL, PRIMARY KEY (number), UNIQUE KEY (id)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
            """,
            cancellationToken);
        await connection.ExecuteAsync(
            """
            CREATE TABLE IF NOT EXISTS sys.sb_task_logs (
              number BIGINT NOT NULL AUTO_INCREMENT, task_id CHAR(36) NOT NULL, log_time DATETIME(6) NOT NULL, message TEXT NULL, data LONGTEXT NULL, progress INT NULL,
              status VARCHAR(16) NULL, PRIMARY KEY (number), KEY (task_id)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
            """,
            cancellationToken);
        foreach (var (kind, name, text) in Routines)
        {
            await connection.ExecuteAsync($"DROP {kind} IF EXISTS {name}", cancellationToken);
            await connection.ExecuteAsync(text, cancellationToken);
        }

        await connection.ExecuteAsync($"CREATE ROLE IF NOT EXISTS {Role}", cancellationToken);
        await connection.ExecuteAsync($"GRANT EXECUTE ON mysql_tasks.* TO {Role}", cancellationToken);

        // MySQL leaves out what is granted to everybody as soon as a role is active.
        await connection.ExecuteAsync($"GRANT EXECUTE ON {RapidViews.Procedures}.* TO {Role}", cancellationToken);
        await connection.ExecuteAsync($"GRANT SELECT ON {RapidViews.InformationSchema}.* TO {Role}", cancellationToken);
    }

    /// <summary>Who calls is asked with the caller's rights; what it does needs others.</summary>
    private const string Execute = $"""
        CREATE PROCEDURE mysql_tasks.execute_prepared_stmt_async(
          IN sql_statements TEXT CHARACTER SET utf8mb4, IN schema_name VARCHAR(255) CHARACTER SET utf8mb4, IN task_name VARCHAR(255) CHARACTER SET utf8mb4,
          IN task_data JSON, OUT task_id VARCHAR(36) CHARACTER SET utf8mb4)
        SQL SECURITY INVOKER
        BEGIN
          IF USER() LIKE 'event_scheduler@%' THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 1644, MESSAGE_TEXT = 'Asynchronous tasks cannot be started from an event.';
          END IF;
          CALL {RapidViews.Procedures}.submit_task(CURRENT_USER(), sql_statements, schema_name, task_name, task_data, task_id);
        END
        """;

    /// <summary>Comes back when the event has begun; with an event scheduler that is off, never.</summary>
    private const string SubmitTask = $"""
        CREATE PROCEDURE {RapidViews.Procedures}.submit_task(
          IN p_owner VARCHAR(200) CHARACTER SET utf8mb4, IN p_sql TEXT CHARACTER SET utf8mb4, IN p_schema VARCHAR(255) CHARACTER SET utf8mb4,
          IN p_name VARCHAR(255) CHARACTER SET utf8mb4, IN p_data LONGTEXT CHARACTER SET utf8mb4, OUT p_id VARCHAR(36) CHARACTER SET utf8mb4)
        BEGIN
          DECLARE v_status VARCHAR(16) CHARACTER SET utf8mb4 DEFAULT 'SCHEDULED';
          DECLARE v_slept BIGINT;
          DECLARE v_output LONGTEXT CHARACTER SET utf8mb4;
          DECLARE EXIT HANDLER FOR SQLEXCEPTION
          BEGIN
            DELETE FROM sys.sb_tasks WHERE id = p_id AND status = 'SCHEDULED';
            COMMIT;
            RESIGNAL;
          END;
          IF p_schema IS NULL THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 1108, MESSAGE_TEXT = 'No schema set. Please pass in the schema name or set the current schema with USE.';
          END IF;
          IF p_sql IS NULL THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 1108, MESSAGE_TEXT = 'Incorrect parameters to procedure execute_prepared_stmt_async';
          END IF;
          IF NOT EXISTS (SELECT 1 FROM mysql.user WHERE CONCAT(User, '@', Host) = p_owner AND Event_priv = 'Y')
            AND NOT EXISTS (SELECT 1 FROM mysql.db WHERE CONCAT(User, '@', Host) = p_owner AND Event_priv = 'Y' AND p_schema LIKE Db) THEN
            SIGNAL SQLSTATE '42000' SET MYSQL_ERRNO = 1044, MESSAGE_TEXT = 'Access denied for user to database: EVENT is missing';
          END IF;
          IF (SELECT COUNT(*) FROM sys.sb_tasks WHERE status IN ('SCHEDULED', 'RUNNING')) >= 100 THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 1203, MESSAGE_TEXT = 'Maximum number of parallel tasks reached. Try again later.';
          END IF;
          SET p_id = UUID();
          INSERT INTO sys.sb_tasks (id, owner, schema_name, name, task_data, status, scheduled_time)
            VALUES (p_id, p_owner, p_schema, COALESCE(p_name, 'execute_prepared_stmt_async'), p_data, 'SCHEDULED', NOW(6));
          CALL {RapidViews.Procedures}.run_job('task', JSON_OBJECT('id', p_id, 'owner', p_owner, 'schema', p_schema, 'sql', p_sql), v_output);
          WHILE v_status = 'SCHEDULED' DO
            COMMIT;
            SELECT SLEEP(0.02) INTO v_slept;
            IF v_slept <> 0 THEN
              SIGNAL SQLSTATE '70100' SET MYSQL_ERRNO = 1317, MESSAGE_TEXT = 'Query execution was interrupted';
            END IF;
            SELECT status INTO v_status FROM sys.sb_tasks WHERE id = p_id;
          END WHILE;
        END
        """;

    private const string TaskBegun = $"""
        CREATE PROCEDURE {RapidViews.Procedures}.task_begun(IN p_id VARCHAR(36) CHARACTER SET utf8mb4)
        BEGIN
          UPDATE sys.sb_tasks SET status = 'RUNNING', connection_id = CONNECTION_ID(), starting_time = NOW(6), message = 'Execution started.' WHERE id = p_id;
          INSERT INTO sys.sb_task_logs (task_id, log_time, message, progress, status) VALUES (p_id, NOW(6), 'Execution started.', 0, 'RUNNING');
          COMMIT;
        END
        """;

    private const string TaskEnded = $"""
        CREATE PROCEDURE {RapidViews.Procedures}.task_ended(
          IN p_id VARCHAR(36) CHARACTER SET utf8mb4, IN p_status VARCHAR(16) CHARACTER SET utf8mb4, IN p_message TEXT CHARACTER SET utf8mb4, IN p_result LONGTEXT CHARACTER SET utf8mb4)
        BEGIN
          SET p_result = IF(p_result IS NULL OR JSON_VALID(p_result), p_result, JSON_QUOTE(p_result));
          UPDATE sys.sb_tasks SET status = p_status, message = p_message, result = p_result, progress = IF(p_status = 'COMPLETED', 100, progress), completion_time = NOW(6)
            WHERE id = p_id AND status = 'RUNNING';
          INSERT INTO sys.sb_task_logs (task_id, log_time, message, data, progress, status) VALUES (p_id, NOW(6), p_message, p_result, 100, p_status);
          COMMIT;
        END
        """;

    private const string CancelTask = $"""
        CREATE PROCEDURE {RapidViews.Procedures}.cancel_task(IN p_id VARCHAR(36) CHARACTER SET utf8mb4)
        BEGIN
          DECLARE v_connection BIGINT UNSIGNED;
          DECLARE v_schema VARCHAR(64) CHARACTER SET utf8mb4;
          DECLARE v_output LONGTEXT CHARACTER SET utf8mb4;
          SELECT connection_id, schema_name INTO v_connection, v_schema FROM sys.sb_tasks
            WHERE id = p_id AND status IN ('SCHEDULED', 'RUNNING') AND SUBSTRING_INDEX(owner, '@', 1) = SUBSTRING_INDEX(USER(), '@', 1);
          IF v_schema IS NULL THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 1644, MESSAGE_TEXT = 'Task does not exist or not allowed to access it.';
          END IF;
          UPDATE sys.sb_tasks SET status = 'CANCELLED', message = 'Cancelled by user.', completion_time = NOW(6) WHERE id = p_id;
          INSERT INTO sys.sb_task_logs (task_id, log_time, message, status) VALUES (p_id, NOW(6), 'Cancelled by user.', 'CANCELLED');
          CALL {RapidViews.Procedures}.run_job('kill', JSON_OBJECT('id', p_id, 'schema', v_schema, 'connection', v_connection), v_output);
        END
        """;

    private const string KillTask = $"""
        CREATE PROCEDURE mysql_tasks.kill_task(IN id VARCHAR(36) CHARACTER SET utf8mb4)
        SQL SECURITY INVOKER
        CALL {RapidViews.Procedures}.cancel_task(id)
        """;

    private const string AddTaskLog = """
        CREATE PROCEDURE mysql_tasks.add_task_log(
          IN task_id VARCHAR(36) CHARACTER SET utf8mb4, IN message TEXT CHARACTER SET utf8mb4, IN data JSON, IN progress INT, IN status VARCHAR(16) CHARACTER SET utf8mb4)
        BEGIN
          INSERT INTO sys.sb_task_logs (task_id, log_time, message, data, progress, status) VALUES (task_id, NOW(6), message, data, progress, status);
          UPDATE sys.sb_tasks t SET t.progress = COALESCE(progress, t.progress), t.message = COALESCE(message, t.message) WHERE t.id = task_id;
          COMMIT;
        END
        """;

    /// <summary>A task whose connection is gone without a word is CANCELLED.</summary>
    private const string Status = """
        IF(t.status = 'RUNNING' AND NOT EXISTS (SELECT 1 FROM information_schema.PROCESSLIST p WHERE p.ID = t.connection_id), 'CANCELLED', t.status)
        """;

    private const string OfCaller = "SUBSTRING_INDEX(t.owner, '@', 1) = SUBSTRING_INDEX(USER(), '@', 1)";

    private const string TaskStatus = $"""
        CREATE FUNCTION mysql_tasks.task_status(p_id VARCHAR(36) CHARACTER SET utf8mb4) RETURNS JSON READS SQL DATA
        BEGIN
          DECLARE v_status LONGTEXT CHARACTER SET utf8mb4;
          SELECT JSON_OBJECT('id', t.id, 'data', JSON_EXTRACT(t.result, '$'), 'name', t.name, 'status', {Status}, 'message', t.message, 'progress', t.progress,
            'task_data', JSON_EXTRACT(t.task_data, '$'), 'task_type', 'Async_SQL', 'server_uuid', 'stand-in', 'connection_id', t.connection_id,
            'scheduled_time', CAST(t.scheduled_time AS CHAR), 'starting_time', CAST(t.starting_time AS CHAR), 'estimated_completion_time', CAST(t.completion_time AS CHAR))
            INTO v_status FROM sys.sb_tasks t WHERE t.id = p_id AND {OfCaller};
          RETURN v_status;
        END
        """;

    private const string TaskList = $"""
        CREATE FUNCTION mysql_tasks.task_list(p_type VARCHAR(80) CHARACTER SET utf8mb4, p_offset INT UNSIGNED, p_limit INT UNSIGNED) RETURNS JSON READS SQL DATA
        BEGIN
          DECLARE v_list LONGTEXT CHARACTER SET utf8mb4;
          DECLARE v_offset INT UNSIGNED DEFAULT COALESCE(p_offset, 0);
          DECLARE v_limit INT UNSIGNED DEFAULT COALESCE(p_limit, 20);
          SELECT JSON_ARRAYAGG(JSON_OBJECT('id', l.id, 'data', JSON_EXTRACT(l.task_data, '$'), 'name', l.name, 'task_type', 'Async_SQL', 'connection_id', l.connection_id)) INTO v_list
            FROM (SELECT t.id, t.task_data, t.name, t.connection_id FROM sys.sb_tasks t
                  WHERE {OfCaller} AND COALESCE(p_type, 'Async_SQL') = 'Async_SQL' ORDER BY t.number DESC LIMIT v_offset, v_limit) l;
          RETURN COALESCE(v_list, '[]');
        END
        """;

    private const string TaskLogs = $"""
        CREATE FUNCTION mysql_tasks.task_logs(p_id VARCHAR(36) CHARACTER SET utf8mb4) RETURNS JSON READS SQL DATA
        BEGIN
          DECLARE v_logs LONGTEXT CHARACTER SET utf8mb4;
          SELECT JSON_ARRAYAGG(JSON_OBJECT('task_id', l.task_id, 'log_time', CAST(l.log_time AS CHAR), 'message', l.message, 'data', JSON_EXTRACT(l.data, '$'), 'progress', l.progress, 'status', l.status))
            INTO v_logs FROM sys.sb_task_logs l JOIN sys.sb_tasks t ON t.id = l.task_id WHERE l.task_id = p_id AND {OfCaller};
          RETURN COALESCE(v_logs, '[]');
        END
        """;

    /// <summary>The event that runs a task's text; the text stands between BEGIN and END.</summary>
    public static string Event(string id, string owner, string schema, string sql)
    {
        var at = owner.LastIndexOf('@');
        var end = sql.TrimEnd().EndsWith(';') ? "" : ";";
        return $"""
            CREATE DEFINER = {SqlText.Name(owner[..at])}@{SqlText.Name(owner[(at + 1)..])} EVENT {SqlText.Name(schema, id)}
            ON SCHEDULE AT CURRENT_TIMESTAMP ON COMPLETION NOT PRESERVE DO
            BEGIN
              DECLARE v_sb_message TEXT CHARACTER SET utf8mb4;
              DECLARE EXIT HANDLER FOR SQLEXCEPTION
              BEGIN
                GET DIAGNOSTICS CONDITION 1 v_sb_message = MESSAGE_TEXT;
                CALL {RapidViews.Procedures}.task_ended('{id}', 'ERROR', CONCAT('Error: ', v_sb_message), @task_result);
              END;
              SET @task_result = NULL;
              CALL {RapidViews.Procedures}.task_begun('{id}');
              BEGIN
            {sql}{end}
              END;
              CALL {RapidViews.Procedures}.task_ended('{id}', 'COMPLETED', '{Finished}', @task_result);
            END
            """;
    }
}
