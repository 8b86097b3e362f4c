using System.Globalization;
using SnapshotBridge.Errors;

namespace SnapshotBridge.Loading;

/// <summary>Sees to it that somebody works on a queue: tasks of the server, events, or this invocation's own connection.</summary>
internal sealed class LoadWorkers(LoadContext context, CopiedExport? export)
{
    private const int TaskAttempts = 5;

    // Tables that are listed through a later PAR of an attempt: the first has shown that all are there.
    private const int Sample = 50;

    private static readonly TimeSpan TaskPause = TimeSpan.FromSeconds(1);

    private CopiedExport? _export = export;
    private UsablePar? _par;
    private string? _connectionWorker;
    private bool _hasLoaded;

    private LoadSettings Settings => context.Settings;

    /// <summary>Starts workers where there is work and too few are at it.</summary>
    /// <param name="state">The attempt.</param>
    /// <param name="look">What is going on in its queue.</param>
    /// <param name="remaining">How much time the invocation has left.</param>
    /// <param name="cancellationToken">Ends everything.</param>
    /// <returns>The state, and whether something was done that should be looked at right away.</returns>
    public async Task<(LoadState State, bool Moved)> StartAsync(LoadState state, QueueLook look, Func<TimeSpan> remaining, CancellationToken cancellationToken)
    {
        if (look.Queued == 0)
        {
            return (state, false);
        }

        if (state.Carrier == LoadCarrier.Connection)
        {
            return look.Live > 0 ? (state, false) : (state, await LoadOneAsync(state, remaining, cancellationToken));
        }

        // A worker whose PAR has been in use for its window ends after its table: another takes its place beside those that load on.
        var wanted = Math.Min(Math.Min(Settings.Workers, look.Live + look.Queued), Math.Max(1, context.Probe.FreeConnections / 2));
        if (look.Live >= wanted)
        {
            return (state, false);
        }

        var workers = await context.Queue.WorkersAsync(state.RunId, cancellationToken);
        var alive = workers.Where(worker => worker.IsAlive(Settings.EventStart)).ToList();
        if (alive.Count >= wanted)
        {
            return (state, false);
        }

        // What is left of events that were killed, or never began: each holds a PAR.
        var gone = workers.Except(alive).ToList();
        await context.Queue.DropEventsAsync(gone, cancellationToken);
        if (alive.Count == 0
            && (gone.Exists(worker => worker.Waits) || (workers.Count >= 2 * Settings.Workers && !await context.Queue.HasBegunAsync(state.RunId, cancellationToken))))
        {
            return (await FallBackAsync(state, $"they do not begin within {Settings.EventStart.TotalSeconds:F0} seconds", cancellationToken), false);
        }

        return await StartOnServerAsync(state, (int)wanted - alive.Count, workers, cancellationToken);
    }

    private async Task<(LoadState State, bool Moved)> StartOnServerAsync(LoadState state, int count, IReadOnlyList<Worker> workers, CancellationToken cancellationToken)
    {
        // The first PAR of an attempt shows every table's files; others only whether they are honoured.
        IReadOnlyList<TableLoad> listed = workers.Count == 0 ? Queued(state) : await NextAsync(state, Sample, cancellationToken);
        var par = await EnsureParAsync(state, workers, listed, cancellationToken);
        for (var number = 0; number < count; number++)
        {
            var workerId = WorkerId(state, workers.Count + number);
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
        catch (HeatWaveStatementException exception) when (HeatWaveErrors.IsEventRefusal(exception.Number))
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
            state = state with { Carrier = LoadCarrier.Event, CarrierReasons = [.. state.CarrierReasons, $"not as tasks of the server: {reason}"] };
        }
        else if (Settings.Mode == LoadMode.Event)
        {
            throw new EventSchedulerOffException(context.Session.Server, reason);
        }
        else
        {
            LoadLog.FellBackToConnection(context.Log, reason);
            state = state with { Carrier = LoadCarrier.Connection, CarrierReasons = [.. state.CarrierReasons, $"not as events of the server: {reason}"] };
        }

        await context.SaveAsync(state, cancellationToken);
        return state;
    }

    private async Task<bool> LoadOneAsync(LoadState state, Func<TimeSpan> remaining, CancellationToken cancellationToken)
    {
        if (await context.Queue.NextAsync(state.RunId, 1, cancellationToken) is not [var next])
        {
            return false;
        }

        // One that did not end within the rest of an invocation gets a whole one.
        var table = state.Tables.First(item => item.LoadId == next.LoadId);
        var isSecondTry = next.Starts > table.ExcusedStarts;
        if (remaining() < Settings.ShortestCall + Settings.Reserve || (isSecondTry && _hasLoaded))
        {
            return false;
        }

        if (await OpenForAsync(state, table, cancellationToken) is not { } par)
        {
            return true;
        }

        // Listing its files may have taken what was left.
        var left = remaining() - Settings.Reserve;
        if (left <= TimeSpan.Zero)
        {
            return false;
        }

        using var late = new CancellationTokenSource(left, context.Time);
        using var interrupt = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        _hasLoaded = true;
        return await new ConnectionWorker(context.Server).LoadNextAsync(state.RunId, _connectionWorker!, par.Url, interrupt.Token, cancellationToken);
    }

