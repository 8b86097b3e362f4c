using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SnapshotBridge.Copying;
using SnapshotBridge.Errors;
using SnapshotBridge.Loading.Declarations;
using SnapshotBridge.Loading.Publishing;
using SnapshotBridge.Planning;
using SnapshotBridge.Requests;

namespace SnapshotBridge.Loading;

/// <summary>Decides at the beginning of an attempt what becomes of each table, and queues those that have to be loaded.</summary>
/// <param name="context">What the invocation works with.</param>
/// <param name="ourViews">Views of ours whose place a load takes.</param>
internal sealed class LoadAttempt(LoadContext context, IReadOnlyList<(string Schema, string View)> ourViews)
{
    /// <summary>The server holds the same schema and table under one key, whatever its rule for case.</summary>
    private readonly StringComparer _names = context.Probe.Names;

    private readonly EmptyTables _empties = new(context.Session, context.Ledger, context.Probe.Version);

    private readonly HashSet<string> _views = ourViews.Select(view => Key(new LoadTarget(view.Schema, view.View))).ToHashSet(context.Probe.Names);

    /// <exception cref="ClusterTooSmallException">The tables to load cannot fit; nothing was changed.</exception>
    public async Task<LoadState> BeginAsync(
        CopiedExport export, IReadOnlyList<LoadTarget> targets, LoadCarrier carrier, LoadState? earlier, CancellationToken cancellationToken)
    {
        var (plan, input) = (export.Plan, context.Input);
        var attempt = (earlier?.Attempt ?? 0) + 1;
        var runId = RunId(plan.ExportTaskId, input.ExecutionName, attempt);
        await context.Queue.ForgetRunAsync(runId, cancellationToken);
        var schemas = targets.Select(target => target.Schema).Distinct(StringComparer.Ordinal).ToList();
        var existing = ByName(await context.Ledger.ExistingAsync(schemas, cancellationToken), table => new LoadTarget(table.Schema, table.Table));
        var marks = ByName(await context.Ledger.MarksAsync(schemas, cancellationToken), mark => new LoadTarget(mark.Schema, mark.Table));

        var tables = new List<TableLoad>(plan.Tables.Count);
        for (var index = 0; index < plan.Tables.Count; index++)
        {
            var facts = Facts(index, targets[index], export.ObjectsOf(index)) with { ProofBatches = export.BatchesOf(index) };
            var there = existing.GetValueOrDefault(Key(targets[index]));
            var mark = marks.GetValueOrDefault(Key(targets[index]));
            tables.Add(facts.Phase switch
            {
                TablePhase.Failed => facts,
                TablePhase.Empty => facts,
                _ => Settle(facts, there, mark, plan.ExportTaskId),
            });
        }

        WarnOfLongLoads(plan, tables, LoadEstimate.From(plan, earlier));
        await RequireMemoryAsync(plan, tables, cancellationToken);
        await RequireHonouredParAsync(export, tables, attempt, cancellationToken);
        // From here on the server changes.
        await new TargetSchemas(context.Session, _names).CreateMissingAsync(
            tables.Where(table => table.Phase == TablePhase.Queued || (table.Phase == TablePhase.Empty && IsDeclared(table))).Select(table => table.TargetSchema), cancellationToken);
        for (var index = 0; index < tables.Count; index++)
        {
            if (tables[index].Phase == TablePhase.Empty)
            {
                var key = Key(targets[index]);
                tables[index] = await SettleEmptyAsync(tables[index], existing.GetValueOrDefault(key), marks.GetValueOrDefault(key), plan.ExportTaskId, cancellationToken);
            }
        }

        return await QueueAsync(
            new LoadState
            {
                ExportTaskId = plan.ExportTaskId,
                RunId = runId,
                Attempt = attempt,
                PassedGate = [input.ExecutionName],
                ServerVersion = context.Probe.Version.Text,
                Carrier = carrier,
                Types = context.Types,
                BegunAt = context.Time.GetUtcNow(),
                Tables = tables,
            },
            export,
            target => existing.ContainsKey(Key(target)),
            cancellationToken);
    }

