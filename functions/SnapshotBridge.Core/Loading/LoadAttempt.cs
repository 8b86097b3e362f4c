using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SnapshotBridge.Copying;

namespace SnapshotBridge.Loading;

/// <summary>Decides at the beginning of an attempt what becomes of each table, and queues those that have to be loaded.</summary>
internal sealed class LoadAttempt(IHeatWaveSession session, LoadLedger ledger, ServerProbe probe)
{
    /// <summary>The server holds the same schema and table under one key, whatever its rule for case.</summary>
    private readonly IEqualityComparer<string> _names = probe.Names;

    public async Task<LoadState> BeginAsync(
        CopiedExport export,
        IReadOnlyList<LoadTarget> targets,
        LoadInput input,
        LoadCarrier carrier,
        int attempt,
        CancellationToken cancellationToken)
    {
        var plan = export.Plan;
        var runId = RunId(plan.ExportTaskId, input.ExecutionName, attempt);
        await ledger.ForgetRunAsync(runId, cancellationToken);
        var schemas = targets.Select(target => target.Schema).Distinct(StringComparer.Ordinal).ToList();
        var existing = ByName(await ledger.ExistingAsync(schemas, cancellationToken), table => new LoadTarget(table.Schema, table.Table));
        var marks = ByName(await ledger.MarksAsync(schemas, cancellationToken), mark => new LoadTarget(mark.Schema, mark.Table));
        var inspector = new TableInspector(session, probe);

        var tables = new List<TableLoad>(plan.Tables.Count);
        for (var index = 0; index < plan.Tables.Count; index++)
        {
            var facts = Facts(index, targets[index], export.ObjectsOf(index)) with { ProofBatches = export.BatchesOf(index) };
            var there = existing.GetValueOrDefault(Key(targets[index]));
            var mark = marks.GetValueOrDefault(Key(targets[index]));
            tables.Add(facts.Phase switch
            {
                TablePhase.Failed => facts,
                TablePhase.Empty => await SettleEmptyAsync(facts, there, mark, plan.ExportTaskId, cancellationToken),
                _ => await SettleAsync(facts, there, mark, plan.ExportTaskId, inspector, cancellationToken),
            });
        }

        return await QueueAsync(
            new LoadState
            {
                ExportTaskId = plan.ExportTaskId,
                RunId = runId,
                Attempt = attempt,
                PassedGate = [input.ExecutionName],
                ServerVersion = probe.Version.Text,
                Carrier = carrier,
                Tables = tables,
            },
            export,
            target => existing.ContainsKey(Key(target)),
            cancellationToken);
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
        if (there is null)
        {
            return facts;
        }

        var name = $"{facts.TargetSchema}.{facts.TargetTable}";
        if (!Ownership.IsOurs(there, mark))
        {
            return facts with { Warnings = [$"the export holds no rows, but HeatWave has a table {name} that SnapshotBridge did not create; it was left as it is"] };
        }

        // Otherwise queries would go on seeing the rows of an earlier snapshot.
        await ledger.DropAsync(facts.TargetSchema, facts.TargetTable, cancellationToken);
        return facts with { Warnings = [$"the table {name} of the earlier export {mark!.ExportTaskId} was dropped, because {exportTaskId} holds no rows of it"] };
    }

    private static async Task<TableLoad> SettleAsync(
        TableLoad facts, ExistingTable? there, TableMark? mark, string exportTaskId, TableInspector inspector, CancellationToken cancellationToken)
    {
        if (there is null)
        {
            return facts;
        }

        if (!Ownership.IsOurs(there, mark))
        {
            return facts with
            {
                Phase = TablePhase.Failed,
                Reason = $"target table {facts.TargetSchema}.{facts.TargetTable} exists and was not created by SnapshotBridge; drop or rename it, or give the schema another name in targetSchemas",
            };
        }

        if (mark!.ExportTaskId != exportTaskId || mark.RowsVerified is null)
        {
            return facts;
        }

        var served = await inspector.InspectAsync(facts.TargetSchema, facts.TargetTable, cancellationToken);
        var verdict = TableVerdict.Of(facts.Rows, [.. facts.Columns.Select(ColumnText.Name)], call: null, served);
        return verdict.IsLoaded
            ? facts with
            {
                Phase = TablePhase.Loaded,
                RowsLoaded = served.Rows,
                Reason = "loaded by an earlier run of this export and counted again",
                DroppedColumns = verdict.DroppedColumns,
                Warnings = verdict.Warnings,
            }
            : facts;
    }

    private async Task<LoadState> QueueAsync(LoadState state, CopiedExport export, Func<LoadTarget, bool> exists, CancellationToken cancellationToken)
    {
        var queued = state.Tables
            .Where(table => table.Phase == TablePhase.Queued)
            // The largest first: the others then fill the gaps, and the last one to end is a small one.
            .OrderByDescending(table => export.Plan.Tables[table.Table].Bytes)
            .ThenBy(table => table.Table)
            .ToList();
        foreach (var schema in queued.Select(table => table.TargetSchema).Distinct(StringComparer.Ordinal))
        {
            await session.ExecuteAsync(new Sql($"CREATE DATABASE IF NOT EXISTS {SqlText.Identifier(schema)}"), $"create the schema {schema}", cancellationToken);
        }

        var loadIds = new Dictionary<int, string>();
        for (var sequence = 0; sequence < queued.Count; sequence++)
        {
            var table = queued[sequence];
            var load = new QueuedLoad(
                LoadLedger.LoadId(state.RunId, sequence),
                state.RunId,
                state.ExportTaskId,
                sequence,
                table.TargetSchema,
                table.TargetTable,
                LoadCall.For(probe.Version.CallForm, table.TargetSchema, table.TargetTable, export.Plan.Tables[table.Table].DestinationPrefix),
                exists(table.Target));
            await ledger.EnqueueAsync(load, cancellationToken);
            loadIds[table.Table] = load.LoadId;
        }

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
