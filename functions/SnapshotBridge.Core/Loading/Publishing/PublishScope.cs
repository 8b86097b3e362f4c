using SnapshotBridge.Planning;
using SnapshotBridge.Requests;

namespace SnapshotBridge.Loading.Publishing;

/// <summary>What an export says about tables that are not in it.</summary>
internal static class PublishScope
{
    /// <param name="plan">The export.</param>
    /// <param name="request">What of the snapshot was asked for.</param>
    /// <param name="schema">The public schema.</param>
    /// <param name="absent">Tables of the export that hold no rows and for which no table was made.</param>
    /// <param name="names">How the server compares names.</param>
    public static SwitchScope Of(CopyPlan plan, BridgeRequest request, string schema, IReadOnlyList<TableLoad> absent, StringComparer names)
    {
        var sources = plan.Tables
            .Select(table => (table.Database, table.Schema))
            .Distinct()
            .Where(source => names.Equals(LoadTargets.SchemaFor(source.Database, source.Schema, request), schema) && HoldsWhole(request.Scope, source.Database, source.Schema))
            .Select(source => WantedView.SourceName(source.Database, source.Schema));
        var skipped = plan.Skipped.SelectMany(item => Names(item.Target, plan));
        return new SwitchScope(
            sources.ToHashSet(StringComparer.Ordinal), skipped.ToHashSet(names), absent.Select(table => table.TargetTable).ToHashSet(names));
    }

    /// <summary>
    /// The table names that a skipped target may mean: RDS writes <c>database.table</c> or <c>database.schema.table</c>, and
    /// any of the names may hold dots. Where it is not clear, all of them: a view too many stays.
    /// </summary>
    private static List<string> Names(string target, CopyPlan plan)
    {
        var known = plan.Tables
            .SelectMany(table => (string[])[$"{table.Database}.{table.Schema}.", $"{table.Database}."])
            .Distinct(StringComparer.Ordinal)
            .Where(prefix => target.StartsWith(prefix, StringComparison.Ordinal))
            .Select(prefix => target[prefix.Length..])
            .ToList();
        return known.Count > 0 ? known : [target, .. Enumerable.Range(0, target.Length).Where(index => target[index] == '.').Select(index => target[(index + 1)..])];
    }

    /// <summary>Whether all tables of a source schema were asked for.</summary>
    private static bool HoldsWhole(ExportScope scope, string database, string schema) =>
        scope.IsEverything || scope.Entries.Contains(database, StringComparer.Ordinal)
        || (database != schema && scope.Entries.Contains($"{database}.{schema}", StringComparer.Ordinal));
}
