namespace SnapshotBridge.Loading;

/// <summary>
/// A one-shot event that loads a run's queue on the server, table after table, with nobody connected: loads take longer
/// than a Lambda may live. It holds the PAR once, in its body, where users with the EVENT privilege on the schema
/// <c>snapshotbridge</c> can read it while the event exists; it drops itself when it has run. The queue, the ledger and
/// the messages hold no PAR.
/// <list type="bullet">
/// <item>It holds a named lock for life: whether it lives is asked by <c>IS_USED_LOCK</c>, which no crash can leave behind.</item>
/// <item>An error ends one table and not the queue.</item>
/// <item>Result sets of the CALL are discarded by the server; its report is copied before the next CALL replaces it.</item>
/// </list>
/// </summary>
public static class WorkerEvent
{
    public static string Name(string workerId) => $"load_{workerId}";

    public static string Drop(string workerId) => $"DROP EVENT IF EXISTS {SqlText.Table(LedgerSql.Schema, Name(workerId))}";

    /// <summary>The statement that creates and thereby starts the worker. It holds the PAR: never log it.</summary>
    internal static string Create(string runId, string workerId, string parName, LoadPar par, LoadCallForm form)
    {
        var call = form == LoadCallForm.InputList
            ? "CALL sys.heatwave_load(CONCAT(v_head, v_par, v_tail), v_other)"
            : "CALL sys.heatwave_load(v_other, CONCAT(v_head, v_par, v_tail))";
        return $"""
            CREATE EVENT {SqlText.Table(LedgerSql.Schema, Name(workerId))}
            ON SCHEDULE AT CURRENT_TIMESTAMP ON COMPLETION NOT PRESERVE
            COMMENT 'SnapshotBridge loads the tables of one run'
            DO
            work: BEGIN
              DECLARE v_par TEXT CHARACTER SET utf8mb4 DEFAULT {SqlText.Literal(LoadCall.JsonContent(par))};
              DECLARE v_token TEXT CHARACTER SET utf8mb4 DEFAULT {SqlText.Literal(par.Token)};
              DECLARE v_load VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
              DECLARE v_head, v_tail, v_other, v_drop LONGTEXT CHARACTER SET utf8mb4;
              DECLARE v_errno INT;
              DECLARE v_message TEXT CHARACTER SET utf8mb4;
              IF COALESCE(GET_LOCK({SqlText.Literal(LedgerSql.WorkerLock(workerId))}, 0), 0) <> 1 THEN
                LEAVE work;
              END IF;
              {LedgerSql.Begin(workerId)};
              COMMIT;
              tables_of_run: LOOP
                IF COALESCE(GET_LOCK({SqlText.Literal(LedgerSql.QueueLock(runId))}, 60), 0) <> 1 THEN
                  LEAVE tables_of_run;
                END IF;
                {LedgerSql.Claim(runId, workerId)};
                COMMIT;
                DO RELEASE_LOCK({SqlText.Literal(LedgerSql.QueueLock(runId))});
                SELECT MAX(load_id) INTO v_load FROM `snapshotbridge`.`loads`
                  WHERE run_id = {SqlText.Literal(runId)} AND worker_id = {SqlText.Literal(workerId)} AND state = 'running';
                IF v_load IS NULL THEN
                  LEAVE tables_of_run;
                END IF;
                SELECT head, tail, other, drop_sql INTO v_head, v_tail, v_other, v_drop FROM `snapshotbridge`.`loads` WHERE load_id = v_load;
                SET v_errno = NULL, v_message = NULL;
                one_table: BEGIN
                  DECLARE EXIT HANDLER FOR SQLEXCEPTION
                  BEGIN
                    GET DIAGNOSTICS CONDITION 1 v_errno = MYSQL_ERRNO, v_message = MESSAGE_TEXT;
                  END;
                  IF v_drop IS NOT NULL THEN
                    SET @snapshotbridge_drop = v_drop;
                    PREPARE snapshotbridge_drop FROM @snapshotbridge_drop;
                    EXECUTE snapshotbridge_drop;
                    DEALLOCATE PREPARE snapshotbridge_drop;
                  END IF;
                  {LedgerSql.Mark("v_load", parName)};
                  COMMIT;
                  {call};
                  BEGIN
                    DECLARE CONTINUE HANDLER FOR 1146, 1142 BEGIN END;
                    {LedgerSql.CopyReport("v_load", "v_token")};
                  END;
                END one_table;
                UPDATE `snapshotbridge`.`loads` SET state = 'ended', errno = v_errno, message = REPLACE(v_message, v_token, '{SecretMask.Replacement}'), ended_at = UTC_TIMESTAMP(6)
                  WHERE load_id = v_load AND worker_id = {SqlText.Literal(workerId)};
                COMMIT;
              END LOOP tables_of_run;
              DO RELEASE_LOCK({SqlText.Literal(LedgerSql.WorkerLock(workerId))});
            END
            """;
    }
}
