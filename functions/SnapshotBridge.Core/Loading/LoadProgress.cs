using System.Collections.Concurrent;
using System.Globalization;
using SnapshotBridge.Loading.Verification;

namespace SnapshotBridge.Loading;

/// <summary>Drives the queue of one attempt for as long as one invocation has: starts loads, watches them, has tables judged.</summary>
internal sealed class LoadProgress(LoadContext context, CopiedExport? export)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(3);

    // With thousands of tables the state takes megabytes, and judging them minutes: what is judged is kept now and then. A
    // table that is judged twice has the same verdict.
    private static readonly TimeSpan SaveEvery = TimeSpan.FromSeconds(5);

    private readonly LoadWorkers _workers = new(context, export);
    private readonly TableJudges _judges = new(context);
    private readonly Queue<LoadRow> _due = new();
    private long _savedAt = context.Time.GetTimestamp();
    private bool _isUnsaved;
    private string? _readAt;

    private LoadQueue Queue => context.Queue;

    public async Task<LoadState> ContinueAsync(LoadState state, Func<TimeSpan> remaining, CancellationToken cancellationToken)
    {
        state = await DriveAsync(state, remaining, cancellationToken);
        if (_isUnsaved)
        {
            await SaveAsync(state, cancellationToken);
        }

        return state;
    }

    private async Task<LoadState> DriveAsync(LoadState state, Func<TimeSpan> remaining, CancellationToken cancellationToken)
    {
        var began = context.Time.GetTimestamp();
        var pause = FirstPause;
        QueueLook? seen = null;
        while (true)
        {
            // Most looks find that nothing has happened, and cost this one statement.
            var (look, clock) = await Queue.LookAsync(state.RunId, cancellationToken);
            var hasMoved = false;
            if (_due.Count > 0 || look.IsDue(seen))
            {
                (state, hasMoved) = await CollectAsync(state, look, clock, remaining, cancellationToken);
            }

            // What was moved from here shows in no figure of the next look.
            seen = hasMoved ? null : look;
            (state, var isVerifying) = await VerifyAsync(state, remaining, cancellationToken);
            if (!state.Tables.Any(table => table.IsOpen) && !isVerifying)
            {
                // They drop themselves a moment after their last table; nothing of the run is to be left, whatever happens then.
                await Queue.DropEventsAsync(await Queue.WorkersAsync(state.RunId, cancellationToken), cancellationToken);
                return state;
            }

            if (remaining() < context.Settings.Reserve)
            {
                return state;
            }

            var before = state.Carrier;
            var (next, moved) = await _workers.StartAsync(state, look, remaining, cancellationToken);
            state = next;
            if (moved || hasMoved || isVerifying || state.Carrier != before)
            {
                pause = FirstPause;
                continue;
            }

            if (context.Time.GetElapsedTime(began) + pause > context.Settings.Watch || remaining() < context.Settings.Reserve + pause)
            {
                return state;
            }

            await Task.Delay(pause, context.Time, cancellationToken);
            pause = pause * 1.5 < LongestPause ? pause * 1.5 : LongestPause;
        }
    }

    /// <summary>Has the tables judged whose loads have ended or that an earlier run loaded, and puts interrupted ones back into the queue.</summary>
    /// <returns>The state, and whether something changed or is left to be judged.</returns>
    private async Task<(LoadState State, bool HasMoved)> CollectAsync(LoadState state, QueueLook look, string clock, Func<TimeSpan> remaining, CancellationToken cancellationToken)
    {
        var byLoad = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var index = 0; index < state.Tables.Count; index++)
        {
            if (state.Tables[index] is { IsOpen: true, LoadId: { } loadId })
            {
                byLoad[loadId] = index;
            }
        }

        var tables = state.Tables.ToArray();
        var hasMoved = false;
        if (_due.Count == 0)
        {
            hasMoved = await ReadAsync(state, byLoad, look, clock, remaining, cancellationToken);
        }

        List<DueTable> due = [];
        while (due.Count < TableJudges.MostTables && _due.TryDequeue(out var row))
        {
            if (byLoad.TryGetValue(row.LoadId, out var index))
            {
                // Ended or standing on the server, and known to be loaded again: the invocation before died in between.
                if (tables[index].Phase == TablePhase.Queued && (tables[index].RefusedStart == row.Starts || row.State is LoadQueue.Standing))
                {
                    await LoadAgainAsync(state, tables[index], row, cancellationToken);
                    hasMoved = true;
                    continue;
                }

                due.Add(new DueTable(tables[index], row));
            }
        }

        var done = new ConcurrentQueue<Judgement>();
        try
        {
            await _judges.RunAsync(due, state, remaining, done, cancellationToken);
        }
        finally
        {
            // What was found before a connection broke need not be found again.
            foreach (var judgement in done.Where(judgement => judgement.Kind == JudgementKind.Judged))
            {
                tables[byLoad[judgement.Row.LoadId]] = judgement.Table;
                _isUnsaved = true;
            }

            state = state with { Tables = tables };
            if (_isUnsaved && (done.Count < due.Count || context.Time.GetElapsedTime(_savedAt) > SaveEvery))
            {
                await SaveAsync(state, cancellationToken);
            }
        }

        foreach (var judgement in done)
        {
            switch (judgement.Kind)
            {
                case JudgementKind.Interrupted:
                    await HandleInterruptedAsync(state, judgement.Table, judgement.Row, cancellationToken);
                    break;
                case JudgementKind.Load:
                    break;
                default:
                    // One that is to be repeated is ended still, and now known to be.
                    if (judgement.Table is { Phase: TablePhase.Queued } again && again.RefusedStart == judgement.Row.Starts)
                    {
                        await LoadAgainAsync(state, again, judgement.Row, cancellationToken);
                    }

                    break;
            }
        }

        var standing = done.Where(judgement => judgement.Kind == JudgementKind.Load).Select(judgement => judgement.Row).ToList();
        return (standing.Count > 0 ? await LoadInsteadAsync(state, standing, byLoad, cancellationToken) : state, hasMoved || !done.IsEmpty || _due.Count > 0);
    }

    /// <summary>Reads what has moved in the queue since it was read last.</summary>
    private async Task<bool> ReadAsync(
        LoadState state, Dictionary<string, int> byLoad, QueueLook look, string clock, Func<TimeSpan> remaining, CancellationToken cancellationToken)
    {
        // The queue is read before the workers: a load that runs now was begun by a worker that holds its lock by now, so
        // one without its lock is dead, or has ended the load since.
        var rows = await Queue.MovedAsync(state.RunId, _readAt, cancellationToken);
        _readAt = clock;
        var alive = look.Orphans > 0
            ? (await Queue.WorkersAsync(state.RunId, cancellationToken)).Where(worker => worker.Runs).Select(worker => worker.Id).ToHashSet(StringComparer.Ordinal)
            : null;
        var hasMoved = false;
        foreach (var row in rows.Where(row => byLoad.ContainsKey(row.LoadId)))
        {
            if (row.State == LoadQueue.Held || (row.State == "running" && alive?.Contains(row.WorkerId ?? "") == false))
            {
                // What is not done now is done by the next invocation.
                if (remaining() >= context.Settings.Reserve)
                {
                    await HandleInterruptedAsync(state, state.Tables[byLoad[row.LoadId]], row, cancellationToken);
                    hasMoved = true;
                }
            }
            else if (row.State is "ended" or LoadQueue.Standing or LoadQueue.Counted)
            {
                _due.Enqueue(row);
            }
        }

        return hasMoved;
    }

    private async Task SaveAsync(LoadState state, CancellationToken cancellationToken)
    {
        await context.SaveAsync(state, cancellationToken);
        (_savedAt, _isUnsaved) = (context.Time.GetTimestamp(), false);
    }

    /// <summary>Compares the values of loaded tables where the request asks for that.</summary>
    /// <returns>The state, and whether there is more to compare and time to do so.</returns>
    private async Task<(LoadState State, bool IsVerifying)> VerifyAsync(LoadState state, Func<TimeSpan> remaining, CancellationToken cancellationToken)
    {
        var verify = context.Choices.Verify;
        var check = new StatisticsCheck(context.Server, context.Documents, context.Settings, context.Time, context.Log);
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
                await context.Ledger.DoubtAsync(table.TargetSchema, table.TargetTable, cancellationToken);
            }

            await SaveAsync(state, cancellationToken);
        }

        return (state, check.HasTime(remaining) && state.Tables.Any(table => StatisticsCheck.IsPending(table, verify)));
    }

    /// <summary>
    /// One more try for a table whose declared types the server refused, or whose PAR ended. The state knows of it first:
    /// whoever dies here is followed by one who does it again.
    /// </summary>
    private async Task LoadAgainAsync(LoadState state, TableLoad table, LoadRow row, CancellationToken cancellationToken)
    {
        if (_isUnsaved)
        {
            await SaveAsync(state, cancellationToken);
        }

        var there = await context.FindTargetAsync(table.TargetSchema, table.TargetTable, cancellationToken);
        await Queue.RequeueAsync(row, context.Steps.Of(table, row.LoadId, dropFirst: there is { IsOurs: true }, isView: there is { Table.IsBaseTable: false }), cancellationToken);
    }

    /// <summary>
    /// Tables that stand from an earlier run, but not as they should: after a restart without a PAR that may be all of them, and
    /// the state takes megabytes then, so it is written once.
    /// </summary>
    private async Task<LoadState> LoadInsteadAsync(LoadState state, IReadOnlyList<LoadRow> rows, Dictionary<string, int> byLoad, CancellationToken cancellationToken)
    {
        var tables = state.Tables.ToArray();
        var queued = new List<(LoadRow Row, TableLoad Table, ExistingTable? There)>();
        foreach (var row in rows)
        {
            var table = tables[byLoad[row.LoadId]];
            var there = await context.FindTargetAsync(table.TargetSchema, table.TargetTable, cancellationToken);
            if (there is { IsOurs: false })
            {
                tables[byLoad[row.LoadId]] = table with { Phase = TablePhase.Failed, Reason = Ownership.Theirs(table.TargetSchema, table.TargetTable) };
                continue;
            }

            tables[byLoad[row.LoadId]] = table with { Phase = TablePhase.Queued };
            queued.Add((row, tables[byLoad[row.LoadId]], there?.Table));
        }

        state = state with { Tables = tables };
        // Known first: one that is queued on the server and stands in the state would never be judged as loaded anew.
        await SaveAsync(state, cancellationToken);
        foreach (var (row, table, there) in queued)
        {
            await Queue.RequeueAsync(row, context.Steps.Of(table, row.LoadId, dropFirst: there is not null, isView: there is { IsBaseTable: false }), cancellationToken);
        }

        return state;
    }

    private async Task HandleInterruptedAsync(LoadState state, TableLoad table, LoadRow row, CancellationToken cancellationToken)
    {
        if (row.Starts >= Interruptions.MostStarts(context.Settings, table))
        {
            var hint = state.Carrier == LoadCarrier.Connection ? "; a table that loads for longer than one invocation of LoadTables needs the server's event scheduler" : "";
            await Queue.EndAsync(
                row.LoadId,
                1317,
                string.Create(CultureInfo.InvariantCulture, $"the load was interrupted {row.Starts - table.ExcusedStarts} times (server restart, KILL, or lost connection){hint}"),
                cancellationToken);
            return;
        }

        if (await IsLoadedAsync(table, row, cancellationToken))
        {
            // They may have gone with the worker, and none would look like a load without any.
            await Queue.WarnAsync(row.LoadId, "its worker ended before it could note the end of this load: whether the load left warnings is not known", cancellationToken);
            await Queue.EndLoadedAsync(row.LoadId, cancellationToken);
            return;
        }

        // Half a table may stand there. Only one that this very load created is dropped.
        var there = await context.FindTargetAsync(row.Schema, row.Table, cancellationToken);
        if (there is { IsOurs: false })
        {
            await Queue.EndAsync(row.LoadId, 1050, $"target table {row.Schema}.{row.Table} exists and was not created by SnapshotBridge", cancellationToken);
            return;
        }

        if (await Queue.RequeueAsync(row, context.Steps.Of(table, row.LoadId, dropFirst: there is not null, isView: there is { Table.IsBaseTable: false }), cancellationToken))
        {
            LoadLog.TableRequeued(context.Log, row.Schema, row.Table, row.Starts);
        }
    }

    /// <summary>Whether the worker died between the end of the load and the note of it.</summary>
    private async Task<bool> IsLoadedAsync(TableLoad table, LoadRow row, CancellationToken cancellationToken)
    {
        // Whole tables are told from halves by HeatWave's own status alone.
        var mark = context.Probe.HasRapidTables
            ? (await context.Ledger.MarksAsync([row.Schema], cancellationToken, row.Table)).LastOrDefault(item => context.Probe.Names.Equals(item.Table, row.Table))
            : null;
        if (mark?.LoadId != row.LoadId || await context.FindTableAsync(context.Ledger, row.Schema, row.Table, cancellationToken) is not { IsOurs: true })
        {
            return false;
        }

        var served = await context.Inspector.InspectAsync(row.Schema, row.Table, cancellationToken);
        return served.RapidStatus is not null && TableVerdict.Of(context.Steps.FactsOf(table), call: null, served).IsLoaded;
    }
}
