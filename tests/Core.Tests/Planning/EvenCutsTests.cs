using SnapshotBridge.Planning;
using Xunit;

namespace SnapshotBridge.Core.Tests.Planning;

public sealed class EvenCutsTests
{
    private static readonly BatchBounds Wide = new(long.MaxValue, int.MaxValue);

    [Fact]
    public void Of_NothingToCut_IsEmpty() => Assert.Empty(EvenCuts.Of([], 10, Wide));

    [Fact]
    public void Of_EqualItems_AreSharedOut() =>
        Assert.Equal([2, 4, 6, 8, 10], EvenCuts.Of([.. Enumerable.Repeat(Bytes(10), 10)], 2 * Bytes(10).Cost, Wide));

    [Fact]
    public void Of_LastGroupThatWouldBeTiny_IsEvenedOut()
    {
        // Filled one after the other, they would be 4, 4, 4 and 1.
        var cuts = EvenCuts.Of([.. Enumerable.Repeat(Bytes(1 << 20), 13)], 4 * Bytes(1 << 20).Cost, Wide);

        Assert.Equal([3, 6, 9, 13], cuts);
    }

    [Fact]
    public void Of_ObjectLimit_ForcesMoreGroups() =>
        Assert.Equal([3, 6, 10], EvenCuts.Of([.. Enumerable.Repeat(Bytes(1), 10)], long.MaxValue / 2, new BatchBounds(100, 4)));

    [Fact]
    public void Of_ItemBeyondTheBounds_IsAGroupOfItsOwn() =>
        Assert.Equal([2, 3, 5], EvenCuts.Of([Bytes(10), Bytes(10), Bytes(500), Bytes(10), Bytes(10)], long.MaxValue / 2, new BatchBounds(100, 10)));

    [Fact]
    public void Of_RandomItems_HasTheFewestGroupsAndTheSmallestLargest()
    {
        var random = new Random(20261121);
        for (var round = 0; round < 2_000; round++)
        {
            var items = Enumerable.Range(0, random.Next(1, 11)).Select(_ => new CopyLoad(random.Next(0, 5) * random.NextInt64(0, 1 << 24), random.Next(1, 4))).ToList();
            var bounds = random.Next(2) == 0 ? Wide : new BatchBounds(random.NextInt64(1, 1 << 25), random.Next(1, 8));
            var target = random.NextInt64(1, 1 << 26);

            var cuts = EvenCuts.Of(items, target, bounds);

            Assert.Equal(items.Count, cuts[^1]);
            Assert.Equal(cuts.Order().Distinct(), cuts);
            var groups = Groups(items, cuts).ToList();
            Assert.All(groups, group => Assert.True(group.Count == 1 || bounds.Hold(Sum(group))));

            var total = Sum(items).Cost;
            var fewest = Enumerable.Range(1, items.Count).First(count => BestLargest(items, count, bounds) is not null);
            var wanted = (int)Math.Min(items.Count, (total + target - 1) / target);
            Assert.Equal(Math.Max(fewest, wanted), groups.Count);

            // Found by halving: within a 256th of the mean.
            var best = BestLargest(items, groups.Count, bounds)!.Value;
            Assert.InRange(groups.Max(group => Sum(group).Cost), best, best + (total / groups.Count / 256) + 2);
        }
    }

    private static CopyLoad Bytes(long bytes) => new(bytes, 1);

    private static CopyLoad Sum(IEnumerable<CopyLoad> items) => items.Aggregate(default(CopyLoad), (sum, item) => sum + item);

    private static IEnumerable<List<CopyLoad>> Groups(List<CopyLoad> items, IReadOnlyList<int> cuts) =>
        cuts.Select((end, index) => items[(index == 0 ? 0 : cuts[index - 1])..end]);

    /// <summary>The cost of the largest group when it is as small as possible, by trying everything; null where no cut keeps the bounds.</summary>
    private static long? BestLargest(List<CopyLoad> items, int groups, BatchBounds bounds)
    {
        if (groups == 1)
        {
            return items.Count == 1 || bounds.Hold(Sum(items)) ? Sum(items).Cost : null;
        }

        long? best = null;
        for (var cut = 1; cut <= items.Count - (groups - 1); cut++)
        {
            var first = items[..cut];
            if ((cut == 1 || bounds.Hold(Sum(first))) && BestLargest(items[cut..], groups - 1, bounds) is { } rest)
            {
                var largest = Math.Max(Sum(first).Cost, rest);
                best = best is null ? largest : Math.Min(best.Value, largest);
            }
        }

        return best;
    }
}
