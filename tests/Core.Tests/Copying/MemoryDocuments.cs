using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SnapshotBridge.Storage;

namespace SnapshotBridge.Core.Tests.Copying;

/// <summary>Documents as their JSON texts, so that every read goes through the production serializer.</summary>
internal sealed class MemoryDocuments : IDocumentStore
{
    public ConcurrentDictionary<string, string> Texts { get; } = new(StringComparer.Ordinal);

    public StepCounter Steps { get; set; } = new();

    /// <summary>Awaited before a read; may throw.</summary>
    public Func<string, CancellationToken, Task>? BeforeRead { get; set; }

    /// <summary>Called before a write; may throw.</summary>
    public Action<string>? BeforeWrite { get; set; }

    /// <summary>Awaited after a write.</summary>
    public Func<string, Task>? AfterWrite { get; set; }

    public int Writes;

    public async Task<T?> ReadAsync<T>(string key, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class
    {
        await Task.Yield();
        Steps.Step($"read document {key}");
        await (BeforeRead?.Invoke(key, cancellationToken) ?? Task.CompletedTask);
        return Texts.TryGetValue(key, out var text) ? JsonSerializer.Deserialize(text, type) : null;
    }

    public async Task WriteAsync<T>(string key, T document, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class
    {
        var text = JsonSerializer.Serialize(document, type);
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        Steps.Step($"write document {key}");
        BeforeWrite?.Invoke(key);
        Interlocked.Increment(ref Writes);
        Texts[key] = text;
        Steps.Step($"after write document {key}");
        await (AfterWrite?.Invoke(key) ?? Task.CompletedTask);
    }

    public async Task<bool> TryCreateAsync<T>(string key, T document, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class
    {
        var text = JsonSerializer.Serialize(document, type);
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        Steps.Step($"create document {key}");
        BeforeWrite?.Invoke(key);
        var isCreated = Texts.TryAdd(key, text);
        Interlocked.Increment(ref Writes);
        Steps.Step($"after create document {key}");
        return isCreated;
    }

    public async Task WriteTextAsync(string key, string text, string contentType, CancellationToken cancellationToken)
    {
        await Task.Yield();
        Steps.Step($"write text {key}");
        Texts[key] = text;
        Steps.Step($"after write text {key}");
    }

    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        Steps.Step($"list documents {prefix}");
        foreach (var (key, text) in Texts.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)))
        {
            yield return new StoredObject(key, Encoding.UTF8.GetByteCount(text), "\"etag\"");
        }
    }

    public async Task DeleteAsync(string key, CancellationToken cancellationToken)
    {
        await Task.Yield();
        Steps.Step($"delete document {key}");
        Texts.TryRemove(key, out _);
        Steps.Step($"after delete document {key}");
    }
}
