using MySqlConnector;
using SnapshotBridge.Local.Databases.HeatWave.Tasks;
using SnapshotBridge.Local.Databases.Sql;

namespace SnapshotBridge.Local.Databases.HeatWave;

/// <summary>
/// The server's side of the stand-in: the procedure <c>sys.heatwave_load</c>, and the tables through which it hands a call
/// to the worker and streams the worker's boxes back. Runs on MySQL and MariaDB.
/// </summary>
internal static class HeatWaveSchema
{
    /// <summary>The worker holds this named lock for life: without it nobody waits for a worker that is not there.</summary>
    public const string WorkerLock = "snapshotbridge-local-heatwave";

    public const string InitializingBox = "INITIALIZING HEATWAVE AUTO PARALLEL LOAD";
    public const string InferenceBox = "LAKEHOUSE AUTO SCHEMA INFERENCE";
    public const string ExecutingBox = "EXECUTING LOAD";
    public const string ScriptBox = "LOAD SCRIPT GENERATION";
    public const string TableBox = "LOADING TABLE";
    public const string SummaryBox = "LOAD SUMMARY";
    public const string HelpBox = "HEATWAVE LOAD HELP";

    private static readonly string[] Boxes = [InitializingBox, InferenceBox, ExecutingBox, ScriptBox, TableBox, SummaryBox, HelpBox];

    private static readonly string[] Tables =
    [
        """
        CREATE TABLE IF NOT EXISTS sys.sb_heatwave_jobs (
          id BIGINT NOT NULL AUTO_INCREMENT, kind VARCHAR(16) NOT NULL DEFAULT 'call', connection_id BIGINT UNSIGNED NOT NULL, input_list LONGTEXT NULL, options LONGTEXT NULL, output LONGTEXT NULL, warnings INT NOT NULL DEFAULT 0,
          state VARCHAR(16) NOT NULL, boxes INT NOT NULL DEFAULT 0, error_number INT NULL, error_text TEXT NULL, created_at DATETIME(6) NOT NULL,
          PRIMARY KEY (id), KEY by_state (state)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
        """,
        """
        CREATE TABLE IF NOT EXISTS sys.sb_heatwave_lines (
          id BIGINT NOT NULL AUTO_INCREMENT, job_id BIGINT NOT NULL, box INT NOT NULL, name VARCHAR(64) NOT NULL, line LONGTEXT NOT NULL,
          PRIMARY KEY (id), KEY by_job (job_id, box)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
        """,
        """
        CREATE TABLE IF NOT EXISTS sys.sb_heatwave_reports (
          id BIGINT NOT NULL AUTO_INCREMENT, job_id BIGINT NOT NULL, stage VARCHAR(64) NOT NULL, type VARCHAR(16) NOT NULL, log LONGTEXT NOT NULL,
          PRIMARY KEY (id), KEY by_job (job_id)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
        """,
    ];

    public static async Task InstallAsync(MySqlConnection connection, HeatWaveServerOptions options, bool isMariaDb, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync("SET SESSION sql_mode='STRICT_TRANS_TABLES'", cancellationToken);
        await connection.ExecuteAsync("SET NAMES utf8mb4", cancellationToken);
        await connection.ExecuteAsync("CREATE DATABASE IF NOT EXISTS sys", cancellationToken);
        foreach (var table in Tables)
        {
            await connection.ExecuteAsync(table, cancellationToken);
        }

        await connection.ExecuteAsync("DROP PROCEDURE IF EXISTS sys.heatwave_load", cancellationToken);
        if (options.Edition.HasCluster)
        {
            await connection.ExecuteAsync(Procedure(), cancellationToken);
        }

        await RapidViews.InstallAsync(connection, options, isMariaDb, cancellationToken);
        await JobProcedures.InstallAsync(connection, cancellationToken);
        if (options.Edition.HasTaskApi)
        {
            await TaskProcedures.InstallAsync(connection, cancellationToken);
        }
    }

