using System.Text;
using SnapshotBridge.Copying;
using Xunit;

namespace SnapshotBridge.Core.Tests.Copying;

/// <summary>What every destination must do, so that the engine's promises hold.</summary>
public abstract class ObjectSinkConformance
{
    private static readonly Dictionary<string, string> Metadata = new() { ["sb-run"] = "run-1", ["sb-src-etag"] = "abc" };

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>An empty destination.</summary>
    protected abstract Task<IObjectSink> StartAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    public async Task PutAsync_NewName_IsStoredWithChecksumAndMetadata(int size)
    {
        var sink = await StartAsync();
        var content = Noise(size);

        var written = await sink.PutAsync("run/a b/ü+%41=1.parquet", content, Crc32C.Compute(content), Metadata, Token);

        Assert.Equal(SinkOutcome.Written, written.Outcome);
        var found = Assert.IsType<SinkObject>(await sink.HeadAsync("run/a b/ü+%41=1.parquet", Token));
        Assert.Equal((size, written.ETag, Text(content)), (found.SizeBytes, found.ETag, found.Crc32C));
        Assert.Equal(Text(content), written.Crc32C);
        Assert.Equal(("run-1", "abc"), (found.Metadata["sb-run"], found.Metadata["sb-src-etag"]));
        Assert.Equal(new SinkListing("run/a b/ü+%41=1.parquet", size, written.ETag), Assert.Single(await ListAsync(sink, "run/")));
    }

    [Fact]
    public async Task PutAsync_NameIsTaken_LeavesTheObjectAsItWas()
    {
        var sink = await StartAsync();
        var (first, second) = (Noise(10), Noise(11));
        var written = await sink.PutAsync("a", first, Crc32C.Compute(first), Metadata, Token);
        Assert.Equal(SinkOutcome.AlreadyExists, (await sink.PutAsync("a", second, Crc32C.Compute(second), Metadata, Token)).Outcome);
        Assert.Equal((written.ETag, Text(first)), await TagAndChecksumAsync(sink, "a"));
    }

    [Fact]
    public async Task PutAsync_OtherChecksumThanSent_IsRefusedAndLeavesNothing()
    {
        var sink = await StartAsync();
        var refused = await sink.PutAsync("a", Noise(50_000), 12345, Metadata, Token);
        Assert.Equal(SinkOutcome.ChecksumRefused, refused.Outcome);
        Assert.False(string.IsNullOrEmpty(refused.Detail));
        Assert.Null(await sink.HeadAsync("a", Token));
    }

    [Fact]
    public async Task CommitAsync_PartsOutOfOrder_MakeOneObjectWithItsChecksum()
    {
        var sink = await StartAsync();
        var content = Noise(250_000);
        var id = Assert.IsType<string>(await sink.CreateUploadAsync("big", Metadata, Token));
        var parts = new List<SinkPart>();
        foreach (var number in new[] { 3, 1, 2 })
        {
            parts.Add(await PartAsync(sink, "big", id, number, content.AsMemory((number - 1) * 100_000, number == 3 ? 50_000 : 100_000)));
        }

        Assert.Null(await sink.HeadAsync("big", Token));
        Assert.Equal(parts.OrderBy(part => part.Number), (await sink.ListPartsAsync("big", id, Token))!.OrderBy(part => part.Number));
        var written = await sink.CommitAsync("big", id, parts, Token);

        Assert.Equal((SinkOutcome.Written, Text(content)), (written.Outcome, written.Crc32C));
        var found = Assert.IsType<SinkObject>(await sink.HeadAsync("big", Token));
        Assert.Equal((content.Length, written.ETag, Text(content)), (found.SizeBytes, found.ETag, found.Crc32C));
        Assert.Equal("run-1", found.Metadata["sb-run"]);
        Assert.Null(await sink.ListPartsAsync("big", id, Token));

        // After a lost answer the client asks again: which of the two comes first is the service's business.
        var again = await sink.CommitAsync("big", id, parts, Token);
        Assert.True(again.Outcome is SinkOutcome.UploadNotFound or SinkOutcome.AlreadyExists, again.ToString());
        Assert.Equal((written.ETag, Text(content)), await TagAndChecksumAsync(sink, "big"));
    }

    [Fact]
    public async Task PutPartAsync_SameNumberAgain_LastOneCounts()
    {
        var sink = await StartAsync();
        var id = Assert.IsType<string>(await sink.CreateUploadAsync("big", Metadata, Token));
        await PartAsync(sink, "big", id, 1, Noise(100));
        var last = Noise(200);
        var part = await PartAsync(sink, "big", id, 1, last);
        Assert.Equal(part, Assert.Single((await sink.ListPartsAsync("big", id, Token))!));
        Assert.Equal(Text(last), (await sink.CommitAsync("big", id, [part], Token)).Crc32C);
    }

    [Fact]
    public async Task CommitAsync_PartSentAgainBySomebodyElse_IsTransientAndPublishesNothing()
    {
        var sink = await StartAsync();
        var id = Assert.IsType<string>(await sink.CreateUploadAsync("big", Metadata, Token));
        var content = Noise(100);
        var ours = await PartAsync(sink, "big", id, 1, content);
        var theirs = await PartAsync(sink, "big", id, 1, content);

        await Assert.ThrowsAsync<TransferInterruptedException>(() => sink.CommitAsync("big", id, [ours], Token));

        Assert.Null(await sink.HeadAsync("big", Token));
        Assert.Equal(SinkOutcome.Written, (await sink.CommitAsync("big", id, [theirs], Token)).Outcome);
    }

