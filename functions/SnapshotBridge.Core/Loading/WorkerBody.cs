using System.Globalization;
using System.Text;

namespace SnapshotBridge.Loading;

/// <summary>
/// What loads a run's queue on the server, table after table, with nobody connected: loads take longer than a Lambda may
/// live. One compound statement, which the task API or a one-shot event carries; <see cref="ConnectionWorker"/> does the same
/// on a connection. It holds the PAR once, where users with the EVENT privilege on the schema <c>snapshotbridge</c> can read
/// it while it runs; queue, ledger and messages hold none.
/// <list type="bullet">
/// <item>It holds a named lock for life: whether it lives is asked by <c>IS_USED_LOCK</c>, which no crash can leave behind.</item>
/// <item>An error ends one table and not the queue.</item>
/// <item>It takes no table once its PAR has lived too long: every table after that one would fail. The next worker has a new one.</item>
/// <item>Warnings are read by statements without a loop: in MySQL any other statement, SET and IF among them, clears them
/// (measured on 9.7.4). The same is so for the report of a CALL once the next one begins.</item>
/// </list>
/// </summary>
public static class WorkerBody
{
    /// <summary>How many of a load's warnings are kept from its beginning; the last one is kept as well.</summary>
    public const int Conditions = 40;

    // WorkerOfDefinition looks for the text before the worker's id.
    private const string LockVariable = "DECLARE v_lock VARCHAR(64) CHARACTER SET utf8mb4 DEFAULT 'sb.";

    /// <summary>The statement, cut where the PAR stands as a literal.</summary>
    /// <param name="runId">The queue.</param>
    /// <param name="workerId">The worker, as it is noted.</param>
    /// <param name="until">When it stops to take tables.</param>
    public static (string Head, string Tail) Around(string runId, string workerId, DateTimeOffset until)
    {
        var head = $"""
            work: BEGIN
              DECLARE v_par TEXT CHARACTER SET utf8mb4 DEFAULT
            """ + " ";
        var tail = $"""
            ;
              {LockVariable}{workerId}';
              DECLARE v_token TEXT CHARACTER SET utf8mb4 DEFAULT SUBSTRING_INDEX(SUBSTRING_INDEX(v_par, '/p/', -1), '/', 1);
              DECLARE v_load VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
              DECLARE v_kind VARCHAR(8) CHARACTER SET utf8mb4;
              DECLARE v_step, v_conditions, v_last, v_errno INT;
              DECLARE v_text, v_message TEXT CHARACTER SET utf8mb4;
              {LedgerSql.SessionSettings};
              BEGIN
                DECLARE CONTINUE HANDLER FOR 1227 BEGIN END;
                {LedgerSql.KeepMessages};
              END;
              IF COALESCE(GET_LOCK(v_lock, 0), 0) <> 1 OR NOT EXISTS (SELECT 1 FROM `snapshotbridge`.`queue_workers` WHERE worker_id = {SqlText.Literal(workerId)}) THEN
                LEAVE work;
              END IF;
              {LedgerSql.Begin(workerId)};
              COMMIT;
              tables_of_run: LOOP
                IF UNIX_TIMESTAMP() >= {until.ToUnixTimeSeconds()} THEN
                  LEAVE tables_of_run;
                END IF;
                IF COALESCE(GET_LOCK({SqlText.Literal(LedgerSql.QueueLock(runId))}, 60), 0) <> 1 THEN
                  LEAVE tables_of_run;
                END IF;
                {LedgerSql.Claim(runId, workerId)};
                COMMIT;
                DO RELEASE_LOCK({SqlText.Literal(LedgerSql.QueueLock(runId))});
                SELECT MAX(load_id) INTO v_load FROM `snapshotbridge`.`queue`
                  WHERE run_id = {SqlText.Literal(runId)} AND worker_id = {SqlText.Literal(workerId)} AND state = 'running';
                IF v_load IS NULL THEN
                  LEAVE tables_of_run;
                END IF;
                SET v_step = -1, v_errno = NULL, v_message = NULL;
                one_table: BEGIN
                  DECLARE EXIT HANDLER FOR SQLEXCEPTION
                  BEGIN
            {ReadConditions("v_errno", "v_message")}
            {KeepConditions("v_errno", "v_message")}
                    COMMIT;
                  END;
                  steps_of_table: LOOP
                    SELECT MIN(step) INTO v_step FROM `snapshotbridge`.`queue_steps` WHERE load_id = v_load AND step > v_step;
                    IF v_step IS NULL THEN
                      LEAVE steps_of_table;
                    END IF;
                    SELECT kind, IF(tail IS NULL, head, CONCAT(head, v_par, tail)) INTO v_kind, @snapshotbridge_step
                      FROM `snapshotbridge`.`queue_steps` WHERE load_id = v_load AND step = v_step;
                    PREPARE snapshotbridge_step FROM @snapshotbridge_step;
                    SET @snapshotbridge_step = NULL;
                    EXECUTE snapshotbridge_step;
            {ReadConditions("v_last", "v_text")}
                    DEALLOCATE PREPARE snapshotbridge_step;
                    IF v_kind = 'guard' AND {DropGuard.Variable} > 0 THEN
                      SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = {DropGuard.ErrorNumber}, MESSAGE_TEXT = {SqlText.Literal(DropGuard.Message)};
                    END IF;
                    IF v_kind = 'load' THEN
            {KeepConditions("v_last", "v_text")}
                    END IF;
                    IF v_kind = 'call' THEN
                      BEGIN
                        DECLARE CONTINUE HANDLER FOR 1146, 1142 BEGIN END;
                        {LedgerSql.CopyReport("v_load", "v_token")};
                      END;
                    END IF;
                    COMMIT;
                  END LOOP steps_of_table;
                END one_table;
                UPDATE `snapshotbridge`.`queue` SET state = 'ended', errno = v_errno, message = REPLACE(v_message, v_token, '{SecretMask.Replacement}'), ended_at = UTC_TIMESTAMP(6)
                  WHERE load_id = v_load AND worker_id = {SqlText.Literal(workerId)} AND state = 'running';
                COMMIT;
              END LOOP tables_of_run;
              DO RELEASE_LOCK(v_lock);
            END work
            """;
        return (head, tail);
    }

