using System.Globalization;

namespace SnapshotBridge.Loading.Publishing;

/// <summary>How an attempt to switch one public schema ended.</summary>
/// <param name="IsSwitched">The views serve the version.</param>
/// <param name="Problem">Why they never will as things are; null where they do, or where it is worth another try later.</param>
/// <param name="Plan">The last plan that was worked on.</param>
internal sealed record SwitchResult(bool IsSwitched, string? Problem, SwitchPlan Plan)
{
    /// <summary>Readers held the names for too long, or the invocation's time is up: the same again later goes on from here.</summary>
    public bool IsToBeContinued => !IsSwitched && Problem is null;

    /// <summary>What readers may have seen.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>
/// Switches the views of one public schema. Every step finds out anew what stands there, so that a run that was killed
/// after any statement goes on, and what the steps leave behind for a moment is known as ours.
/// </summary>
internal sealed class SchemaSwitch(IHeatWaveSession session, LoadLedger loads, PublishLedger ledger, LoadSettings settings, TimeProvider time)
{
    private readonly GateSwitch _gate = new(session, ledger, settings, time);

    /// <summary>
    /// How long the switch waits for queries that are under way. While it waits new queries wait behind it (MySQL 8.4
    /// manual, "Metadata Locking"), so it rather gives up soon and tries again.
    /// </summary>
    public const int LockWaitSeconds = 2;

    // One to switch, one to see that it is done, and one for a server that renamed only some of the names.
    private const int Rounds = 3;

    // One statement holds all of their names; nobody else does.
    private const int ViewsPerDrop = 500;

    public async Task<SwitchResult> RunAsync(
        string schema, IReadOnlyList<WantedView> wanted, SwitchScope scope, Func<TimeSpan> remaining, CancellationToken cancellationToken)
    {
        await ShortenWaitsAsync(session, cancellationToken);
        var warnings = new List<string>();
        SwitchPlan plan;
        for (var round = 1; ; round++)
        {
            var state = await ledger.StateAsync(schema, cancellationToken);
            plan = SwitchPlan.Of(schema, state, wanted, scope);
            if (plan.Conflicts.Count > 0)
            {
                return new SwitchResult(false, $"{Few.Of(plan.Conflicts)} is in the way and is not SnapshotBridge's; drop or rename it, then redrive the run", plan);
            }

            if (plan.IsDone)
            {
                await ClearAsync(schema, state, waiting: true, cancellationToken);
                await ForgetMarksAsync(schema, state, cancellationToken);
                return new SwitchResult(true, null, plan) { Warnings = warnings };
            }

            if (round > Rounds)
            {
                return new SwitchResult(false, "the server renamed the views, but they do not read the new version", plan);
            }

            try
            {
                if (!await ClearAsync(schema, state, waiting: false, cancellationToken)
                    || !await CreateAsync(schema, state, plan, remaining, cancellationToken))
                {
                    return new SwitchResult(false, null, plan);
                }

                if (await ThroughGateAsync(schema, wanted, state, plan, warnings, remaining, cancellationToken) is not { } isThrough)
                {
                    await RenameAsync(schema, state, plan, cancellationToken);
                }
                else if (!isThrough)
                {
                    return new SwitchResult(false, null, plan);
                }
            }
            catch (HeatWaveStatementException exception) when (IsHeld(exception))
            {
                return new SwitchResult(false, null, plan);
            }
            catch (HeatWaveStatementException exception)
            {
                return new SwitchResult(
                    false, string.Create(CultureInfo.InvariantCulture, $"the server refused the switch with error {exception.Number}: {exception.ServerMessage}"), plan);
            }
        }
    }

