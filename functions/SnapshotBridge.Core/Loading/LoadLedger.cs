using System.Globalization;

namespace SnapshotBridge.Loading;

/// <summary>The bookkeeping on the server, over one connection. See <see cref="LedgerSql"/>.</summary>
internal sealed class LoadLedger(IHeatWaveSession session)
{
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        foreach (var statement in LedgerSql.Create)
        {
            await session.ExecuteAsync(new Sql(statement), "create the bookkeeping schema snapshotbridge", cancellationToken);
        }
    }

    /// <summary>Takes a named lock for as long as the connection lives, waiting for at most so many seconds.</summary>
    public async Task<bool> TryLockAsync(string name, int seconds, CancellationToken cancellationToken)
    {
        var rows = await session.QueryAsync(new Sql("SELECT GET_LOCK(@name, @seconds)", ("name", name), ("seconds", seconds)), "take a lock", cancellationToken);
        return rows[0].Number(0) == 1;
    }

    public async Task UnlockAsync(string name, CancellationToken cancellationToken) =>
        await session.QueryAsync(new Sql("SELECT RELEASE_LOCK(@name)", ("name", name)), "give a lock back", cancellationToken);

    /// <summary>All marks of our tables in these schemas.</summary>
    public async Task<IReadOnlyList<TableMark>> MarksAsync(IReadOnlyList<string> schemas, CancellationToken cancellationToken)
    {
        var marks = new List<TableMark>();
        foreach (var schema in schemas)
        {
            var rows = await session.QueryAsync(
                new Sql(
                    "SELECT target_schema, target_table, export_task_id, load_id, par_name, marked_at, table_created_at, rows_verified FROM `snapshotbridge`.`tables` WHERE target_schema = @schema",
                    ("schema", schema)),
                "read the bookkeeping of earlier loads",
                cancellationToken);
            marks.AddRange(rows.Select(row => new TableMark(
                row.Text(0)!, row.Text(1)!, row.Text(2)!, row.Text(3)!, row.Text(4)!, row.Number(5)!.Value, row.Number(6), row.Number(7))));
        }

        return marks;
    }

    /// <summary>The tables and views that stand in these schemas.</summary>
    public async Task<IReadOnlyList<ExistingTable>> ExistingAsync(IReadOnlyList<string> schemas, CancellationToken cancellationToken)
    {
        var tables = new List<ExistingTable>();
        foreach (var schema in schemas)
        {
            var rows = await session.QueryAsync(
                new Sql(
                    "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, FLOOR(UNIX_TIMESTAMP(CREATE_TIME)) FROM information_schema.TABLES WHERE TABLE_SCHEMA = @schema",
                    ("schema", schema)),
                $"list the tables of schema {schema}",
                cancellationToken);
            tables.AddRange(rows.Select(row => new ExistingTable(row.Text(0)!, row.Text(1)!, row.Text(2) == "BASE TABLE", row.Number(3))));
        }

        return tables;
    }

    /// <summary>Loads of all runs that are waiting or under way.</summary>
    public async Task<IReadOnlyList<ActiveLoad>> ActiveAsync(CancellationToken cancellationToken)
    {
        var rows = await session.QueryAsync(
            new Sql(
                "SELECT l.run_id, l.export_task_id, l.target_schema, l.target_table, TIMESTAMPDIFF(SECOND, r.seen, UTC_TIMESTAMP(6)) FROM `snapshotbridge`.`loads` l "
                + "JOIN (SELECT run_id, MAX(GREATEST(queued_at, COALESCE(started_at, queued_at), COALESCE(ended_at, queued_at))) AS seen FROM `snapshotbridge`.`loads` GROUP BY run_id) r ON r.run_id = l.run_id "
                + "WHERE l.state IN ('queued', 'running')"),
            "read the queues of other runs",
            cancellationToken);
        return [.. rows.Select(row => new ActiveLoad(row.Text(0)!, row.Text(1)!, row.Text(2)!, row.Text(3)!, TimeSpan.FromSeconds(row.Number(4) ?? 0)))];
    }

    /// <summary>Gives a run up whose workers are gone, so that nobody takes its tables any more.</summary>
    public async Task AbandonAsync(string runId, CancellationToken cancellationToken) =>
        await session.ExecuteAsync(
            new Sql("UPDATE `snapshotbridge`.`loads` SET state = 'abandoned' WHERE run_id = @run AND state IN ('queued', 'running')", ("run", runId)),
            "give up the queue of an ended run",
            cancellationToken);

    /// <summary>Forgets the queues of an export's earlier attempts, which have ended.</summary>
    public async Task ForgetEarlierAsync(string exportTaskId, string runId, CancellationToken cancellationToken)
    {
        const string Action = "clear the queues of earlier attempts";
        (string, object?)[] parameters = [("export", exportTaskId), ("run", runId)];
        await session.ExecuteAsync(
            new Sql("DELETE FROM `snapshotbridge`.`messages` WHERE load_id IN (SELECT load_id FROM `snapshotbridge`.`loads` WHERE export_task_id = @export AND run_id <> @run)", parameters),
            Action,
            cancellationToken);
        await session.ExecuteAsync(new Sql("DELETE FROM `snapshotbridge`.`loads` WHERE export_task_id = @export AND run_id <> @run", parameters), Action, cancellationToken);
        await session.ExecuteAsync(new Sql("DELETE FROM `snapshotbridge`.`workers` WHERE export_task_id = @export AND run_id <> @run", parameters), Action, cancellationToken);
    }

    /// <summary>
    /// Clears what an invocation that was killed left of this run, so that its queue is written anew: rows that were given
    /// up meanwhile would never be taken, and ended ones would be judged without a load.
    /// </summary>
    public async Task ForgetRunAsync(string runId, CancellationToken cancellationToken)
    {
        const string Action = "clear the queue of a run that begins anew";
        foreach (var worker in (await WorkersAsync(runId, cancellationToken)).Where(worker => worker.HasEvent))
        {
            // It would take from the new queue with a PAR that is gone.
            await session.ExecuteAsync(new Sql(WorkerEvent.Drop(worker.Id)), Action, cancellationToken);
        }

        await session.ExecuteAsync(
            new Sql("DELETE FROM `snapshotbridge`.`messages` WHERE load_id IN (SELECT load_id FROM `snapshotbridge`.`loads` WHERE run_id = @run)", ("run", runId)),
            Action,
            cancellationToken);
        await session.ExecuteAsync(new Sql("DELETE FROM `snapshotbridge`.`loads` WHERE run_id = @run", ("run", runId)), Action, cancellationToken);
        await session.ExecuteAsync(new Sql("DELETE FROM `snapshotbridge`.`workers` WHERE run_id = @run", ("run", runId)), Action, cancellationToken);
    }

    /// <summary>Puts a table into the queue; one that is in it already stays as it is.</summary>
    public async Task EnqueueAsync(QueuedLoad load, CancellationToken cancellationToken) =>
        await session.ExecuteAsync(
            new Sql(
                "INSERT IGNORE INTO `snapshotbridge`.`loads` (load_id, run_id, export_task_id, seq, target_schema, target_table, head, tail, other, drop_sql, state, queued_at) "
                + "VALUES (@load, @run, @export, @seq, @schema, @table, @head, @tail, @other, @drop, 'queued', UTC_TIMESTAMP(6))",
                ("load", load.LoadId),
                ("run", load.RunId),
                ("export", load.ExportTaskId),
                ("seq", load.Sequence),
                ("schema", load.Schema),
                ("table", load.Table),
                ("head", load.Call.Head),
                ("tail", load.Call.Tail),
                ("other", load.Call.Other),
                ("drop", load.DropFirst ? DropTable(load.Schema, load.Table) : null)),
            "queue a table",
            cancellationToken);

    /// <summary>Every load of the run, as it stands now.</summary>
    public async Task<IReadOnlyList<LoadRow>> RowsAsync(string runId, CancellationToken cancellationToken)
    {
        var rows = await session.QueryAsync(
            new Sql(
                "SELECT load_id, target_schema, target_table, state, worker_id, starts, errno, message, TIMESTAMPDIFF(MICROSECOND, started_at, ended_at) FROM `snapshotbridge`.`loads` WHERE run_id = @run ORDER BY seq",
                ("run", runId)),
            "read the queue",
            cancellationToken);
        return [.. rows.Select(row => new LoadRow(
            row.Text(0)!,
            row.Text(1)!,
            row.Text(2)!,
            row.Text(3)!,
            row.Text(4),
            (int)row.Number(5)!.Value,
            (int?)row.Number(6),
            SecretMask.MaskOptional(row.Text(7)),
            row.Number(8) / 1_000_000.0))];
    }

    public async Task<IReadOnlyList<LoadMessage>> MessagesAsync(string loadId, CancellationToken cancellationToken)
    {
        var rows = await session.QueryAsync(
            new Sql("SELECT type, log FROM `snapshotbridge`.`messages` WHERE load_id = @load ORDER BY id", ("load", loadId)),
            "read the messages of a load",
            cancellationToken);
        return [.. rows.Select(row => new LoadMessage(row.Text(0)!, SecretMask.Mask(row.Text(1) ?? "")))];
    }

    /// <summary>
    /// Puts an interrupted load back into the queue, unless its worker has ended it meanwhile: then the worker's messages
    /// are the ones to be judged, and stay.
    /// </summary>
    /// <returns>False where the load has ended since <paramref name="row"/> was read.</returns>
    public async Task<bool> RequeueAsync(LoadRow row, bool dropFirst, CancellationToken cancellationToken)
    {
        (string, object?)[] parameters =
            [("load", row.LoadId), ("state", row.State), ("drop", dropFirst ? DropTable(row.Schema, row.Table) : null)];

        // The messages first: once it is queued, another worker may take the load and write new ones.
        await session.ExecuteAsync(
            new Sql(
                "DELETE FROM `snapshotbridge`.`messages` WHERE load_id = @load "
                + "AND EXISTS (SELECT 1 FROM `snapshotbridge`.`loads` WHERE load_id = @load AND state = @state)",
                parameters),
            "clear the messages of an interrupted load",
            cancellationToken);
        return await session.ExecuteAsync(
            new Sql(
                "UPDATE `snapshotbridge`.`loads` SET state = 'queued', worker_id = NULL, errno = NULL, message = NULL, queued_at = UTC_TIMESTAMP(6), started_at = NULL, ended_at = NULL, drop_sql = @drop "
                + "WHERE load_id = @load AND state = @state",
                parameters),
            "queue an interrupted load again",
            cancellationToken) == 1;
    }

    /// <summary>Ends a load from here.</summary>
    public async Task EndAsync(string loadId, int? errno, string? message, CancellationToken cancellationToken) =>
        await session.ExecuteAsync(
            new Sql(
                "UPDATE `snapshotbridge`.`loads` SET state = 'ended', errno = @errno, message = @message, ended_at = UTC_TIMESTAMP(6) WHERE load_id = @load AND state <> 'ended'",
                ("load", loadId),
                ("errno", errno),
                ("message", SecretMask.MaskOptional(message))),
            "note the end of a load",
            cancellationToken);

    public async Task AddWorkerAsync(string workerId, string runId, string exportTaskId, string parName, LoadCarrier carrier, CancellationToken cancellationToken) =>
        await session.ExecuteAsync(
            new Sql(
                "INSERT INTO `snapshotbridge`.`workers` (worker_id, run_id, export_task_id, par_name, carrier, created_at) VALUES (@worker, @run, @export, @par, @carrier, UTC_TIMESTAMP(6))",
                ("worker", workerId),
                ("run", runId),
                ("export", exportTaskId),
                ("par", parName),
                ("carrier", carrier == LoadCarrier.Event ? "event" : "connection")),
            "note a worker",
            cancellationToken);

    public async Task ForgetWorkerAsync(string workerId, CancellationToken cancellationToken) =>
        await session.ExecuteAsync(new Sql("DELETE FROM `snapshotbridge`.`workers` WHERE worker_id = @worker", ("worker", workerId)), "forget a worker", cancellationToken);

    /// <summary>The run's workers with what the server knows of them now.</summary>
    public async Task<IReadOnlyList<Worker>> WorkersAsync(string runId, CancellationToken cancellationToken)
    {
        // The lock is asked before the event: an event that starts in between is seen as still waiting and not as gone.
        var rows = await session.QueryAsync(
            new Sql(
                "SELECT w.worker_id, w.par_name, IS_USED_LOCK(CONCAT('sb.', w.worker_id)), TIMESTAMPDIFF(SECOND, w.created_at, UTC_TIMESTAMP(6)), w.started_at IS NOT NULL FROM `snapshotbridge`.`workers` w WHERE w.run_id = @run ORDER BY w.worker_id",
                ("run", runId)),
            "read the workers",
            cancellationToken);
        var events = (await session.QueryAsync(
            new Sql("SELECT EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = 'snapshotbridge'"), "list the events of schema snapshotbridge", cancellationToken))
            .Select(row => row.Text(0)!)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        return [.. rows.Select(row => new Worker(
            row.Text(0)!,
            row.Text(1)!,
            row.Number(2) is not null,
            row.Number(4) != 0,
            events.Contains(WorkerEvent.Name(row.Text(0)!)),
            TimeSpan.FromSeconds(row.Number(3) ?? 0)))];
    }

    /// <summary>Marks a table without rows as ours, before it is created. No PAR belongs to it.</summary>
    public async Task MarkEmptyAsync(string schema, string table, string exportTaskId, CancellationToken cancellationToken) =>
        await session.ExecuteAsync(
            new Sql(
                "REPLACE INTO `snapshotbridge`.`tables` (target_schema, target_table, export_task_id, load_id, par_name, marked_at) VALUES (@schema, @table, @export, @load, '', FLOOR(UNIX_TIMESTAMP()))",
                ("schema", schema),
                ("table", table),
                ("export", exportTaskId),
                ("load", Publishing.EmptyTables.LoadId)),
            "mark an empty table",
            cancellationToken);

    /// <summary>Notes that a table was found right, and what the server says about it.</summary>
    public async Task VerifiedAsync(string schema, string table, string loadId, long rows, CancellationToken cancellationToken) =>
        await session.ExecuteAsync(
            new Sql(
                "UPDATE `snapshotbridge`.`tables` SET rows_verified = @rows, verified_at = UTC_TIMESTAMP(6), table_created_at = "
                + "(SELECT FLOOR(UNIX_TIMESTAMP(MAX(CREATE_TIME))) FROM information_schema.TABLES WHERE TABLE_SCHEMA = @schema AND TABLE_NAME = @table) "
                + "WHERE target_schema = @schema AND target_table = @table AND load_id = @load",
                ("rows", rows),
                ("schema", schema),
                ("table", table),
                ("load", loadId)),
            "note a verified table",
            cancellationToken);

    /// <summary>A table that was noted as verified is not: its values differ. It stays ours, and the next attempt loads it anew.</summary>
    public async Task DoubtAsync(string schema, string table, CancellationToken cancellationToken) =>
        await session.ExecuteAsync(
            new Sql(
                "UPDATE `snapshotbridge`.`tables` SET rows_verified = NULL, verified_at = NULL WHERE target_schema = @schema AND target_table = @table",
                ("schema", schema),
                ("table", table)),
            "note a table whose values differ",
            cancellationToken);

    /// <summary>
    /// After a load that failed: the mark narrows to the table that it left, or goes. A table that somebody else makes
    /// later under the same name is theirs.
    /// </summary>
    public async Task FailedAsync(string schema, string table, string loadId, long? createdAt, CancellationToken cancellationToken)
    {
        const string Where = "WHERE target_schema = @schema AND target_table = @table AND load_id = @load";
        (string, object?)[] parameters = [("schema", schema), ("table", table), ("load", loadId), ("created", createdAt)];
        await session.ExecuteAsync(
            new Sql(createdAt is null ? $"DELETE FROM `snapshotbridge`.`tables` {Where}" : $"UPDATE `snapshotbridge`.`tables` SET table_created_at = @created {Where}", parameters),
            "note what a failed load left",
            cancellationToken);
    }

    public async Task DropAsync(string schema, string table, CancellationToken cancellationToken)
    {
        await session.ExecuteAsync(new Sql(DropTable(schema, table)), $"drop table {schema}.{table}", cancellationToken);
        await session.ExecuteAsync(
            new Sql("DELETE FROM `snapshotbridge`.`tables` WHERE target_schema = @schema AND target_table = @table", ("schema", schema), ("table", table)),
            "forget a dropped table",
            cancellationToken);
    }

    /// <summary>The names of the PARs that verified tables of an export were loaded through: they need them again after some restarts.</summary>
    public async Task<IReadOnlySet<string>> ParsInUseAsync(string exportTaskId, CancellationToken cancellationToken)
    {
        var rows = await session.QueryAsync(
            new Sql("SELECT DISTINCT par_name FROM `snapshotbridge`.`tables` WHERE export_task_id = @export AND verified_at IS NOT NULL", ("export", exportTaskId)),
            "read which PARs are in use",
            cancellationToken);
        return rows.Select(row => row.Text(0)!).ToHashSet(StringComparer.Ordinal);
    }

    public static string LoadId(string runId, int sequence) => string.Create(CultureInfo.InvariantCulture, $"{runId}-{sequence:D5}");

    private static string DropTable(string schema, string table) => $"DROP TABLE IF EXISTS {SqlText.Table(schema, table)}";
}

