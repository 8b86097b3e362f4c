using Microsoft.Extensions.Logging.Abstractions;
using SnapshotBridge.Exports;
using SnapshotBridge.Planning;
using SnapshotBridge.Storage;
using Xunit;

namespace SnapshotBridge.Core.Tests.Planning;

/// <summary>How a listing becomes batches, through the documents that are written.</summary>
public sealed class BatchDesignTests
{
    private const long Mebibyte = 1 << 20, Gibibyte = 1 << 30;

    [Fact]
    public async Task Plan_TinyExport_IsOneBatch()
    {
        var batches = await PlanAsync(Options(), [10], [20, 30], [40]);

        Assert.Equal([[10, 20, 30, 40]], batches.Select(Sizes));
    }

    [Fact]
    public async Task Plan_SmallExport_GivesEachFunctionAShare()
    {
        // 12 GiB in files of 10 MB: by the bounds alone these would be 3 batches for 20 functions.
        var batches = await PlanAsync(Options(), [.. Enumerable.Repeat(10L * 1000 * 1000, 1200)]);

        Assert.Equal(20, batches.Count);
        Assert.All(batches, batch => Assert.Equal(60, batch.Objects.Count));
    }

    [Fact]
    public async Task Plan_MediumExport_HasSeveralRoundsSoThatSlowFunctionsAreEvenedOut()
    {
        var batches = await PlanAsync(Options(), [.. Enumerable.Repeat(100 * Mebibyte, 2000)]);

        Assert.Equal(80, batches.Count);
        Assert.True(batches.Max(Bytes) <= 4 * Gibibyte);
    }

    [Fact]
    public async Task Plan_LargeExport_FillsBatchesToTheBounds()
    {
        var batches = await PlanAsync(Options(), [.. Enumerable.Repeat(512 * Mebibyte, 4000)]);

        Assert.Equal(500, batches.Count);
        Assert.All(batches, batch => Assert.Equal(4 * Gibibyte, Bytes(batch)));
    }

    [Fact]
    public async Task Plan_HugeExport_HasLargerBatchesInsteadOfTooManyChildren()
    {
        // 100 TB at 1 GiB a batch would be 100,000 children.
        var batches = await PlanAsync(Options() with { BatchBytes = Gibibyte }, [.. Enumerable.Repeat(5 * Gibibyte, 20_000)]);

        Assert.Equal(BatchSizing.MostBatches, batches.Count);
        Assert.All(batches, batch => Assert.Equal(10 * Gibibyte, Bytes(batch)));
    }

    [Fact]
    public async Task Plan_VeryManyTablesThatHalfFillABatch_StayWithinTheChildren()
    {
        var tables = Enumerable.Repeat<long[]>([3 * Mebibyte, 3 * Mebibyte], 12_000).ToArray();

        var batches = await PlanAsync(Options() with { BatchBytes = 5 * Mebibyte }, tables);

        Assert.InRange(batches.Count, 1, BatchSizing.MostBatches);
        Assert.Equal(24_000, batches.Sum(batch => batch.Objects.Count));
    }

    [Fact]
    public async Task Plan_LargeTableAmongSmallOnes_HasBatchesOfItsOwn()
    {
        var options = Options() with { BatchBytes = 100 * Mebibyte, MaxConcurrency = 1 };
        var batches = await PlanAsync(options, [Mebibyte], [.. Enumerable.Repeat(40 * Mebibyte, 5)], [2 * Mebibyte]);

        Assert.Equal(
            [[40 * Mebibyte, 40 * Mebibyte], [40 * Mebibyte, 40 * Mebibyte], [40 * Mebibyte], [Mebibyte, 2 * Mebibyte]],
            batches.Select(Sizes));
    }

    [Fact]
    public async Task Plan_SmallFilesAndLargeOnes_AreBalancedByTimeNotByBytesAlone()
    {
        // 100,000 files of 10 kB are 1 GB, but take as long as 40 GB in large ones.
        long[] many = [.. Enumerable.Repeat(10_000L, 100_000)];
        long[] large = [.. Enumerable.Repeat(100L * 1000 * 1000, 400)];

        var batches = await PlanAsync(Options() with { BatchObjects = 10_000 }, many, large);

        var shares = batches.GroupBy(batch => batch.Objects[0].Table).ToDictionary(group => group.Key, group => group.Count());
        Assert.InRange((double)shares[0] / shares[1], 0.8, 1.25);
        Assert.InRange(Spread(batches), 1.0, 1.3);
    }

