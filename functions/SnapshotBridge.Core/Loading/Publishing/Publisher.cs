using Microsoft.Extensions.Logging;
using SnapshotBridge.Planning;
using SnapshotBridge.Requests;

namespace SnapshotBridge.Loading.Publishing;

/// <summary>
/// Brings what was loaded to its readers. With <see cref="PublishMode.Swap"/> each public schema is switched as a whole,
/// and only when all of its tables are there; until then, and if it never happens, it serves what it served before.
/// </summary>
internal sealed class Publisher
{
    private readonly IHeatWaveSession _session;
    private readonly ServerProbe _probe;
    private readonly LoadSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly PublishLedger _ledger;
    private readonly SchemaSwitch _switch;
    private readonly VersionDrop _versions;

    public Publisher(IHeatWaveSession session, ServerProbe probe, LoadLedger loads, LoadSettings settings, TimeProvider time, ILogger log)
    {
        (_session, _probe, _settings, _time, _log) = (session, probe, settings, time, log);
        _ledger = new PublishLedger(session, loads, probe.Names);
        _switch = new SchemaSwitch(session, loads, _ledger, settings, time);
        _versions = new VersionDrop(session, loads, _ledger, probe, settings);
    }

    /// <summary>
    /// Before the first change of an attempt: whether the switch can be made at the end of it. Notes the versions, so that
    /// their schemas are known as ours from the moment they exist.
    /// </summary>
    /// <exception cref="TargetConflictException">Something that is not ours stands where a view or a version has to be.</exception>
    public async Task PrepareAsync(CopyPlan plan, IReadOnlyList<LoadTarget> targets, CancellationToken cancellationToken)
    {
        var schemas = targets.Where(target => target.PublicSchema is not null).GroupBy(target => target.PublicSchema!, _probe.Names).ToList();
        var problems = new List<string>();
        foreach (var schema in schemas)
        {
            // The views' columns are not known yet; what stands in the way is the same for any.
            var views = schema.Select(target => new WantedView(target.Table, target.Schema, "", "")).ToList();
            var state = await _ledger.StateAsync(schema.Key, cancellationToken);
            problems.AddRange(SwitchPlan.Of(schema.Key, state, views, new SwitchScope(Set([]), Set([]), Set([]))).Conflicts
                .Select(conflict => $"{conflict} exists and was not created by SnapshotBridge, so no view can take its name; drop or rename it"));
            foreach (var version in schema.Select(target => target.Schema).Distinct(_probe.Names))
            {
                var known = await _ledger.PublicSchemaOfAsync(version, cancellationToken);
                if (known is null ? await _ledger.SchemaExistsAsync(version, cancellationToken) : !_probe.Names.Equals(known, schema.Key))
                {
                    problems.Add(known is null ? $"the schema {version} exists and was not created by SnapshotBridge" : $"the schema {version} is a version of {known}");
                }
            }
        }

        if (problems.Count > 0)
        {
            throw new TargetConflictException(Few.Of(problems));
        }

        var takenAt = (plan.SnapshotTime ?? plan.PlannedAt).ToUnixTimeSeconds();
        foreach (var target in schemas.SelectMany(schema => schema.DistinctBy(target => target.Schema, _probe.Names)))
        {
            await _ledger.TouchAsync(target.Schema, target.PublicSchema!, plan.ExportTaskId, takenAt, cancellationToken);
        }
    }

    /// <summary>
    /// In every invocation between <see cref="PrepareAsync"/> and the switch: a version whose tables are all loaded waits for
    /// those of other schemas, or for their comparison, and must not be taken for one that a dead run left.
    /// </summary>
    public Task KeepVersionsAsync(string exportTaskId, CancellationToken cancellationToken) => _ledger.KeepAsync(exportTaskId, cancellationToken);

