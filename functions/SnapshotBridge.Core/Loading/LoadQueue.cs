using System.Globalization;
using System.Text;

namespace SnapshotBridge.Loading;

/// <summary>The queue on the server: what is to be loaded, who loads it, and how each load ended. See <see cref="LedgerSql"/>.</summary>
internal sealed class LoadQueue(IHeatWaveSession session)
{
    /// <summary>The state of a load whose steps are being rewritten: one that an invocation died over is in it.</summary>
    public const string Held = "held";

    /// <summary>The state of a table that an earlier run loaded, and whose rows are still to be counted.</summary>
    public const string Standing = "standing";

    /// <summary>The state of such a table once they are: whatever happens to the invocation, they are not counted again.</summary>
    public const string Counted = "counted";

    private const int LoadsAtATime = 100;

    // Characters of an INSERT: far below the smallest max_allowed_packet that servers come with (MySQL 64 MiB, MariaDB 16 MiB).
    private const int LongestInsert = 1 << 20;

    /// <summary>Loads of all runs that are waiting or under way.</summary>
    public async Task<IReadOnlyList<ActiveLoad>> ActiveAsync(CancellationToken cancellationToken)
    {
        var rows = await session.QueryAsync(
            new Sql(
                "SELECT l.run_id, l.export_task_id, l.target_schema, l.target_table, TIMESTAMPDIFF(SECOND, r.seen, UTC_TIMESTAMP(6)) FROM `snapshotbridge`.`queue` l "
                + "JOIN (SELECT run_id, MAX(GREATEST(queued_at, COALESCE(started_at, queued_at), COALESCE(ended_at, queued_at))) AS seen FROM `snapshotbridge`.`queue` GROUP BY run_id) r ON r.run_id = l.run_id "
                + "WHERE l.state IN ('queued', 'running', 'held', 'standing')"),
            "read the queues of other runs",
            cancellationToken);
        return [.. rows.Select(row => new ActiveLoad(row.Text(0)!, row.Text(1)!, row.Text(2)!, row.Text(3)!, TimeSpan.FromSeconds(row.Number(4) ?? 0)))];
    }

    /// <summary>Gives a run up whose workers are gone, so that nobody takes its tables any more.</summary>
    public async Task AbandonAsync(string runId, CancellationToken cancellationToken) =>
        await session.ExecuteAsync(
            new Sql("UPDATE `snapshotbridge`.`queue` SET state = 'abandoned' WHERE run_id = @run AND state IN ('queued', 'running', 'held', 'standing')", ("run", runId)),
            "give up the queue of an ended run",
            cancellationToken);

    /// <summary>
    /// Forgets the queues of an export's earlier attempts, which have ended, and those of any export in which nothing has happened
    /// for <paramref name="keep"/> and nobody works: without that the bookkeeping would grow with every snapshot.
    /// </summary>
    public async Task ForgetEarlierAsync(string exportTaskId, string runId, TimeSpan keep, CancellationToken cancellationToken)
    {
        var runs = await session.QueryAsync(
            new Sql(
                "SELECT run_id, export_task_id = @export FROM `snapshotbridge`.`queue` WHERE run_id <> @run GROUP BY run_id, export_task_id "
                + "HAVING export_task_id = @export OR MAX(GREATEST(queued_at, COALESCE(started_at, queued_at), COALESCE(ended_at, queued_at))) < UTC_TIMESTAMP(6) - INTERVAL @keep SECOND "
                + "UNION SELECT run_id, 1 FROM `snapshotbridge`.`queue_workers` WHERE export_task_id = @export AND run_id <> @run",
                ("export", exportTaskId),
                ("run", runId),
                ("keep", (long)keep.TotalSeconds)),
            "look for queues of earlier runs",
            cancellationToken);
        foreach (var run in runs)
        {
            if (run.Number(1) != 0 || !(await WorkersAsync(run.Text(0)!, cancellationToken)).Any(worker => worker.Runs))
            {
                await ForgetRunAsync(run.Text(0)!, cancellationToken);
            }
        }
    }

