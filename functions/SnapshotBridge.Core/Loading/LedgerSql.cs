using SnapshotBridge.Loading.Publishing;

namespace SnapshotBridge.Loading;

/// <summary>
/// The bookkeeping on the server, in a schema of its own. It stands beside the tables that it is about, so that both
/// survive or vanish together: whether a table is ours decides whether it may be dropped, and a document elsewhere would
/// outlive a restored or replaced server, and know nothing of another export that loaded into the same schema.
/// </summary>
public static class LedgerSql
{
    public const string Schema = "snapshotbridge";

    /// <summary>
    /// Without NO_BACKSLASH_ESCAPES, so that <see cref="SqlText.Literal"/> is right; strict, because Lakehouse supports
    /// temporal types in strict mode only; UTC, because the export's times are. An event keeps the mode it was created in.
    /// A connection whose Lambda was killed without a word must give its locks back soon after the longest invocation (900 s),
    /// not after the server's eight hours. What only privileged users may set, as max_error_count, is not among it.
    /// </summary>
    public const string SessionSettings =
        "SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION', SESSION time_zone = '+00:00', SESSION autocommit = 1, SESSION wait_timeout = 1000";

    /// <summary>
    /// Messages that a load may leave: 1,024 is the default since 8.0, and only privileged users may set it (9.7.4 answers 1227).
    /// </summary>
    public const string KeepMessages = "SET SESSION max_error_count = 1024";

    /// <summary>The named lock that one invocation of LoadTables holds: two executions never decide at the same time.</summary>
    public const string InvocationLock = "snapshotbridge";

    /// <summary>
    /// The names of the tables that <see cref="Create"/> creates, and of the earlier queue's, which stay where a server has
    /// them: nothing of the bookkeeping is ever altered or dropped, so that the user needs no grant for it. A table whose shape
    /// changes gets a new name; <c>tables</c>, which says what is ours, has kept its shape.
    /// </summary>
    public static IReadOnlyList<string> Tables { get; } = ["tables", "queue", "queue_steps", "queue_workers", "messages", "loads", "workers", .. PublishLedgerSql.Tables];

