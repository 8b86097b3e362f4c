using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SnapshotBridge.Copying;
using SnapshotBridge.Loading;
using SnapshotBridge.Parquet;
using SnapshotBridge.Planning;
using SnapshotBridge.Storage;
using SnapshotBridge.TestKit.Exports;

namespace SnapshotBridge.Benchmarks.Planning;

/// <summary>LoadTables' completeness gate for a very large export, in the process that is measured: proofs, listing, manifest.</summary>
internal static class GateChild
{
    private const int ProofsPerBatch = 500;

    public static async Task RunAsync(int tables, long objects, CancellationToken cancellationToken)
    {
        var store = new Proofs(new SyntheticExport(tables, objects), tables);
        var export = await CopiedExport.ReadAsync(store, SyntheticExport.Task, cancellationToken);
        var differences = await CompletenessGate.CompareListingAsync(export, [.. Enumerable.Range(0, tables)], ListAsync(store, cancellationToken), cancellationToken);
        var (documents, bytes) = DestinationManifest.Documents(export).Aggregate((Count: 0, Bytes: 0L), (sum, document) => (sum.Count + 1, sum.Bytes + document.Content.Length));
        Console.WriteLine(JsonSerializer.Serialize(
            new GateFacts(tables, store.Objects, export.Plan.Batches, differences.Count, documents, bytes), PlanBenchJson.Default.GateFacts));
    }

    private static async IAsyncEnumerable<SinkListing> ListAsync(Proofs store, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        for (var table = 0; table < store.Plan.Tables.Count; table++)
        {
            for (var part = 0; part < store.Plan.Tables[table].Objects; part++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var proof = store.Proof(table, part);
                yield return new SinkListing(proof.DestinationName, proof.SizeBytes, proof.DestinationETag);
            }
        }
    }

    /// <summary>Proofs that exist only as the JSON of the batch that is read.</summary>
    private sealed class Proofs : IDocumentStore
    {
        private static readonly string[] Columns = [.. Enumerable.Range(0, 20).Select(column => $"column_of_some_name_{column.ToString(CultureInfo.InvariantCulture)} BYTE_ARRAY (UTF8)")];

        private readonly List<(int Table, int First, int Count)> _batches = [];

        public Proofs(SyntheticExport export, int tables)
        {
            for (var table = 0; table < tables; table++)
            {
                for (var first = 0; first < export.PartsOf(table); first += ProofsPerBatch)
                {
                    _batches.Add((table, first, Math.Min(ProofsPerBatch, export.PartsOf(table) - first)));
                }
            }

            var planned = Enumerable.Range(0, tables).Select(table => new PlannedTable
            {
                Database = "shop",
                Schema = "shop",
                Table = $"table_of_some_kind_{table.ToString("D5", CultureInfo.InvariantCulture)}",
                SourcePrefix = Folder(table, "exports/"),
                DestinationPrefix = Folder(table, ""),
                Objects = export.PartsOf(table),
                Bytes = Enumerable.Range(0, export.PartsOf(table)).Sum(part => SizeOf(table, part)),
                Columns = [],
            }).ToList();
            Plan = new CopyPlan
            {
                ExportTaskId = SyntheticExport.Task,
                SourceArn = "arn",
                Bucket = SyntheticExport.Bucket,
                SourcePrefix = "exports/big/",
                DestinationPrefix = "big/",
                Tables = planned,
                Skipped = [],
                Batches = _batches.Count,
                Objects = planned.Sum(table => (long)table.Objects),
                Bytes = planned.Sum(table => table.Bytes),
                MaxConcurrency = 20,
            };
        }

        public CopyPlan Plan { get; }

        public long Objects => Plan.Objects;

        public Task<T?> ReadAsync<T>(string key, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class
        {
            if (key == BridgeLayout.Plan(SyntheticExport.Task))
            {
                return Task.FromResult(JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(Plan, PlanningJson.Default.CopyPlan), type));
            }

            var number = int.Parse(Path.GetFileNameWithoutExtension(key), CultureInfo.InvariantCulture);
            var (table, first, count) = _batches[number];
            var batch = new CopiedBatch
            {
                ExportTaskId = SyntheticExport.Task,
                Batch = number,
                Objects = [.. Enumerable.Range(first, count).Select(part => Proof(table, part))],
                Statistics =
                [
                    new TableStatistics
                    {
                        Table = table,
                        Objects = count,
                        Columns = [.. Columns.Select(column => new ColumnStatistics
                        {
                            Nulls = count,
                            Minimum = StatisticsValue.Of(Encoding.UTF8.GetBytes($"the smallest value of {column}")),
                            Maximum = StatisticsValue.Of(Encoding.UTF8.GetBytes($"the largest value of {column}")),
                        })],
                    },
                ],
            };
            return Task.FromResult(JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(batch, CopyingJson.Default.CopiedBatch), type));
        }

        public CopiedObject Proof(int table, int part)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"1/part-{part:D5}-{table:x8}-0a1b-4c2d-8e3f-{part:x12}-c000.gz.parquet");
            return new CopiedObject
            {
                Key = Plan.Tables[table].SourcePrefix + name,
                DestinationName = Plan.Tables[table].DestinationPrefix + name,
                Table = table,
                SizeBytes = SizeOf(table, part),
                Evidence = CopyEvidence.EndToEnd,
                Crc32C = "4waSgw==",
                Crc64Nvme = "rosUhgp5mIg=",
                SourceETag = "\"0123456789abcdef0123456789abcdef\"",
                DestinationETag = string.Create(CultureInfo.InvariantCulture, $"{table:x8}-0a1b-4c2d-8e3f-{part:x12}"),
                Rows = 1000,
                Columns = Columns,
            };
        }

        public Task WriteAsync<T>(string key, T document, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class => throw new NotSupportedException();

        public Task<bool> TryCreateAsync<T>(string key, T document, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class => throw new NotSupportedException();

        public Task WriteTextAsync(string key, string text, string contentType, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task DeleteAsync(string key, CancellationToken cancellationToken) => throw new NotSupportedException();

        private static long SizeOf(int table, int part) => 1_000_000 + (((table * 7919L) + (part * 104_729L)) % 9_000_000);

        private static string Folder(int table, string root) => string.Create(CultureInfo.InvariantCulture, $"{root}big/shop/shop.table_of_some_kind_{table:D5}/");
    }
}

/// <summary>What the gate's child tells.</summary>
internal sealed record GateFacts(int Tables, long Objects, int Batches, int Differences, int ManifestDocuments, long ManifestBytes);
