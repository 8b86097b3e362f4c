using System.Globalization;

namespace SnapshotBridge.Loading;

/// <summary>Sees to it that somebody works on a queue: tasks of the server, events, or this invocation's own connection.</summary>
internal sealed class LoadWorkers(LoadContext context, CopiedExport? export)
{
    private const int TaskAttempts = 5;
    private static readonly TimeSpan TaskPause = TimeSpan.FromSeconds(1);

    private CopiedExport? _export = export;
    private UsablePar? _par;
    private bool _hasLoaded;

    private LoadSettings Settings => context.Settings;

    /// <summary>Starts workers where there is work and nobody at it.</summary>
    /// <returns>The state, and whether something was done that should be looked at right away.</returns>
    public async Task<(LoadState State, bool Moved)> StartAsync(LoadState state, Func<TimeSpan> remaining, CancellationToken cancellationToken)
    {
        var rows = await context.Queue.RowsAsync(state.RunId, cancellationToken);
        var queued = rows.Where(row => row.State == "queued").ToList();
        if (queued.Count == 0)
        {
            return (state, false);
        }

        var workers = await context.Queue.WorkersAsync(state.RunId, cancellationToken);
        if (state.Carrier == LoadCarrier.Connection)
        {
            return workers.Any(worker => worker.Runs) ? (state, false) : (state, await LoadOneAsync(state, queued[0], workers.Count, remaining, cancellationToken));
        }

        if (workers.Any(worker => worker.IsAlive(Settings.EventStart)))
        {
            return (state, false);
        }

        // What is left of events that were killed, or never began: each holds a PAR.
        await context.Queue.DropEventsAsync(workers, cancellationToken);
        var count = Math.Min(Math.Min(Settings.Workers, queued.Count), Math.Max(1, context.Probe.FreeConnections / 2));
        if (workers.Any(worker => worker.Waits) || (workers.Count >= 2 * Settings.Workers && rows.All(row => row.Starts == 0)))
        {
            return (await FallBackAsync(state, $"they do not begin within {Settings.EventStart.TotalSeconds:F0} seconds", cancellationToken), false);
        }

        return await StartOnServerAsync(state, count, workers.Count, cancellationToken);
    }

    private async Task<(LoadState State, bool Moved)> StartOnServerAsync(LoadState state, int count, int earlier, CancellationToken cancellationToken)
    {
        var par = await EnsureParAsync(state, earlier, cancellationToken);
        for (var number = 0; number < count; number++)
        {
            var workerId = WorkerId(state, earlier + number);
            await context.Queue.AddWorkerAsync(workerId, state.RunId, state.ExportTaskId, par.Name, state.Carrier, cancellationToken);
            var refused = state.Carrier == LoadCarrier.Task
                ? await TryTaskAsync(state.RunId, workerId, par, cancellationToken)
                : await TryEventAsync(state.RunId, workerId, par, cancellationToken);
            if (refused is not null)
            {
                // A worker that is not noted ends at once, if it begins after all.
                await context.Queue.ForgetWorkerAsync(workerId, cancellationToken);
                return number > 0 ? (state, false) : (await FallBackAsync(state, refused, cancellationToken), false);
            }
        }

        LoadLog.WorkersStarted(context.Log, count, state.Carrier == LoadCarrier.Task ? "task" : "event");
        return (state, false);
    }