    /// <summary>Forgets the statements of a run that has ended: nearly all that its queue takes.</summary>
    public async Task ForgetStepsAsync(string runId, CancellationToken cancellationToken) =>
        await session.ExecuteAsync(
            new Sql("DELETE FROM `snapshotbridge`.`queue_steps` WHERE load_id IN (SELECT load_id FROM `snapshotbridge`.`queue` WHERE run_id = @run)", ("run", runId)),
            "clear the steps of an ended run",
            cancellationToken);

    /// <summary>
    /// Forgets a run. Also what an invocation that was killed left of one that begins anew: rows that were given up meanwhile
    /// would never be taken, and ended ones would be judged without a load.
    /// </summary>
    public async Task ForgetRunAsync(string runId, CancellationToken cancellationToken)
    {
        const string Action = "clear the queue of a run";
        // Each holds a PAR, and would take from a new queue with one that is gone.
        await DropEventsAsync(await WorkersAsync(runId, cancellationToken), cancellationToken);

        await session.ExecuteAsync(
            new Sql("DELETE FROM `snapshotbridge`.`messages` WHERE load_id IN (SELECT load_id FROM `snapshotbridge`.`queue` WHERE run_id = @run)", ("run", runId)),
            Action,
            cancellationToken);
        await session.ExecuteAsync(
            new Sql("DELETE FROM `snapshotbridge`.`queue_steps` WHERE load_id IN (SELECT load_id FROM `snapshotbridge`.`queue` WHERE run_id = @run)", ("run", runId)),
            Action,
            cancellationToken);
        await session.ExecuteAsync(new Sql("DELETE FROM `snapshotbridge`.`queue` WHERE run_id = @run", ("run", runId)), Action, cancellationToken);
        await session.ExecuteAsync(new Sql("DELETE FROM `snapshotbridge`.`queue_workers` WHERE run_id = @run", ("run", runId)), Action, cancellationToken);
    }

    /// <summary>
    /// Puts tables into the queue; those that are in it already stay as they are. The steps are written first: a worker takes
    /// what is queued. Many go into one statement: with one for each row, 10,000 tables would take longer than an invocation has.
    /// </summary>
    public async Task EnqueueAsync(IEnumerable<QueuedLoad> loads, CancellationToken cancellationToken)
    {
        foreach (var some in loads.Chunk(LoadsAtATime))
        {
            await WriteStepsAsync([.. some.SelectMany(load => load.Steps.Select((step, index) => (load.LoadId, index, step)))], cancellationToken);
            var rows = some.Select(load => new object?[] { load.LoadId, load.RunId, load.ExportTaskId, load.Sequence, load.Schema, load.Table, load.State });
            await InsertAsync(
                "INSERT IGNORE INTO `snapshotbridge`.`queue` (load_id, run_id, export_task_id, seq, target_schema, target_table, state, queued_at) VALUES ",
                ", UTC_TIMESTAMP(6)",
                rows,
                "queue tables",
                cancellationToken);
        }
    }

    /// <summary>The steps of a load, in order.</summary>
    public async Task<IReadOnlyList<LoadStep>> StepsAsync(string loadId, CancellationToken cancellationToken)
    {
        var rows = await session.QueryAsync(
            new Sql("SELECT kind, head, tail FROM `snapshotbridge`.`queue_steps` WHERE load_id = @load ORDER BY step", ("load", loadId)), "read the steps of a load", cancellationToken);
        return [.. rows.Select(row => new LoadStep(Enum.Parse<LoadStepKind>(row.Text(0)!, ignoreCase: true), row.Text(1)!, row.Text(2)))];
    }

    /// <summary>Every load of the run, as it stands now.</summary>
    public Task<IReadOnlyList<LoadRow>> RowsAsync(string runId, CancellationToken cancellationToken) => RowsAsync("", [("run", runId)], cancellationToken);

    /// <summary>The loads that wait, in the order in which workers take them.</summary>
    public Task<IReadOnlyList<LoadRow>> NextAsync(string runId, int most, CancellationToken cancellationToken) =>
        RowsAsync("AND q.state = 'queued' ", [("run", runId), ("most", most)], cancellationToken, " LIMIT @most");

