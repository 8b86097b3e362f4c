using Microsoft.Extensions.Logging;
using SnapshotBridge.Announcing;
using SnapshotBridge.Loading.Declarations;
using SnapshotBridge.Loading.Publishing;
using SnapshotBridge.Loading.Verification;
using SnapshotBridge.Metrics;
using SnapshotBridge.Planning;
using SnapshotBridge.Reporting;
using SnapshotBridge.Reporting.Page;
using SnapshotBridge.Requests;
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
        var isOpen = IsOpenFor(state, input);
        var plan = await ReadPlanAsync(input, cancellationToken);
        var targets = PublishTargets.For(plan, input.Request, settings.Defaults.For(input.Request));
        ColumnTypeChecks.Check(plan, input.Request);
        var export = isOpen ? null : await PassGateAsync(input, cancellationToken);

        await using var session = await server.OpenAsync(cancellationToken);
        var context = new LoadContext
        {
            Documents = documents, Server = server, Session = session, Probe = await ServerProbe.AskAsync(session, cancellationToken),
            Settings = settings, Input = input, Plan = plan, Pars = _pars, Time = time, Log = log,
        };
        var preconditions = new LoadPreconditions(session, context.Probe, settings, time);
        if (!isOpen)
        {
            await preconditions.CheckServerAsync(targets, cancellationToken);
        }

        await context.Ledger.EnsureAsync(cancellationToken);
        if (!await context.Ledger.TryLockAsync(LedgerSql.InvocationLock, 5, cancellationToken))
        {
            LoadLog.WaitingForAnother(log, "it holds the lock");
            return Loading(state, context);
        }

        // Another execution may have gone on while this one waited for the lock.
        state = await ReadStateAsync(input, cancellationToken);
        export ??= IsOpenFor(state, input) ? null : await PassGateAsync(input, cancellationToken);
        var publisher = new Publisher(session, context.Probe, context.Ledger, settings, time, log);
        switch (await new LoadTurn(context).TakeAsync(state, targets, cancellationToken))
        {
            case Turn.Wait:
                return Loading(state, context);
            case Turn.Begin:
                export ??= await PassGateAsync(input, cancellationToken);
                state = await BeginAsync(context, preconditions, publisher, export, targets, state, cancellationToken);
                break;
            default:
                state = await JoinAsync(context, state!, cancellationToken);
                await publisher.KeepVersionsAsync(input.ExportTaskId, cancellationToken);
                break;
        }

        state = await new LoadProgress(context, export).ContinueAsync(state, remaining, cancellationToken);
        if (state.Tables.Any(table => table.IsOpen || StatisticsCheck.IsPending(table, context.Choices.Verify)))
        {
            return Loading(state, context);
        }

        if (state.LoadedAt is null)
        {
            state = state with { LoadedAt = time.GetUtcNow() };
            await context.SaveAsync(state, cancellationToken);
        }

        var (published, isPublished) = await publisher.PublishAsync(plan, state, input, next => context.SaveAsync(next, cancellationToken), remaining, cancellationToken);
        return isPublished ? await FinishAsync(published, context, cancellationToken) : Loading(published, context);
    }

    /// <summary>Everything that can be refused is refused before the first table is queued.</summary>
    private async Task<LoadState> BeginAsync(
        LoadContext context, LoadPreconditions preconditions, Publisher publisher, CopiedExport export, IReadOnlyList<LoadTarget> targets, LoadState? earlier, CancellationToken cancellationToken)
    {
        var (carrier, reason) = ChooseCarrier(context.Probe, context.Session);
        var ourViews = context.Choices.Publish == PublishMode.Replace
            ? await publisher.OurViewsAsync(targets.Select(target => target.Schema).Distinct(StringComparer.Ordinal), cancellationToken)
            : [];
        await preconditions.CheckTargetsAsync(targets, ourViews, cancellationToken);
        await publisher.PrepareAsync(context.Plan, targets, cancellationToken);
        var state = await new LoadAttempt(context, ourViews).BeginAsync(export, targets, carrier, earlier, cancellationToken);
        state = state with { Announced = earlier?.Announced, CarrierReasons = reason is null ? [] : [reason] };
        await context.Queue.ForgetEarlierAsync(context.Input.ExportTaskId, state.RunId, settings.KeepQueues, cancellationToken);
        await context.SaveAsync(state, cancellationToken);
        LogAttempt(state, context.Session);
        return state;
    }

    /// <summary>This execution has passed the gate as well, and goes on with the attempt that is under way.</summary>
    private static async Task<LoadState> JoinAsync(LoadContext context, LoadState state, CancellationToken cancellationToken)
    {
        if (state.PassedGate.Contains(context.Input.ExecutionName, StringComparer.Ordinal))
        {
            return state;
        }

        state = state with { PassedGate = [.. state.PassedGate, context.Input.ExecutionName] };
        await context.SaveAsync(state, cancellationToken);
        return state;
    }

    private (LoadCarrier Carrier, string? Reason) ChooseCarrier(ServerProbe probe, IHeatWaveSession session)
    {
        const string Off = "the event scheduler is OFF";
        switch (settings.Mode)
        {
            case LoadMode.Connection:
                return (LoadCarrier.Connection, null);
            case LoadMode.Event when !probe.EventSchedulerRuns:
                throw new EventSchedulerOffException(session.Server, "it is OFF");
            case LoadMode.Auto when !probe.EventSchedulerRuns:
                LoadLog.FellBackToConnection(log, Off);
                return (LoadCarrier.Connection, $"not on the server: {Off}");
            default:
                return (probe.HasTaskApi ? LoadCarrier.Task : LoadCarrier.Event, null);
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

    private async Task<LoadResult> FinishAsync(LoadState state, LoadContext context, CancellationToken cancellationToken)
    {
        var (plan, input) = (context.Plan, context.Input);
        var facts = await RunFacts.ReadAsync(documents, plan, input, settings, cancellationToken);
        var report = ReportBuilder.Build(plan, state, input, time.GetUtcNow(), facts);
        var key = BridgeLayout.Report(input.ExportTaskId, input.ExecutionName);
        await documents.WriteTextAsync(
            BridgeLayout.ReportPage(input.ExportTaskId, input.ExecutionName), ReportPage.Render(report), "text/html; charset=utf-8", cancellationToken);
        await documents.WriteAsync(key, report, ReportingJson.Default.RunReport, cancellationToken);
        await context.Queue.ForgetStepsAsync(state.RunId, cancellationToken);
        state = state with { Finished = true };
        await context.SaveAsync(state, cancellationToken);
        metrics.Record(MetricRecords.Reported(report));
        LoadLog.Reported(log, key, report.Totals.Loaded, report.Totals.Empty, report.Totals.Skipped, report.Totals.Failed);

        if (await announcements.AnnounceAsync(report, state, cancellationToken) is { } announced)
        {
            await context.SaveAsync(state with { Announced = announced }, cancellationToken);
        }

        // HeatWave reads Object Storage again after some restarts: what is kept can then be loaded again, until the PAR ends.
        var inUse = context.Choices.ParAfterLoad == ParAfterLoad.Keep ? await context.Ledger.ParsInUseAsync(input.ExportTaskId, cancellationToken) : new HashSet<string>();
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

    private static bool IsOpenFor(LoadState? state, LoadInput input) =>
        state is { Finished: false } && state.PassedGate.Contains(input.ExecutionName, StringComparer.Ordinal);

    private LoadResult Loading(LoadState? state, LoadContext context)
    {
        var plan = context.Plan;
        var tables = state?.Tables.Where(table => table.Table < plan.Tables.Count).ToList() ?? [];
        var done = tables.Where(table => table.Phase is TablePhase.Loaded or TablePhase.Empty).ToList();
        var expected = LoadWait.Expected(
            [.. tables.Where(table => table.Phase is TablePhase.Loaded or TablePhase.Queued).Select(table => (plan.Tables[table.Table].Bytes, table.Phase == TablePhase.Queued ? (double?)null : table.LoadSeconds ?? 0))],
            settings.Workers);
        // On our own connection nothing goes on between two invocations, and neither does where all is loaded and some is still to be counted.
        var wait = state is { Finished: false } && (state.Carrier == LoadCarrier.Connection || !tables.Exists(table => table.Phase == TablePhase.Queued))
            ? LoadWait.Shortest
            : LoadWait.After(time.GetUtcNow() - (state is { Finished: false, BegunAt: { } begun } ? begun : context.Input.ExecutionStartTime), expected);
        return new LoadResult(
            false, done.Count, done.Sum(table => table.RowsLoaded ?? 0), done.Sum(table => plan.Tables[table.Table].Bytes), "")
        {
            WaitSeconds = (int)wait.TotalSeconds,
        };
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
                state.Tables.Count(table => table.Phase == TablePhase.Standing),
                state.Tables.Count(table => table.Phase == TablePhase.Empty),
                state.Tables.Count(table => table.Phase == TablePhase.Failed));
        }
    }
}
