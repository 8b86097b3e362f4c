using System.Text;
using SnapshotBridge.Copying;
using SnapshotBridge.Parquet;
using SnapshotBridge.Storage;
using Xunit;

namespace SnapshotBridge.Functions.Tests.CopyTable;

/// <summary>What the copied documents say of the columns' values: each object counts once, however often the copy was interrupted.</summary>
public sealed class CopiedStatisticsTests
{
    private const int Part = 1 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task HandleAsync_ObjectsOfTwoTables_AreAddedUpPerTable()
    {
        await using var run = await CopyRun.StartAsync();
        await run.AddAsync("a.parquet", 500, rows: 7);
        await run.AddAsync("b.parquet", Part * 3, rows: 11);
        await run.AddAsync("c.parquet", 700, rows: 5, table: 1);
        await run.PlanAsync();

        await run.InvokeAsync();

        Assert.Equal(["table 0: 2 objects, id 0 nulls 0..10, name 18 nulls none", "table 1: 1 objects, id 0 nulls 0..4, name 5 nulls none"], await StatisticsAsync(run));
        Assert.All((await run.CopiedAsync())!.Objects, item => Assert.Null(item.Statistics));
    }

    [Fact]
    public async Task HandleAsync_ResumedFromACheckpoint_CountsEveryObjectOnce()
    {
        await using var run = await CopyRun.StartAsync();
        run.Limits = run.Limits with { MaxWorkers = 2 };
        await run.AddAsync("a.parquet", 500, rows: 7);
        await run.AddAsync("b.parquet", (Part * 10) + 5, rows: 11);
        await run.PlanAsync();
        Assert.False((await run.InvokeUntilTimeIsOverAsync(parts: 4)).Done);
        var checkpoint = Encoding.UTF8.GetString(await run.Store.ReadAsync(CopyRun.SourceBucket, BridgeLayout.Checkpoint(CopyRun.Task, 3), Token));
        Assert.Contains("\"statistics\"", checkpoint, StringComparison.Ordinal);

        var second = await run.InvokeAsync();

        Assert.Equal((true, 1), (second.Done, second.SkippedObjects));
        Assert.Equal(["table 0: 2 objects, id 0 nulls 0..10, name 18 nulls none"], await StatisticsAsync(run));
    }

    [Fact]
    public async Task HandleAsync_CalledAgainAfterItsEnd_LeavesTheCountsAsTheyWere()
    {
        await using var run = await CopyRun.StartAsync();
        await run.AddAsync("a.parquet", 500, rows: 7);
        await run.AddAsync("b.parquet", Part * 2, rows: 11);
        await run.PlanAsync();
        await run.InvokeAsync();
        var before = await StatisticsAsync(run);

        await run.InvokeAsync();

        Assert.Equal(["table 0: 2 objects, id 0 nulls 0..10, name 18 nulls none"], before);
        Assert.Equal(before, await StatisticsAsync(run));
    }

    [Fact]
    public async Task HandleAsync_AdoptedObjects_AreReadOfTheirFooters()
    {
        await using var run = await CopyRun.StartAsync();
        await run.AddAsync("a.parquet", 500, rows: 7);
        await run.AddAsync("b.parquet", Part * 3, rows: 11);
        await run.PlanAsync();
        await run.InvokeAsync();
        run.Store.Delete(CopyRun.SourceBucket, BridgeLayout.Copied(CopyRun.Task, 3));

        var result = await run.InvokeAsync();

        Assert.Equal((true, 2, 0L), (result.Done, result.SkippedObjects, result.SentBytes));
        Assert.Equal(["table 0: 2 objects, id 0 nulls 0..10, name 18 nulls none"], await StatisticsAsync(run));
    }

    [Fact]
    public async Task HandleAsync_ObjectThatWentSince_IsCountedAnew()
    {
        await using var run = await CopyRun.StartAsync();
        await run.AddAsync("a.parquet", 500, rows: 7);
        await run.AddAsync("b.parquet", 600, rows: 11);
        await run.PlanAsync();
        await run.InvokeAsync();
        run.Oci.Store.Delete(CopyRun.DestinationBucket, run.Planned[1].DestinationName);

        var result = await run.InvokeAsync();

        // The sum that it had a share in says nothing any more, and must not claim to be of both.
        Assert.Equal((true, 600L), (result.Done, result.SentBytes));
        Assert.Equal(["table 0: 1 objects, id 0 nulls 0..10, name 11 nulls none"], await StatisticsAsync(run));
    }

    private static async Task<IEnumerable<string>> StatisticsAsync(CopyRun run)
    {
        var copied = Assert.IsType<CopiedBatch>(await run.CopiedAsync());
        return copied.Statistics!.Select(table => $"table {table.Table}: {table.Objects} objects, id {Text(table.Columns[0])}, name {Text(table.Columns[1])}");
    }

    private static string Text(ColumnStatistics column)
    {
        Assert.Null(column.Unknown);
        return $"{column.Nulls} nulls {(column.Minimum is null ? "none" : $"{column.Minimum}..{column.Maximum}")}";
    }
}