/// <summary>A load that waits or is under way.</summary>
/// <param name="RunId">The run it belongs to.</param>
/// <param name="ExportTaskId">The export it loads.</param>
/// <param name="Schema">Target schema.</param>
/// <param name="Table">Target table.</param>
/// <param name="Quiet">How long nothing has happened in its run.</param>
internal sealed record ActiveLoad(string RunId, string ExportTaskId, string Schema, string Table, TimeSpan Quiet);

/// <summary>One table for the queue.</summary>
internal sealed record QueuedLoad(string LoadId, string RunId, string ExportTaskId, int Sequence, string Schema, string Table, LoadCall Call, bool DropFirst);

/// <summary>One row of the queue.</summary>
internal sealed record LoadRow(
    string LoadId, string Schema, string Table, string State, string? WorkerId, int Starts, int? Errno, string? Message, double? Seconds);

/// <summary>One who takes tables from the queue.</summary>
/// <param name="Id">The worker's id.</param>
/// <param name="ParName">The PAR that it loads through.</param>
/// <param name="Runs">It holds its lock.</param>
/// <param name="HasBegun">It has held its lock at some time.</param>
/// <param name="HasEvent">Its event exists. One that was killed, or ended by a restart, leaves it behind.</param>
/// <param name="Age">Since it was created, by the server's clock.</param>
internal sealed record Worker(string Id, string ParName, bool Runs, bool HasBegun, bool HasEvent, TimeSpan Age)
{
    /// <summary>Its event waits to begin.</summary>
    public bool Waits => HasEvent && !HasBegun && !Runs;

    /// <summary>Whether anything is still to be expected of it.</summary>
    /// <param name="eventStart">How long an event may take to begin.</param>
    public bool IsAlive(TimeSpan eventStart) => Runs || (Waits && Age <= eventStart);
}
