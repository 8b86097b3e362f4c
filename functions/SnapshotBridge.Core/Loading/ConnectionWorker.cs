using SnapshotBridge.Errors;

namespace SnapshotBridge.Loading;

/// <summary>
/// Loads one table of a run's queue on a connection of our own, where the server runs neither tasks nor events. The same steps
/// as <see cref="WorkerBody"/>, with the same locks: whoever looks at the queue sees no difference.
/// </summary>
internal sealed class ConnectionWorker(IHeatWaveServer server)
{
    /// <summary>Takes the next table and loads it.</summary>
    /// <param name="runId">The queue.</param>
    /// <param name="workerId">This worker, already noted in the queue.</param>
    /// <param name="par">The PAR.</param>
    /// <param name="interrupt">Ends the load when the invocation's time is up; the table stays in the queue as interrupted.</param>
    /// <param name="cancellationToken">Ends everything.</param>
    /// <returns>False when the queue holds no more table, or the load was interrupted.</returns>
    public async Task<bool> LoadNextAsync(string runId, string workerId, LoadPar par, CancellationToken interrupt, CancellationToken cancellationToken)
    {
        await using var session = await server.OpenAsync(cancellationToken);
        // The server may not have noticed yet that this worker's connection of the table before has ended.
        var (ledger, queue) = (new LoadLedger(session), new LoadQueue(session));
        if (!await ledger.TryLockAsync(LedgerSql.WorkerLock(workerId), 10, cancellationToken)
            || !await ledger.TryLockAsync(LedgerSql.QueueLock(runId), 10, cancellationToken))
        {
            return false;
        }

        await session.ExecuteAsync(new Sql(LedgerSql.Begin(workerId)), "note the beginning of a worker", cancellationToken);
        await session.ExecuteAsync(new Sql(LedgerSql.Claim(runId, workerId)), "take a table from the queue", cancellationToken);
        await ledger.UnlockAsync(LedgerSql.QueueLock(runId), cancellationToken);
        var taken = await queue.TakenAsync(runId, workerId, cancellationToken);
        if (taken is null)
        {
            return false;
        }

        await KeepMoreMessagesAsync(session, cancellationToken);
        int? errno = null;
        string? message = null;
        try
        {
            foreach (var step in await queue.StepsAsync(taken.LoadId, cancellationToken))
            {
                await session.ExecuteAsync(new Sql(step.With(par)), $"load {taken.Schema}.{taken.Table}", interrupt);
                if (step.Kind == LoadStepKind.Guard && (await session.QueryAsync(new Sql($"SELECT {DropGuard.Variable}"), "look at what the load replaces", interrupt))[0].Number(0) > 0)
                {
                    (errno, message) = (DropGuard.ErrorNumber, DropGuard.Message);
                    break;
                }

                await KeepMessagesAsync(session, step.Kind, taken.LoadId, par, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        catch (BridgeException exception) when (exception is HeatWaveStatementException or HeatWaveGrantMissingException)
        {
            (errno, message) = exception is HeatWaveStatementException refused
                ? (refused.Number, refused.ServerMessage)
                : (((HeatWaveGrantMissingException)exception).Number, ((HeatWaveGrantMissingException)exception).ServerMessage);
            await KeepConditionsAsync(session, taken.LoadId, par, cancellationToken);
        }

        await queue.EndAsync(taken.LoadId, errno, message, cancellationToken, workerId);
        return true;
    }

    private static async Task KeepMoreMessagesAsync(IHeatWaveSession session, CancellationToken cancellationToken)
    {
        try
        {
            await session.ExecuteAsync(new Sql(LedgerSql.KeepMessages), "keep more messages", cancellationToken);
        }
        catch (HeatWaveGrantMissingException)
        {
            // Only privileged users may: the server's own setting holds.
        }
    }

    private static async Task KeepMessagesAsync(IHeatWaveSession session, LoadStepKind kind, string loadId, LoadPar par, CancellationToken cancellationToken)
    {
        switch (kind)
        {
            case LoadStepKind.Load:
                await KeepConditionsAsync(session, loadId, par, cancellationToken);
                break;
            case LoadStepKind.Call:
                try
                {
                    await session.ExecuteAsync(
                        new Sql(LedgerSql.CopyReport("@load", "@token"), ("load", loadId), ("token", par.Token)), "keep HeatWave's report", cancellationToken);
                }
                catch (BridgeException exception) when (exception is HeatWaveGrantMissingException or HeatWaveStatementException { Number: HeatWaveErrors.NoSuchTable })
                {
                    // No report on this server: the table itself is asked.
                }

                break;
            default:
                break;
        }
    }

    /// <summary>What the last statement left, before the connection is given up.</summary>
    private static async Task KeepConditionsAsync(IHeatWaveSession session, string loadId, LoadPar par, CancellationToken cancellationToken)
    {
        var rows = await session.QueryAsync(new Sql("SHOW WARNINGS"), "read the messages of a load", cancellationToken);
        foreach (var row in rows.Take(WorkerBody.Conditions).Concat(rows.Skip(WorkerBody.Conditions).TakeLast(1)))
        {
            await session.ExecuteAsync(
                new Sql(
                    "INSERT INTO `snapshotbridge`.`messages` (load_id, type, log) VALUES (@load, @type, @log)",
                    ("load", loadId),
                    ("type", LoadMessage.Condition),
                    ("log", LoadMessage.ConditionLog(row.Number(1) ?? 0, SecretMask.Mask((row.Text(2) ?? "").Replace(par.Token, SecretMask.Replacement, StringComparison.Ordinal))))),
                "keep the messages of a load",
                cancellationToken);
        }
    }
}