    [Fact]
    public async Task Plan_TypicalExport_HasEvenBatchesAndTheLargestFirst()
    {
        // Many small tables, some medium ones, few large ones, as databases are; 1 to 10 MB a file.
        var random = new Random(7);
        var tables = Enumerable.Range(0, 600)
            .Select(index => Enumerable.Range(0, index % 60 == 0 ? random.Next(1000, 6000) : random.Next(1, 80)).Select(_ => random.NextInt64(1_000_000, 10_000_000)).ToArray())
            .ToArray();

        var batches = await PlanAsync(Options(), tables);

        Assert.InRange(Spread(batches), 1.0, 2.0);
        var costs = batches.ConvertAll(Cost);
        Assert.Equal(costs.OrderDescending(), costs);

        // Taken one after the other by twenty functions, all end within one small batch of each other.
        var ends = new long[20];
        foreach (var cost in costs)
        {
            Array.Sort(ends);
            ends[0] += cost;
        }

        Assert.InRange(ends.Max() - ends.Min(), 0, costs.Max());
        Assert.True(ends.Max() <= 1.02 * costs.Sum() / 20 + costs.Min(), $"the last function ends at {ends.Max()}, the mean is {costs.Sum() / 20}");
    }

    [Fact]
    public async Task Plan_RandomExports_KeepEveryObjectOnceAndEveryRule()
    {
        var random = new Random(20260101);
        for (var round = 0; round < 300; round++)
        {
            var options = Options() with
            {
                BatchBytes = random.NextInt64(1, 200 * Mebibyte),
                BatchObjects = random.Next(1, 9),
                MaxConcurrency = random.Next(1, 40),
            };
            var tables = Enumerable.Range(0, random.Next(1, 9))
                .Select(_ => Enumerable.Range(0, random.Next(0, 21)).Select(_ => random.Next(4) * random.NextInt64(0, 60 * Mebibyte)).ToArray())
                .ToArray();

            var batches = await PlanAsync(options, tables);

            Assert.Equal(Enumerable.Range(0, batches.Count), batches.Select(batch => batch.Batch));
            var all = batches.SelectMany(batch => batch.Objects).ToList();
            Assert.Equal(
                tables.SelectMany((sizes, table) => sizes.Select((size, part) => ($"exports/shop-1/w/w.t{table:D3}/1/part-{part:D5}-c000.gz.parquet", size, table))),
                all.Select(item => (item.Key, item.SizeBytes, item.Table)).Order());
            Assert.All(batches, batch =>
            {
                Assert.NotEmpty(batch.Objects);
                Assert.InRange(batch.Objects.Count, 1, options.BatchObjects);
                Assert.True(batch.Objects.Count == 1 || Bytes(batch) <= options.BatchBytes);
                Assert.Equal(batch.Objects.Select(item => item.Key).Order(StringComparer.Ordinal), batch.Objects.Select(item => item.Key));
                foreach (var table in batch.Objects.Select(item => item.Table).Distinct())
                {
                    var here = batch.Objects.Count(item => item.Table == table);
                    Assert.True(here == batch.Objects.Count || here == tables[table].Length, "a part of a table shares a batch");
                }
            });
            Assert.Equal(batches.Select(Cost).OrderDescending(), batches.Select(Cost));
        }
    }

    [Theory]
    [InlineData(0, 7, 0, 0)]
    [InlineData(1, 8, 3, 1)]
    [InlineData(10, 8, 30, 10)]
    public void Orchestration_BatchesOfOneInvocation_CostThreeTransitionsEach(int batches, long parent, long children, long invocations) =>
        Assert.Equal(new OrchestrationCost(invocations, parent, children), OrchestrationCost.Of(Enumerable.Repeat(new CopyLoad(Gibibyte, 500), batches)));

    [Fact]
    public void Orchestration_BatchOfManyInvocations_CountsThem() =>
        Assert.Equal(new OrchestrationCost(4, 8, 9), OrchestrationCost.Of([new CopyLoad(100L * 1000 * 1000 * 1000, 1)]));

    private static PlanCopyOptions Options() => new() { Location = new ExportLocation("b", "exports/") };

    private static List<long> Sizes(CopyBatch batch) => [.. batch.Objects.Select(item => item.SizeBytes)];

    private static long Bytes(CopyBatch batch) => batch.Objects.Sum(item => item.SizeBytes);

    private static long Cost(CopyBatch batch) => new CopyLoad(Bytes(batch), batch.Objects.Count).Cost;

    private static double Spread(List<CopyBatch> batches) => (double)batches.Max(Cost) / batches.Min(Cost);

    private static async Task<List<CopyBatch>> PlanAsync(PlanCopyOptions options, params long[][] tables)
    {
        var export = ListedExport.Complete();
        for (var i = 0; i < tables.Length; i++)
            export.Table($"w/w.t{i:D3}", tables[i]);
        var planner = new CopyPlanner(export, export, options, TimeProvider.System, NullLogger.Instance);
        var outcome = await planner.PlanAsync(ListedExport.Task, TestContext.Current.CancellationToken);
        return [.. Enumerable.Range(0, outcome.Batches).Select(batch => export.Read(BridgeLayout.Batch(ListedExport.Task, batch), PlanningJson.Default.CopyBatch))];
    }
}
