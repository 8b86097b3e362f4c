using System.Collections.Concurrent;
using SnapshotBridge.BenchmarkPeers;

namespace SnapshotBridge.Benchmarks.Servers;

/// <summary>What a sink keeps of an object: its size and its CRC32C.</summary>
internal readonly record struct Received(long SizeBytes, uint Crc32C)
{
    public Received Then(Received next) => new(SizeBytes + next.SizeBytes, SnapshotBridge.Copying.Crc32C.Combine(Crc32C, next.Crc32C, next.SizeBytes));
}

/// <summary>Everything that a sink was given, so that a copy counts only when all of it arrived right.</summary>
internal sealed class SinkLedger
{
    private readonly ConcurrentDictionary<string, Received> _objects = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<int, Received>> _uploads = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _operations = new(StringComparer.Ordinal);
    private long _bytes;
    private long _nextId;

    /// <summary>Bytes of objects and parts, also of those that were sent again.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>How often each operation was called.</summary>
    public IReadOnlyDictionary<string, long> Operations => _operations;

    public int OpenUploads => _uploads.Count;

    public void Count(string operation) => _operations.AddOrUpdate(operation, 1, (_, count) => count + 1);

    public Received? Find(string name) => _objects.TryGetValue(name, out var found) ? found : null;

    /// <summary>Stores an object.</summary>
    public void Put(string name, Received received)
    {
        Interlocked.Add(ref _bytes, received.SizeBytes);
        _objects[name] = received;
    }

    public string Open()
    {
        var id = $"upload-{Interlocked.Increment(ref _nextId)}";
        _uploads[id] = new ConcurrentDictionary<int, Received>();
        return id;
    }

    /// <summary>Stores a part; false for an upload that is not open.</summary>
    public bool PutPart(string uploadId, int number, Received received)
    {
        Interlocked.Add(ref _bytes, received.SizeBytes);
        if (!_uploads.TryGetValue(uploadId, out var parts))
        {
            return false;
        }

        parts[number] = received;
        return true;
    }

    public IReadOnlyList<KeyValuePair<int, Received>>? Parts(string uploadId) =>
        _uploads.TryGetValue(uploadId, out var parts) ? [.. parts.OrderBy(part => part.Key)] : null;

    /// <summary>Puts the named parts together; null when the upload or a part is missing.</summary>
    public Received? Commit(string name, string uploadId, IReadOnlyList<int> numbers)
    {
        if (!_uploads.TryGetValue(uploadId, out var parts) || numbers.Any(number => !parts.ContainsKey(number)))
        {
            return null;
        }

        var whole = numbers.Aggregate(default(Received), (joined, number) => joined.Then(parts[number]));
        _objects[name] = whole;
        _uploads.TryRemove(uploadId, out _);
        return whole;
    }

    public void Abort(string uploadId) => _uploads.TryRemove(uploadId, out _);

    /// <summary>How many of the expected objects are there with the right bytes.</summary>
    public int Right(ObjectSet set, ObjectContent content) => Enumerable.Range(0, set.Count)
        .Count(index => Find(set.DestinationName(index)) is { } found && found == new Received(content.SizeBytes, content.Crc32CValue));

    public void Clear()
    {
        _objects.Clear();
        _uploads.Clear();
        _operations.Clear();
        Interlocked.Exchange(ref _bytes, 0);
    }
}
