using System.Collections.Concurrent;
using System.Globalization;

namespace SnapshotBridge.Loading;

/// <summary>A table whose load has ended, or that an earlier run loaded, with its row in the queue.</summary>
internal sealed record DueTable(TableLoad Table, LoadRow Row);

/// <summary>What is to happen to a table that was looked at.</summary>
internal enum JudgementKind
{
    /// <summary>It is judged, or is to be loaded once more, or could not be counted in time: as the table says.</summary>
    Judged,

    /// <summary>Its load was interrupted.</summary>
    Interrupted,

    /// <summary>It stands from an earlier run and is not right: it is to be loaded.</summary>
    Load,
}

/// <summary>A table that was looked at.</summary>
internal sealed record Judgement(TableLoad Table, LoadRow Row, JudgementKind Kind);

/// <summary>
/// Holds what the server serves against what the export holds, for several tables at a time, each over a connection of its
/// own. What is found right is noted on the server at once: whoever goes on where an invocation ended counts no table again.
/// </summary>
internal sealed class TableJudges(LoadContext context)
{
    /// <summary>Tables of one call: what is known by then is written down before the next ones begin.</summary>
    public const int MostTables = 100;

    // Loads that an earlier invocation has counted and found right.
    private HashSet<string>? _verified;

    private LoadSettings Settings => context.Settings;

    /// <summary>Judges tables, as many as there is time for.</summary>
    /// <param name="due">The tables; no more than <see cref="MostTables"/>.</param>
    /// <param name="state">Of which attempt.</param>
    /// <param name="remaining">How much time the invocation has left.</param>
    /// <param name="done">Takes each table as soon as it was looked at.</param>
    /// <param name="cancellationToken">Ends everything.</param>
    public async Task RunAsync(IReadOnlyList<DueTable> due, LoadState state, Func<TimeSpan> remaining, ConcurrentQueue<Judgement> done, CancellationToken cancellationToken)
    {
        if (due.Count == 0 || !HasTime(remaining))
        {
            return;
        }

        _verified ??= await VerifiedAsync(state, cancellationToken);
        var described = new Dictionary<string, IReadOnlyDictionary<string, ServedTable>>(StringComparer.Ordinal);
        foreach (var schema in due.GroupBy(item => item.Table.TargetSchema, StringComparer.Ordinal))
        {
            described[schema.Key] = await context.Inspector.DescribeAsync(schema.Key, [.. schema.Select(item => item.Table.TargetTable)], cancellationToken);
        }

        var queue = new ConcurrentQueue<DueTable>(due);
        // Half of what the server would still accept is for others.
        var connections = Math.Min(Math.Min(Settings.Counts, due.Count), Math.Max(1, context.Probe.FreeConnections / 2));
        await Task.WhenAll(Enumerable.Range(0, connections).Select(async number =>
        {
            await using var more = number == 0 ? null : await TryOpenAsync(cancellationToken);
            var session = number == 0 ? context.Session : more;
            while (session is not null && HasTime(remaining) && queue.TryDequeue(out var item))
            {
                var there = described[item.Table.TargetSchema].GetValueOrDefault(item.Table.TargetTable);
                done.Enqueue(await JudgeAsync(session, item, there, remaining() - Settings.Reserve, cancellationToken));
            }
        }));
    }

    private bool HasTime(Func<TimeSpan> remaining) => remaining() > Settings.Reserve;

