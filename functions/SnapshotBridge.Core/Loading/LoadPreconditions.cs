using System.Globalization;
using SnapshotBridge.Preflight;

namespace SnapshotBridge.Loading;

/// <summary>What is asked before the first change on the server: a run that cannot succeed leaves everything as it was.</summary>
internal sealed class LoadPreconditions(IHeatWaveSession session, ServerProbe probe, LoadSettings settings, TimeProvider time)
{
    // PARs end by Object Storage's clock, tables are ours by the server's: what is further apart than this is a clock that is wrong.
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    /// <summary>What can be known without the bookkeeping.</summary>
    /// <exception cref="HeatWaveNotAvailableException">The HeatWave cluster does not run, or has no Lakehouse.</exception>
    /// <exception cref="HeatWaveClockSkewedException">The server's clock is off.</exception>
    /// <exception cref="HeatWaveGrantMissingException">The user lacks privileges.</exception>
    public async Task CheckServerAsync(IReadOnlyList<LoadTarget> targets, CancellationToken cancellationToken)
    {
        await probe.RequireLakehouseAsync(session, cancellationToken);
        var now = time.GetUtcNow();
        if ((probe.Clock - now).Duration() > ClockTolerance)
        {
            throw new HeatWaveClockSkewedException(session.Server, probe.Clock, now);
        }

        var published = targets.Select(target => target.PublicSchema).OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        await RequireGrantsAsync(
            [
                .. targets.Select(target => target.Schema).Concat(published).Distinct(StringComparer.Ordinal).Select(schema => new RequiredGrant(schema, RequiredGrant.OfTargetSchemas)),
                .. published.Select(schema => new RequiredGrant(schema, RequiredGrant.OfPublicSchemas)),
            ],
            cancellationToken);
    }

    /// <summary>Only what is certain is refused: where grants come by roles that cannot be looked into, the first statement tells.</summary>
    private async Task RequireGrantsAsync(IReadOnlyList<RequiredGrant> ofSchemas, CancellationToken cancellationToken)
    {
        var lines = (await session.QueryAsync(new Sql("SHOW GRANTS"), "read its own grants", cancellationToken)).Select(row => row.Text(0)!).ToList();
        var roles = await session.QueryAsync(new Sql("SELECT CURRENT_ROLE()"), "read its active roles", cancellationToken);
        if (roles.Count > 0 && roles[0].Text(0) is { Length: > 0 } active && active != "NONE")
        {
            // MySQL shows what active roles bring to those who ask for it; MariaDB shows it by itself.
            lines.AddRange(active.Contains('`', StringComparison.Ordinal)
                ? (await session.QueryAsync(new Sql($"SHOW GRANTS FOR CURRENT_USER() USING {active}"), "read the grants of its roles", cancellationToken)).Select(row => row.Text(0)!)
                : []);
        }

        var held = GrantSet.Parse(lines, await GrantChecks.HasWildcardsAsync(session, cancellationToken));
        var needed = settings.Mode == LoadMode.Event ? [.. RequiredGrant.OfServer, RequiredGrant.OfEvents] : RequiredGrant.OfServer;
        var missing = needed.Concat(ofSchemas)
            .Select(grant => (grant.Schema, Privileges: held.Missing(grant.Schema, grant.Privileges)))
            .Where(grant => grant.Privileges.Count > 0)
            .Select(grant => $"{string.Join(", ", grant.Privileges)} ON {grant.Schema}.*")
            .ToList();
        if (missing.Count > 0)
        {
            throw new HeatWaveGrantMissingException(HeatWaveErrors.GrantNeeded, session.User, "load these tables", $"SHOW GRANTS lacks {Few.Of(missing, 5)}");
        }
    }

    /// <summary>Whether the names are free, or taken by what is ours.</summary>
    /// <param name="targets">Where the tables go.</param>
    /// <param name="ourViews">Views of ours whose place a load may take.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="TargetTablesOccupiedException">Tables that are not ours stand under the targets' names.</exception>
    public async Task CheckTargetsAsync(IReadOnlyList<LoadTarget> targets, IReadOnlyList<(string Schema, string View)> ourViews, CancellationToken cancellationToken)
    {
        var ledger = new LoadLedger(session);
        IReadOnlyList<string> schemas = [.. targets.Select(target => target.Schema).Distinct(StringComparer.Ordinal)];
        var standing = await ledger.ExistingAsync(schemas, cancellationToken);
        var marks = await ledger.MarksAsync(schemas, cancellationToken);
        var marked = marks.GroupBy(mark => Key(mark.Schema, mark.Table), probe.Names).ToDictionary(same => same.Key, same => same.Last(), probe.Names);
        var wanted = targets.Select(target => Key(target.Schema, target.Table)).ToHashSet(probe.Names);
        var views = ourViews.Select(view => Key(view.Schema, view.View)).ToHashSet(probe.Names);
        var theirs = standing
            .Where(table => wanted.Contains(Key(table.Schema, table.Table)) && !views.Contains(Key(table.Schema, table.Table)))
            .Where(table => !Ownership.IsOurs(table, marked.GetValueOrDefault(Key(table.Schema, table.Table))))
            .Select(table => string.Create(CultureInfo.InvariantCulture, $"{(table.IsBaseTable ? "table" : "view")} {table.Schema}.{table.Table}"))
            .ToList();
        if (theirs.Count > 0)
        {
            throw new TargetTablesOccupiedException(theirs.Count, Few.Of(theirs, 5));
        }
    }

    // U+0000 stands in no name.
    private static string Key(string schema, string table) => $"{schema}\0{table}";
}
