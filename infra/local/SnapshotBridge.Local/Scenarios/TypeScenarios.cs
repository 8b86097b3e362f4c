using SnapshotBridge.Local.Databases.Export;
using SnapshotBridge.Local.Databases.Source;
using SnapshotBridge.Local.Running;
using SnapshotBridge.Reporting;

namespace SnapshotBridge.Local.Scenarios;

/// <summary>What the source holds comes back value by value, but for what the report names.</summary>
internal static class TypeScenarios
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("types-come-back", "Every MySQL type is loaded as what it was at the source, value by value; what cannot be is in the report.", MySqlAsync) { SizeMb = 2 },
        new("types-without-lengths", "The same for an export of 2020, which tells the types' names only.", MySqlAsync)
        {
            SizeMb = 2,
            Adjust = options => options with { TypeMapping = TypeMappingForm.NamesOnly },
        },
        new("types-of-postgresql", "The same for an export in PostgreSQL's shape, with every type that RDS exports.", PostgreSqlAsync)
        {
            Adjust = options => options with { PostgreSql = true },
        },
    ];

    private static async Task<RunOutcome> MySqlAsync(RunSession run, CancellationToken cancellationToken)
    {
        var outcome = await run.RunAsync(cancellationToken);
        run.Expect(outcome.Succeeded, "the run succeeds", outcome.Cause ?? "it fails");
        foreach (var table in outcome.Report!.Tables.Where(table => table.Status == TableStatus.Loaded))
        {
            await CompareAsync(run, table, await TableValues.ReadAsync(run.Cloud.Aurora!.ConnectionString().ConnectionString, table.Schema, table.Table, cancellationToken), cancellationToken);
        }

        return outcome;
    }

    private static async Task<RunOutcome> PostgreSqlAsync(RunSession run, CancellationToken cancellationToken)
    {
        var outcome = await run.RunAsync(cancellationToken);
        run.Expect(outcome.Succeeded, "the run succeeds", outcome.Cause ?? "it fails");
        foreach (var table in outcome.Report!.Tables.Where(table => table.Status == TableStatus.Loaded))
        {
            var source = PostgreSqlTables.All.Single(item => item.Schema == table.Schema && item.Name == table.Table);
            await CompareAsync(run, table, TableValues.Of(source), cancellationToken);
        }

        return outcome;
    }

    private static async Task CompareAsync(RunSession run, TableReport table, TableValues source, CancellationToken cancellationToken)
    {
        var loaded = await TableValues.ReadAsync(run.Cloud.HeatWave.ConnectionString, table.PublicSchema ?? table.TargetSchema, table.Table, cancellationToken);
        var differences = ValueComparison.Differences(source, loaded, table.TypeChanges);
        run.Expect(differences.Count == 0, $"{table.Schema}.{table.Table} holds the source's values, but for what the report names", string.Join("; ", differences));
    }
}
