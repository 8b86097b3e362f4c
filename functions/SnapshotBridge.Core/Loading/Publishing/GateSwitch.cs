using System.Globalization;

namespace SnapshotBridge.Loading.Publishing;

/// <summary>How far a switch through a gate has come.</summary>
/// <param name="IsThrough">Nothing is left to do.</param>
/// <param name="Refused">Why this server cannot be switched like this; nothing that readers see was changed for it.</param>
internal readonly record struct GateResult(bool IsThrough, string? Refused = null);

/// <summary>
/// Switches several views of a public schema as <see cref="GateSql"/> says: each view is led through the gate, the stand-ins
/// behind it are exchanged in one statement, and each view is led to the new version's table. Where it stands is read from
/// what is there: a view whose next stand-in exists is not switched yet.
/// </summary>
internal sealed class GateSwitch(IHeatWaveSession session, PublishLedger ledger, LoadSettings settings, TimeProvider time)
{
    // A schema rests for about this long while it is switched, however many views it has.
    private static readonly TimeSpan _pauses = TimeSpan.FromSeconds(10);

    // A server prepares a prepared statement anew three times within one execution, then it fails with error 1615: the
    // changes of the views that one statement reads must not come in its step.
    private static readonly TimeSpan _longestPause = TimeSpan.FromMilliseconds(50);

    // A statement that reads public views through somebody's own view may still lose a deadlock while one of them is led
    // through the gate; it begins anew at once. Until it has ended, or waits at the gate, nothing is switched.
    private static readonly TimeSpan _settle = TimeSpan.FromMilliseconds(250);

    // Each view that a long query holds costs new readers of it the wait of one statement.
    private const int MostHeld = 5;

    /// <exception cref="HeatWaveStatementException">A statement was refused, or queries that are under way hold the gate.</exception>
    public async Task<GateResult> RunAsync(string schema, string version, PublicState state, SwitchPlan plan, Func<TimeSpan> remaining, CancellationToken cancellationToken)
    {
        var columns = await ledger.ColumnsAsync(schema, cancellationToken);
        var tables = await ledger.ColumnsAsync(version, cancellationToken);
        var standing = state.Objects.Select(item => item.Name).ToHashSet(state.Names);
        var pause = Pause(plan.Steps.Count);
        var led = plan.Steps.Where(step => IsLed(schema, version, standing, step)).ToList();
        var (through, open) = (Names(led, state), plan.Steps.Where(step => step.Served is not null && columns.Contains(step.View)).ToList());
        open.RemoveAll(step => through.Contains(step.View));
        if (open.Count > 0)
        {
            if (led.Count == 0)
            {
                await session.ExecuteAsync(new Sql(GateSql.CreateGate(schema, version)), $"create the gate of schema {schema}", cancellationToken);
            }

            await ledger.NoteAsync(schema, [.. open.Select(step => step.Served! with { Version = version, Digest = GateDigest(schema, version), Definition = GateSql.Mark(schema, version) })], cancellationToken);
        }

        var held = 0;
        foreach (var step in open)
        {
            if (remaining() <= settings.Reserve || held == MostHeld)
            {
                return new GateResult(false);
            }

            var names = columns[step.View].ToList();
            await PrepareAsync(schema, version, standing, step, names, tables, cancellationToken);
            if (led.Count == 0 && held == 0 && await TryAsync(schema, version, step.View, names, cancellationToken) is { } refused)
            {
                return new GateResult(false, refused);
            }

            if (await DoAsync(GateSql.Create(schema, step.View, GateSql.Gated(schema, version, step.View, names)), $"lead the view {schema}.{step.View} through the gate", pause, cancellationToken))
            {
                led.Add(step);
            }
            else
            {
                held++;
            }
        }

        if (held > 0)
        {
            return new GateResult(false);
        }

        var opened = Names(open, state);
        var waiting = led
            .Where(step => opened.Contains(step.View) || standing.Contains(GateSql.Next(version, step.View)) || (step.Create is null && standing.Contains(GateSql.Current(version, step.View))))
            .Select(step => (step.View, step.Create is not null))
            .ToList();
        if (waiting.Count > 0)
        {
            await Task.Delay(_settle, time, cancellationToken);
            await session.ExecuteAsync(new Sql(GateSql.Switch(schema, version, waiting)), $"switch the views of schema {schema}", cancellationToken);
        }

        return new GateResult(await ShowAsync(schema, plan, columns, tables, pause, remaining, cancellationToken));
    }

    internal static string GateDigest(string schema, string version) => ViewSql.Digest(GateSql.Mark(schema, version));

