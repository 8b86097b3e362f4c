using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using SnapshotBridge.Exports;
using SnapshotBridge.Planning;
using SnapshotBridge.TestKit.Exports;

namespace SnapshotBridge.Benchmarks.Planning;

/// <summary>One planning, in the process that is measured.</summary>
internal static class PlanChild
{
    public static async Task RunAsync(int tables, long objects, CancellationToken cancellationToken)
    {
        var (largest, smallest) = (0L, long.MaxValue);
        var (most, fewest) = (0, int.MaxValue);
        var export = new SyntheticExport(tables, objects)
        {
            OnBatch = batch =>
            {
                var bytes = batch.Objects.Sum(item => item.BytesToCopy);
                (largest, smallest) = (Math.Max(largest, bytes), Math.Min(smallest, bytes));
                (most, fewest) = (Math.Max(most, batch.Objects.Count), Math.Min(fewest, batch.Objects.Count));
            },
        };
        var options = new PlanCopyOptions { Location = new ExportLocation(SyntheticExport.Bucket, SyntheticExport.Folder) };
        var outcome = await new CopyPlanner(export, export, options, TimeProvider.System, NullLogger.Instance).PlanAsync(SyntheticExport.Task, cancellationToken);
        var facts = new PlanFacts(
            outcome.Tables, outcome.Objects, outcome.Batches, outcome.Transitions, export.Written.Objects, export.Listed, largest, smallest, most, fewest,
            export.JsonBytes(outcome.PlanKey), export.JsonBytes(outcome.BatchesKey), export.BatchesJsonBytes);
        Console.WriteLine(JsonSerializer.Serialize(facts, PlanBenchJson.Default.PlanFacts));
    }
}
