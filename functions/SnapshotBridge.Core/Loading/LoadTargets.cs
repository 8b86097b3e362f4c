using SnapshotBridge.Planning;
using SnapshotBridge.Requests;

namespace SnapshotBridge.Loading;

/// <summary>Where one table goes on the server.</summary>
/// <param name="Schema">The schema that it is loaded into.</param>
/// <param name="Table">Its name there.</param>
public sealed record LoadTarget(string Schema, string Table)
{
    /// <summary>The schema that its readers use, where that is another one.</summary>
    public string? PublicSchema { get; init; }

    public string FullName => $"{Schema}.{Table}";
}

/// <summary>Where each table of a plan goes on the server.</summary>
public static class LoadTargets
{
    // MySQL reference manual, "Identifier Length Limits".
    private const int LongestName = 64;

    /// <summary>One target per table of the plan, in its order.</summary>
    /// <exception cref="TargetConflictException">Names that a server cannot have, that it keeps for itself, or that two schemas or tables would share.</exception>
    public static IReadOnlyList<LoadTarget> For(CopyPlan plan, BridgeRequest request)
    {
        var targets = plan.Tables.Select(table => new LoadTarget(SchemaFor(table.Database, table.Schema, request), table.Table)).ToList();
        var problems = new List<string>();
        for (var index = 0; index < targets.Count; index++)
        {
            var (schema, name) = targets[index];
            var source = plan.Tables[index].FullName;
            if (ReservedSchemas.Contains(schema))
            {
                problems.Add($"{source} would go into schema {schema}, which {ReservedSchemas.Keeper(schema)} keeps for itself");
            }

            foreach (var part in (ReadOnlySpan<string>)[schema, name])
            {
                if (part.Length is 0 or > LongestName || part.EndsWith(' ') || part.Contains('\0') || part.Any(char.IsSurrogate))
                {
                    problems.Add($"{source} would be named '{part}', but a name in MySQL has 1 to {LongestName} characters of the basic plane and no space at its end");
                }
            }
        }

        // Tables of two schemas that meet in one could no longer be told apart, even where their names differ today.
        problems.AddRange(targets
            .Select((target, index) => (target.Schema, Source: plan.Tables[index]))
            .GroupBy(item => item.Schema, item => item.Source.Database == item.Source.Schema ? item.Source.Schema : $"{item.Source.Database}.{item.Source.Schema}", StringComparer.OrdinalIgnoreCase)
            .Select(group => (Target: group.Key, Sources: group.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList()))
            .Where(group => group.Sources.Count > 1)
            .Select(group => $"schemas {string.Join(" and ", group.Sources)} would both be {group.Target}"));

        // HeatWave may compare names without case.
        problems.AddRange(targets
            .Select((target, index) => (Name: $"{target.Schema}.{target.Table}", Source: plan.Tables[index]))
            .GroupBy(item => item.Name, StringComparer.OrdinalIgnoreCase)
            .Where(group => group.Count() > 1 && group.Any(item => item.Name != group.First().Name || item.Source != group.First().Source))
            .Select(group => $"{string.Join(" and ", group.Select(item => $"{item.Source.Database}/{item.Source.FullName}"))} would both be {group.Key}"));
        return problems.Count == 0 ? targets : throw new TargetConflictException(Few.Of([.. problems.Distinct(StringComparer.Ordinal)]));
    }

    /// <summary>
    /// The schema on the server of a source's. MySQL's schema is its database. PostgreSQL has schemas of the same name in every
    /// database, so both make the name.
    /// </summary>
    public static string SchemaFor(string database, string schema, BridgeRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.TargetSchema(database == schema ? schema : $"{database}_{schema}");
    }
}
