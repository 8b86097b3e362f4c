using SnapshotBridge.Errors;

namespace SnapshotBridge.Loading;

/// <summary>
/// Loads one table of a run's queue on a connection of our own, where the server runs no events. The same steps as
/// <see cref="WorkerEvent"/>, with the same locks: whoever looks at the queue sees no difference.
/// </summary>
internal sealed class ConnectionWorker(IHeatWaveServer server)
{
    /// <summary>Takes the next table and loads it.</summary>
    /// <param name="runId">The queue.</param>
    /// <param name="workerId">This worker, already noted in the ledger.</param>
    /// <param name="parName">The PAR's name.</param>
    /// <param name="par">The PAR.</param>
    /// <param name="form">The server's form of the call.</param>
    /// <param name="interrupt">Ends the call when the invocation's time is up; the table stays in the queue as interrupted.</param>
    /// <param name="cancellationToken">Ends everything.</param>
    /// <returns>False when the queue holds no more table, or the call was interrupted.</returns>
    public async Task<bool> LoadNextAsync(
        string runId, string workerId, string parName, LoadPar par, LoadCallForm form, CancellationToken interrupt, CancellationToken cancellationToken)
    {
        await using var session = await server.OpenAsync(cancellationToken);
        var ledger = new LoadLedger(session);
        if (!await ledger.TryLockAsync(LedgerSql.WorkerLock(workerId), 0, cancellationToken)
            || !await ledger.TryLockAsync(LedgerSql.QueueLock(runId), 10, cancellationToken))
        {
            return false;
        }

        await session.ExecuteAsync(new Sql(LedgerSql.Begin(workerId)), "note the beginning of a worker", cancellationToken);
        await session.ExecuteAsync(new Sql(LedgerSql.Claim(runId, workerId)), "take a table from the queue", cancellationToken);
        await ledger.UnlockAsync(LedgerSql.QueueLock(runId), cancellationToken);
        var rows = await session.QueryAsync(
            new Sql(
                "SELECT load_id, target_schema, target_table, head, tail, other, drop_sql FROM `snapshotbridge`.`loads` WHERE run_id = @run AND worker_id = @worker AND state = 'running'",
                ("run", runId),
                ("worker", workerId)),
            "read the table to load",
            cancellationToken);
        if (rows.Count == 0)
        {
            return false;
        }

        var row = rows[0];
        var (loadId, name) = (row.Text(0)!, $"{row.Text(1)}.{row.Text(2)}");
        var (input, options) = new LoadCall(form, row.Text(3)!, row.Text(4)!, row.Text(5)!).With(par);
        int? errno = null;
        string? message = null;
        try
        {
            if (row.Text(6) is { } drop)
            {
                await session.ExecuteAsync(new Sql(drop), $"drop the earlier table {name}", cancellationToken);
            }

            await session.ExecuteAsync(new Sql(LedgerSql.Mark("@load", parName), ("load", loadId)), "mark the table", cancellationToken);
            await session.ExecuteAsync(new Sql("CALL sys.heatwave_load(@in, @opt)", ("in", input), ("opt", options)), $"load {name}", interrupt);
            await CopyReportAsync(session, loadId, par, cancellationToken);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        catch (HeatWaveStatementException exception)
        {
            (errno, message) = (exception.Number, exception.ServerMessage);
        }
        catch (HeatWaveGrantMissingException exception)
        {
            (errno, message) = (exception.Number, exception.ServerMessage);
        }

        await ledger.EndAsync(loadId, errno, message, cancellationToken);
        return true;
    }

    private static async Task CopyReportAsync(IHeatWaveSession session, string loadId, LoadPar par, CancellationToken cancellationToken)
    {
        try
        {
            await session.ExecuteAsync(
                new Sql(LedgerSql.CopyReport("@load", "@token"), ("load", loadId), ("token", par.Token)), "keep HeatWave's report", cancellationToken);
        }
        catch (BridgeException exception) when (exception is HeatWaveGrantMissingException or HeatWaveStatementException { Number: HeatWaveErrors.NoSuchTable })
        {
            // No report on this server: the table itself is asked.
        }
    }
}