    /// <summary>The loads that may have to be judged: all that do not wait.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="since">Of those that have ended, only those since then, by the server's clock; null for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<IReadOnlyList<LoadRow>> MovedAsync(string runId, string? since, CancellationToken cancellationToken) => since is null
        ? RowsAsync("AND q.state <> 'queued' ", [("run", runId)], cancellationToken)
        // A worker says when it ended a load a moment before others can read it.
        : RowsAsync("AND q.state <> 'queued' AND (q.state <> 'ended' OR q.ended_at >= @since - INTERVAL 30 SECOND) ", [("run", runId), ("since", since)], cancellationToken);

    /// <summary>Whether anybody has ever taken a load of the run.</summary>
    public async Task<bool> HasBegunAsync(string runId, CancellationToken cancellationToken) =>
        (await session.QueryAsync(new Sql("SELECT 1 FROM `snapshotbridge`.`queue` WHERE run_id = @run AND starts > 0 LIMIT 1", ("run", runId)), "read the queue", cancellationToken)).Count > 0;

    /// <summary>What is going on in a run's queue, in one statement.</summary>
    public async Task<(QueueLook Look, string Clock)> LookAsync(string runId, CancellationToken cancellationToken)
    {
        const string Count = "(SELECT COUNT(*) FROM `snapshotbridge`.`queue` WHERE run_id = @run AND state ";
        const string Lock = "IS_USED_LOCK(CONCAT('sb.', worker_id))";
        var row = (await session.QueryAsync(
            new Sql(
                $"SELECT {Count}= 'queued'), {Count}= 'running'), {Count}= 'ended'), {Count}NOT IN ('queued', 'running', 'ended')), {Count}= 'running' AND {Lock} IS NULL), "
                + $"(SELECT COUNT(*) FROM `snapshotbridge`.`queue_workers` WHERE run_id = @run AND {Lock} IS NOT NULL), CAST(UTC_TIMESTAMP(6) AS CHAR)",
                ("run", runId)),
            "look at the queue",
            cancellationToken))[0];
        return (new QueueLook(row.Number(0) ?? 0, row.Number(1) ?? 0, row.Number(2) ?? 0, row.Number(3) ?? 0, row.Number(4) ?? 0, row.Number(5) ?? 0), row.Text(6)!);
    }

    /// <summary>Notes that a table of an earlier run was counted and found right.</summary>
    public async Task CountedAsync(string loadId, CancellationToken cancellationToken) =>
        await session.ExecuteAsync(
            new Sql("UPDATE `snapshotbridge`.`queue` SET state = 'counted', ended_at = UTC_TIMESTAMP(6) WHERE load_id = @load AND state = 'standing'", ("load", loadId)),
            "note a counted table",
            cancellationToken);

    /// <summary>Adds a warning of ours to what a load left.</summary>
    public async Task WarnAsync(string loadId, string warning, CancellationToken cancellationToken) =>
        await session.ExecuteAsync(
            new Sql("INSERT INTO `snapshotbridge`.`messages` (load_id, type, log) VALUES (@load, 'warn', @log)", ("load", loadId), ("log", LoadMessage.WarningLog(warning))),
            "note a warning",
            cancellationToken);

    /// <summary>The load that a worker has taken; null where it has none.</summary>
    public async Task<LoadRow?> TakenAsync(string runId, string workerId, CancellationToken cancellationToken) =>
        await RowsAsync("AND q.state = 'running' AND q.worker_id = @worker ", [("run", runId), ("worker", workerId)], cancellationToken) is [var taken, ..] ? taken : null;

