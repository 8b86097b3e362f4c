using System.Text.Json;
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
    public void CompareListing_Equal_FindsNothing() => Assert.Empty(Compare(Listing));

    [Fact]
    public void CompareListing_ObjectMissing_NamesIt() =>
        Assert.Equal([$"{Folder}1/b.parquet is missing"], Compare([Listing[0]]));

    [Fact]
    public void CompareListing_OtherSize_NamesBoth() =>
        Assert.Equal([$"{Folder}1/a.parquet has 11 bytes instead of 10"], Compare([Listing[0] with { SizeBytes = 11 }, Listing[1]]));

    [Fact]
    public void CompareListing_ReplacedAfterCopy_IsFoundByETag() =>
        Assert.Contains("was replaced", Assert.Single(Compare([Listing[0] with { ETag = "other" }, Listing[1]])), StringComparison.Ordinal);

    [Theory]
    [InlineData($"{Folder}stranger.parquet")]
    [InlineData($"{Folder}1/deeper/_SUCCESS")]
    public void CompareListing_StrangerBelowATable_IsNamed(string name) =>
        Assert.Equal([$"{name} is not part of the export"], Compare([.. Listing, new SinkListing(name, 1, "x")]));

    [Theory]
    [InlineData("run1/_MANIFEST.json")]
    [InlineData("run1/world/world.countrylanguage/a.parquet")]
    public void CompareListing_ObjectBesideTheTables_IsNobodysBusiness(string name) =>
        Assert.Empty(Compare([.. Listing, new SinkListing(name, 1, "x")]));

    [Fact]
    public void CompareProof_Equal_FindsNothing() => Assert.Empty(CopiedExport.Of(LoadSamples.Plan(Copied), Copied).CompareWithPlan());

    [Fact]
    public void CompareProof_FewerProofsThanPlanned_NamesTheTable()
    {
        var problem = Assert.Single(CopiedExport.Of(LoadSamples.Plan(Copied), [Copied[0]]).CompareWithPlan());

        Assert.Equal("world.country has 2 objects with 30 bytes in the plan and 1 with 10 proved", problem);
    }

    [Fact]
    public void CompareWithPlan_SameProofTwice_IsOne() =>
        Assert.Empty(CopiedExport.Of(LoadSamples.Plan(Copied), [.. Copied, Copied[0]]).CompareWithPlan());

    [Fact]
    public void CompareWithPlan_TwoProofsThatDiffer_AreFound() =>
        Assert.Contains("2 times, and differently", string.Join(';', CopiedExport.Of(LoadSamples.Plan(Copied), [.. Copied, Copied[0] with { Crc32C = "AAAAAQ==" }]).CompareWithPlan()), StringComparison.Ordinal);

    [Fact]
    public void CompareListing_OtherOrder_FindsTheSame()
    {
        var random = new Random(3);
        var export = Wide();
        var listing = Enumerable.Range(0, 40).SelectMany(export.ObjectsOf).Select(item => new SinkListing(item.DestinationName, item.SizeBytes, item.DestinationETag)).ToList();
        int[] tables = [.. Enumerable.Range(0, 40)];
        Assert.Empty(CompletenessGate.CompareListing(export, tables, listing));

        listing[3] = listing[3] with { SizeBytes = 9 };
        listing[500] = listing[500] with { ETag = "other" };
        listing.RemoveAt(700);
        listing.RemoveAt(20);
        listing.Add(new SinkListing($"{export.Plan.Tables[5].DestinationPrefix}stranger", 1, "x"));
        var expected = CompletenessGate.CompareListing(export, tables, listing.OrderBy(item => item.Name, StringComparer.Ordinal)).Order().ToList();
        Assert.Equal(5, expected.Count);
        for (var round = 0; round < 20; round++)
        {
            SinkListing[] shuffled = [.. listing];
            random.Shuffle(shuffled);
            Assert.Equal(expected, CompletenessGate.CompareListing(export, tables, shuffled).Order());
        }
    }

    [Fact]
    public async Task CompareListing_NothingThere_NamesEveryObject()
    {
        var differences = await CompletenessGate.CompareListingAsync(
            Wide(), [.. Enumerable.Range(0, 40)], AsyncEnumerable.Empty<SinkListing>(), TestContext.Current.CancellationToken);

        Assert.Equal(1_000, differences.Count);
    }

    [Fact]
    public void Of_ProofsInAnyOrderOfBatches_ComeInTheOrderOfTheirNames()
    {
        var export = Wide();

        for (var table = 0; table < 40; table++)
        {
            var names = export.ObjectsOf(table).Select(item => item.DestinationName).ToList();
            Assert.Equal(25, names.Count);
            Assert.Equal(names.Order(StringComparer.Ordinal), names);
        }

        Assert.Empty(export.CompareWithPlan());
        Assert.Equal(["id INT64"], export.ObjectsOf(7).First().Columns);
        Assert.Same(export.ObjectsOf(7).First().Columns, export.ObjectsOf(8).Last().Columns);
    }

    [Fact]
    public void CompareProof_ObjectOfNoTable_IsFound() =>
        Assert.Contains("belongs to no table", string.Join(';', CopiedExport.Of(LoadSamples.Plan(Copied), [.. Copied, Copied[0] with { Table = 7, DestinationName = "x" }]).CompareWithPlan()), StringComparison.Ordinal);

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

        var first = Assert.Single(DestinationManifest.Documents(CopiedExport.Of(plan, Copied))).Content;
        var second = Assert.Single(DestinationManifest.Documents(CopiedExport.Of(plan, Copied.Reverse()))).Content;

        Assert.Equal(first, second);
        Assert.Contains("\"rows\":3", System.Text.Encoding.UTF8.GetString(first), StringComparison.Ordinal);
        Assert.Contains(Copied[0].Crc32C, System.Text.Encoding.UTF8.GetString(first), StringComparison.Ordinal);
    }

    [Fact]
    public void Manifest_MoreFilesThanOneDocumentLists_NamesTheDocumentsThatDo()
    {
        var export = Wide(partsPerTable: 1_100);

        var documents = DestinationManifest.Documents(export).ToList();

        Assert.Equal(["run1/_MANIFEST/000000.json", "run1/_MANIFEST/000001.json", "run1/_MANIFEST/000002.json", "run1/_MANIFEST.json"], documents.Select(document => document.Name));
        var files = documents.SkipLast(1).ToDictionary(document => document.Name, document => JsonSerializer.Deserialize(document.Content, LoadingJson.Default.ListManifestObject)!);
        Assert.All(files.Values, file => Assert.InRange(file.Count, 1, DestinationManifest.MostObjects));
        var manifest = JsonSerializer.Deserialize(documents[^1].Content, LoadingJson.Default.DestinationManifest)!;
        for (var table = 0; table < 40; table++)
        {
            Assert.Null(manifest.Tables[table].Objects);
            var listed = manifest.Tables[table].ObjectFiles!.SelectMany(file => files[file]).Where(item => item.Name.StartsWith(manifest.Tables[table].Prefix, StringComparison.Ordinal));
            Assert.Equal(export.ObjectsOf(table).Select(item => item.DestinationName), listed.Select(item => item.Name));
        }

        Assert.Equal(44_000, files.Values.Sum(file => file.Count));
    }

    private static IReadOnlyList<string> Compare(IEnumerable<SinkListing> listing) =>
        CompletenessGate.CompareListing(CopiedExport.Of(LoadSamples.Plan(Copied), Copied), [0], listing);

    /// <summary>Forty tables whose proofs come as batches do: runs of each table, in no order.</summary>
    private static CopiedExport Wide(int partsPerTable = 25)
    {
        var tables = Enumerable.Range(0, 40).Select(index => LoadSamples.Table("w", $"t{index:D2}", partsPerTable, 10L * partsPerTable)).ToList();
        var runs = Enumerable.Range(0, 40)
            .SelectMany(table => Enumerable.Range(0, partsPerTable)
                .Select(part => LoadSamples.Copied(table, $"{tables[table].DestinationPrefix}1/part-{part:D5}.parquet", rows: 1, bytes: 10, "id INT64"))
                .Chunk(10))
            .ToArray();
        new Random(11).Shuffle(runs);
        return CopiedExport.Of(LoadSamples.PlanOf(tables), runs.SelectMany(run => run));
    }
}
