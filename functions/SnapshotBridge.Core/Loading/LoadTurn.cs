namespace SnapshotBridge.Loading;

/// <summary>What an invocation does next.</summary>
internal enum Turn
{
    /// <summary>Go on with the attempt that load.json describes.</summary>
    Continue,

    /// <summary>Begin a new attempt.</summary>
    Begin,

    /// <summary>Another execution of this export loads it under other names, or with other types, right now.</summary>
    Wait,
}

/// <summary>Whose turn it is: two runs never load the same table at the same time, and none waits for one that has died.</summary>
internal sealed class LoadTurn(LoadContext context)
{
    public async Task<Turn> TakeAsync(LoadState? state, IReadOnlyList<LoadTarget> targets, CancellationToken cancellationToken)
    {
        var turn = await JoinAsync(state, targets, cancellationToken);
        if (turn != Turn.Begin)
        {
            return turn;
        }

        if (await context.Ledger.EarlierQueueWorksAsync(cancellationToken))
        {
            LoadLog.WaitingForAnother(context.Log, "one of an earlier version of SnapshotBridge");
            return Turn.Wait;
        }

        return await AnotherLoadsAsync(state, targets, cancellationToken) ? Turn.Wait : Turn.Begin;
    }

    private async Task<Turn> JoinAsync(LoadState? state, IReadOnlyList<LoadTarget> targets, CancellationToken cancellationToken)
    {
        if (state is null || state.Finished)
        {
            return Turn.Begin;
        }

        var rows = await context.Queue.RowsAsync(state.RunId, cancellationToken);
        if ((state.Types is null || state.Types == context.Types) && state.Tables.Select(table => table.Target).SequenceEqual(targets))
        {
            // A server that was replaced or restored knows nothing of this attempt, and what another run has given up nobody takes.
            var known = rows.Where(row => row.State != "abandoned").Select(row => row.LoadId).ToHashSet(StringComparer.Ordinal);
            return state.Tables.Any(table => table.IsOpen && !known.Contains(table.LoadId ?? "")) ? Turn.Begin : Turn.Continue;
        }

        var active = (await context.Queue.ActiveAsync(cancellationToken)).Where(load => load.RunId == state.RunId).ToList();
        if (active.Exists(load => load.Quiet < context.Settings.OthersPatience)
            || (await context.Queue.WorkersAsync(state.RunId, cancellationToken)).Any(worker => worker.IsAlive(context.Settings.EventStart)))
        {
            LoadLog.WaitingForAnother(context.Log, "the same export under other names or with other types");
            return Turn.Wait;
        }

        return Turn.Begin;
    }

    /// <summary>Whether a run of another export is loading one of our target tables. A run whose workers are gone is given up.</summary>
    private async Task<bool> AnotherLoadsAsync(LoadState? state, IReadOnlyList<LoadTarget> targets, CancellationToken cancellationToken)
    {
        var ours = targets.Select(target => $"{target.Schema}\0{target.Table}").ToHashSet(context.Probe.Names);
        var others = (await context.Queue.ActiveAsync(cancellationToken))
            .Where(load => load.RunId == state?.RunId || ours.Contains($"{load.Schema}\0{load.Table}"))
            .GroupBy(load => load.RunId, StringComparer.Ordinal);
        foreach (var run in others)
        {
            // Between two invocations of a run that loads on its own connection nobody works for it. Two such runs that gave
            // each other up would replace each other's tables without end.
            var isBetweenInvocations = run.Any(load => load.ExportTaskId != context.Input.ExportTaskId && load.Quiet < context.Settings.OthersPatience);
            if (isBetweenInvocations || (await context.Queue.WorkersAsync(run.Key, cancellationToken)).Any(worker => worker.IsAlive(context.Settings.EventStart)))
            {
                LoadLog.WaitingForAnother(context.Log, $"{run.First().Schema}.{run.First().Table}");
                return true;
            }

            await context.Queue.AbandonAsync(run.Key, cancellationToken);
            // What is left of its events holds a PAR.
            await context.Queue.DropEventsAsync(await context.Queue.WorkersAsync(run.Key, cancellationToken), cancellationToken);
        }

        return false;
    }
}
