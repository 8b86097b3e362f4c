using SnapshotBridge.Copying;
using SnapshotBridge.Planning;
using Xunit;

namespace SnapshotBridge.Core.Tests.Copying;

public sealed class DestinationRangeTests
{
    [Fact]
    public void Of_PartOfALargeTable_IsOneRangeOfItsNames() =>
        Assert.Equal([new DestinationRange("r/w.t/part-0", "r/w.t/part-00900", "r/w.t/part-01100")], Ranges(("r/w.t/part-00900", 3), ("r/w.t/part-01000", 3), ("r/w.t/part-01100", 3)));

    [Fact]
    public void Of_NeighbouringTables_IsOneRange() =>
        Assert.Equal([new DestinationRange("r/w.", "r/w.a/1", "r/w.c/1")], Ranges(("r/w.a/1", 3), ("r/w.b/1", 4), ("r/w.c/1", 5)));

    [Fact]
    public void Of_TableBetweenThatIsInOtherBatches_IsLeftOut() =>
        Assert.Equal(
            [new DestinationRange("r/w.a/", "r/w.a/1", "r/w.a/2"), new DestinationRange("r/w.c/1", "r/w.c/1", "r/w.c/1")],
            Ranges(("r/w.a/1", 3), ("r/w.a/2", 3), ("r/w.c/1", 5)));

    [Fact]
    public void Of_AnyOrder_IsTheSame() =>
        Assert.Equal([new DestinationRange("r/w.", "r/w.a/1", "r/w.b/1")], Ranges(("r/w.b/1", 4), ("r/w.a/1", 3)));

    private static IEnumerable<DestinationRange> Ranges(params (string Name, int Table)[] objects) => DestinationRange.Of(new CopyBatch
    {
        ExportTaskId = "e",
        Batch = 0,
        Bucket = "b",
        Objects = [.. objects.Select(item => new PlannedObject($"s/{item.Name}", item.Name, 1, "e", item.Table))],
    });
}
