using MySqlConnector;
using SnapshotBridge.Local.Databases.Sql;

namespace SnapshotBridge.Local.Databases.HeatWave;

/// <summary>
/// The procedures that stand for HeatWave's statements. Each hands a job to the worker and waits for it, as
/// <see cref="HeatWaveSchema"/> does for <c>heatwave_load</c>; the worker's error becomes the statement's error, and its
/// warnings the statement's warnings, for clients and for stored programs alike.
/// </summary>
internal static class JobProcedures
{
    public const string Load = "load";
    public const string Unload = "unload";
    public const string Translate = "translate";

    /// <summary>How many warnings a statement gives: MariaDB keeps 64.</summary>
    public const int MostWarnings = 50;

    public static async Task InstallAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync(
            """
            CREATE TABLE IF NOT EXISTS sys.sb_heatwave_warnings (
              job_id BIGINT NOT NULL, seq INT NOT NULL, number INT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (job_id, seq)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
            """,
            cancellationToken);
        foreach (var (name, text) in new[] { ("raise_warnings", RaiseWarnings), ("run_job", RunJob), ("secondary_load", SecondaryLoad), ("secondary_unload", SecondaryUnload), ("translate", TranslateText) })
        {
            await connection.ExecuteAsync($"DROP PROCEDURE IF EXISTS {RapidViews.Procedures}.{name}", cancellationToken);
            await connection.ExecuteAsync(text, cancellationToken);
        }
    }

    /// <summary>
    /// A SIGNAL replaces what was signalled before it; only a RESIGNAL inside a handler adds to it. So the first warning is
    /// signalled in the innermost call, and every call around it adds its own.
    /// </summary>
    private const string RaiseWarnings = $"""
        CREATE PROCEDURE {RapidViews.Procedures}.raise_warnings(IN p_job BIGINT, IN p_count INT)
        BEGIN
          DECLARE v_number INT;
          DECLARE v_text TEXT CHARACTER SET utf8mb4;
          SELECT number, text INTO v_number, v_text FROM sys.sb_heatwave_warnings WHERE job_id = p_job AND seq = p_count;
          IF p_count = 1 THEN
            SIGNAL SQLSTATE '01000' SET MYSQL_ERRNO = v_number, MESSAGE_TEXT = v_text;
          ELSE
            BEGIN
              DECLARE EXIT HANDLER FOR SQLWARNING
              BEGIN
                RESIGNAL SQLSTATE '01000' SET MYSQL_ERRNO = v_number, MESSAGE_TEXT = v_text;
              END;
              CALL {RapidViews.Procedures}.raise_warnings(p_job, p_count - 1);
            END;
          END IF;
        END
        """;

    private const string RunJob = $"""
        CREATE PROCEDURE {RapidViews.Procedures}.run_job(IN p_kind VARCHAR(16), IN p_input LONGTEXT CHARACTER SET utf8mb4, OUT p_output LONGTEXT CHARACTER SET utf8mb4)
        BEGIN
          DECLARE v_job, v_slept BIGINT;
          DECLARE v_state VARCHAR(64) CHARACTER SET utf8mb4 DEFAULT '';
          DECLARE v_number, v_missing, v_warnings INT DEFAULT 0;
          DECLARE v_text TEXT CHARACTER SET utf8mb4;
          DECLARE v_wait DOUBLE DEFAULT 0.002;
          DECLARE EXIT HANDLER FOR SQLEXCEPTION
          BEGIN
            UPDATE sys.sb_heatwave_jobs SET state = 'abandoned', input_list = NULL WHERE id = v_job AND state IN ('ready', 'running');
            COMMIT;
            RESIGNAL;
          END;
          INSERT INTO sys.sb_heatwave_jobs (kind, connection_id, input_list, state, created_at) VALUES (p_kind, CONNECTION_ID(), p_input, 'ready', NOW(6));
          SET v_job = LAST_INSERT_ID();
          WHILE v_state <> 'done' DO
            COMMIT;
            SELECT state, error_number, error_text, output, warnings INTO v_state, v_number, v_text, p_output, v_warnings FROM sys.sb_heatwave_jobs WHERE id = v_job;
            IF v_state = 'failed' THEN
              SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = v_number, MESSAGE_TEXT = v_text;
            END IF;
            IF v_state <> 'done' THEN
              SET v_missing = IF(IS_USED_LOCK('{HeatWaveSchema.WorkerLock}') IS NULL, v_missing + 1, 0);
              IF v_missing >= 50 THEN
                SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 3889, MESSAGE_TEXT = 'Secondary engine operation failed. No HeatWave node answers.';
              END IF;
              SELECT SLEEP(v_wait) INTO v_slept;
              IF v_slept <> 0 THEN
                SIGNAL SQLSTATE '70100' SET MYSQL_ERRNO = 1317, MESSAGE_TEXT = 'Query execution was interrupted';
              END IF;
              SET v_wait = LEAST(v_wait * 1.5, 0.1);
            END IF;
          END WHILE;
          UPDATE sys.sb_heatwave_jobs SET output = NULL WHERE id = v_job;
          COMMIT;
          IF v_warnings > 0 THEN
            SET SESSION max_sp_recursion_depth = 100;
            CALL {RapidViews.Procedures}.raise_warnings(v_job, v_warnings);
          END IF;
        END
        """;

    /// <summary>An ALTER TABLE that changes nothing, with the caller's rights: it asks for what the statement itself would ask for.</summary>
    private const string AlterNothing = """
          IF p_schema IS NULL THEN
            SIGNAL SQLSTATE '3D000' SET MYSQL_ERRNO = 1046, MESSAGE_TEXT = 'No database selected';
          END IF;
          SET @sb_statement = CONCAT('ALTER TABLE `', REPLACE(p_schema, '`', '``'), '`.`', REPLACE(p_table, '`', '``'), '`');
          PREPARE sb_statement FROM @sb_statement;
          EXECUTE sb_statement;
          DEALLOCATE PREPARE sb_statement;
        """;

    private const string SecondaryLoad = $"""
        CREATE PROCEDURE {RapidViews.Procedures}.secondary_load(
          IN p_schema VARCHAR(64) CHARACTER SET utf8mb4, IN p_table VARCHAR(64) CHARACTER SET utf8mb4, IN p_guided INT, IN p_validate INT, IN p_sql_mode TEXT CHARACTER SET utf8mb4)
        SQL SECURITY INVOKER
        BEGIN
          DECLARE v_output LONGTEXT CHARACTER SET utf8mb4;
        {AlterNothing}
          CALL {RapidViews.Procedures}.run_job(
            '{Load}', JSON_OBJECT('schema', p_schema, 'table', p_table, 'guided', p_guided, 'validate', p_validate, 'sql_mode', p_sql_mode), v_output);
        END
        """;

    private const string SecondaryUnload = $"""
        CREATE PROCEDURE {RapidViews.Procedures}.secondary_unload(IN p_schema VARCHAR(64) CHARACTER SET utf8mb4, IN p_table VARCHAR(64) CHARACTER SET utf8mb4)
        SQL SECURITY INVOKER
        BEGIN
          DECLARE v_output LONGTEXT CHARACTER SET utf8mb4;
        {AlterNothing}
          CALL {RapidViews.Procedures}.run_job('{Unload}', JSON_OBJECT('schema', p_schema, 'table', p_table), v_output);
        END
        """;

    /// <summary>For PREPARE in stored programs: what only the front understands is translated where it has not passed the front.</summary>
    private const string TranslateText = $"""
        CREATE PROCEDURE {RapidViews.Procedures}.translate(IN p_text LONGTEXT CHARACTER SET utf8mb4, OUT p_translated LONGTEXT CHARACTER SET utf8mb4)
        BEGIN
          IF LOWER(p_text) REGEXP 'lakehouse|external|secondary|rpd_|version|information_schema|utf8mb4_0900' THEN
            CALL {RapidViews.Procedures}.run_job('{Translate}', p_text, p_translated);
          ELSE
            SET p_translated = p_text;
          END IF;
        END
        """;
}