    /// <returns>Whether everything is switched; null where one statement has to do it.</returns>
    private async Task<bool?> ThroughGateAsync(
        string schema, IReadOnlyList<WantedView> wanted, PublicState state, SwitchPlan plan, List<string> warnings, Func<TimeSpan> remaining, CancellationToken cancellationToken)
    {
        if (!plan.NeedsGate)
        {
            return null;
        }

        var refused = plan.ReplacedTables.Count > 0 ? $"tables of an earlier run with publish replace become views together with it: {Few.Of([.. plan.ReplacedTables.Select(item => item.Table)], 3)}" : null;
        if (refused is null)
        {
            var result = await _gate.RunAsync(schema, wanted[0].Version, state, plan, remaining, cancellationToken);
            if (result.Refused is null)
            {
                return result.IsThrough;
            }

            refused = $"the server could not read a view through a gate ({result.Refused})";
        }

        warnings.Add($"schema {schema} was switched by one RENAME TABLE, because {refused}: a query that was opening several of its views at that moment may have seen tables of both versions");
        return null;
    }

    /// <summary>From now on a statement of this session waits for <see cref="LockWaitSeconds"/> at most; a server's default is a year.</summary>
    public static Task ShortenWaitsAsync(IHeatWaveSession session, CancellationToken cancellationToken) => session.ExecuteAsync(
        new Sql(string.Create(CultureInfo.InvariantCulture, $"SET SESSION lock_wait_timeout = {LockWaitSeconds}")), "shorten waits for locks", cancellationToken);

    /// <summary>Creates the views that wait. Those that an earlier invocation created as they have to be stay.</summary>
    /// <returns>False where time ran out before the last one.</returns>
    private async Task<bool> CreateAsync(string schema, PublicState state, SwitchPlan plan, Func<TimeSpan> remaining, CancellationToken cancellationToken)
    {
        var standing = state.Objects.ToDictionary(item => item.Name, state.Names);
        var missing = plan.Create
            .Where(view => !(standing.GetValueOrDefault(ViewSql.Waiting(view.Name)) is { } there
                && state.NoteOf(there, view.Name) is { } note
                && note.Version == view.Version
                && note.Digest == view.Digest))
            .ToList();
        await ledger.NoteAsync(schema, [.. missing.Select(view => Note(view, null))], cancellationToken);
        var created = 0;
        while (created < missing.Count && remaining() > settings.Reserve)
        {
            var view = missing[created];
            await session.ExecuteAsync(new Sql(ViewSql.Create(schema, view.Name, view.Select)), $"create the view {schema}.{view.Name}", cancellationToken);
            created++;
        }

        await NoteDefinitionsAsync(schema, missing[..created], cancellationToken);
        return created == missing.Count && remaining() > settings.Reserve;
    }

    /// <summary>Notes how the server tells the queries of the new views: by that they are known as ours from now on.</summary>
    private async Task NoteDefinitionsAsync(string schema, IReadOnlyList<WantedView> created, CancellationToken cancellationToken)
    {
        if (created.Count == 0)
        {
            return;
        }

        var state = await ledger.StateAsync(schema, cancellationToken);
        var definitions = state.Objects.ToDictionary(item => item.Name, item => item.Definition, state.Names);
        var notes = created.Select(view => Note(view, definitions.GetValueOrDefault(ViewSql.Waiting(view.Name)))).ToList();
        if (notes.Find(note => string.IsNullOrEmpty(note.Definition)) is { } hidden)
        {
            throw new HeatWaveGrantMissingException(
                1142, session.User, $"read the definition of the view that it created for {schema}.{hidden.Name}", $"SHOW VIEW on {schema}.* is missing");
        }

        await ledger.NoteAsync(schema, notes, cancellationToken);
    }

    private async Task RenameAsync(string schema, PublicState state, SwitchPlan plan, CancellationToken cancellationToken)
    {
        var standing = state.Objects.ToDictionary(item => item.Name, StringComparer.Ordinal);
        foreach (var (table, replaced) in plan.ReplacedTables)
        {
            await ledger.MarkReplacedAsync(schema, table, replaced, standing[table].Table.CreatedAt!.Value, cancellationToken);
        }

        await session.ExecuteAsync(new Sql(ViewSql.Rename(schema, plan.Renames)), $"switch the views of schema {schema}", cancellationToken);
    }