    /// <returns>Why no task could be started; null where one was.</returns>
    private async Task<string?> TryTaskAsync(string runId, string workerId, UsablePar par, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            // Some versions wait for the task to begin, which with an idle scheduler is for ever.
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(Settings.EventStart);
            try
            {
                await context.Session.ExecuteAsync(WorkerCarriers.Task(runId, workerId, par.Url, par.Until), "start a task with mysql_tasks", patience.Token);
                return null;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return $"no task began within {Settings.EventStart.TotalSeconds:F0} seconds";
            }
            catch (HeatWaveStatementException exception) when (exception.Number is HeatWaveErrors.LockBusy or HeatWaveErrors.TooManyTasks && attempt < TaskAttempts)
            {
                await Task.Delay(TaskPause, context.Time, cancellationToken);
            }
            catch (HeatWaveStatementException exception)
            {
                return Said(exception.Number, exception.ServerMessage);
            }
            catch (HeatWaveGrantMissingException exception)
            {
                return Said(exception.Number, exception.ServerMessage);
            }
        }
    }

    private async Task<string?> TryEventAsync(string runId, string workerId, UsablePar par, CancellationToken cancellationToken)
    {
        try
        {
            await context.Session.ExecuteAsync(WorkerCarriers.Event(runId, workerId, par.Url, par.Until), "create an event in schema snapshotbridge", cancellationToken);
            return null;
        }
        catch (HeatWaveGrantMissingException exception) when (Settings.Mode == LoadMode.Auto)
        {
            return Said(exception.Number, exception.ServerMessage);
        }
    }

    /// <summary>The next carrier: tasks, events, our own connection.</summary>
    private async Task<LoadState> FallBackAsync(LoadState state, string reason, CancellationToken cancellationToken)
    {
        if (state.Carrier == LoadCarrier.Task)
        {
            LoadLog.FellBackToEvents(context.Log, reason);
            state = state with { Carrier = LoadCarrier.Event };
        }
        else if (Settings.Mode == LoadMode.Event)
        {
            throw new EventSchedulerOffException(context.Session.Server, reason);
        }
        else
        {
            LoadLog.FellBackToConnection(context.Log, reason);
            state = state with { Carrier = LoadCarrier.Connection };
        }

        await context.SaveAsync(state, cancellationToken);
        return state;
    }

    private async Task<bool> LoadOneAsync(LoadState state, LoadRow next, int earlier, Func<TimeSpan> remaining, CancellationToken cancellationToken)
    {
        // One that did not end within the rest of an invocation gets a whole one.
        var isSecondTry = next.Starts > state.Tables.First(table => table.LoadId == next.LoadId).Refusals.Count;
        if (remaining() < Settings.ShortestCall + Settings.Reserve || (isSecondTry && _hasLoaded))
        {
            return false;
        }

        var par = await EnsureParAsync(state, earlier, cancellationToken);
        var workerId = WorkerId(state, earlier);
        await context.Queue.AddWorkerAsync(workerId, state.RunId, state.ExportTaskId, par.Name, LoadCarrier.Connection, cancellationToken);
        using var interrupt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        interrupt.CancelAfter(remaining() - Settings.Reserve);
        _hasLoaded = true;
        return await new ConnectionWorker(context.Server).LoadNextAsync(state.RunId, workerId, par.Url, interrupt.Token, cancellationToken);
    }

    /// <summary>
    /// This invocation's PAR: the address of an earlier one cannot be asked for, so the first start of an invocation makes a new
    /// one. A table whose files it does not show as they were copied fails alone.
    /// </summary>
    private async Task<UsablePar> EnsureParAsync(LoadState state, int number, CancellationToken cancellationToken)
    {
        if (_par is { } existing)
        {
            return existing;
        }

        var inUse = await context.Ledger.ParsInUseAsync(state.ExportTaskId, cancellationToken);
        await context.Pars.RetireAsync(state.ExportTaskId, inUse.Contains, cancellationToken);

        _export ??= await CopiedExport.ReadAsync(context.Documents, state.ExportTaskId, cancellationToken);
        var name = LoadPars.NameOf(context.Input, state.Attempt, number);
        var queued = state.Tables.Where(table => table.Phase == TablePhase.Queued).ToDictionary(table => table.Table);
        int[] withFiles = [.. queued.Keys.Where(table => !context.Plan.Tables[table].IsEmpty)];
        var (par, findings) = await context.Pars.CreateAsync(name, _export, withFiles, context.Choices.ParLifetime, cancellationToken);
        foreach (var (table, finding) in findings)
        {
            await context.Queue.EndAsync(queued[table].LoadId!, LoadConditions.NoFiles, finding, cancellationToken);
        }

        // The other half of its life is for the tables that are under way then.
        return _par = new UsablePar(name, par, context.Time.GetUtcNow() + (context.Choices.ParLifetime / 2));
    }

    private static string Said(int number, string message) => string.Create(CultureInfo.InvariantCulture, $"error {number}: {message}");

    private static string WorkerId(LoadState state, int number) => string.Create(CultureInfo.InvariantCulture, $"{state.RunId}_{number:D4}");

    /// <summary>A PAR that workers are started with.</summary>
    /// <param name="Name">Its name in Object Storage.</param>
    /// <param name="Url">Its address.</param>
    /// <param name="Until">When workers stop to begin loads with it.</param>
    private sealed record UsablePar(string Name, LoadPar Url, DateTimeOffset Until);
}