    /// <summary>The views of ours in these schemas: with <see cref="PublishMode.Replace"/> a load may take their place.</summary>
    public async Task<IReadOnlyList<(string Schema, string View)>> OurViewsAsync(IEnumerable<string> schemas, CancellationToken cancellationToken)
    {
        var views = new List<(string, string)>();
        foreach (var schema in schemas)
        {
            var state = await _ledger.StateAsync(schema, cancellationToken);
            views.AddRange(state.Objects.Where(item => state.NoteOf(item) is not null).Select(item => (schema, item.Name)));
        }

        return views;
    }

    /// <summary>Publishes what is not published yet, schema by schema.</summary>
    /// <param name="plan">The export.</param>
    /// <param name="state">The attempt, every table judged.</param>
    /// <param name="input">The invocation's input.</param>
    /// <param name="save">Keeps the state after every schema.</param>
    /// <param name="remaining">How much time the invocation has left.</param>
    /// <param name="cancellationToken">Ends everything.</param>
    /// <returns>The state, and whether every schema is through: where queries hold the names, it is tried again by the next invocation.</returns>
    public async Task<(LoadState State, bool IsDone)> PublishAsync(
        CopyPlan plan, LoadState state, LoadInput input, Func<LoadState, Task> save, Func<TimeSpan> remaining, CancellationToken cancellationToken)
    {
        var choices = _settings.Defaults.For(input.Request);
        if (choices.Publish == PublishMode.Replace)
        {
            await SweepReplacedAsync(state, remaining, cancellationToken);
            return (state, true);
        }

        var isDone = true;
        foreach (var schema in state.Tables.Where(table => table.PublicSchema is not null).GroupBy(table => table.PublicSchema!, _probe.Names))
        {
            if (state.Published.Any(published => _probe.Names.Equals(published.Schema, schema.Key)))
            {
                continue;
            }

            if (await PublishSchemaAsync(plan, schema.Key, [.. schema], input, choices, remaining, cancellationToken) is { } published)
            {
                state = state with { Published = [.. state.Published, published] };
                await save(state);
            }
            else
            {
                isDone = false;
            }
        }

        return (state, isDone);
    }