    /// <summary>A table that may load for longer than any PAR lives is loaded all the same: how fast a cluster is shows only then.</summary>
    private void WarnOfLongLoads(CopyPlan plan, List<TableLoad> tables, LoadEstimate estimate)
    {
        var life = ParLife.AtBegin(context.Choices.ParLifetime);
        for (var index = 0; index < tables.Count; index++)
        {
            if (tables[index] is { Phase: TablePhase.Queued } table && estimate.Warning(plan.Tables[index].Bytes, life) is { } warning)
            {
                LoadLog.MayOutliveItsPar(context.Log, table.TargetSchema, table.TargetTable, warning);
                tables[index] = table with { Warnings = [.. table.Warnings, warning] };
            }
        }
    }

    private bool IsDeclared(TableLoad table) => context.Choices.Types == TypeMode.Faithful && context.Steps.DeclarationOf(table).Columns.Count > 0;

    private async Task RequireMemoryAsync(CopyPlan plan, List<TableLoad> tables, CancellationToken cancellationToken)
    {
        var bytes = tables.Where(table => table.Phase == TablePhase.Queued).Sum(table => plan.Tables[table.Table].Bytes);
        if (bytes > 0
            && await ClusterCapacity.AskAsync(context.Session, cancellationToken) is { } capacity
            && !capacity.Fits(context.Session.Server, bytes))
        {
            LoadLog.ClusterMayBeFull(context.Log, bytes, capacity.FreeBytes, capacity.TotalBytes);
        }
    }

    /// <summary>
    /// Tables without rows are made before the loads begin, and with them the PAR that they read through. Whether Object
    /// Storage honours one is asked first; the loads' own takes its place.
    /// </summary>
    /// <exception cref="ParRejectedException">It does not; nothing was changed.</exception>
    private async Task RequireHonouredParAsync(CopiedExport export, List<TableLoad> tables, int attempt, CancellationToken cancellationToken)
    {
        if (tables.Find(table => table.Phase == TablePhase.Queued && !export.Plan.Tables[table.Table].IsEmpty) is not { } sample
            || !tables.Exists(table => table.Phase == TablePhase.Empty))
        {
            return;
        }

        try
        {
            await context.Pars.CreateAsync(LoadPars.NameOf(context.Input, attempt, 0), export, [sample.Table], context.Choices.ParLifetime, cancellationToken);
        }
        catch (Exception exception) when (exception is ParListingEmptyException or ParListingDiffersException)
        {
            // It is honoured. What it does not show fails its table, or all of them, when the loads begin.
        }
    }

    /// <summary>What the export says about a table.</summary>
    private static TableLoad Facts(int index, LoadTarget target, IEnumerable<ProvenObject> parts)
    {
        ProvenObject? first = null;
        string? difference = null;
        long rows = 0;
        CopyEvidence? evidence = null;
        foreach (var part in parts)
        {
            first ??= part;
            rows += part.Rows;
            evidence = evidence is null || part.Evidence > evidence ? part.Evidence : evidence;
            if (difference is null && !ReferenceEquals(first.Columns, part.Columns) && ColumnText.Difference(first.Columns, part.Columns) is { } found)
            {
                difference = $"its Parquet files disagree: {found} in {first.DestinationName} and {part.DestinationName}; export the snapshot again";
            }
        }

        return new TableLoad
        {
            Table = index,
            TargetSchema = target.Schema,
            PublicSchema = target.PublicSchema,
            TargetTable = target.Table,
            Rows = rows,
            Columns = first?.Columns ?? [],
            Evidence = evidence,
            // HeatWave refuses files without rows (errors 6068, 6098): nothing is lost by not loading them.
            Phase = difference is not null ? TablePhase.Failed : rows == 0 ? TablePhase.Empty : TablePhase.Queued,
            Reason = difference,
        };
    }

