using SnapshotBridge.Copying;
using SnapshotBridge.Loading;
using SnapshotBridge.Planning;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading;

public sealed class CompletenessGateTests
{
    private const string Folder = "run1/world/world.country/";

    private static readonly CopiedObject[] Copied = [LoadSamples.Copied(0, $"{Folder}1/a.parquet", rows: 2, bytes: 10), LoadSamples.Copied(0, $"{Folder}1/b.parquet", rows: 1, bytes: 20)];

    private static SinkListing[] Listing => [.. Copied.Select(item => new SinkListing(item.DestinationName, item.SizeBytes, item.DestinationETag))];

    [Fact]
    public void CompareListing_Equal_FindsNothing() => Assert.Empty(CompletenessGate.CompareListing([Folder], Copied, Listing));

    [Fact]
    public void CompareListing_ObjectMissing_NamesIt() =>
        Assert.Equal([$"{Folder}1/b.parquet is missing"], CompletenessGate.CompareListing([Folder], Copied, [Listing[0]]));

    [Fact]
    public void CompareListing_OtherSize_NamesBoth() =>
        Assert.Equal([$"{Folder}1/a.parquet has 11 bytes instead of 10"], CompletenessGate.CompareListing([Folder], Copied, [Listing[0] with { SizeBytes = 11 }, Listing[1]]));

    [Fact]
    public void CompareListing_ReplacedAfterCopy_IsFoundByETag() =>
        Assert.Contains("was replaced", Assert.Single(CompletenessGate.CompareListing([Folder], Copied, [Listing[0] with { ETag = "other" }, Listing[1]])), StringComparison.Ordinal);

    [Theory]
    [InlineData($"{Folder}stranger.parquet")]
    [InlineData($"{Folder}1/deeper/_SUCCESS")]
    public void CompareListing_StrangerBelowATable_IsNamed(string name) =>
        Assert.Equal([$"{name} is not part of the export"], CompletenessGate.CompareListing([Folder], Copied, [.. Listing, new SinkListing(name, 1, "x")]));

    [Theory]
    [InlineData("run1/_MANIFEST.json")]
    [InlineData("run1/world/world.countrylanguage/a.parquet")]
    public void CompareListing_ObjectBesideTheTables_IsNobodysBusiness(string name) =>
        Assert.Empty(CompletenessGate.CompareListing([Folder], Copied, [.. Listing, new SinkListing(name, 1, "x")]));

    [Fact]
    public void CompareProof_Equal_FindsNothing() => Assert.Empty(CompletenessGate.CompareProof(LoadSamples.Plan(Copied), Copied));

    [Fact]
    public void CompareProof_FewerProofsThanPlanned_NamesTheTable()
    {
        var problem = Assert.Single(CompletenessGate.CompareProof(LoadSamples.Plan(Copied), [Copied[0]]));

        Assert.Equal("world.country has 2 objects with 30 bytes in the plan and 1 with 10 proved", problem);
    }

    [Fact]
    public void CompareProof_ProofTwice_IsFound() =>
        Assert.Contains("2 times", string.Join(';', CompletenessGate.CompareProof(LoadSamples.Plan(Copied), [.. Copied, Copied[0]])), StringComparison.Ordinal);

    [Fact]
    public void CompareProof_ObjectOfNoTable_IsFound() =>
        Assert.Contains("belongs to no table", string.Join(';', CompletenessGate.CompareProof(LoadSamples.Plan(Copied), [.. Copied, Copied[0] with { Table = 7, DestinationName = "x" }])), StringComparison.Ordinal);

    [Fact]
    public async Task ReadAsync_BatchWithoutProof_NamesIt()
    {
        var documents = new MemoryDocuments();
        var plan = LoadSamples.Plan(Copied) with { Batches = 2 };
        await documents.PutAsync("bridge/task/plan.json", plan, PlanningJson.Default.CopyPlan);
        await documents.PutAsync("bridge/task/copied/000000.json", new CopiedBatch { ExportTaskId = "task", Batch = 0, Objects = Copied }, CopyingJson.Default.CopiedBatch);

        var exception = await Assert.ThrowsAsync<CopyIncompleteException>(() => CopiedExport.ReadAsync(documents, "task", TestContext.Current.CancellationToken));

        Assert.Contains("1 of 2 batches", exception.Message, StringComparison.Ordinal);
        Assert.Contains("bridge/task/copied/000001.json", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_NoPlan_NamesIt()
    {
        var exception = await Assert.ThrowsAsync<CopyIncompleteException>(() => CopiedExport.ReadAsync(new MemoryDocuments(), "task", TestContext.Current.CancellationToken));

        Assert.Contains("bridge/task/plan.json", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Manifest_SameExport_GivesTheSameBytes()
    {
        var plan = LoadSamples.Plan(Copied);

        var first = DestinationManifest.Of(new CopiedExport(plan, Copied)).ToBytes();
        var second = DestinationManifest.Of(new CopiedExport(plan, [.. Copied.Reverse()])).ToBytes();

        Assert.Equal(first, second);
        Assert.Contains("\"rows\":3", System.Text.Encoding.UTF8.GetString(first), StringComparison.Ordinal);
        Assert.Contains(Copied[0].Crc32C, System.Text.Encoding.UTF8.GetString(first), StringComparison.Ordinal);
    }
}