    [Fact]
    public async Task PutPartAsync_OtherChecksumThanSent_IsRefused()
    {
        var sink = await StartAsync();
        var id = Assert.IsType<string>(await sink.CreateUploadAsync("big", Metadata, Token));
        Assert.Equal(SinkOutcome.ChecksumRefused, (await sink.PutPartAsync("big", id, 1, Noise(5000), 1, Token)).Outcome);
        Assert.Empty((await sink.ListPartsAsync("big", id, Token))!);
    }

    [Fact]
    public async Task CommitAsync_NameWasTakenMeanwhile_LeavesTheObjectAndTheUpload()
    {
        var sink = await StartAsync();
        var id = Assert.IsType<string>(await sink.CreateUploadAsync("a", Metadata, Token));
        var part = await PartAsync(sink, "a", id, 1, Noise(100));
        var theirs = Noise(7);
        await sink.PutAsync("a", theirs, Crc32C.Compute(theirs), Metadata, Token);

        Assert.Equal(SinkOutcome.AlreadyExists, (await sink.CommitAsync("a", id, [part], Token)).Outcome);

        Assert.Equal(Text(theirs), (await sink.HeadAsync("a", Token))!.Crc32C);
        Assert.NotNull(await sink.ListPartsAsync("a", id, Token));
    }

    [Fact]
    public async Task CreateUploadAsync_NameIsTaken_GivesNone()
    {
        var sink = await StartAsync();
        await sink.PutAsync("a", Noise(1), Crc32C.Compute(Noise(1)), Metadata, Token);
        Assert.Null(await sink.CreateUploadAsync("a", Metadata, Token));
    }

    [Fact]
    public async Task AbortAsync_OpenOrGone_EndsWithoutUpload()
    {
        var sink = await StartAsync();
        var id = Assert.IsType<string>(await sink.CreateUploadAsync("a", Metadata, Token));
        await PartAsync(sink, "a", id, 1, Noise(100));
        await sink.AbortAsync("a", id, Token);
        await sink.AbortAsync("a", id, Token);
        Assert.Null(await sink.ListPartsAsync("a", id, Token));
        Assert.Equal(SinkOutcome.UploadNotFound, (await sink.PutPartAsync("a", id, 1, Noise(1), Crc32C.Compute(Noise(1)), Token)).Outcome);
        Assert.Null(await sink.HeadAsync("a", Token));
    }

    [Fact]
    public async Task DeleteAsync_OnlyTheObjectWithTheTag_IsDeleted()
    {
        var sink = await StartAsync();
        var content = Noise(10);
        var written = await sink.PutAsync("a", content, Crc32C.Compute(content), Metadata, Token);
        Assert.False(await sink.DeleteAsync("a", "00000000-0000-0000-0000-000000000000", Token));
        Assert.NotNull(await sink.HeadAsync("a", Token));
        Assert.True(await sink.DeleteAsync("a", written.ETag, Token));
        Assert.Null(await sink.HeadAsync("a", Token));
        Assert.True(await sink.DeleteAsync("a", written.ETag, Token));
    }

    [Fact]
    public async Task ListAsync_MoreThanAPage_GivesAllBelowThePrefixOnce()
    {
        var sink = await StartAsync();
        var content = "x"u8.ToArray();
        for (var i = 0; i < 1005; i++)
        {
            await sink.PutAsync($"p/part-{i:D5}", content, Crc32C.Compute(content), Metadata, Token);
        }

        await sink.PutAsync("q/part", content, Crc32C.Compute(content), Metadata, Token);
        var listed = await ListAsync(sink, "p/part-");
        Assert.Equal(Enumerable.Range(0, 1005).Select(i => $"p/part-{i:D5}"), listed.Select(item => item.Name).Order(StringComparer.Ordinal));
        Assert.All(listed, item => Assert.Equal(1, item.SizeBytes));
        Assert.Empty(await ListAsync(sink, "nothing/"));

        var rest = await ListAsync(sink, "p/part-", "p/part-00003");
        Assert.Equal(Enumerable.Range(3, 1002).Select(i => $"p/part-{i:D5}"), rest.Select(item => item.Name));
        Assert.Equal(5, (await ListAsync(sink, "p/", "p/part-00999a")).Count);
    }

    private static async Task<SinkPart> PartAsync(IObjectSink sink, string name, string id, int number, ReadOnlyMemory<byte> content)
    {
        var part = await sink.PutPartAsync(name, id, number, content, Crc32C.Compute(content.Span), Token);
        Assert.Equal(SinkOutcome.Written, part.Outcome);
        return new SinkPart(number, part.ETag, content.Length);
    }

    private static async Task<List<SinkListing>> ListAsync(IObjectSink sink, string prefix, string first = "")
    {
        var listed = new List<SinkListing>();
        await foreach (var item in sink.ListAsync(prefix, first.Length == 0 ? prefix : first, Token))
        {
            listed.Add(item);
        }

        return listed;
    }

    private static async Task<(string, string?)> TagAndChecksumAsync(IObjectSink sink, string name)
    {
        var found = Assert.IsType<SinkObject>(await sink.HeadAsync(name, Token));
        return (found.ETag, found.Crc32C);
    }

    private static string Text(byte[] content) => Crc32C.ToBase64(Crc32C.Compute(content));

    private static byte[] Noise(int size)
    {
        var content = new byte[size];
        new Random(size).NextBytes(content);
        if (size > 4)
        {
            Encoding.ASCII.GetBytes("PAR1").CopyTo(content, 0);
        }

        return content;
    }
}