    /// <summary>Creates what is missing. Every table has a primary key: HeatWave with high availability refuses others.</summary>
    public static IReadOnlyList<string> Create { get; } =
    [
        "CREATE DATABASE IF NOT EXISTS `snapshotbridge` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        """
        CREATE TABLE IF NOT EXISTS `snapshotbridge`.`tables` (
          target_schema VARCHAR(64) NOT NULL,
          target_table VARCHAR(64) NOT NULL,
          export_task_id VARCHAR(64) NOT NULL,
          load_id VARCHAR(64) NOT NULL,
          par_name VARCHAR(255) NOT NULL,
          marked_at BIGINT NOT NULL COMMENT 'seconds since 1970, just before the load created the table',
          table_created_at BIGINT NULL COMMENT 'seconds since 1970, as the verified table says itself',
          rows_verified BIGINT NULL,
          verified_at DATETIME(6) NULL,
          PRIMARY KEY (target_schema, target_table)
        ) ENGINE=InnoDB COMMENT='Tables that SnapshotBridge created and may replace'
        """,
        """
        CREATE TABLE IF NOT EXISTS `snapshotbridge`.`queue` (
          load_id VARCHAR(64) NOT NULL,
          run_id VARCHAR(64) NOT NULL,
          export_task_id VARCHAR(64) NOT NULL,
          seq INT NOT NULL,
          target_schema VARCHAR(64) NOT NULL,
          target_table VARCHAR(64) NOT NULL,
          state VARCHAR(16) NOT NULL COMMENT 'queued, running, ended, held, abandoned, standing, counted',
          worker_id VARCHAR(64) NULL,
          starts INT NOT NULL DEFAULT 0,
          errno INT NULL,
          message TEXT NULL,
          queued_at DATETIME(6) NOT NULL,
          started_at DATETIME(6) NULL,
          ended_at DATETIME(6) NULL,
          PRIMARY KEY (load_id),
          KEY by_run (run_id, state, seq)
        ) ENGINE=InnoDB COMMENT='The queue of loads and how each ended'
        """,
        """
        CREATE TABLE IF NOT EXISTS `snapshotbridge`.`queue_steps` (
          load_id VARCHAR(64) NOT NULL,
          step INT NOT NULL,
          kind VARCHAR(8) NOT NULL COMMENT 'run; load: its warnings are kept; call: its report is kept; guard: ends the load of what is not ours',
          head LONGTEXT NOT NULL COMMENT 'the statement up to the address of the pre-authenticated request',
          tail LONGTEXT NULL COMMENT 'the rest; null for a statement without one',
          PRIMARY KEY (load_id, step)
        ) ENGINE=InnoDB COMMENT='The statements of each load, in order'
        """,
        """
        CREATE TABLE IF NOT EXISTS `snapshotbridge`.`messages` (
          id BIGINT NOT NULL AUTO_INCREMENT,
          load_id VARCHAR(64) NOT NULL,
          type VARCHAR(16) NOT NULL,
          log LONGTEXT NULL,
          PRIMARY KEY (id),
          KEY by_load (load_id)
        ) ENGINE=InnoDB COMMENT='Errors and warnings of loads'
        """,
        """
        CREATE TABLE IF NOT EXISTS `snapshotbridge`.`queue_workers` (
          worker_id VARCHAR(64) NOT NULL,
          run_id VARCHAR(64) NOT NULL,
          export_task_id VARCHAR(64) NOT NULL,
          par_name VARCHAR(255) NOT NULL,
          carrier VARCHAR(16) NOT NULL COMMENT 'task, event, connection',
          created_at DATETIME(6) NOT NULL,
          started_at DATETIME(6) NULL,
          PRIMARY KEY (worker_id),
          KEY by_run (run_id)
        ) ENGINE=InnoDB COMMENT='Who takes loads from the queue'
        """,
        .. PublishLedgerSql.Create,
    ];

    /// <summary>Whether a statement of <see cref="Create"/> creates what is there already.</summary>
    internal static bool Creates(string statement, IReadOnlyCollection<string> tables) => statement.StartsWith("CREATE DATABASE", StringComparison.Ordinal)
        ? tables.Count > 0
        : tables.Any(table => statement.StartsWith($"CREATE TABLE IF NOT EXISTS `{Schema}`.`{table}` (", StringComparison.Ordinal));

    // The statements that all carriers run: on the server as text, and our own connection with the same text.

    /// <summary>Takes the next table of a run for a worker. The queue's lock keeps two workers from deadlocking over the index.</summary>
    internal static string Claim(string runId, string workerId) =>
        $"UPDATE `snapshotbridge`.`queue` SET state = 'running', worker_id = {SqlText.Literal(workerId)}, starts = starts + 1, started_at = UTC_TIMESTAMP(6) "
        + $"WHERE run_id = {SqlText.Literal(runId)} AND state = 'queued' ORDER BY seq LIMIT 1";

    /// <summary>Notes that a worker has begun, after it took its lock: from then on no lock means that it is gone.</summary>
    internal static string Begin(string workerId) =>
        $"UPDATE `snapshotbridge`.`queue_workers` SET started_at = UTC_TIMESTAMP(6) WHERE worker_id = {SqlText.Literal(workerId)}";

    /// <summary>Marks the table as ours, after an earlier one was dropped and before the load creates the new one.</summary>
    internal static string Mark(string loadId) =>
        "REPLACE INTO `snapshotbridge`.`tables` (target_schema, target_table, export_task_id, load_id, par_name, marked_at) "
        + "SELECT q.target_schema, q.target_table, q.export_task_id, q.load_id, w.par_name, FLOOR(UNIX_TIMESTAMP()) "
        + $"FROM `snapshotbridge`.`queue` q JOIN `snapshotbridge`.`queue_workers` w ON w.worker_id = q.worker_id WHERE q.load_id = {SqlText.Literal(loadId)}";

    /// <summary>Keeps the errors and warnings of the connection's last call, which are gone with the connection, without the PAR's token.</summary>
    internal static string CopyReport(string loadIdExpression, string tokenExpression) =>
        "INSERT INTO `snapshotbridge`.`messages` (load_id, type, log) "
        + $"SELECT {loadIdExpression}, type, REPLACE(CAST(log AS CHAR), {tokenExpression}, '{SecretMask.Replacement}') "
        + "FROM sys.heatwave_autopilot_report WHERE type IN ('error', 'warn') ORDER BY id";

    /// <summary>The named lock that a worker holds while it lives.</summary>
    internal static string WorkerLock(string workerId) => $"sb.{workerId}";

    /// <summary>The named lock around taking a table from a run's queue.</summary>
    internal static string QueueLock(string runId) => $"sb.q.{runId}";
}
