namespace SnapshotBridge.Local.Aws.S3;

/// <summary>One bucket's index. Every member is used under the store's lock.</summary>
internal sealed class S3Bucket(string name, DateTimeOffset created)
{
    private readonly Dictionary<string, S3Object> _objects = new(StringComparer.Ordinal);
    private S3Object[]? _sorted;

    public string Name { get; } = name;

    public DateTimeOffset Created { get; } = created;

    public int Count => _objects.Count;

    public S3Object? Find(string key) => _objects.GetValueOrDefault(key);

    /// <summary>Stores the entry and returns the one it replaces.</summary>
    public S3Object? Put(S3Object entry)
    {
        var replaced = Find(entry.Key);
        _objects[entry.Key] = entry;
        _sorted = null;
        return replaced;
    }

    public S3Object? Remove(string key)
    {
        if (_objects.Remove(key, out var removed))
            _sorted = null;
        return removed;
    }

    /// <summary>All objects in S3's order. The array is never changed, so it may be read outside the lock.</summary>
    public S3Object[] Sorted()
        => _sorted ??= [.. _objects.Values.OrderBy(entry => entry.Key, KeyOrder.Instance)];
}
