namespace SnapshotBridge.Loading;

/// <summary>The statements that start a <see cref="WorkerBody"/> on the server. They hold the PAR: never log them.</summary>
public static class WorkerCarriers
{
    /// <summary>A one-shot event, which drops itself when it has run.</summary>
    public static Sql Event(string runId, string workerId, LoadPar par, DateTimeOffset until)
    {
        ArgumentNullException.ThrowIfNull(par);
        var (head, tail) = WorkerBody.Around(runId, workerId, until);
        return new Sql(
            $"""
            CREATE EVENT {SqlText.Table(LedgerSql.Schema, $"load_{workerId}")}
            ON SCHEDULE AT CURRENT_TIMESTAMP ON COMPLETION NOT PRESERVE
            COMMENT 'SnapshotBridge loads the tables of one run'
            DO
            {head}{SqlText.Literal(par.Reveal())}{tail}
            """);
    }

    /// <summary>
    /// A task of the server's task API (HeatWave User Guide, "Run Queries Asynchronously"), which pastes the text into an event
    /// of its own. The server quotes the PAR. The text may have 64 KiB; what is to be loaded stands in the queue and not in it.
    /// </summary>
    public static Sql Task(string runId, string workerId, LoadPar par, DateTimeOffset until)
    {
        ArgumentNullException.ThrowIfNull(par);
        var (head, tail) = WorkerBody.Around(runId, workerId, until);
        return new Sql(
            "CALL mysql_tasks.execute_prepared_stmt_async(CONCAT(@head, QUOTE(@par), @tail, ';'), 'snapshotbridge', @name, NULL, @snapshotbridge_task)",
            ("head", head),
            ("par", par.Reveal()),
            ("tail", tail),
            ("name", $"SnapshotBridge {workerId}"));
    }
}