    /// <summary>The worker whose body an event's text holds, as an SQL expression; not the id of any worker for other events.</summary>
    public static string WorkerOfDefinition(string column) =>
        $"SUBSTRING_INDEX(SUBSTRING_INDEX({column}, {SqlText.Literal(LockVariable)}, -1), '''', 1)";

    /// <summary>
    /// Reads what the last statement left. What does not exist is left as it was: how many there are is known. The last one is
    /// the error, if there is one, but for what a rollback adds: see <see cref="LoadConditions"/>.
    /// </summary>
    private static string ReadConditions(string number, string message)
    {
        var text = new StringBuilder("        GET DIAGNOSTICS v_conditions = NUMBER;\n");
        text.Append(CultureInfo.InvariantCulture, $"        GET DIAGNOSTICS CONDITION v_conditions {number} = MYSQL_ERRNO, {message} = MESSAGE_TEXT;\n");
        for (var index = 1; index <= Conditions; index++)
        {
            text.Append(CultureInfo.InvariantCulture, $"        GET DIAGNOSTICS CONDITION {index} @sb_n{index} = MYSQL_ERRNO, @sb_m{index} = MESSAGE_TEXT;\n");
        }

        return text.ToString().TrimEnd('\n');
    }

    private static string KeepConditions(string number, string message)
    {
        var conditions = string.Join(
            " UNION ALL ",
            Enumerable.Range(1, Conditions).Select(index => string.Create(CultureInfo.InvariantCulture, $"SELECT {index} AS i, @sb_n{index} AS n, @sb_m{index} AS m")));
        return string.Create(CultureInfo.InvariantCulture, $"""
                    INSERT INTO `snapshotbridge`.`messages` (load_id, type, log)
                      SELECT v_load, '{LoadMessage.Condition}', JSON_OBJECT('number', CAST(c.n AS SIGNED), 'message', REPLACE(c.m, v_token, '{SecretMask.Replacement}'))
                      FROM ({conditions} UNION ALL SELECT v_conditions, {number}, {message}) c
                      WHERE c.i <= v_conditions AND c.i > 0 GROUP BY c.i, c.n, c.m ORDER BY c.i;
            """);
    }
}
