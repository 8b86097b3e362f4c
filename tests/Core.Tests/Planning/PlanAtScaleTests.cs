using Microsoft.Extensions.Logging.Abstractions;
using SnapshotBridge.Exports;
using SnapshotBridge.Planning;
using SnapshotBridge.TestKit.Exports;
using Xunit;

namespace SnapshotBridge.Core.Tests.Planning;

/// <summary>A fifth of the size that is promised; the whole is in the planning benchmark, in a process whose memory is limited.</summary>
public sealed class PlanAtScaleTests
{
    private const int Tables = 2_000, Objects = 200_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Plan_TwoHundredThousandObjects_AreAllPlannedOnceInEvenBatches()
    {
        var export = new SyntheticExport(Tables, Objects);
        var sizes = new List<(int Objects, long Bytes, bool IsMixed)>();
        var listed = new HashSet<string>(StringComparer.Ordinal);
        export.OnBatch = batch =>
        {
            sizes.Add((batch.Objects.Count, batch.Objects.Sum(item => item.SizeBytes), batch.Objects[0].Table != batch.Objects[^1].Table));
            Assert.All(batch.Objects, item => Assert.True(listed.Add(item.Key)));
        };

        var outcome = await Planner(export).PlanAsync(SyntheticExport.Task, Token);

        Assert.Equal((Tables, Objects, Objects), (outcome.Tables, outcome.Objects, listed.Count));
        Assert.Equal((Objects, outcome.Bytes), export.Written);
        Assert.Equal(outcome.Batches, sizes.Count);
        Assert.InRange(outcome.Batches, Objects / 500, Objects / 500 * 1.2);
        Assert.All(sizes, batch => Assert.True(batch.Objects <= 500 && batch.Bytes <= 4L << 30));
        Assert.InRange((double)sizes.Max(batch => batch.Bytes) / sizes.Min(batch => batch.Bytes), 1.0, 2.0);
        Assert.Equal(8 + (3L * outcome.Batches), outcome.Transitions);
    }

    [Fact]
    public async Task Plan_ManyTables_AreListedInSeveralRangesAndEachPageOnce()
    {
        var export = new SyntheticExport(Tables, Objects);

        await Planner(export).PlanAsync(SyntheticExport.Task, Token);

        // A range reads on until it sees the first key of the next one.
        Assert.InRange(export.Listed, Objects, Objects + (Tables / 128));
    }

    [Fact]
    public async Task Plan_TenThousandTables_PlanAndBatchListStaySmall()
    {
        var export = new SyntheticExport(10_000, 10_000);

        var outcome = await Planner(export).PlanAsync(SyntheticExport.Task, Token);

        Assert.InRange(export.JsonBytes(outcome.BatchesKey), 1, 1 << 20);
        Assert.InRange(export.JsonBytes(outcome.PlanKey), 1, 40 << 20);
        var plan = export.Read(outcome.PlanKey, PlanningJson.Default.CopyPlan)!;
        Assert.Equal(10_000, plan.Tables.Count);
        Assert.Same(plan.Tables[0].Columns[0].OriginalType, plan.Tables[9_999].Columns[1].OriginalType);
    }

    private static CopyPlanner Planner(SyntheticExport export) => new(
        export, export, new PlanCopyOptions { Location = new ExportLocation(SyntheticExport.Bucket, SyntheticExport.Folder) }, TimeProvider.System, NullLogger.Instance);
}
