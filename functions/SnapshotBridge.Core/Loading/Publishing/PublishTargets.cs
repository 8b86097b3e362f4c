using SnapshotBridge.Planning;
using SnapshotBridge.Requests;

namespace SnapshotBridge.Loading.Publishing;

/// <summary>Where the tables of a plan are loaded, and where their readers find them.</summary>
public static class PublishTargets
{
    /// <summary>One target per table of the plan, in its order.</summary>
    /// <exception cref="TargetConflictException">As <see cref="LoadTargets.For"/>, or a table has a name that a switch needs for itself.</exception>
    public static IReadOnlyList<LoadTarget> For(CopyPlan plan, BridgeRequest request, LoadChoices choices)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(choices);
        var targets = LoadTargets.For(plan, request);
        if (choices.Publish == PublishMode.Replace)
        {
            return targets;
        }

        var reserved = targets.Where(target => target.Table.StartsWith(ViewSql.ReservedPrefix, StringComparison.OrdinalIgnoreCase)).Select(target => $"{target.Schema}.{target.Table}").ToList();
        if (reserved.Count > 0)
        {
            throw new TargetConflictException($"{Few.Of(reserved)} begins with {ViewSql.ReservedPrefix}, which a switch needs for itself; load it with publish replace");
        }

        var takenAt = plan.SnapshotTime ?? plan.PlannedAt;
        var content = Content(plan, request, choices);
        var versions = targets
            .Select(target => target.Schema)
            .Distinct(StringComparer.Ordinal)
            .ToDictionary(schema => schema, schema => VersionName.For(schema, takenAt, content), StringComparer.Ordinal);
        return [.. targets.Select(target => new LoadTarget(versions[target.Schema], target.Table) { PublicSchema = target.Schema })];
    }

    /// <summary>
    /// The same export with other types is another version: to load it into the schema that is served now would take
    /// tables from under their readers.
    /// </summary>
    private static string Content(CopyPlan plan, BridgeRequest request, LoadChoices choices)
    {
        var overrides = request.ColumnTypes
            .OrderBy(table => table.Key, StringComparer.Ordinal)
            .SelectMany(table => table.Value.OrderBy(column => column.Key, StringComparer.Ordinal).Select(column => $"{table.Key}\n{column.Key}\n{column.Value}"));
        return string.Join('\n', [plan.ExportTaskId, choices.Types.ToString(), .. overrides]);
    }
}