    private async Task<IReadOnlyList<LoadRow>> RowsAsync(string condition, (string, object?)[] parameters, CancellationToken cancellationToken, string limit = "")
    {
        var rows = await session.QueryAsync(
            new Sql(
                "SELECT q.load_id, q.target_schema, q.target_table, q.state, q.worker_id, q.starts, q.errno, q.message, "
                + "TIMESTAMPDIFF(MICROSECOND, q.started_at, q.ended_at), TIMESTAMPDIFF(SECOND, w.created_at, q.ended_at) "
                + $"FROM `snapshotbridge`.`queue` q LEFT JOIN `snapshotbridge`.`queue_workers` w ON w.worker_id = q.worker_id WHERE q.run_id = @run {condition}ORDER BY q.seq{limit}",
                parameters),
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
            row.Number(8) / 1_000_000.0)
        {
            ParAge = row.Number(9) is { } age ? TimeSpan.FromSeconds(age) : null,
        })];
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
    /// Puts a load back into the queue, unless its worker has ended it meanwhile: then the worker's messages are the ones to be
    /// judged, and stay.
    /// </summary>
    /// <param name="row">The load as it was read.</param>
    /// <param name="steps">What it does now.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>False where the load has ended since <paramref name="row"/> was read.</returns>
    public async Task<bool> RequeueAsync(LoadRow row, IReadOnlyList<LoadStep> steps, CancellationToken cancellationToken)
    {
        (string, object?)[] parameters = [("load", row.LoadId), ("state", row.State), ("starts", row.Starts)];
        // Nobody takes it in this state, so that messages and steps can be changed.
        var isHeld = await session.ExecuteAsync(
            new Sql("UPDATE `snapshotbridge`.`queue` SET state = 'held' WHERE load_id = @load AND state = @state AND starts = @starts", parameters), "hold an interrupted load", cancellationToken) == 1;
        if (!isHeld && row.State != Held)
        {
            return false;
        }

        await session.ExecuteAsync(new Sql("DELETE FROM `snapshotbridge`.`messages` WHERE load_id = @load", parameters), "clear the messages of an interrupted load", cancellationToken);
        await session.ExecuteAsync(new Sql("DELETE FROM `snapshotbridge`.`queue_steps` WHERE load_id = @load", parameters), "clear the steps of an interrupted load", cancellationToken);
        await WriteStepsAsync([.. steps.Select((step, index) => (row.LoadId, index, step))], cancellationToken);
        return await session.ExecuteAsync(
            new Sql(
                "UPDATE `snapshotbridge`.`queue` SET state = 'queued', worker_id = NULL, errno = NULL, message = NULL, queued_at = UTC_TIMESTAMP(6), started_at = NULL, ended_at = NULL "
                + "WHERE load_id = @load AND state = 'held'",
                parameters),
            "queue an interrupted load again",
            cancellationToken) == 1;
    }

    /// <summary>Ends a load from here.</summary>
    /// <param name="loadId">The load.</param>
    /// <param name="errno">The error that ended it; null where none did.</param>
    /// <param name="message">The error's text.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="workerId">Only where this worker still has it; null for whoever has it.</param>
    public async Task EndAsync(string loadId, int? errno, string? message, CancellationToken cancellationToken, string? workerId = null) =>
        await session.ExecuteAsync(
            new Sql(
                "UPDATE `snapshotbridge`.`queue` SET state = 'ended', errno = @errno, message = @message, ended_at = UTC_TIMESTAMP(6) WHERE load_id = @load AND "
                + (workerId is null ? "state <> 'ended'" : "state = 'running' AND worker_id = @worker"),
                ("load", loadId),
                ("worker", workerId),
                ("errno", errno),
                ("message", SecretMask.MaskOptional(message))),
            "note the end of a load",
            cancellationToken);

    /// <summary>Ends a load whose table is there whole, whatever its worker had noted.</summary>
    public async Task EndLoadedAsync(string loadId, CancellationToken cancellationToken) =>
        await session.ExecuteAsync(
            new Sql("UPDATE `snapshotbridge`.`queue` SET state = 'ended', errno = NULL, message = NULL, ended_at = UTC_TIMESTAMP(6) WHERE load_id = @load", ("load", loadId)),
            "note the end of a load",
            cancellationToken);

    public async Task AddWorkerAsync(string workerId, string runId, string exportTaskId, string parName, LoadCarrier carrier, CancellationToken cancellationToken) =>
        await session.ExecuteAsync(
            new Sql(
                "INSERT INTO `snapshotbridge`.`queue_workers` (worker_id, run_id, export_task_id, par_name, carrier, created_at) VALUES (@worker, @run, @export, @par, @carrier, UTC_TIMESTAMP(6))",
                ("worker", workerId),
                ("run", runId),
                ("export", exportTaskId),
                ("par", parName),
                ("carrier", carrier switch { LoadCarrier.Task => "task", LoadCarrier.Event => "event", _ => "connection" })),
            "note a worker",
            cancellationToken);

    public async Task ForgetWorkerAsync(string workerId, CancellationToken cancellationToken) =>
        await session.ExecuteAsync(new Sql("DELETE FROM `snapshotbridge`.`queue_workers` WHERE worker_id = @worker", ("worker", workerId)), "forget a worker", cancellationToken);

    /// <summary>The run's workers with what the server knows of them now.</summary>
    public async Task<IReadOnlyList<Worker>> WorkersAsync(string runId, CancellationToken cancellationToken)
    {
        // The lock is asked before the event: an event that starts in between is seen as still waiting and not as gone.
        var rows = await session.QueryAsync(
            new Sql(
                "SELECT w.worker_id, w.par_name, IS_USED_LOCK(CONCAT('sb.', w.worker_id)), TIMESTAMPDIFF(SECOND, w.created_at, UTC_TIMESTAMP(6)), w.started_at IS NOT NULL FROM `snapshotbridge`.`queue_workers` w WHERE w.run_id = @run ORDER BY w.worker_id",
                ("run", runId)),
            "read the workers",
            cancellationToken);
        // Those of the task API have names of their own: an event is known by the lock that its body takes.
        var events = (await session.QueryAsync(
            new Sql($"SELECT {WorkerBody.WorkerOfDefinition("EVENT_DEFINITION")}, EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = 'snapshotbridge'"),
            "list the events of schema snapshotbridge",
            cancellationToken))
            .GroupBy(row => row.Text(0) ?? "", StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.First().Text(1), StringComparer.Ordinal);
        return [.. rows.Select(row => new Worker(
            row.Text(0)!,
            row.Text(1)!,
            row.Number(2) is not null,
            row.Number(4) != 0,
            events.GetValueOrDefault(row.Text(0)!),
            TimeSpan.FromSeconds(row.Number(3) ?? 0)))];
    }

    /// <summary>Drops what is left of these workers' events: each holds a PAR. Dropping one that runs does not end it.</summary>
    public async Task DropEventsAsync(IReadOnlyList<Worker> workers, CancellationToken cancellationToken)
    {
        foreach (var worker in workers.Where(worker => worker.HasEvent))
        {
            await session.ExecuteAsync(
                new Sql($"DROP EVENT IF EXISTS {SqlText.Table(LedgerSql.Schema, worker.Event!)}"), "drop an event of schema snapshotbridge", cancellationToken);
        }
    }

    public static string LoadId(string runId, int sequence) => string.Create(CultureInfo.InvariantCulture, $"{runId}-{sequence:D5}");

    private Task WriteStepsAsync(IReadOnlyList<(string LoadId, int Step, LoadStep Statement)> steps, CancellationToken cancellationToken) => InsertAsync(
        "INSERT IGNORE INTO `snapshotbridge`.`queue_steps` (load_id, step, kind, head, tail) VALUES ",
        "",
        steps.Select(step => new object?[]
        {
            step.LoadId,
            step.Step,
            step.Statement.Kind switch { LoadStepKind.Load => "load", LoadStepKind.Call => "call", LoadStepKind.Guard => "guard", _ => "run" },
            step.Statement.Head,
            step.Statement.Tail,
        }),
        "write the steps of loads",
        cancellationToken);

    /// <summary>Inserts rows, as many with a statement as fit.</summary>
    private async Task InsertAsync(string insert, string afterValues, IEnumerable<object?[]> rows, string action, CancellationToken cancellationToken)
    {
        var (text, values, characters) = (new StringBuilder(insert), new List<(string, object?)>(), 0);
        foreach (var row in rows)
        {
            var length = row.Sum(value => (value as string)?.Length ?? 8);
            if (characters > 0 && characters + length > LongestInsert)
            {
                await session.ExecuteAsync(new Sql(text.ToString(), [.. values]), action, cancellationToken);
                (text, values, characters) = (new StringBuilder(insert), [], 0);
            }

            text.Append(characters > 0 ? ", (" : "(");
            for (var column = 0; column < row.Length; column++)
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"v{values.Count}");
                text.Append(column > 0 ? ", @" : "@").Append(name);
                values.Add((name, row[column]));
            }

            text.Append(afterValues).Append(')');
            characters += length;
        }

        if (values.Count > 0)
        {
            await session.ExecuteAsync(new Sql(text.ToString(), [.. values]), action, cancellationToken);
        }
    }
}
