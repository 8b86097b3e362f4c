using Microsoft.Extensions.Logging;
using SnapshotBridge.Announcing;
using SnapshotBridge.Loading.Verification;
using SnapshotBridge.Loading.Publishing;
using SnapshotBridge.Metrics;
using SnapshotBridge.Planning;
using SnapshotBridge.Reporting;
using SnapshotBridge.Reporting.Page;
using SnapshotBridge.Storage;

namespace SnapshotBridge.Loading;

/// <summary>
/// One invocation of LoadTables: gate, PAR, load, verdicts, report. It is entered again and again until every table is
/// judged; each time it asks the server what has happened meanwhile, does what can be done, and goes. Dying at any point
/// costs no more than the step it was in, and no table is loaded twice.
/// </summary>
public sealed class LoadRun(
    IDocumentStore documents,
    IDestination destination,
    IPreauthenticatedRequests requests,
    IHeatWaveServer server,
    LoadSettings settings,
    RunAnnouncements announcements,
    TimeProvider time,
    ILogger log,
    IMetricRecorder metrics)
{
    private readonly LoadPars _pars = new(requests, time, log);

    /// <param name="input">The invocation's input.</param>
    /// <param name="remaining">How much time the invocation has left.</param>
    /// <param name="cancellationToken">Ends everything.</param>
    /// <exception cref="CopyIncompleteException">The copy has not ended.</exception>
    /// <exception cref="DestinationIncompleteException">The destination is not what was copied.</exception>
    /// <exception cref="ParListingEmptyException">HeatWave would find nothing.</exception>
    /// <exception cref="HeatWaveUnavailableException">HeatWave cannot be reached, or went away: try again later.</exception>
    /// <exception cref="TablesNotLoadedException">Every table was tried and some are not there; the report is written.</exception>
    /// <exception cref="SchemasNotSwitchedException">Every table is there, but readers are still served an earlier version; the report is written.</exception>
    public async Task<LoadResult> RunAsync(LoadInput input, Func<TimeSpan> remaining, CancellationToken cancellationToken)
    {
        var state = await ReadStateAsync(input, cancellationToken);
        var export = IsOpenFor(state, input) ? null : await PassGateAsync(input, cancellationToken);

        await using var session = await server.OpenAsync(cancellationToken);
        var probe = await ServerProbe.AskAsync(session, cancellationToken);
        var ledger = new LoadLedger(session);
        await ledger.EnsureAsync(cancellationToken);
        if (!await ledger.TryLockAsync(LedgerSql.InvocationLock, 5, cancellationToken))
        {
            LoadLog.WaitingForAnother(log, "it holds the lock");
            return Loading(state, export?.Plan);
        }

        // Another execution may have gone on while this one waited for the lock.
        state = await ReadStateAsync(input, cancellationToken);
        export ??= IsOpenFor(state, input) ? null : await PassGateAsync(input, cancellationToken);
        var plan = export?.Plan ?? await ReadPlanAsync(input, cancellationToken);
        var targets = LoadTargets.For(plan, input.Request);

        var joined = await JoinAsync(state, targets, ledger, cancellationToken);
        if (joined == Join.Wait || (joined == Join.Begin && await AnotherLoadsAsync(input.ExportTaskId, state, targets, ledger, probe, cancellationToken)))
        {
            return Loading(state, plan);
        }

        if (joined == Join.Begin)
        {
            export ??= await PassGateAsync(input, cancellationToken);
            var attempt = (state?.Attempt ?? 0) + 1;
            var announced = state?.Announced;
            var begunAt = time.GetUtcNow();
            state = await new LoadAttempt(session, ledger, probe).BeginAsync(export, targets, input, ChooseCarrier(probe, session), attempt, cancellationToken);
            state = state with { BegunAt = begunAt, Announced = announced };
            await ledger.ForgetEarlierAsync(input.ExportTaskId, state.RunId, cancellationToken);
            await SaveAsync(state, cancellationToken);
            LogAttempt(state, session);
        }
        else if (!state!.PassedGate.Contains(input.ExecutionName, StringComparer.Ordinal))
        {
            state = state with { PassedGate = [.. state.PassedGate, input.ExecutionName] };
            await SaveAsync(state, cancellationToken);
        }

        var progress = new LoadProgress(documents, server, _pars, settings, time, log, session, ledger, probe, input, export);
        state = await progress.ContinueAsync(state!, remaining, cancellationToken);
        if (state.LoadedAt is null && state.Tables.All(table => table.Phase != TablePhase.Queued))
        {
            state = state with { LoadedAt = time.GetUtcNow() };
        }

        var verify = settings.Defaults.For(input.Request).Verify;
        return state.Tables.Any(table => table.Phase == TablePhase.Queued || StatisticsCheck.IsPending(table, verify))
            ? Loading(state, plan)
            : await FinishAsync(state, plan, input, ledger, cancellationToken);
    }

    private enum Join
    {
        /// <summary>Go on with the attempt that load.json describes.</summary>
        Continue,

        /// <summary>Begin a new attempt.</summary>
        Begin,

        /// <summary>Another execution of this export loads it under other names right now.</summary>
        Wait,
    }

    private async Task<Join> JoinAsync(LoadState? state, IReadOnlyList<LoadTarget> targets, LoadLedger ledger, CancellationToken cancellationToken)
    {
        if (state is null || state.Finished)
        {
            return Join.Begin;
        }

        var rows = await ledger.RowsAsync(state.RunId, cancellationToken);
        if (state.Tables.Select(table => table.Target).SequenceEqual(targets))
        {
            // A server that was replaced or restored knows nothing of this attempt, and what another run has given up nobody takes.
            var known = rows.Where(row => row.State != "abandoned").Select(row => row.LoadId).ToHashSet(StringComparer.Ordinal);
            return state.Tables.Any(table => table.Phase == TablePhase.Queued && !known.Contains(table.LoadId ?? "")) ? Join.Begin : Join.Continue;
        }

        var active = (await ledger.ActiveAsync(cancellationToken)).Where(load => load.RunId == state.RunId).ToList();
        if (active.Exists(load => load.Quiet < settings.OthersPatience)
            || (await ledger.WorkersAsync(state.RunId, cancellationToken)).Any(worker => worker.IsAlive(settings.EventStart)))
        {
            LoadLog.WaitingForAnother(log, "the same export under other names");
            return Join.Wait;
        }

        return Join.Begin;
    }

    /// <summary>Whether a run of another export is loading one of our target tables. A run whose workers are gone is given up.</summary>
    private async Task<bool> AnotherLoadsAsync(
        string exportTaskId,
        LoadState? state,
        IReadOnlyList<LoadTarget> targets,
        LoadLedger ledger,
        ServerProbe probe,
        CancellationToken cancellationToken)
    {
        var ours = targets.Select(target => $"{target.Schema}\0{target.Table}").ToHashSet(probe.Names);
        var others = (await ledger.ActiveAsync(cancellationToken))
            .Where(load => load.RunId == state?.RunId || ours.Contains($"{load.Schema}\0{load.Table}"))
            .GroupBy(load => load.RunId, StringComparer.Ordinal);
        foreach (var run in others)
        {
            // Between two invocations of a run that loads on its own connection nobody works for it. Two such runs that gave
            // each other up would replace each other's tables without end.
            var isBetweenInvocations = run.Any(load => load.ExportTaskId != exportTaskId && load.Quiet < settings.OthersPatience);
            if (isBetweenInvocations || (await ledger.WorkersAsync(run.Key, cancellationToken)).Any(worker => worker.IsAlive(settings.EventStart)))
            {
                LoadLog.WaitingForAnother(log, $"{run.First().Schema}.{run.First().Table}");
                return true;
            }

            await ledger.AbandonAsync(run.Key, cancellationToken);
        }

        return false;
    }

    private LoadCarrier ChooseCarrier(ServerProbe probe, IHeatWaveSession session)
    {
        switch (settings.Mode)
        {
            case LoadMode.Connection:
                return LoadCarrier.Connection;
            case LoadMode.Event when !probe.EventSchedulerRuns:
                throw new EventSchedulerOffException(session.Server, "it is OFF");
            case LoadMode.Auto when !probe.EventSchedulerRuns:
                LoadLog.FellBackToConnection(log, "the event scheduler is OFF");
                return LoadCarrier.Connection;
            default:
                return LoadCarrier.Event;
        }
    }

    private async Task<CopiedExport> PassGateAsync(LoadInput input, CancellationToken cancellationToken)
    {
        var export = await CopiedExport.ReadAsync(documents, input.ExportTaskId, cancellationToken);
        var plan = export.Plan;
        var differences = await CompletenessGate.CompareListingAsync(
            export, [.. Enumerable.Range(0, plan.Tables.Count)], destination.ListAsync(plan.DestinationPrefix, cancellationToken), cancellationToken);
        if (differences.Count > 0)
        {
            throw new DestinationIncompleteException($"{destination.Name}/{plan.DestinationPrefix}", differences.Count, Few.Of([.. differences]));
        }

        foreach (var (name, content) in DestinationManifest.Documents(export))
        {
            await destination.EnsureDocumentAsync(name, content, cancellationToken);
        }

        LoadLog.GatePassed(log, input.ExportTaskId, plan.Objects, plan.Bytes);
        return export;
    }

    private async Task<LoadResult> FinishAsync(LoadState state, CopyPlan plan, LoadInput input, LoadLedger ledger, CancellationToken cancellationToken)
    {
        var facts = await RunFacts.ReadAsync(documents, plan, input, settings, cancellationToken);
        var report = ReportBuilder.Build(plan, state, input, time.GetUtcNow(), facts);
        var key = BridgeLayout.Report(input.ExportTaskId, input.ExecutionName);
        await documents.WriteTextAsync(
            BridgeLayout.ReportPage(input.ExportTaskId, input.ExecutionName), ReportPage.Render(report), "text/html; charset=utf-8", cancellationToken);
        await documents.WriteAsync(key, report, ReportingJson.Default.RunReport, cancellationToken);
        state = state with { Finished = true };
        await SaveAsync(state, cancellationToken);
        metrics.Record(MetricRecords.Reported(report));
        LoadLog.Reported(log, key, report.Totals.Loaded, report.Totals.Empty, report.Totals.Skipped, report.Totals.Failed);
        if (await announcements.AnnounceAsync(report, state, cancellationToken) is { } announced)
        {
            await SaveAsync(state with { Announced = announced }, cancellationToken);
        }

        var inUse = await ledger.ParsInUseAsync(input.ExportTaskId, cancellationToken);
        await _pars.RetireAsync(input.ExportTaskId, inUse.Contains, cancellationToken);

        if (report.Succeeded)
        {
            return new LoadResult(true, report.Totals.Loaded + report.Totals.Empty, report.Totals.Rows, report.Totals.Bytes, key);
        }

        if (report.Totals.Failed == 0)
        {
            throw new SchemasNotSwitchedException(
                Few.Of([.. report.PublishedSchemas.Where(schema => schema.HasFailed).Select(schema => $"{schema.Schema}: {schema.NotSwitchedBecause}")], 3), key);
        }

        var failed = report.Tables.Where(table => table.Status == TableStatus.Failed).Select(table => $"{table.Schema}.{table.Table} ({table.Reason})").ToList();
        throw new TablesNotLoadedException(failed.Count, plan.Tables.Count, Few.Of(failed, 3), key);
    }

    private async Task<LoadState?> ReadStateAsync(LoadInput input, CancellationToken cancellationToken)
    {
        var state = await documents.ReadAsync(BridgeLayout.Load(input.ExportTaskId), LoadingJson.Default.LoadState, cancellationToken);
        return state?.Version == LoadState.CurrentVersion ? state : null;
    }

    private async Task<CopyPlan> ReadPlanAsync(LoadInput input, CancellationToken cancellationToken) =>
        await documents.ReadAsync(BridgeLayout.Plan(input.ExportTaskId), PlanningJson.Default.CopyPlan, cancellationToken)
        ?? throw new CopyIncompleteException(input.ExportTaskId, $"{BridgeLayout.Plan(input.ExportTaskId)} does not exist");

    private Task SaveAsync(LoadState state, CancellationToken cancellationToken) =>
        documents.WriteAsync(BridgeLayout.Load(state.ExportTaskId), state, LoadingJson.Default.LoadState, cancellationToken);

    private static bool IsOpenFor(LoadState? state, LoadInput input) =>
        state is { Finished: false } && state.PassedGate.Contains(input.ExecutionName, StringComparer.Ordinal);

    private static LoadResult Loading(LoadState? state, CopyPlan? plan)
    {
        var done = state?.Tables.Where(table => table.Phase is TablePhase.Loaded or TablePhase.Empty).ToList() ?? [];
        return new LoadResult(
            false,
            done.Count,
            done.Sum(table => table.RowsLoaded ?? 0),
            plan is null ? 0 : done.Where(table => table.Table < plan.Tables.Count).Sum(table => plan.Tables[table.Table].Bytes),
            "");
    }

    private void LogAttempt(LoadState state, IHeatWaveSession session)
    {
        if (log.IsEnabled(LogLevel.Information))
        {
            LoadLog.AttemptBegun(
                log,
                state.ServerVersion,
                session.Server,
                state.Attempt,
                state.Tables.Count(table => table.Phase == TablePhase.Queued),
                state.Tables.Count(table => table.Phase == TablePhase.Loaded),
                state.Tables.Count(table => table.Phase == TablePhase.Empty),
                state.Tables.Count(table => table.Phase == TablePhase.Failed));
        }
    }
}