    /// <summary>
    /// Waits politely: a COMMIT before every look, because a transaction that the caller left open would see an old state;
    /// a worker that is missing for fifty looks ends the call; a killed SLEEP is an interruption (MySQL returns 1 there,
    /// without an error); an EXIT HANDLER marks the job as abandoned, so that no worker loads for nobody.
    /// </summary>
    private static string Procedure() => $"""
        CREATE PROCEDURE sys.heatwave_load(IN input_list JSON, IN options JSON)
        COMMENT 'Plays HeatWave Lakehouse: loads Parquet through a PAR into tables of this server'
        BEGIN
          DECLARE v_job, v_slept BIGINT;
          DECLARE v_state, v_name VARCHAR(64) CHARACTER SET utf8mb4;
          DECLARE v_boxes, v_number, v_box, v_missing INT DEFAULT 0;
          DECLARE v_text TEXT CHARACTER SET utf8mb4;
          DECLARE v_wait DOUBLE DEFAULT 0.002;
          DECLARE EXIT HANDLER FOR SQLEXCEPTION
          BEGIN
            UPDATE sys.sb_heatwave_jobs SET state = 'abandoned', input_list = NULL, options = NULL WHERE id = v_job AND state IN ('ready', 'running');
            COMMIT;
            RESIGNAL;
          END;
          IF NOT COALESCE(JSON_VALID(input_list), 1) OR NOT COALESCE(JSON_VALID(options), 1) THEN
            SIGNAL SQLSTATE '22032' SET MYSQL_ERRNO = 3140, MESSAGE_TEXT = 'Invalid JSON text in argument of heatwave_load';
          END IF;
          DROP TEMPORARY TABLE IF EXISTS sys.heatwave_autopilot_report;
          CREATE TEMPORARY TABLE sys.heatwave_autopilot_report (
            id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, ts TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), comp VARCHAR(64) NOT NULL,
            stage VARCHAR(64) NOT NULL, type VARCHAR(16) NOT NULL, log JSON NOT NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
          INSERT INTO sys.sb_heatwave_jobs (connection_id, input_list, options, state, created_at) VALUES (CONNECTION_ID(), input_list, options, 'ready', NOW(6));
          SET v_job = LAST_INSERT_ID();
          COMMIT;
          wait_for_worker: LOOP
            COMMIT;
            SELECT state, boxes, error_number, error_text INTO v_state, v_boxes, v_number, v_text FROM sys.sb_heatwave_jobs WHERE id = v_job;
            WHILE v_box < v_boxes DO
              SET v_box = v_box + 1;
              SELECT MAX(name) INTO v_name FROM sys.sb_heatwave_lines WHERE job_id = v_job AND box = v_box;
              CASE v_name
                {string.Join("\n        ", Boxes.Select(box => $"WHEN '{box}' THEN SELECT line AS `{box}` FROM sys.sb_heatwave_lines WHERE job_id = v_job AND box = v_box ORDER BY id;"))}
                ELSE BEGIN END;
              END CASE;
              SET v_wait = 0.002;
            END WHILE;
            IF v_state = 'done' THEN
              INSERT INTO sys.heatwave_autopilot_report (comp, stage, type, log)
                SELECT 'AUTO_LOAD', stage, type, log FROM sys.sb_heatwave_reports WHERE job_id = v_job ORDER BY id;
              DELETE FROM sys.sb_heatwave_reports WHERE job_id = v_job;
              DELETE FROM sys.sb_heatwave_lines WHERE job_id = v_job;
              COMMIT;
              LEAVE wait_for_worker;
            END IF;
            IF v_state = 'failed' THEN
              SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = v_number, MESSAGE_TEXT = v_text;
            END IF;
            IF IS_USED_LOCK('{WorkerLock}') IS NULL THEN
              SET v_missing = v_missing + 1;
              IF v_missing >= 50 THEN
                SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 3889, MESSAGE_TEXT = 'Secondary engine operation failed. No HeatWave node answers.';
              END IF;
            ELSE
              SET v_missing = 0;
            END IF;
            SELECT SLEEP(v_wait) INTO v_slept;
            IF v_slept <> 0 THEN
              SIGNAL SQLSTATE '70100' SET MYSQL_ERRNO = 1317, MESSAGE_TEXT = 'Query execution was interrupted';
            END IF;
            SET v_wait = LEAST(v_wait * 1.5, 0.1);
          END LOOP wait_for_worker;
        END
        """;
}