    private async Task<TableLoad> SettleEmptyAsync(TableLoad facts, ExistingTable? there, TableMark? mark, string exportTaskId, CancellationToken cancellationToken)
    {
        var name = $"{facts.TargetSchema}.{facts.TargetTable}";
        // Somebody may have made it anew since the names were looked at; it is dropped right away.
        var isOurView = there is not null && _views.Contains(Key(facts.Target))
            && await context.FindTargetAsync(facts.TargetSchema, facts.TargetTable, cancellationToken) is { IsOurs: true };
        if (there is not null && !isOurView && !Ownership.IsOurs(there, mark))
        {
            return facts with { Warnings = [$"the export holds no rows, but HeatWave has a table {name} that SnapshotBridge did not create; it was left as it is"] };
        }

        if (IsDeclared(facts))
        {
            var declaration = context.Steps.DeclarationOf(facts);
            var made = await _empties.MakeAsync(facts, declaration, exportTaskId, there is null || isOurView ? null : mark, isOurView, cancellationToken);
            return await CompareAsync(made, declaration, cancellationToken);
        }

        // Nothing tells what columns it would have. Otherwise queries would go on seeing the rows of an earlier snapshot.
        if (isOurView)
        {
            await context.Session.ExecuteAsync(new Sql(ViewSql.DropView(facts.TargetSchema, facts.TargetTable)), $"drop the view {name}", cancellationToken);
            return facts with { Warnings = [$"the view {name} of an earlier snapshot was dropped, because {exportTaskId} holds no rows of it"] };
        }

        if (there is not null)
        {
            await context.Ledger.DropAsync(facts.TargetSchema, facts.TargetTable, cancellationToken);
            return facts with { Warnings = [$"the table {name} of the earlier export {mark!.ExportTaskId} was dropped, because {exportTaskId} holds no rows of it"] };
        }

        return facts;
    }

    /// <summary>What the server defined against what was declared. A key that it wanted besides is no difference.</summary>
    private async Task<TableLoad> CompareAsync(TableLoad table, TableDeclaration declaration, CancellationToken cancellationToken)
    {
        var served = await context.Inspector.InspectAsync(table.TargetSchema, table.TargetTable, cancellationToken);
        var differences = served.Exists ? DeclarationComparison.Differences(declaration, served.Definition).Where(difference => difference.Declared is not null).ToList() : [];
        return differences.Count == 0
            ? table
            : table with { Warnings = [.. table.Warnings, $"its definition is not the declared one: {Few.Of([.. differences.Select(difference => difference.ToString())], 3)}"] };
    }

    /// <summary>What stands there from an earlier run of this export is counted again before it is believed, several at a time and beside the loads.</summary>
    private TableLoad Settle(TableLoad facts, ExistingTable? there, TableMark? mark, string exportTaskId)
    {
        if (there is null || _views.Contains(Key(facts.Target)))
        {
            return facts;
        }

        if (!Ownership.IsOurs(there, mark))
        {
            // It came since the target names were looked at.
            return facts with { Phase = TablePhase.Failed, Reason = Ownership.Theirs(facts.TargetSchema, facts.TargetTable) };
        }

        return mark!.ExportTaskId == exportTaskId && mark.RowsVerified is not null ? facts with { Phase = TablePhase.Standing } : facts;
    }

    private async Task<LoadState> QueueAsync(LoadState state, CopiedExport export, Func<LoadTarget, bool> exists, CancellationToken cancellationToken)
    {
        var queued = state.Tables
            .Where(table => table.IsOpen)
            .OrderBy(table => table.Phase)
            // The largest first: the others then fill the gaps, and the last one to end is a small one.
            .ThenByDescending(table => export.Plan.Tables[table.Table].Bytes)
            .ThenBy(table => table.Table)
            .ToList();
        var loadIds = new Dictionary<int, string>();
        await context.Queue.EnqueueAsync(
            queued.Select((table, sequence) =>
            {
                var loadId = loadIds[table.Table] = LoadQueue.LoadId(state.RunId, sequence);
                var isStanding = table.Phase == TablePhase.Standing;
                var steps = isStanding ? [] : context.Steps.Of(table, loadId, exists(table.Target), _views.Contains(Key(table.Target)));
                return new QueuedLoad(loadId, state.RunId, state.ExportTaskId, sequence, table.TargetSchema, table.TargetTable, steps) { State = isStanding ? LoadQueue.Standing : "queued" };
            }),
            cancellationToken);
        return state with
        {
            Tables = [.. state.Tables.Select(table => loadIds.TryGetValue(table.Table, out var loadId) ? table with { LoadId = loadId } : table)],
        };
    }

    private static string RunId(string exportTaskId, string executionName, int attempt) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{exportTaskId}\n{executionName}\n{attempt}"))))[..16];

    private Dictionary<string, T> ByName<T>(IReadOnlyList<T> items, Func<T, LoadTarget> name)
    {
        var byName = new Dictionary<string, T>(_names);
        foreach (var item in items)
        {
            byName[Key(name(item))] = item;
        }

        return byName;
    }

    // U+0000 stands in no name.
    private static string Key(LoadTarget name) => $"{name.Schema}\0{name.Table}";
}
