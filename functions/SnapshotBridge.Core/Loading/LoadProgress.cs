using System.Collections.Concurrent;
using System.Globalization;
using SnapshotBridge.Loading.Verification;

namespace SnapshotBridge.Loading;

/// <summary>Drives the queue of one attempt for as long as one invocation has: starts loads, watches them, judges tables.</summary>
internal sealed class LoadProgress(LoadContext context, CopiedExport? export)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    // With thousands of tables the state takes megabytes, and judging them minutes: what is judged is kept now and then. A
    // table that is judged twice has the same verdict.
    private static readonly TimeSpan SaveEvery = TimeSpan.FromSeconds(5);

    private readonly LoadWorkers _workers = new(context, export);
    private long _savedAt = context.Time.GetTimestamp();
    private bool _isUnsaved;

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
        while (true)
        {
            state = await CollectAsync(state, remaining, cancellationToken);
            (state, var isVerifying) = await VerifyAsync(state, remaining, cancellationToken);
            if (state.Tables.All(table => table.Phase != TablePhase.Queued) && !isVerifying)
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
            var (next, moved) = await _workers.StartAsync(state, remaining, cancellationToken);
            state = next;
            if (moved || isVerifying || state.Carrier != before)
            {
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

    /// <summary>Judges the tables whose loads have ended, and puts interrupted ones back into the queue.</summary>
    private async Task<LoadState> CollectAsync(LoadState state, Func<TimeSpan> remaining, CancellationToken cancellationToken)
    {
        // The queue is read before the workers: a load that runs now was begun by a worker that holds its lock by now, so
        // one without its lock is dead, or has ended the load since.
        var rows = await Queue.RowsAsync(state.RunId, cancellationToken);
        var alive = rows.Any(row => row.State == "running")
            ? (await Queue.WorkersAsync(state.RunId, cancellationToken)).Where(worker => worker.Runs).Select(worker => worker.Id).ToHashSet(StringComparer.Ordinal)
            : [];
        var byId = rows.ToDictionary(row => row.LoadId, StringComparer.Ordinal);
        var tables = state.Tables.ToArray();
        // What is not judged now is judged by the next invocation.
        for (var index = 0; index < tables.Length && remaining() >= context.Settings.Reserve; index++)
        {
            var table = tables[index];
            if (table.Phase != TablePhase.Queued || !byId.TryGetValue(table.LoadId ?? "", out var row))
            {
                continue;
            }

            if (row.State == LoadQueue.Held || (row.State == "running" && !alive.Contains(row.WorkerId ?? "")))
            {
                await HandleInterruptedAsync(state, table, row, cancellationToken);
            }
            else if (row.State == "ended")
            {
                var call = new CallOutcome(row.Errno, row.Message, await Queue.MessagesAsync(row.LoadId, cancellationToken));
                if (IsInterruption(call) && row.Starts < MaxStarts(table))
                {
                    await HandleInterruptedAsync(state, table, row, cancellationToken);
                    continue;
                }

                if (table.RefusedStart == row.Starts)
                {
                    if (_isUnsaved)
                    {
                        await SaveAsync(state with { Tables = tables }, cancellationToken);
                    }

                    await QueueCompatibleAsync(table, row, cancellationToken);
                    continue;
                }

                tables[index] = await JudgeAsync(table, row, call, cancellationToken);
                _isUnsaved = true;
                if (context.Time.GetElapsedTime(_savedAt) > SaveEvery)
                {
                    await SaveAsync(state with { Tables = tables }, cancellationToken);
                }
            }
        }

        return state with { Tables = tables };
    }

    private async Task SaveAsync(LoadState state, CancellationToken cancellationToken)
    {
        await context.SaveAsync(state, cancellationToken);
        (_savedAt, _isUnsaved) = (context.Time.GetTimestamp(), false);
    }

    private async Task<TableLoad> JudgeAsync(TableLoad table, LoadRow row, CallOutcome call, CancellationToken cancellationToken)
    {
        if (call is { IsConversionFailure: true, Failure: { } refusal } && context.Steps.AfterRefusal(table, refusal) is { } again)
        {
            LoadLog.TriesCompatibleTypes(context.Log, table.TargetSchema, table.TargetTable, refusal);
            return again with { RefusedStart = row.Starts };
        }

        var served = await context.Inspector.InspectAsync(table.TargetSchema, table.TargetTable, cancellationToken);
        var facts = context.Steps.FactsOf(table);
        var verdict = TableVerdict.Of(facts, call, served);
        if (verdict.IsLoaded)
        {
            await context.Ledger.VerifiedAsync(table.TargetSchema, table.TargetTable, row.LoadId, table.Rows, cancellationToken);
            LoadLog.TableLoaded(context.Log, table.TargetSchema, table.TargetTable, table.Rows);
        }
        else
        {
            var there = await context.FindTableAsync(table.TargetSchema, table.TargetTable, cancellationToken);
            await context.Ledger.FailedAsync(table.TargetSchema, table.TargetTable, row.LoadId, there is { IsOurs: true } ? there.Value.Table.CreatedAt : null, cancellationToken);
            LoadLog.TableFailed(context.Log, table.TargetSchema, table.TargetTable, verdict.Reason!);
        }

        return table with
        {
            Phase = verdict.IsLoaded ? TablePhase.Loaded : TablePhase.Failed,
            Reason = verdict.Reason,
            RowsLoaded = served.Rows,
            LoadSeconds = row.Seconds,
            DroppedColumns = verdict.DroppedColumns,
            TypeChanges = context.Steps.ChangesOf(table, served),
            Warnings = verdict.Warnings,
        };
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
    /// One more try for a table whose declared types the server refused. The state knows of it already: whoever dies here is
    /// followed by one who does it again.
    /// </summary>
    private async Task QueueCompatibleAsync(TableLoad table, LoadRow row, CancellationToken cancellationToken)
    {
        var there = await context.FindTableAsync(table.TargetSchema, table.TargetTable, cancellationToken);
        await Queue.RequeueAsync(row, context.Steps.Of(table, row.LoadId, dropFirst: there is { IsOurs: true }), cancellationToken);
    }

    private async Task HandleInterruptedAsync(LoadState state, TableLoad table, LoadRow row, CancellationToken cancellationToken)
    {
        if (row.Starts >= MaxStarts(table))
        {
            var hint = state.Carrier == LoadCarrier.Connection ? "; a table that loads for longer than one invocation of LoadTables needs the server's event scheduler" : "";
            await Queue.EndAsync(
                row.LoadId,
                1317,
                string.Create(CultureInfo.InvariantCulture, $"the load was interrupted {row.Starts - table.Refusals.Count} times (server restart, KILL, or lost connection){hint}"),
                cancellationToken);
            return;
        }

        if (await IsLoadedAsync(table, row, cancellationToken))
        {
            await Queue.EndAsync(row.LoadId, null, null, cancellationToken);
            return;
        }

        // Half a table may stand there. Only one that this very load created is dropped.
        var there = await context.FindTableAsync(row.Schema, row.Table, cancellationToken);
        if (there is { IsOurs: false })
        {
            await Queue.EndAsync(row.LoadId, 1050, $"target table {row.Schema}.{row.Table} exists and was not created by SnapshotBridge", cancellationToken);
            return;
        }

        if (await Queue.RequeueAsync(row, context.Steps.Of(table, row.LoadId, dropFirst: there is not null), cancellationToken))
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
        if (mark?.LoadId != row.LoadId || await context.FindTableAsync(row.Schema, row.Table, cancellationToken) is not { IsOurs: true })
        {
            return false;
        }

        var served = await context.Inspector.InspectAsync(row.Schema, row.Table, cancellationToken);
        return served.RapidStatus is not null && TableVerdict.Of(context.Steps.FactsOf(table), call: null, served).IsLoaded;
    }

    /// <summary>A start that ended in a refusal was no interrupted one.</summary>
    private int MaxStarts(TableLoad table) => context.Settings.MaxStarts + table.Refusals.Count;

    private static bool IsInterruption(CallOutcome call) =>
        call.ErrorNumber is { } errno && HeatWaveErrors.Kind(errno) is HeatWaveErrorKind.Interrupted or HeatWaveErrorKind.Unavailable or HeatWaveErrorKind.Contended;
}