    /// <summary>
    /// This invocation's PAR, which shows the files of the table that is loaded next. Only that one is listed: the others are
    /// when it is their turn, perhaps in another invocation with another PAR.
    /// </summary>
    /// <returns>Null where it does not show them: then the table's load is ended.</returns>
    private async Task<UsablePar?> OpenForAsync(LoadState state, TableLoad table, CancellationToken cancellationToken)
    {
        if (_connectionWorker is not null && _par is { } par && context.Time.GetUtcNow() < par.Until)
        {
            var findings = context.Plan.Tables[table.Table].IsEmpty ? new Dictionary<int, string>() : await context.Pars.ListAsync(par.Url, _export!, [table.Table], cancellationToken);
            return await EndUnseenAsync([table], findings, cancellationToken) ? null : par;
        }

        var workers = await context.Queue.WorkersAsync(state.RunId, cancellationToken);
        // Where the server has just refused to start workers, theirs is new and has listed every table.
        par = await EnsureParAsync(state, workers, [table], cancellationToken);
        _connectionWorker = WorkerId(state, workers.Count);
        await context.Queue.AddWorkerAsync(_connectionWorker, state.RunId, state.ExportTaskId, par.Name, LoadCarrier.Connection, cancellationToken);
        return (await context.Queue.NextAsync(state.RunId, 1, cancellationToken)) is [var next] && next.LoadId == table.LoadId ? par : null;
    }

    /// <summary>
    /// This invocation's PAR: the address of an earlier one cannot be asked for, so the first start of an invocation makes a new
    /// one. A table whose files it does not show as they were copied fails alone.
    /// </summary>
    private async Task<UsablePar> EnsureParAsync(LoadState state, IReadOnlyList<Worker> workers, IReadOnlyList<TableLoad> listed, CancellationToken cancellationToken)
    {
        var now = context.Time.GetUtcNow();
        if (_par is { } existing && now < existing.Until)
        {
            return existing;
        }

        var inUse = await context.Ledger.ParsInUseAsync(state.ExportTaskId, cancellationToken);
        var loading = workers.Where(worker => worker.IsAlive(Settings.EventStart)).Select(worker => worker.ParName).ToHashSet(StringComparer.Ordinal);
        await context.Pars.RetireAsync(state.ExportTaskId, name => inUse.Contains(name) || loading.Contains(name), cancellationToken);

        _export ??= await CopiedExport.ReadAsync(context.Documents, state.ExportTaskId, cancellationToken);
        var name = LoadPars.NameOf(context.Input, state.Attempt, workers.Count);
        var life = context.Choices.ParLifetime;
        var (par, findings) = await CreateAsync(state, name, _export, listed, ParLife.Of(life), cancellationToken);
        await EndUnseenAsync(Queued(state), findings, cancellationToken);
        return _par = new UsablePar(name, par, now + ParLife.Window(life));
    }

    private async Task<(LoadPar Par, IReadOnlyDictionary<int, string> Findings)> CreateAsync(
        LoadState state, string name, CopiedExport export, IReadOnlyList<TableLoad> listed, TimeSpan life, CancellationToken cancellationToken)
    {
        var all = WithFiles(Queued(state));
        var some = WithFiles(listed);
        try
        {
            return await context.Pars.CreateAsync(name, export, some, life, cancellationToken);
        }
        catch (BridgeException exception) when (exception is ParListingEmptyException or ParListingDiffersException && some.Count < all.Count)
        {
            // Is it those tables, or the PAR? The others tell.
            return await context.Pars.CreateAsync(name, export, all, life, cancellationToken);
        }
    }

    /// <summary>Ends the loads of tables whose files are not as they were copied.</summary>
    private async Task<bool> EndUnseenAsync(IReadOnlyList<TableLoad> tables, IReadOnlyDictionary<int, string> findings, CancellationToken cancellationToken)
    {
        foreach (var table in tables.Where(table => findings.ContainsKey(table.Table)))
        {
            await context.Queue.EndAsync(table.LoadId!, LoadConditions.NoFiles, findings[table.Table], cancellationToken);
        }

        return findings.Count > 0;
    }

    private async Task<IReadOnlyList<TableLoad>> NextAsync(LoadState state, int most, CancellationToken cancellationToken)
    {
        var next = (await context.Queue.NextAsync(state.RunId, most, cancellationToken)).Select(row => row.LoadId).ToHashSet(StringComparer.Ordinal);
        return [.. Queued(state).Where(table => next.Contains(table.LoadId!))];
    }

    private static List<TableLoad> Queued(LoadState state) => [.. state.Tables.Where(table => table is { Phase: TablePhase.Queued, LoadId: not null })];

    private List<int> WithFiles(IEnumerable<TableLoad> tables) => [.. tables.Select(table => table.Table).Where(table => !context.Plan.Tables[table].IsEmpty)];

    private static string Said(int number, string message) => string.Create(CultureInfo.InvariantCulture, $"error {number}: {message}");

    private static string WorkerId(LoadState state, int number) => string.Create(CultureInfo.InvariantCulture, $"{state.RunId}_{number:D4}");

    /// <summary>A PAR that workers are started with.</summary>
    /// <param name="Name">Its name in Object Storage.</param>
    /// <param name="Url">Its address.</param>
    /// <param name="Until">When workers stop to begin loads with it.</param>
    private sealed record UsablePar(string Name, LoadPar Url, DateTimeOffset Until);
}