    /// <summary>Forgets tables that views have replaced: their marks would keep the PARs that they were loaded through.</summary>
    private async Task ForgetMarksAsync(string schema, PublicState state, CancellationToken cancellationToken)
    {
        var standing = state.Objects.ToDictionary(item => item.Name, state.Names);
        foreach (var mark in state.Marks)
        {
            var there = standing.GetValueOrDefault(mark.Table);
            if (there is null ? SwitchPlan.IsTemporary(mark.Table) : state.NoteOf(there) is not null)
            {
                await ledger.ForgetTableAsync(schema, mark.Table, cancellationToken);
            }
        }
    }

    /// <summary>Drops what a switch replaced, and what killed runs left, as far as it is ours.</summary>
    /// <returns>False where queries that are under way still hold something.</returns>
    private async Task<bool> ClearAsync(string schema, PublicState state, bool waiting, CancellationToken cancellationToken)
    {
        var noted = state.Views.Where(view => view.Definition is not null).Select(view => view.Definition!).ToHashSet(StringComparer.Ordinal);
        var unread = state.Views.Where(view => view.Definition is null).Select(view => ViewSql.Waiting(view.Name)).ToHashSet(state.Names);
        var all = true;
        if (waiting)
        {
            all = await ClearGateAsync(schema, state, cancellationToken);
        }

        var replaced = state.Objects
            .Where(item => SwitchPlan.IsTemporary(item.Name) && !GateSql.IsOfAGate(item.Name) && (waiting || !item.Name.StartsWith(ViewSql.WaitingPrefix, StringComparison.OrdinalIgnoreCase)))
            .ToList();
        foreach (var table in replaced.Where(item => item.Table.IsBaseTable && state.IsOurTable(item)))
        {
            all &= await IsFreeAsync(() => loads.DropAsync(schema, table.Name, cancellationToken));
        }

        var views = replaced.Where(item => !item.Table.IsBaseTable && (noted.Contains(item.Definition ?? "") || unread.Contains(item.Name) || PublicState.ReadsAGate(item)));
        return await DropViewsAsync(schema, views, $"drop the replaced views of schema {schema}", cancellationToken) && all;
    }

    /// <summary>Drops gates and what stands behind them, once no view reads any of it.</summary>
    private async Task<bool> ClearGateAsync(string schema, PublicState state, CancellationToken cancellationToken)
    {
        if (state.HasViewsOnTheirWay)
        {
            return true;
        }

        var gates = state.Objects.Where(item => !item.Table.IsBaseTable && GateSql.IsOfAGate(item.Name));
        if (!await DropViewsAsync(schema, gates, $"drop the gate of schema {schema}", cancellationToken))
        {
            return false;
        }

        if (state.Views.Any(view => GateSql.IsMark(view.Definition)))
        {
            await ledger.ForgetMarksOfGatesAsync(schema, cancellationToken);
        }

        return true;
    }

    private async Task<bool> DropViewsAsync(string schema, IEnumerable<PublicObject> views, string action, CancellationToken cancellationToken)
    {
        var all = true;
        foreach (var some in views.Chunk(ViewsPerDrop))
        {
            all &= await IsFreeAsync(() => session.ExecuteAsync(new Sql(ViewSql.DropViews(schema, some.Select(view => view.Name))), action, cancellationToken));
        }

        return all;
    }

    /// <returns>False where queries that are under way hold what the statement wanted.</returns>
    private static async Task<bool> IsFreeAsync(Func<Task> statement)
    {
        try
        {
            await statement();
            return true;
        }
        catch (HeatWaveStatementException exception) when (IsHeld(exception))
        {
            return false;
        }
    }

    private static NotedView Note(WantedView view, string? definition) => new(view.Name, view.Version, view.Source, view.Digest, definition);

    /// <summary>Whether a query that is under way held what the statement wanted.</summary>
    public static bool IsHeld(HeatWaveStatementException exception) => HeatWaveErrors.Kind(exception.Number) == HeatWaveErrorKind.Contended;
}
