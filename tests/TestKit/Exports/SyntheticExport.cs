using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SnapshotBridge.Planning;
using SnapshotBridge.Storage;

namespace SnapshotBridge.TestKit.Exports;

/// <summary>
/// An export of any size that exists only while it is listed: keys, sizes and ETags follow from the numbers of table and part,
/// and documents are serialized as they would be, measured and dropped. What planning holds is then all that there is.
/// </summary>
/// <param name="tables">How many tables there are.</param>
/// <param name="objects">How many Parquet files they have together; every hundredth table has fifty times as many as the others.</param>
/// <param name="columns">How many columns each table has.</param>
public sealed class SyntheticExport(int tables, long objects, int columns = 20) : IDocumentStore, IExportListing
{
    public const string Task = "big", Bucket = "b", Folder = "exports/";

    private const int LargeEvery = 100, LargeFactor = 50;
    private const string Root = $"{Folder}{Task}/";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, byte[]> _kept = new(StringComparer.Ordinal);

    /// <summary>Objects in the batches that were written, and their bytes.</summary>
    public (long Objects, long Bytes) Written { get; private set; }

    /// <summary>How many objects were listed, those that the ranges of a listing read beyond their end included.</summary>
    public long Listed => Interlocked.Read(ref _listed);

    /// <summary>Bytes of JSON that were written, by document: batches count as one.</summary>
    public long BatchesJsonBytes { get; private set; }

    /// <summary>Called for each batch that is written.</summary>
    public Action<CopyBatch>? OnBatch { get; set; }

    private long _listed;

    public int PartsOf(int table)
    {
        var weight = table % LargeEvery == 0 ? LargeFactor : 1;
        var weights = tables + ((long)((tables + LargeEvery - 1) / LargeEvery) * (LargeFactor - 1));
        var parts = objects * weight / weights;

        // What division leaves over is the first table's.
        return (int)(table == 0 ? parts + objects - Whole(weights) : parts);
    }

    /// <summary>The document as JSON, or null where none was written.</summary>
    public T? Read<T>(string key, JsonTypeInfo<T> type) where T : class =>
        _kept.TryGetValue(key, out var json) ? JsonSerializer.Deserialize(json, type) : null;

    /// <summary>The size of a document that was written, in bytes.</summary>
    public long JsonBytes(string key) => _kept[key].Length;

    public Task<T?> ReadAsync<T>(string key, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class
    {
        if (key.Contains("/export_info_", StringComparison.Ordinal))
        {
            return System.Threading.Tasks.Task.FromResult(JsonSerializer.Deserialize("""{"status":"COMPLETE"}""", type));
        }

        return System.Threading.Tasks.Task.FromResult(
            key.Contains("/export_tables_info_", StringComparison.Ordinal) ? JsonSerializer.Deserialize(TablesInfo(), type) : Read(key, type));
    }

    public Task WriteAsync<T>(string key, T document, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(document, type);
        lock (_lock)
        {
            if (document is CopyBatch batch)
            {
                Written = (Written.Objects + batch.Objects.Count, Written.Bytes + batch.Objects.Sum(item => item.BytesToCopy));
                BatchesJsonBytes += json.Length;
                OnBatch?.Invoke(batch);
            }
            else
            {
                _kept[key] = json;
            }
        }

        return System.Threading.Tasks.Task.CompletedTask;
    }

    public Task<bool> TryCreateAsync<T>(string key, T document, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class =>
        throw new NotSupportedException();

    public Task WriteTextAsync(string key, string text, string contentType, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task DeleteAsync(string key, CancellationToken cancellationToken) => System.Threading.Tasks.Task.CompletedTask;

    public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken) => ListAsync(prefix, null, cancellationToken);

    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await System.Threading.Tasks.Task.Yield();
        if (prefix != Root)
        {
            if (prefix.StartsWith(Root, StringComparison.Ordinal))
            {
                yield return new StoredObject($"{prefix}{Task}.json", 1, "\"e\"");
            }

            yield break;
        }

        for (var table = FirstTableAfter(after); table < tables; table++)
        {
            yield return new StoredObject($"{TableFolder(table)}1/_SUCCESS", 0, "\"d41d8cd98f00b204e9800998ecf8427e\"");
            var parts = PartsOf(table);
            for (var part = 0; part < parts; part++)
            {
                if (part % 1000 == 0)
                {
                    // A page: others get their turn.
                    await System.Threading.Tasks.Task.Yield();
                    cancellationToken.ThrowIfCancellationRequested();
                }

                Interlocked.Increment(ref _listed);
                yield return Part(table, part);
            }
        }
    }

    private static StoredObject Part(int table, int part) => new(
        $"{TableFolder(table)}1/part-{part:D5}-{Hash(table):x8}-{table % 65536:x4}-4c2d-8e3f-{Hash(part):x12}-c000.gz.parquet",
        1_000_000 + (Hash((table * 7919) + part) % 9_000_000),
        $"\"{Hash(part):x16}{Hash(table + part):x16}\"");

    private static string TableFolder(int table) => $"{Root}shop/shop.table_of_some_kind_{table:D5}/";

    private int FirstTableAfter(string? after)
    {
        // Only cuts between tables are asked for.
        var table = after is null ? 0 : Enumerable.Range(0, tables).First(candidate => string.CompareOrdinal(TableFolder(candidate), after) >= 0);
        return table;
    }

    private static long Hash(int number)
    {
        var mixed = (uint)number * 2654435769u;
        return mixed ^ (mixed >> 15);
    }

    private long Whole(long weights) => Enumerable.Range(0, tables).Sum(table => objects * (table % LargeEvery == 0 ? LargeFactor : 1) / weights);

    private byte[] TablesInfo()
    {
        var text = new StringBuilder("""{"perTableStatus":[""");
        for (var table = 0; table < tables; table++)
        {
            text.Append(table == 0 ? "" : ",").Append("{\"target\":\"shop.shop.table_of_some_kind_").Append(table.ToString("D5", CultureInfo.InvariantCulture))
                .Append("\",\"status\":\"COMPLETE\",\"sizeGB\":0.5,\"schemaMetadata\":{\"originalTypeMappings\":[");
            for (var column = 0; column < columns; column++)
            {
                text.Append(column == 0 ? "" : ",").Append("{\"columnName\":\"column_of_some_name_").Append(column)
                    .Append("\",\"originalType\":\"varchar\",\"expectedExportedType\":\"binary (UTF8)\",\"originalCharMaxLength\":255}");
            }

            text.Append("]}}");
        }

        return Encoding.UTF8.GetBytes(text.Append("]}").ToString());
    }
}
