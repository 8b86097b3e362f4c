using SnapshotBridge.Planning;
using Xunit;

namespace SnapshotBridge.Core.Tests.Planning;

public sealed class ObjectStoreTests
{
    private const string Name = "1/part-00000-0a1b2c3d-0a1b-4c2d-8e3f-0a1b2c3d4e5f-c000.gz.parquet", ETag = "\"0123456789abcdef0123456789abcdef\"";

    [Fact]
    public void Add_AnyObjects_AreReadAsTheyWere()
    {
        var random = new Random(5);
        var store = new ObjectStore();
        var objects = Enumerable.Range(0, 20_000)
            .Select(index => (Name: $"{index}/{new string(index % 7 == 0 ? '\u00e9' : 'x', random.Next(0, 400))}", Size: random.NextInt64(), ETag: new string('e', random.Next(0, 40))))
            .ToList();
        var positions = new List<ObjectStore.Position>();
        foreach (var item in objects)
        {
            positions.Add(store.End);
            store.Add(item.Name, item.Size, item.ETag);
        }

        foreach (var start in (ReadOnlySpan<int>)[0, 1, 7_777, 19_999])
        {
            var reader = store.ReadFrom(positions[start]);
            foreach (var item in objects[start..])
            {
                reader.MoveNext();
                Assert.Equal(item, (reader.Name, reader.SizeBytes, reader.ETag));
            }
        }
    }

    [Fact]
    public void Add_AHundredThousandObjects_TakesLittleMoreThanTheirTexts()
    {
        var store = new ObjectStore();
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var count = 0; count < 100_000; count++)
        {
            store.Add(Name, count, ETag);
        }

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 100_000, Name.Length + ETag.Length, 120);
    }

    [Fact]
    public void Add_KeyLongerThanS3Has_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new ObjectStore().Add(new string('x', 1_025), 1, ETag));
}