    /// <summary>One more connection; null where the server accepts no more: those that there are go on.</summary>
    private async Task<IHeatWaveSession?> TryOpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await context.Server.OpenAsync(cancellationToken);
        }
        catch (HeatWaveUnavailableException exception)
        {
            LoadLog.FewerConnections(context.Log, exception.Message);
            return null;
        }
    }

    private async Task<HashSet<string>> VerifiedAsync(LoadState state, CancellationToken cancellationToken)
    {
        var rows = state.Tables.Where(table => table is { IsOpen: true, LoadId: not null }).ToDictionary(table => table.LoadId!, table => table.Rows, StringComparer.Ordinal);
        var schemas = state.Tables.Where(table => table.IsOpen).Select(table => table.TargetSchema).Distinct(StringComparer.Ordinal).ToList();
        var marks = await context.Ledger.MarksAsync(schemas, cancellationToken);
        return marks.Where(mark => mark.RowsVerified is { } verified && rows.TryGetValue(mark.LoadId, out var expected) && verified == expected).Select(mark => mark.LoadId).ToHashSet(StringComparer.Ordinal);
    }

    private async Task<Judgement> JudgeAsync(IHeatWaveSession session, DueTable due, ServedTable? described, TimeSpan limit, CancellationToken cancellationToken)
    {
        var (table, row) = (due.Table, due.Row);
        CallOutcome? call = null;
        if (table.Phase == TablePhase.Queued)
        {
            call = new CallOutcome(row.Errno, row.Message, await new LoadQueue(session).MessagesAsync(row.LoadId, cancellationToken));
            if (Interruptions.IsOne(call) && row.Starts < Interruptions.MostStarts(Settings, table))
            {
                return new Judgement(table, row, JudgementKind.Interrupted);
            }

            if (Again(table, row, call) is { } again)
            {
                return new Judgement(again, row, JudgementKind.Judged);
            }
        }

        // A failed load needs no count to be one.
        if (call?.Failure is not null)
        {
            return new Judgement(await FailAsync(session, table, row, TableVerdict.Of(FactsOf(table, described), call, described ?? Absent), described, cancellationToken), row, JudgementKind.Judged);
        }

        if (await CountAsync(session, table, row, described, limit, cancellationToken) is not { } served)
        {
            return new Judgement(await InterruptedAsync(session, table, row, limit, cancellationToken), row, JudgementKind.Judged);
        }

        var facts = FactsOf(table, served);
        var verdict = TableVerdict.Of(facts, call, served);
        if (table.Phase == TablePhase.Standing)
        {
            return verdict.IsLoaded ? new Judgement(await StandsAsync(session, table, row, verdict, facts, served, cancellationToken), row, JudgementKind.Judged) : new Judgement(table, row, JudgementKind.Load);
        }

        return new Judgement(
            verdict.IsLoaded ? await LoadedAsync(session, table, row, verdict, served, cancellationToken) : await FailAsync(session, table, row, verdict, served, cancellationToken), row, JudgementKind.Judged);
    }

    private static ServedTable Absent { get; } = new() { Exists = false };

    /// <summary>What a table is held against. The earlier run may have had to use the other type for some columns.</summary>
    private TableFacts FactsOf(TableLoad table, ServedTable? served)
    {
        var facts = context.Steps.FactsOf(table);
        return table.Phase == TablePhase.Standing ? facts with { Declaration = facts.Declaration?.AsDefined(served?.Definition ?? []) } : facts;
    }

    /// <summary>The table for one more load, where the failure is one that another load may not have; else null.</summary>
    private TableLoad? Again(TableLoad table, LoadRow row, CallOutcome call)
    {
        if (call is { IsConversionFailure: true, Failure: { } refusal } && context.Steps.AfterRefusal(table, refusal) is { } again)
        {
            LoadLog.TriesCompatibleTypes(context.Log, table.TargetSchema, table.TargetTable, refusal);
            return again with { RefusedStart = row.Starts };
        }

        var life = context.Choices.ParLifetime;
        if (table.ParEndings == 0 && call is { IsAccessFailure: true, Failure: { } failure } && row.ParAge is { } age && ParLife.HasEnded(life, age))
        {
            LoadLog.ParEnded(context.Log, table.TargetSchema, table.TargetTable, failure);
            var warning = string.Create(
                CultureInfo.InvariantCulture,
                $"its pre-authenticated request ended during its load, {age.TotalHours:F1} hours after it was made, and it was loaded once more through another: {failure}");
            return table with { RefusedStart = row.Starts, ParEndings = 1, Warnings = [.. table.Warnings, warning] };
        }

        return null;
    }

    /// <summary>The table with its rows; null where they could not be counted in the time.</summary>
    private async Task<ServedTable?> CountAsync(IHeatWaveSession session, TableLoad table, LoadRow row, ServedTable? described, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (described is not null && (row.State == LoadQueue.Counted || _verified!.Contains(row.LoadId)))
        {
            return described with { Rows = table.Rows };
        }

        using var limited = new CancellationTokenSource(limit > TimeSpan.Zero ? limit : TimeSpan.Zero, context.Time);
        using var interrupt = CancellationTokenSource.CreateLinkedTokenSource(limited.Token, cancellationToken);
        try
        {
            return await new TableInspector(session, context.Probe).CountAsync(table.TargetSchema, table.TargetTable, described, interrupt.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<TableLoad> InterruptedAsync(IHeatWaveSession session, TableLoad table, LoadRow row, TimeSpan limit, CancellationToken cancellationToken)
    {
        var times = table.InterruptedCounts + 1;
        LoadLog.CountInterrupted(context.Log, table.TargetSchema, table.TargetTable, times, limit.TotalSeconds);
        if (times < Settings.MaxCounts)
        {
            return table with { InterruptedCounts = times };
        }

        var reason = string.Create(CultureInfo.InvariantCulture, $"counting its rows took longer than {limit.TotalSeconds:F0} seconds, {times} times");
        return await FailAsync(session, table, row, new TableVerdict(reason, [], []), null, cancellationToken);
    }

    private async Task<TableLoad> StandsAsync(
        IHeatWaveSession session, TableLoad table, LoadRow row, TableVerdict verdict, TableFacts facts, ServedTable served, CancellationToken cancellationToken)
    {
        await new LoadQueue(session).CountedAsync(row.LoadId, cancellationToken);
        return table with
        {
            Phase = TablePhase.Loaded,
            RowsLoaded = served.Rows,
            Reason = "loaded by an earlier run of this export and counted again",
            DroppedColumns = verdict.DroppedColumns,
            TypeChanges = facts.Declaration?.Changes ?? context.Steps.ChangesOf(table, served),
            Warnings = verdict.Warnings,
        };
    }

    private async Task<TableLoad> LoadedAsync(IHeatWaveSession session, TableLoad table, LoadRow row, TableVerdict verdict, ServedTable served, CancellationToken cancellationToken)
    {
        if (!_verified!.Contains(row.LoadId))
        {
            await new LoadLedger(session).VerifiedAsync(table.TargetSchema, table.TargetTable, row.LoadId, table.Rows, cancellationToken);
        }

        LoadLog.TableLoaded(context.Log, table.TargetSchema, table.TargetTable, table.Rows);
        return Judged(table, row, verdict, served);
    }

    private async Task<TableLoad> FailAsync(IHeatWaveSession session, TableLoad table, LoadRow row, TableVerdict verdict, ServedTable? served, CancellationToken cancellationToken)
    {
        var ledger = new LoadLedger(session);
        var there = await context.FindTableAsync(ledger, table.TargetSchema, table.TargetTable, cancellationToken);
        await ledger.FailedAsync(table.TargetSchema, table.TargetTable, row.LoadId, there is { IsOurs: true } ? there.Value.Table.CreatedAt : null, cancellationToken);
        LoadLog.TableFailed(context.Log, table.TargetSchema, table.TargetTable, verdict.Reason!);
        return Judged(table, row, verdict, served ?? Absent);
    }

    private TableLoad Judged(TableLoad table, LoadRow row, TableVerdict verdict, ServedTable served) => table with
    {
        Phase = verdict.IsLoaded ? TablePhase.Loaded : TablePhase.Failed,
        Reason = verdict.Reason,
        RowsLoaded = served.Rows,
        LoadSeconds = row.Seconds,
        DroppedColumns = verdict.DroppedColumns,
        TypeChanges = context.Steps.ChangesOf(table, served),
        Warnings = [.. table.Warnings, .. verdict.Warnings],
    };
}

/// <summary>Loads that ended without having failed.</summary>
internal static class Interruptions
{
    /// <summary>A start that ended in a refusal, or with its PAR, was no interrupted one.</summary>
    public static int MostStarts(LoadSettings settings, TableLoad table) => settings.MaxStarts + table.ExcusedStarts;

    public static bool IsOne(CallOutcome call) =>
        call.ErrorNumber is { } errno && HeatWaveErrors.Kind(errno) is HeatWaveErrorKind.Interrupted or HeatWaveErrorKind.Unavailable or HeatWaveErrorKind.Contended;
}
