using SnapshotBridge.Copying;
using SnapshotBridge.Loading.Verification;
using SnapshotBridge.Parquet;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading.Verification;

public sealed class ExportedStatisticsTests
{
    [Fact]
    public void Of_SeveralBatches_AddsThemUp()
    {
        var found = ExportedStatistics.Of([Batch([Proof("a"), Proof("b")], Sum(2, nulls: 3, 1, 5)), Batch([Proof("c")], Sum(1, nulls: 4, -2, 0))], 0);

        Assert.Null(found.Unknown);
        Assert.Equal((7, "-2", "5"), (found.Columns[0].Nulls, found.Columns[0].Minimum!.ToString(), found.Columns[0].Maximum!.ToString()));
    }

    [Fact]
    public void Of_SlicedObjectThatStandsInTwoBatches_CountsItOnce()
    {
        var sliced = Proof("large") with { Statistics = Sum(1, nulls: 4, 1, 2).Columns };

        var found = ExportedStatistics.Of([Batch([sliced]), Batch([sliced, Proof("a")], Sum(1, nulls: 1, 1, 9))], 0);

        Assert.Equal((5, "9"), (found.Columns[0].Nulls, found.Columns[0].Maximum!.ToString()));
    }

    [Fact]
    public void Of_OneObjectNotCounted_IsNotKnown()
    {
        var found = ExportedStatistics.Of([Batch([Proof("a"), Proof("b")], Sum(1, nulls: 0, 1, 2))], 0);

        Assert.StartsWith("the statistics of 1 of its files were not kept", found.Unknown!, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_ObjectCountedTwice_IsNotKnown() => Assert.NotNull(ExportedStatistics.Of([Batch([Proof("a")], Sum(2, nulls: 0, 1, 2))], 0).Unknown);

    [Fact]
    public void Of_DocumentOfAnEarlierVersion_IsNotKnown() => Assert.NotNull(ExportedStatistics.Of([Batch([Proof("a")])], 0).Unknown);

    [Fact]
    public void Of_ProofThatVanished_IsNotKnown() => Assert.Equal("1 of the copy's proofs are not there any more", ExportedStatistics.Of([null], 0).Unknown);

    [Fact]
    public void Of_OtherTablesOfTheBatch_AreLeftOut()
    {
        var found = ExportedStatistics.Of([Batch([Proof("a"), Proof("x") with { Table = 7 }], Sum(1, nulls: 0, 1, 2), Sum(1, nulls: 9, 0, 100) with { Table = 7 })], 0);

        Assert.Equal("2", found.Columns[0].Maximum!.ToString());
    }

    [Fact]
    public void Of_FilesThatDisagreeInTheirColumns_BreakNothing()
    {
        var two = Sum(1, nulls: 0, 1, 2) is var one ? one with { Columns = [one.Columns[0], one.Columns[0]] } : null!;

        Assert.Equal("the files disagree in their columns", ExportedStatistics.Of([Batch([Proof("a")], Sum(1, 0, 1, 2)), Batch([Proof("b")], two)], 0).Columns[1].Unknown);
    }

    [Theory]
    [InlineData("", new int[0])]
    [InlineData("7", new[] { 7 })]
    [InlineData("0-2,5,7-8", new[] { 0, 1, 2, 5, 7, 8 })]
    public void NumberRanges_Numbers_AreAShortTextAndBack(string text, int[] numbers)
    {
        Assert.Equal(text, NumberRanges.Format(numbers));
        Assert.Equal(numbers, NumberRanges.Parse(text));
    }

    internal static CopiedObject Proof(string name) => new()
    {
        Key = name,
        DestinationName = name,
        Table = 0,
        SizeBytes = 1,
        Evidence = CopyEvidence.EndToEnd,
        Crc32C = "",
        Crc64Nvme = "",
        SourceETag = "",
        DestinationETag = "",
        Rows = 10,
        Columns = ["c0 INT32"],
    };

    private static CopiedBatch Batch(CopiedObject[] objects, params TableStatistics[] statistics) =>
        new() { ExportTaskId = "task", Batch = 0, Objects = objects, Statistics = statistics.Length == 0 ? null : statistics };

    private static TableStatistics Sum(int objects, long nulls, int minimum, int maximum) => new()
    {
        Table = 0,
        Objects = objects,
        Columns = [new ColumnStatistics { Nulls = nulls, Minimum = StatisticsValue.Of((Int128)minimum), Maximum = StatisticsValue.Of((Int128)maximum) }],
    };
}
