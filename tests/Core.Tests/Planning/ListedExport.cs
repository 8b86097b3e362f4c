using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SnapshotBridge.Planning;
using SnapshotBridge.Storage;

namespace SnapshotBridge.Core.Tests.Planning;

/// <summary>A bucket in memory whose listing has S3's order, with objects that have a size but no bytes.</summary>
internal sealed class ListedExport : IDocumentStore, IExportListing
{
    public const string Task = "shop-1", Root = "exports/shop-1/";

    private readonly SortedDictionary<string, (long Size, string? Text)> _objects = new(Comparer<string>.Create(
        (left, right) => Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right))));

    public IEnumerable<string> Keys => _objects.Keys;

    /// <summary>Prefixes that were listed, in order.</summary>
    public List<string> Listed { get; } = [];

    /// <summary>Writes and deletions that are let through before the store fails as if the process had died; null for all.</summary>
    public int? DiesAfter { get; set; }

    /// <summary>Keys that were written, in order.</summary>
    public List<string> Written { get; } = [];

    /// <summary>An export of one task with its JSON files; tables are added.</summary>
    public static ListedExport Complete(params string[] tables)
    {
        var export = new ListedExport();
        export.Text($"{Root}export_info_{Task}.json", """
            {"exportTaskIdentifier":"shop-1","sourceArn":"arn:aws:rds:eu-central-1:123456789012:snapshot:shop","snapshotTime":"2025-01-31T02:00:05Z","status":"COMPLETE","percentProgress":0,"totalExportedDataInGB":1.5}
            """);
        export.TablesInfo(1, tables);
        return export;
    }

    /// <summary>One <c>export_tables_info</c> file; an entry is a target, or a whole JSON object.</summary>
    public ListedExport TablesInfo(int from, params string[] tables)
    {
        var entries = tables.Select(table => table.StartsWith('{') ? table : $$"""{"target":{{JsonSerializer.Serialize(table)}},"status":"COMPLETE"}""");
        return Text($"{Root}export_tables_info_{Task}_from_{from}_to_{from + tables.Length - 1}.json", $$"""{"perTableStatus":[{{string.Join(',', entries)}}]}""");
    }

    public ListedExport Text(string key, string text)
    {
        _objects[key] = (Encoding.UTF8.GetByteCount(text), text);
        return this;
    }

    public ListedExport File(string relative, long size = 100)
    {
        _objects[Root + relative] = (size, null);
        return this;
    }

    public ListedExport Remove(string key)
    {
        _objects.Remove(key);
        return this;
    }

    /// <summary>A table in the present layout: one part of each size, and the marker.</summary>
    public ListedExport Table(string folder, params long[] sizes)
    {
        for (var i = 0; i < sizes.Length; i++)
            File($"{folder}/1/part-{i:D5}-c000.gz.parquet", sizes[i]);
        return File($"{folder}/1/_SUCCESS", 0);
    }

    public T Read<T>(string key, JsonTypeInfo<T> type) => JsonSerializer.Deserialize(_objects[key].Text!, type)!;

    public string TextOf(string key) => _objects[key].Text!;

    public Task<T?> ReadAsync<T>(string key, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class
    {
        if (!_objects.TryGetValue(key, out var item))
            return System.Threading.Tasks.Task.FromResult<T?>(null);
        try
        {
            return System.Threading.Tasks.Task.FromResult(JsonSerializer.Deserialize(item.Text!, type));
        }
        catch (JsonException exception)
        {
            throw new DocumentInvalidException("b", key, exception.Message, exception);
        }
    }

    public Task WriteAsync<T>(string key, T document, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class
    {
        lock (_objects)
        {
            Change();
            Written.Add(key);
            Text(key, JsonSerializer.Serialize(document, type));
        }

        return System.Threading.Tasks.Task.CompletedTask;
    }

    public Task<bool> TryCreateAsync<T>(string key, T document, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class =>
        throw new NotSupportedException();

    public Task WriteTextAsync(string key, string text, string contentType, CancellationToken cancellationToken) => throw new NotSupportedException();

    public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken) => ListAsync(prefix, null, cancellationToken);

    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await System.Threading.Tasks.Task.Yield();
        List<KeyValuePair<string, (long Size, string? Text)>> found;
        lock (_objects)
        {
            Listed.Add(prefix);
            found = [.. _objects.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal) && (after is null || _objects.Comparer.Compare(pair.Key, after) > 0))];
        }

        foreach (var (key, item) in found)
            yield return new StoredObject(key, item.Size, $"\"{item.Size}\"");
    }

    public Task DeleteAsync(string key, CancellationToken cancellationToken)
    {
        lock (_objects)
        {
            Change();
            _objects.Remove(key);
        }

        return System.Threading.Tasks.Task.CompletedTask;
    }

    private void Change()
    {
        if (DiesAfter is { } left)
        {
            DiesAfter = left > 0 ? left - 1 : throw new OperationCanceledException("The process died.");
        }
    }
}