    /// <summary>How long to rest after each change of a public view.</summary>
    internal static TimeSpan Pause(int views) => TimeSpan.FromTicks(Math.Min(_longestPause.Ticks, _pauses.Ticks / Math.Max(1, views)));

    private static bool IsLed(string schema, string version, HashSet<string> standing, SwitchStep step) =>
        step.Served is { } note && note.Version == version && note.Definition == GateSql.Mark(schema, version) && standing.Contains(step.View);

    private static HashSet<string> Names(IEnumerable<SwitchStep> steps, PublicState state) => steps.Select(step => step.View).ToHashSet(state.Names);

    /// <summary>The stand-ins of a view, which no reader meets yet.</summary>
    private async Task PrepareAsync(
        string schema, string version, HashSet<string> standing, SwitchStep step, IReadOnlyList<string> columns, ILookup<string, string> tables, CancellationToken cancellationToken)
    {
        var action = $"create what stands for {schema}.{step.View}";
        if (standing.Contains(GateSql.Previous(version, step.View)))
        {
            await session.ExecuteAsync(new Sql(ViewSql.DropView(schema, GateSql.Previous(version, step.View))), action, cancellationToken);
        }

        // A view on its way to another version serves what stands behind that one's gate.
        var served = GateSql.IsMark(step.Served!.Definition)
            ? SqlText.Table(schema, GateSql.Current(step.Served.Version, step.View))
            : SqlText.Table(step.Served.Version, step.Served.Name);
        var all = columns.ToHashSet(StringComparer.OrdinalIgnoreCase);
        await session.ExecuteAsync(new Sql(GateSql.Create(schema, GateSql.Current(version, step.View), GateSql.StandIn(columns, all, served))), action, cancellationToken);
        if (step.Create is { } next)
        {
            var there = tables[next.Name].ToHashSet(StringComparer.OrdinalIgnoreCase);
            await session.ExecuteAsync(
                new Sql(GateSql.Create(schema, GateSql.Next(version, step.View), GateSql.StandIn(columns, there, SqlText.Table(next.Version, next.Name)))), action, cancellationToken);
        }
    }

    /// <summary>Whether the server reads a view through the gate: HeatWave runs queries of Lakehouse tables in its cluster or not at all.</summary>
    private async Task<string?> TryAsync(string schema, string version, string view, IReadOnlyList<string> columns, CancellationToken cancellationToken)
    {
        var trial = GateSql.Trial(version);
        try
        {
            await session.ExecuteAsync(new Sql(GateSql.Create(schema, trial, GateSql.Gated(schema, version, view, columns))), $"create a trial view of schema {schema}", cancellationToken);
            await session.QueryAsync(new Sql($"SELECT * FROM {SqlText.Table(schema, trial)} LIMIT 1"), $"read a trial view of schema {schema}", cancellationToken);
            await session.ExecuteAsync(new Sql(ViewSql.DropView(schema, trial)), $"drop a trial view of schema {schema}", cancellationToken);
            return null;
        }
        catch (HeatWaveStatementException exception) when (!SchemaSwitch.IsHeld(exception))
        {
            return string.Create(CultureInfo.InvariantCulture, $"error {exception.Number}: {exception.ServerMessage}");
        }
    }

    /// <summary>Leads each view to the new version's table. First those that would go on showing what the version does not have.</summary>
    private async Task<bool> ShowAsync(
        string schema, SwitchPlan plan, ILookup<string, string> columns, ILookup<string, string> tables, TimeSpan pause, Func<TimeSpan> remaining, CancellationToken cancellationToken)
    {
        var held = 0;
        foreach (var step in plan.Steps.OrderBy(step => step.Create is null ? 0 : step.Served is null ? 1 : columns[step.View].Except(tables[step.View], StringComparer.OrdinalIgnoreCase).Any() ? 2 : 3))
        {
            if (remaining() <= settings.Reserve || held == MostHeld)
            {
                return false;
            }

            if (!await DoAsync(ViewSql.Rename(schema, step.Renames), $"show the view {schema}.{step.View}", pause, cancellationToken))
            {
                held++;
            }
        }

        return held == 0;
    }

    /// <returns>False where queries that are under way hold the view.</returns>
    private async Task<bool> DoAsync(string statement, string action, TimeSpan pause, CancellationToken cancellationToken)
    {
        try
        {
            await session.ExecuteAsync(new Sql(statement), action, cancellationToken);
        }
        catch (HeatWaveStatementException exception) when (SchemaSwitch.IsHeld(exception))
        {
            return false;
        }

        await Task.Delay(pause, time, cancellationToken);
        return true;
    }
}
