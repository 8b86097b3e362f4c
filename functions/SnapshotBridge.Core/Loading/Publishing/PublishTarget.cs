using SnapshotBridge.Planning;
using SnapshotBridge.Requests;

namespace SnapshotBridge.Loading.Publishing;

/// <summary>Where a table of the plan is loaded, and where its readers find it.</summary>
/// <param name="Schema">The schema that it is loaded into.</param>
/// <param name="Table">Its name, the same in both schemas.</param>
/// <param name="PublicSchema">The schema whose view serves it; null where readers use <paramref name="Schema"/> itself.</param>
public sealed record PublishTarget(string Schema, string Table, string? PublicSchema)
{
    /// <summary>One target per table of the plan, in its order.</summary>
    /// <exception cref="TargetConflictException">As <see cref="LoadTargets.For"/>, or a table has a name that a switch needs for itself.</exception>
    public static IReadOnlyList<PublishTarget> For(CopyPlan plan, BridgeRequest request, LoadChoices choices)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(choices);
        var targets = LoadTargets.For(plan, request);
        if (choices.Publish == PublishMode.Replace)
        {
            return [.. targets.Select(target => new PublishTarget(target.Schema, target.Table, null))];
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
        return [.. targets.Select(target => new PublishTarget(versions[target.Schema], target.Table, target.Schema))];
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
