using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SnapshotBridge.Copying;
using SnapshotBridge.Planning;
using SnapshotBridge.Storage;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading;

/// <summary>Small plans and proofs.</summary>
internal static class LoadSamples
{
    public static CopiedObject Copied(int table, string name, long rows, long bytes, params string[] columns) => new()
    {
        Key = $"exports/{name}",
        DestinationName = name,
        Table = table,
        SizeBytes = bytes,
        Evidence = CopyEvidence.EndToEnd,
        Crc32C = "AAAAAA==",
        Crc64Nvme = "AAAAAAAAAAA=",
        SourceETag = "\"source\"",
        DestinationETag = $"etag-{name}",
        Rows = rows,
        Columns = columns.Length > 0 ? columns : ["id INT32", "name BYTE_ARRAY (UTF8)"],
    };

    public static PlannedTable Table(string schema, string table, int objects, long bytes) => new()
    {
        Database = schema,
        Schema = schema,
        Table = table,
        SourcePrefix = $"exports/task/{schema}/{schema}.{table}/",
        DestinationPrefix = $"run1/{schema}/{schema}.{table}/",
        Objects = objects,
        Bytes = bytes,
        Columns = [],
    };

    public static CopyPlan Plan(params IReadOnlyList<CopiedObject> copied) => PlanOf([Table("world", "country", copied.Count, copied.Sum(item => item.SizeBytes))]);

    public static CopyPlan PlanOf(IReadOnlyList<PlannedTable> tables, params SkippedTable[] skipped) => new()
    {
        ExportTaskId = "task",
        SourceArn = "arn:aws:rds:eu-central-1:123456789012:cluster-snapshot:s",
        Bucket = "exports",
        SourcePrefix = "exports/task/",
        DestinationPrefix = "run1/",
        Tables = tables,
        Skipped = skipped,
        Batches = 1,
        Objects = tables.Sum(table => table.Objects),
        Bytes = tables.Sum(table => table.Bytes),
        MaxConcurrency = 1,
    };
}

/// <summary>Documents in memory, through the same serialization as in S3.</summary>
internal sealed class MemoryDocuments : IDocumentStore
{
    private readonly Dictionary<string, byte[]> _documents = new(StringComparer.Ordinal);

    public Task PutAsync<T>(string key, T document, JsonTypeInfo<T> type) where T : class => WriteAsync(key, document, type, TestContext.Current.CancellationToken);

    public Task<T?> ReadAsync<T>(string key, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class
    {
        lock (_documents)
        {
            return Task.FromResult(_documents.TryGetValue(key, out var bytes) ? JsonSerializer.Deserialize(bytes, type) : null);
        }
    }

    public Task WriteAsync<T>(string key, T document, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class
    {
        lock (_documents)
        {
            _documents[key] = JsonSerializer.SerializeToUtf8Bytes(document, type);
        }

        return Task.CompletedTask;
    }

    public Task<bool> TryCreateAsync<T>(string key, T document, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class
    {
        lock (_documents)
        {
            return Task.FromResult(_documents.TryAdd(key, JsonSerializer.SerializeToUtf8Bytes(document, type)));
        }
    }

    public Task WriteTextAsync(string key, string text, string contentType, CancellationToken cancellationToken)
    {
        lock (_documents)
        {
            _documents[key] = System.Text.Encoding.UTF8.GetBytes(text);
        }

        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        foreach (var (key, bytes) in _documents.Where(item => item.Key.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(item => item.Key, StringComparer.Ordinal).ToList())
        {
            yield return new StoredObject(key, bytes.Length, "\"x\"");
        }
    }

    public Task DeleteAsync(string key, CancellationToken cancellationToken)
    {
        lock (_documents)
        {
            _documents.Remove(key);
        }

        return Task.CompletedTask;
    }
}
