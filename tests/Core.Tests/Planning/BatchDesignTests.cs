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
                SliceBytes = random.Next(2) == 0 ? Gibibyte : random.NextInt64(32 * Mebibyte, 100 * Mebibyte),
            };
            var tables = Enumerable.Range(0, random.Next(1, 9))
                .Select(_ => Enumerable.Range(0, random.Next(0, 21)).Select(_ => random.Next(4) * random.NextInt64(0, 60 * Mebibyte)).ToArray())
                .ToArray();

            var batches = await PlanAsync(options, tables);

            Assert.Equal(Enumerable.Range(0, batches.Count), batches.Select(batch => batch.Batch));
            var all = batches.SelectMany(batch => batch.Objects).ToList();
            Assert.Equal(
                tables.SelectMany((sizes, table) => sizes.Select((size, part) => ($"exports/shop-1/w/w.t{table:D3}/1/part-{part:D5}-c000.gz.parquet", size, table))),
                all.Select(item => (item.Key, item.SizeBytes, item.Table)).Distinct().Order());
            Assert.All(all.GroupBy(item => item.Key), same =>
            {
                if (same.First().Slice is null)
                    Assert.Single(same);
                else
                    AssertCovered(same.First().SizeBytes, [.. same.Select(item => item.Slice!)]);
            });
            Assert.All(batches, batch =>
            {
                Assert.NotEmpty(batch.Objects);
                Assert.InRange(batch.Objects.Count, 1, options.BatchObjects);
                Assert.True(batch.Objects.Count == 1 ? Bytes(batch) <= Math.Max(options.BatchBytes, options.SliceBytes) : Bytes(batch) <= options.BatchBytes);
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

    [Fact]
    public async Task Plan_FileLargerThanABatch_IsCutIntoSlicesOfAboutABatch()
    {
        // As Aurora's fast path writes them.
        var size = 200L * 1000 * 1000 * 1000;
        var batches = await PlanAsync(Options(), [Mebibyte, size, 2 * Mebibyte], [3 * Mebibyte]);

        var slices = batches.SelectMany(batch => batch.Objects).Where(item => item.Slice is not null).ToList();
        AssertCovered(size, slices.ConvertAll(item => item.Slice!));
        Assert.All(slices, item => Assert.InRange(item.BytesToCopy, 2 * Gibibyte, 4 * Gibibyte));
        Assert.All(batches.Where(batch => batch.Objects.Any(item => item.Slice is not null)), batch => Assert.Single(batch.Objects));
        Assert.Equal([[Mebibyte, 2 * Mebibyte], [3 * Mebibyte]], batches.Where(batch => batch.Objects[0].Slice is null).OrderBy(batch => batch.Objects[0].Table).Select(Sizes));
    }

    [Fact]
    public async Task Plan_LargeFileInASmallExport_IsSharedByTheFunctions()
    {
        var batches = await PlanAsync(Options(), [10 * Gibibyte]);

        Assert.Equal(10, batches.Count);
        Assert.All(batches, batch => Assert.Equal(Gibibyte, batch.Objects[0].BytesToCopy));
    }

    [Fact]
    public async Task Plan_FileUpToTheSmallestSlice_IsABatchAlone()
    {
        var batches = await PlanAsync(Options() with { BatchBytes = Mebibyte }, [Gibibyte, Mebibyte]);

        Assert.Equal([[Gibibyte], [Mebibyte]], batches.Select(Sizes));
        Assert.All(batches, batch => Assert.Null(batch.Objects[0].Slice));
    }

    [Theory]
    [InlineData(1L << 30, (1L << 30) + 1)]
    [InlineData(1L << 30, 200L << 30)]
    [InlineData(4L << 30, 5L << 40)]
    [InlineData(32L << 20, 10_000_000_019)]
    [InlineData(32L << 20, (32L << 20) + 1)]
    public void Slices_AnySize_CoverThePartsOnceWithinTheServicesLimits(long sliceBytes, long objectBytes)
    {
        var slices = SlicePlan.Of(objectBytes, sliceBytes);

        AssertCovered(objectBytes, [.. slices]);
        var part = slices[0].PartSizeBytes;
        Assert.InRange(slices[^1].LastPart, 2, 10_000);
        Assert.InRange(part, 16 * Mebibyte, 50 * Gibibyte);
        Assert.All(slices, slice => Assert.True(slice.LengthBytes(objectBytes) <= Math.Max(sliceBytes, part)));
        // But for the last one, which ends where the object ends.
        Assert.All(slices.SkipLast(1), slice => Assert.True(2 * slice.LengthBytes(objectBytes) + (2 * part) > sliceBytes));
    }

    [Fact]
    public void Slices_ObjectThatIsNotLarger_HasNone() => Assert.Empty(SlicePlan.Of(Gibibyte, Gibibyte));

    [Theory]
    [InlineData(0, 7, 0, 0)]
    [InlineData(1, 8, 3, 1)]
    [InlineData(10, 8, 30, 10)]
    public void Orchestration_BatchesOfOneInvocation_CostThreeTransitionsEach(int batches, long parent, long children, long invocations) =>
        Assert.Equal(new OrchestrationCost(invocations, parent, children), OrchestrationCost.Of(Enumerable.Repeat(new CopyLoad(Gibibyte, 500), batches)));

    [Fact]
    public void Orchestration_BatchOfManyInvocations_CountsThem() =>
        Assert.Equal(new OrchestrationCost(4, 8, 9), OrchestrationCost.Of([new CopyLoad(100L * 1000 * 1000 * 1000, 1)]));

    private static void AssertCovered(long objectBytes, List<ObjectSlice> slices)
    {
        Assert.Equal(Enumerable.Range(0, slices.Count), slices.Select(slice => slice.Index).Order());
        var next = 1;
        foreach (var slice in slices.OrderBy(slice => slice.Index))
        {
            Assert.Equal((slices.Count, slices[0].PartSizeBytes), (slice.Count, slice.PartSizeBytes));
            Assert.Equal(next, slice.FirstPart);
            Assert.True(slice.LastPart >= slice.FirstPart);
            next = slice.LastPart + 1;
        }

        Assert.Equal(objectBytes, slices.Sum(slice => slice.LengthBytes(objectBytes)));
        Assert.Equal((objectBytes + slices[0].PartSizeBytes - 1) / slices[0].PartSizeBytes, next - 1);
    }

    private static PlanCopyOptions Options() => new() { Location = new ExportLocation("b", "exports/") };

    private static List<long> Sizes(CopyBatch batch) => [.. batch.Objects.Select(item => item.SizeBytes)];

    private static long Bytes(CopyBatch batch) => batch.Objects.Sum(item => item.BytesToCopy);

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
