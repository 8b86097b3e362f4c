using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using SnapshotBridge.Loading.Verification;
using SnapshotBridge.Storage;

namespace SnapshotBridge.Loading;

/// <summary>Drives the queue of one attempt for as long as one invocation has: starts loads, watches them, judges tables.</summary>
internal sealed class LoadProgress(
    IDocumentStore documents,
    IHeatWaveServer server,
    LoadPars pars,
    LoadSettings settings,
    TimeProvider time,
    ILogger log,
    IHeatWaveSession session,
    LoadLedger ledger,
    ServerProbe probe,
    LoadInput input,
    CopiedExport? export)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly TableInspector _inspector = new(session, probe);
    private CopiedExport? _export = export;
    private (string Name, LoadPar Url)? _par;

    public async Task<LoadState> ContinueAsync(LoadState state, Func<TimeSpan> remaining, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var pause = FirstPause;
        while (true)
        {
            state = await CollectAsync(state, cancellationToken);
            (state, var isVerifying) = await VerifyAsync(state, remaining, cancellationToken);
            if (state.Tables.All(table => table.Phase != TablePhase.Queued) && !isVerifying)
            {
                // They drop themselves a moment after their last table; nothing of the run is to be left, whatever happens then.
                await DropEventsAsync(await ledger.WorkersAsync(state.RunId, cancellationToken), cancellationToken);
                return state;
            }

            if (remaining() < settings.Reserve)
            {
                return state;
            }

            var before = state.Carrier;
            var (next, moved) = await StartAsync(state, remaining, cancellationToken);
            state = next;
            if (moved || isVerifying || state.Carrier != before)
            {
                continue;
            }

            if (time.GetElapsedTime(began) + pause > settings.Watch || remaining() < settings.Reserve + pause)
            {
                return state;
            }

            await Task.Delay(pause, time, cancellationToken);
            pause = pause * 1.5 < LongestPause ? pause * 1.5 : LongestPause;
        }
    }

    /// <summary>Judges the tables whose loads have ended, and puts interrupted ones back into the queue.</summary>
    private async Task<LoadState> CollectAsync(LoadState state, CancellationToken cancellationToken)
    {
        // The queue is read before the workers: a load that runs now was begun by a worker that holds its lock by now, so
        // one without its lock is dead, or has ended the load since.
        var rows = await ledger.RowsAsync(state.RunId, cancellationToken);
        var alive = rows.Any(row => row.State == "running")
            ? (await ledger.WorkersAsync(state.RunId, cancellationToken)).Where(worker => worker.Runs).Select(worker => worker.Id).ToHashSet(StringComparer.Ordinal)
            : [];
        var byId = rows.ToDictionary(row => row.LoadId, StringComparer.Ordinal);
        var tables = state.Tables.ToArray();
        var changed = false;
        for (var index = 0; index < tables.Length; index++)
        {
            var table = tables[index];
            if (table.Phase != TablePhase.Queued || !byId.TryGetValue(table.LoadId ?? "", out var row))
            {
                continue;
            }

            if (row.State == "running" && !alive.Contains(row.WorkerId ?? ""))
            {
                await HandleInterruptedAsync(row, cancellationToken);
            }
            else if (row.State == "ended")
            {
                if (IsInterruption(row) && row.Starts < settings.MaxStarts)
                {
                    await HandleInterruptedAsync(row, cancellationToken);
                    continue;
                }

                tables[index] = await JudgeAsync(table, row, cancellationToken);
                changed = true;
            }
        }

        if (!changed)
        {
            return state;
        }

        state = state with { Tables = tables };
        await documents.WriteAsync(BridgeLayout.Load(state.ExportTaskId), state, LoadingJson.Default.LoadState, cancellationToken);
        return state;
    }

    private async Task<TableLoad> JudgeAsync(TableLoad table, LoadRow row, CancellationToken cancellationToken)
    {
        var call = new CallOutcome(row.Errno, row.Message, await ledger.MessagesAsync(row.LoadId, cancellationToken));
        var served = await _inspector.InspectAsync(table.TargetSchema, table.TargetTable, cancellationToken);
        var verdict = TableVerdict.Of(table.Rows, [.. table.Columns.Select(ColumnText.Name)], call, served);
        if (verdict.IsLoaded)
        {
            await ledger.VerifiedAsync(table.TargetSchema, table.TargetTable, row.LoadId, table.Rows, cancellationToken);
            LoadLog.TableLoaded(log, table.TargetSchema, table.TargetTable, table.Rows);
        }
        else
        {
            var there = await FindAsync(table.TargetSchema, table.TargetTable, cancellationToken);
            await ledger.FailedAsync(table.TargetSchema, table.TargetTable, row.LoadId, there is { IsOurs: true } ? there.Value.Table.CreatedAt : null, cancellationToken);
            LoadLog.TableFailed(log, table.TargetSchema, table.TargetTable, verdict.Reason!);
        }

        return table with
        {
            Phase = verdict.IsLoaded ? TablePhase.Loaded : TablePhase.Failed,
            Reason = verdict.Reason,
            RowsLoaded = served.Rows,
            LoadSeconds = row.Seconds,
            DroppedColumns = verdict.DroppedColumns,
            Warnings = verdict.Warnings,
        };
    }

    /// <summary>Compares the values of loaded tables where the request asks for that.</summary>
    /// <returns>The state, and whether there is more to compare and time to do so.</returns>
    private async Task<(LoadState State, bool IsVerifying)> VerifyAsync(LoadState state, Func<TimeSpan> remaining, CancellationToken cancellationToken)
    {
        var verify = settings.Defaults.For(input.Request).Verify;
        var check = new StatisticsCheck(server, documents, settings, time, log);
        var pending = state.Tables.Where(table => StatisticsCheck.IsPending(table, verify)).ToList();
        if (pending.Count == 0 || !check.HasTime(remaining))
        {
            return (state, false);
        }

        var done = new ConcurrentQueue<TableLoad>();
        try
        {
            await check.RunAsync(pending, state.ExportTaskId, remaining, done, cancellationToken);
        }
        finally
        {
            // What was read before a connection broke need not be read again.
            var judged = done.ToDictionary(table => table.Table);
            state = state with { Tables = [.. state.Tables.Select(table => judged.GetValueOrDefault(table.Table, table))] };
            foreach (var table in judged.Values.Where(table => table.Phase == TablePhase.Failed))
            {
                await ledger.DoubtAsync(table.TargetSchema, table.TargetTable, cancellationToken);
            }

            await documents.WriteAsync(BridgeLayout.Load(state.ExportTaskId), state, LoadingJson.Default.LoadState, cancellationToken);
        }

        return (state, check.HasTime(remaining) && state.Tables.Any(table => StatisticsCheck.IsPending(table, verify)));
    }

    private async Task HandleInterruptedAsync(LoadRow row, CancellationToken cancellationToken)
    {
        if (row.Starts >= settings.MaxStarts)
        {
            var hint = settings.Mode == LoadMode.Event ? "" : "; a table that loads for longer than one invocation of LoadTables needs the server's event scheduler";
            await ledger.EndAsync(
                row.LoadId,
                1317,
                string.Create(CultureInfo.InvariantCulture, $"the load was interrupted {row.Starts} times (server restart, KILL, or lost connection){hint}"),
                cancellationToken);
            return;
        }

        // Half a table may stand there. Only one that this very load created is dropped.
        var there = await FindAsync(row.Schema, row.Table, cancellationToken);
        if (there is { IsOurs: false })
        {
            await ledger.EndAsync(row.LoadId, 1050, $"target table {row.Schema}.{row.Table} exists and was not created by SnapshotBridge", cancellationToken);
            return;
        }

        if (await ledger.RequeueAsync(row, dropFirst: there is not null, cancellationToken))
        {
            LoadLog.TableRequeued(log, row.Schema, row.Table, row.Starts);
        }
    }

    private async Task<(ExistingTable Table, bool IsOurs)?> FindAsync(string schema, string name, CancellationToken cancellationToken)
    {
        var there = (await ledger.ExistingAsync([schema], cancellationToken)).FirstOrDefault(table => probe.Names.Equals(table.Table, name));
        var mark = (await ledger.MarksAsync([schema], cancellationToken)).FirstOrDefault(item => probe.Names.Equals(item.Table, name));
        return there is null ? null : (there, Ownership.IsOurs(there, mark));
    }

    private static bool IsInterruption(LoadRow row) =>
        row.Errno is { } errno && HeatWaveErrors.Kind(errno) is HeatWaveErrorKind.Interrupted or HeatWaveErrorKind.Unavailable or HeatWaveErrorKind.Contended;

    /// <summary>Makes sure that somebody works on what is queued.</summary>
    /// <returns>The state, and whether something was done that should be looked at right away.</returns>
    private async Task<(LoadState State, bool Moved)> StartAsync(LoadState state, Func<TimeSpan> remaining, CancellationToken cancellationToken)
    {
        var rows = await ledger.RowsAsync(state.RunId, cancellationToken);
        var queued = rows.Count(row => row.State == "queued");
        if (queued == 0)
        {
            return (state, false);
        }

        var workers = await ledger.WorkersAsync(state.RunId, cancellationToken);
        if (state.Carrier == LoadCarrier.Connection)
        {
            return workers.Any(worker => worker.Runs) ? (state, false) : (state, await LoadOneAsync(state, workers.Count, remaining, cancellationToken));
        }

        if (workers.Any(worker => worker.IsAlive(settings.EventStart)))
        {
            return (state, false);
        }

        // What is left of events that were killed, or never began: each holds a PAR.
        await DropEventsAsync(workers, cancellationToken);
        if (workers.Any(worker => worker.Waits) || (workers.Count >= 2 * settings.Workers && rows.All(row => row.Starts == 0)))
        {
            return (await FallBackAsync(state, $"events do not begin within {settings.EventStart.TotalSeconds:F0} seconds", cancellationToken), false);
        }

        return await StartEventsAsync(state, Math.Min(settings.Workers, queued), workers.Count, cancellationToken);
    }

    private async Task DropEventsAsync(IReadOnlyList<Worker> workers, CancellationToken cancellationToken)
    {
        foreach (var worker in workers.Where(worker => worker.HasEvent))
        {
            await session.ExecuteAsync(new Sql(WorkerEvent.Drop(worker.Id)), "drop an event that has ended", cancellationToken);
        }
    }

    private async Task<(LoadState State, bool Moved)> StartEventsAsync(LoadState state, int count, int earlier, CancellationToken cancellationToken)
    {
        var (parName, par) = await EnsureParAsync(state, earlier, cancellationToken);
        for (var number = 0; number < count; number++)
        {
            var workerId = WorkerId(state, earlier + number);
            await ledger.AddWorkerAsync(workerId, state.RunId, state.ExportTaskId, parName, LoadCarrier.Event, cancellationToken);
            try
            {
                await session.ExecuteAsync(
                    new Sql(WorkerEvent.Create(state.RunId, workerId, parName, par, probe.Version.CallForm)), "create an event in schema snapshotbridge", cancellationToken);
            }
            catch (HeatWaveGrantMissingException exception) when (settings.Mode == LoadMode.Auto)
            {
                await ledger.ForgetWorkerAsync(workerId, cancellationToken);
                return (await FallBackAsync(state, $"error {exception.Number}: {exception.ServerMessage}", cancellationToken), false);
            }
        }

        LoadLog.WorkersStarted(log, count);
        return (state, false);
    }

    private async Task<LoadState> FallBackAsync(LoadState state, string reason, CancellationToken cancellationToken)
    {
        if (settings.Mode == LoadMode.Event)
        {
            throw new EventSchedulerOffException(session.Server, reason);
        }

        LoadLog.FellBackToConnection(log, reason);
        state = state with { Carrier = LoadCarrier.Connection };
        await documents.WriteAsync(BridgeLayout.Load(state.ExportTaskId), state, LoadingJson.Default.LoadState, cancellationToken);
        return state;
    }

    private async Task<bool> LoadOneAsync(LoadState state, int earlier, Func<TimeSpan> remaining, CancellationToken cancellationToken)
    {
        if (remaining() < settings.ShortestCall + settings.Reserve)
        {
            return false;
        }

        var (parName, par) = await EnsureParAsync(state, earlier, cancellationToken);
        var workerId = WorkerId(state, earlier);
        await ledger.AddWorkerAsync(workerId, state.RunId, state.ExportTaskId, parName, LoadCarrier.Connection, cancellationToken);
        using var interrupt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        interrupt.CancelAfter(remaining() - settings.Reserve);
        return await new ConnectionWorker(server).LoadNextAsync(state.RunId, workerId, parName, par, probe.Version.CallForm, interrupt.Token, cancellationToken);
    }

    /// <summary>This invocation's PAR: the address of an earlier one cannot be asked for, so the first start of an invocation makes a new one.</summary>
    private async Task<(string Name, LoadPar Url)> EnsureParAsync(LoadState state, int number, CancellationToken cancellationToken)
    {
        if (_par is { } existing)
        {
            return existing;
        }

        var inUse = await ledger.ParsInUseAsync(state.ExportTaskId, cancellationToken);
        await pars.RetireAsync(state.ExportTaskId, inUse.Contains, cancellationToken);

        _export ??= await CopiedExport.ReadAsync(documents, state.ExportTaskId, cancellationToken);
        var name = LoadPars.NameOf(input, state.Attempt, number);
        var lifetime = settings.Defaults.For(input.Request).ParLifetime;
        int[] tables = [.. state.Tables.Where(table => table.Phase == TablePhase.Queued).Select(table => table.Table)];
        _par = (name, await pars.CreateAsync(name, _export, tables, lifetime, cancellationToken));
        return _par.Value;
    }

    private static string WorkerId(LoadState state, int number) => string.Create(CultureInfo.InvariantCulture, $"{state.RunId}_{number:D4}");
}
