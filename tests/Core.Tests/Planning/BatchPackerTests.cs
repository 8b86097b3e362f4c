using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging.Abstractions;
using SnapshotBridge.Exports;
using SnapshotBridge.Planning;
using SnapshotBridge.Storage;
using Xunit;

namespace SnapshotBridge.Core.Tests.Planning;

public sealed class BatchPackerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Plan_SmallTables_ShareBatches()
    {
        var batches = await PackAsync(100, 10, [30], [30], [30], [30]);

        Assert.Equal([[30, 30, 30], [30]], batches.Select(Sizes));
    }

    [Fact]
    public async Task Plan_ManySmallObjects_KeepTheObjectLimit()
    {
        var batches = await PackAsync(1000, 3, [1, 1], [1, 1], [1]);

        Assert.Equal([[1, 1], [1, 1, 1]], batches.Select(Sizes));
    }

    [Fact]
    public async Task Plan_LargeTable_HasBatchesOfItsOwnTheLastTwoLevelled()
    {
        var batches = await PackAsync(100, 100, [10], [40, 40, 40, 40, 40], [10]);

        // Two full batches and a rest of one would be 2, 2, 1; levelling finds nothing better for an odd part.
        Assert.Equal([[40, 40], [40, 40], [40], [10, 10]], batches.Select(Sizes));
        Assert.Equal([[50, 50], [10, 10, 10, 10, 10, 10], [10, 10, 10, 10, 10]], (await PackAsync(100, 100, [50, 50, .. Enumerable.Repeat(10L, 11)])).Select(Sizes));
    }

    [Fact]
    public async Task Plan_ObjectBeyondTheLimit_IsABatchAlone()
    {
        var batches = await PackAsync(100, 10, [500, 20, 500]);

        Assert.Equal(3, batches.Sum(batch => batch.Objects.Count));
        Assert.All(batches, batch => Assert.True(batch.Objects.Count == 1 || batch.Objects.Sum(item => item.SizeBytes) <= 100));
    }

    [Fact]
    public async Task Plan_RandomExports_KeepEveryObjectOnceAndEveryLimit()
    {
        var random = new Random(20260101);
        for (var round = 0; round < 300; round++)
        {
            var maxBytes = random.Next(1, 200);
            var maxObjects = random.Next(1, 8);
            var tables = Enumerable.Range(0, random.Next(1, 8))
                .Select(_ => Enumerable.Range(0, random.Next(0, 20)).Select(_ => (long)random.Next(0, 120)).ToArray())
                .ToArray();

            var batches = await PackAsync(maxBytes, maxObjects, tables);

            var all = batches.SelectMany(batch => batch.Objects).ToList();
            Assert.Equal(tables.Sum(table => table.Length), all.Select(item => item.Key).Distinct().Count());
            Assert.Equal(tables.Sum(table => table.Length), all.Count);
            var large = all.GroupBy(item => item.Table)
                .Where(table => table.Count() > maxObjects || table.Sum(item => item.SizeBytes) > maxBytes && table.Count() > 1)
                .Select(table => table.Key)
                .ToHashSet();
            Assert.All(batches, batch =>
            {
                Assert.NotEmpty(batch.Objects);
                Assert.InRange(batch.Objects.Count, 1, maxObjects);
                Assert.True(batch.Objects.Count == 1 || batch.Objects.Sum(item => item.SizeBytes) <= maxBytes);
                var tablesInIt = batch.Objects.Select(item => item.Table).Distinct().ToList();
                Assert.True(tablesInIt.Count == 1 || !tablesInIt.Exists(large.Contains), "a large table shares a batch");
            });
        }
    }

    [Fact]
    public async Task Plan_AMillionObjects_HoldsThreeBatchesAtMost()
    {
        var export = new EndlessExport(tables: 10, partsPerTable: 100_000);
        var planner = new CopyPlanner(
            export, new PlanCopyOptions { Location = new ExportLocation("b", "exports/") }, TimeProvider.System, NullLogger.Instance);

        var outcome = await planner.PlanAsync("big", Token);

        Assert.Equal((1_000_000L, 2_000), (outcome.Objects, outcome.Batches));
        Assert.InRange(export.MostObjectsWaiting, 1, 3 * 500);
        Assert.InRange(export.MostBatchesAlive, 0, 20);
    }

    private static List<long> Sizes(CopyBatch batch) => [.. batch.Objects.Select(item => item.SizeBytes)];

    private static async Task<List<CopyBatch>> PackAsync(long maxBytes, int maxObjects, params long[][] tables)
    {
        var export = ListedExport.Complete();
        for (var i = 0; i < tables.Length; i++)
            export.Table($"w/w.t{i:D3}", tables[i]);
        var planner = new CopyPlanner(
            export,
            new PlanCopyOptions { Location = new ExportLocation("b", "exports/"), BatchBytes = maxBytes, BatchObjects = maxObjects },
            TimeProvider.System,
            NullLogger.Instance);
        var outcome = await planner.PlanAsync(ListedExport.Task, Token);
        return [.. Enumerable.Range(0, outcome.Batches).Select(batch => export.Read(BridgeLayout.Batch(ListedExport.Task, batch), PlanningJson.Default.CopyBatch))];
    }

    /// <summary>Objects that exist only while they are listed; written batches are watched and dropped.</summary>
    private sealed class EndlessExport(int tables, int partsPerTable) : IDocumentStore
    {
        private readonly List<WeakReference> _batches = [];
        private int _listed;
        private int _written;

        /// <summary>The most objects that were listed and not yet written.</summary>
        public int MostObjectsWaiting { get; private set; }

        /// <summary>The most batches that something still held after a collection.</summary>
        public int MostBatchesAlive { get; private set; }

        public Task<T?> ReadAsync<T>(string key, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class =>
            Task.FromResult(key.Contains("export_", StringComparison.Ordinal) ? System.Text.Json.JsonSerializer.Deserialize("""{"status":"COMPLETE"}""", type) : null);

        public Task WriteAsync<T>(string key, T document, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class
        {
            if (document is CopyBatch batch)
            {
                _batches.Add(new WeakReference(batch.Objects));
                _written += batch.Objects.Count;
            }

            return Task.CompletedTask;
        }

        public Task<bool> TryCreateAsync<T>(string key, T document, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class =>
            throw new NotSupportedException();

        public Task WriteTextAsync(string key, string text, string contentType, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task DeleteAsync(string key, CancellationToken cancellationToken) => Task.CompletedTask;

        public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            if (prefix.EndsWith("export_info_", StringComparison.Ordinal) || prefix.EndsWith("export_tables_info_", StringComparison.Ordinal))
            {
                yield return new StoredObject($"{prefix}big.json", 1, "\"e\"");
                yield break;
            }

            for (var table = 0; table < tables; table++)
            {
                for (var part = 0; part < partsPerTable; part++)
                {
                    MostObjectsWaiting = Math.Max(MostObjectsWaiting, ++_listed - _written);
                    if (_listed % 250_000 == 249_999)
                    {
                        GC.Collect();
                        MostBatchesAlive = Math.Max(MostBatchesAlive, _batches.Count(batch => batch.IsAlive));
                    }

                    yield return new StoredObject($"{prefix}shop/shop.table_{table:D2}/1/part-{part:D6}-0a1b2c3d-0a1b-4c2d-8e3f-0a1b2c3d4e5f-c000.gz.parquet", 1_000_000, "\"0123456789abcdef0123456789abcdef\"");
                }
            }
        }
    }
}