    private async Task<PublishedSchema?> PublishSchemaAsync(
        CopyPlan plan, string schema, IReadOnlyList<TableLoad> tables, LoadInput input, LoadChoices choices, Func<TimeSpan> remaining, CancellationToken cancellationToken)
    {
        var version = tables[0].TargetSchema;
        var takenAt = (plan.SnapshotTime ?? plan.PlannedAt).ToUnixTimeSeconds();
        await _ledger.TouchAsync(version, schema, plan.ExportTaskId, takenAt, cancellationToken);
        var outcome = new PublishedSchema { Schema = schema, Version = version };
        var failed = tables.Where(table => table.Phase == TablePhase.Failed).Select(table => table.TargetTable).ToList();
        if (failed.Count > 0)
        {
            return NotSwitched(outcome, $"{failed.Count} of its {tables.Count} tables {(failed.Count == 1 ? "was" : "were")} not loaded: {Few.Of(failed)}; it goes on serving what it served");
        }

        var known = await _ledger.VersionsAsync(schema, cancellationToken);
        var before = await _ledger.StateAsync(schema, cancellationToken);
        if (input.Request.FromEvent && NewerServed(before, known, takenAt, version) is { } newer)
        {
            return NotSwitched(outcome with { IsSuperseded = true }, $"it serves {newer} already, a newer snapshot; a run that a person starts may go back");
        }

        var columns = await _ledger.ColumnsAsync(version, cancellationToken);
        var wanted = tables
            .Where(table => columns.Contains(table.TargetTable))
            .Select(table => new WantedView(
                table.TargetTable,
                version,
                WantedView.SourceName(plan.Tables[table.Table].Database, plan.Tables[table.Table].Schema),
                ViewSql.Select(version, table.TargetTable, [.. columns[table.TargetTable]])))
            .ToList();
        var absent = tables.Where(table => !columns.Contains(table.TargetTable)).ToList();
        if (absent.Find(table => table.Phase == TablePhase.Loaded) is { } vanished)
        {
            return NotSwitched(outcome, $"the table {version}.{vanished.TargetTable} was loaded and is gone; redrive the run");
        }

        // CREATE DATABASE IF NOT EXISTS waits, and lets all new readers wait, for every transaction that reads the schema: MySQL 9.7.
        if (wanted.Count > 0 && !await _ledger.SchemaExistsAsync(schema, cancellationToken))
        {
            await _session.ExecuteAsync(new Sql($"CREATE DATABASE IF NOT EXISTS {SqlText.Identifier(schema)}"), $"create the schema {schema}", cancellationToken);
        }

        var scope = PublishScope.Of(plan, input.Request, schema, absent, _probe.Names);
        // A rename that a killed invocation made leaves nothing to do; the plan from before says what it removed.
        var first = SwitchPlan.Of(schema, before, wanted, scope);
        var result = await _switch.RunAsync(schema, wanted, scope, remaining, cancellationToken);
        if (result.IsToBeContinued)
        {
            PublishLog.SwitchWaits(_log, schema, version);
            return null;
        }

        if (result.Problem is { } problem)
        {
            return NotSwitched(outcome, problem);
        }

        if (!first.IsDone || known.FirstOrDefault(item => item.Schema == version)?.SwitchedAt is null)
        {
            await _ledger.SwitchedAsync(version, cancellationToken);
            known = await _ledger.VersionsAsync(schema, cancellationToken);
        }

        PublishLog.Switched(_log, schema, version, wanted.Count);
        var (dropped, kept) = await _versions.SweepAsync(schema, version, choices.KeepVersions, remaining, cancellationToken);
        LogDropped(schema, dropped);
        return outcome with
        {
            SwitchedAt = known.FirstOrDefault(item => item.Schema == version)?.SwitchedAt is { } seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : _time.GetUtcNow(),
            Views = wanted.Count,
            RemovedViews = first.Removed,
            DroppedVersions = dropped,
            KeptVersions = kept,
            Warnings = [.. result.Plan.Left, .. result.Warnings],
        };
    }

    /// <summary>The version that views serve now, where its snapshot was taken after ours.</summary>
    private static string? NewerServed(PublicState state, IReadOnlyList<LoadedVersion> known, long takenAt, string version)
    {
        var served = state.Objects.Select(item => state.NoteOf(item)?.Version).Where(name => name is not null && name != version).ToHashSet(StringComparer.Ordinal);
        return known.Where(item => served.Contains(item.Schema) && item.TakenAt > takenAt).MaxBy(item => item.TakenAt)?.Schema;
    }

    /// <summary>A run that loads into the public schemas themselves needs none of the versions that no view reads.</summary>
    private async Task SweepReplacedAsync(LoadState state, Func<TimeSpan> remaining, CancellationToken cancellationToken)
    {
        foreach (var schema in state.Tables.GroupBy(table => table.TargetSchema, _probe.Names).Where(schema => schema.All(table => table.Phase != TablePhase.Failed)))
        {
            var (dropped, _) = await _versions.SweepAsync(schema.Key, current: null, keep: 0, remaining, cancellationToken);
            LogDropped(schema.Key, dropped);
        }
    }

    private PublishedSchema NotSwitched(PublishedSchema outcome, string reason)
    {
        PublishLog.NotSwitched(_log, outcome.Schema, outcome.Version, reason);
        return outcome with { NotSwitchedBecause = reason };
    }

    private void LogDropped(string schema, IReadOnlyList<string> versions)
    {
        foreach (var version in versions)
        {
            PublishLog.VersionDropped(_log, schema, version);
        }
    }

    private HashSet<string> Set(IEnumerable<string> items) => items.ToHashSet(_probe.Names);
}
