using SnapshotBridge.Copying;
using SnapshotBridge.Loading;
using SnapshotBridge.Planning;
using SnapshotBridge.Storage;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading;

/// <summary>An object that was copied in slices may be proved by several batches.</summary>
public sealed class CopiedExportTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ReadAsync_SameProofInTwoBatches_CountsOnce()
    {
        var proof = LoadSamples.Copied(0, "run1/world/world.country/large.parquet", rows: 9, bytes: 100);
        var documents = await StoreAsync([proof], [], [proof with { Columns = [.. proof.Columns] }]);

        var copied = await CopiedExport.ReadAsync(documents, "task", Token);

        var once = Assert.Single(copied.ObjectsOf(0));
        Assert.Equal((9, 100), (once.Rows, once.SizeBytes));
    }

    [Fact]
    public async Task ReadAsync_ProofsThatDiffer_NamesTheObject()
    {
        var proof = LoadSamples.Copied(0, "run1/world/world.country/large.parquet", rows: 9, bytes: 100);
        foreach (var other in new[] { proof with { DestinationETag = "other" }, proof with { Rows = 8 }, proof with { Columns = ["id INT32"] } })
        {
            var documents = await StoreAsync([proof], [other]);
            var failure = await Assert.ThrowsAsync<CopyIncompleteException>(() => CopiedExport.ReadAsync(documents, "task", Token));
            Assert.Contains($"{proof.DestinationName} is proved 2 times", failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ReadAsync_ObjectThatNoSliceProved_IsMissing()
    {
        var proof = LoadSamples.Copied(0, "run1/world/world.country/large.parquet", rows: 9, bytes: 100);
        var documents = await StoreAsync([], []);
        await documents.PutAsync(BridgeLayout.Plan("task"), LoadSamples.Plan(proof) with { Batches = 2 }, PlanningJson.Default.CopyPlan);
        await Assert.ThrowsAsync<CopyIncompleteException>(() => CopiedExport.ReadAsync(documents, "task", Token));
    }

    [Fact]
    public async Task ReadAsync_ObjectsOfOneTable_ShareTheirColumns()
    {
        var proof = LoadSamples.Copied(0, "run1/world/world.country/a.parquet", rows: 9, bytes: 100);
        var second = proof with { DestinationName = "run1/world/world.country/b.parquet", Columns = [.. proof.Columns] };
        var documents = await StoreAsync([proof, second]);
        await documents.PutAsync(BridgeLayout.Plan("task"), LoadSamples.Plan(proof, second), PlanningJson.Default.CopyPlan);
        var copied = await CopiedExport.ReadAsync(documents, "task", Token);
        Assert.Same(copied.ObjectsOf(0).First().Columns, copied.ObjectsOf(0).Last().Columns);
    }

    private static async Task<MemoryDocuments> StoreAsync(params IReadOnlyList<CopiedObject>[] batches)
    {
        var documents = new MemoryDocuments();
        var any = batches.SelectMany(batch => batch).FirstOrDefault();
        var plan = any is null ? LoadSamples.Plan() : LoadSamples.Plan(any);
        await documents.PutAsync(BridgeLayout.Plan("task"), plan with { Batches = batches.Length }, PlanningJson.Default.CopyPlan);
        for (var batch = 0; batch < batches.Length; batch++)
        {
            await documents.PutAsync(
                BridgeLayout.Copied("task", batch),
                new CopiedBatch { ExportTaskId = "task", Batch = batch, Objects = batches[batch] },
                CopyingJson.Default.CopiedBatch);
        }

        return documents;
    }
}
