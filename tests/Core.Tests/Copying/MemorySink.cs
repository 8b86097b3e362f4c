using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using SnapshotBridge.Copying;
using SnapshotBridge.Planning;

namespace SnapshotBridge.Core.Tests.Copying;

/// <summary>A destination in memory that keeps the service's promises (conditions, checksums, uploads) and breaks them on request.</summary>
internal sealed class MemorySink : IObjectSink
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Stored> _objects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Upload> _uploads = new(StringComparer.Ordinal);
    private int _numbers;
    private long _sentBytes;

    public StepCounter Steps { get; set; } = new();

    /// <summary>Changes bytes on their way: the service refuses them by their checksum.</summary>
    public Func<string, byte[], byte[]>? OnReceive { get; set; }

    /// <summary>Changes bytes after they were checked: the stored checksum is that of the changed bytes.</summary>
    public Func<string, byte[], byte[]>? OnStore { get; set; }

    /// <summary>Called before a write with <c>put|part|commit|create name</c>; may throw.</summary>
    public Action<string>? BeforeWrite { get; set; }

    /// <summary>Called before an upload is given up; may throw.</summary>
    public Action? BeforeAbort { get; set; }

    /// <summary>Called after a write has happened and before its answer; may throw: the answer is lost.</summary>
    public Action<string>? AfterWrite { get; set; }

    /// <summary>Awaited before a write.</summary>
    public Func<string, Task>? Pause { get; set; }

    /// <summary>Bytes that arrived in writes that were accepted.</summary>
    public long AcceptedBytes { get; private set; }

    /// <summary>Bytes that were sent, whatever became of them: also those in flight when the process died.</summary>
    public long SentBytes => Interlocked.Read(ref _sentBytes);

    public ConcurrentQueue<string> Calls { get; } = new();

    public IReadOnlyDictionary<string, byte[]> Objects
    {
        get
        {
            lock (_lock)
            {
                return _objects.ToDictionary(pair => pair.Key, pair => pair.Value.Content);
            }
        }
    }

    /// <summary>Parts per open upload.</summary>
    public IReadOnlyList<int> OpenUploads
    {
        get
        {
            lock (_lock)
            {
                return [.. _uploads.Values.Select(upload => upload.Parts.Count)];
            }
        }
    }

    /// <summary>Puts an object there that is not ours.</summary>
    public void Plant(string name, byte[] content, IReadOnlyDictionary<string, string>? metadata = null)
    {
        lock (_lock)
        {
            _objects[name] = new Stored(content, NextTag(), metadata ?? new Dictionary<string, string>());
        }
    }

    /// <summary>Forgets all open uploads, as a lifecycle rule does.</summary>
    public void ExpireUploads()
    {
        lock (_lock)
        {
            _uploads.Clear();
        }
    }

    /// <summary>Replaces a part's ETag, as if another writer had sent it again.</summary>
    public void TouchParts()
    {
        lock (_lock)
        {
            foreach (var upload in _uploads.Values)
            {
                foreach (var number in upload.Parts.Keys.ToList())
                {
                    upload.Parts[number] = upload.Parts[number] with { ETag = NextTag() };
                }
            }
        }
    }

    public Task<SinkResult> PutAsync(
        string name, ReadOnlyMemory<byte> content, uint crc32C, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellationToken) =>
        WriteAsync($"put {name}", () =>
        {
            if (_objects.ContainsKey(name))
            {
                return new SinkResult(SinkOutcome.AlreadyExists);
            }

            if (Receive($"put {name}", content, crc32C) is not { } bytes)
            {
                return new SinkResult(SinkOutcome.ChecksumRefused, Detail: "UnmatchedContentCRC32C");
            }

            AcceptedBytes += bytes.Length;
            var stored = new Stored(OnStore?.Invoke(name, bytes) ?? bytes, NextTag(), metadata);
            _objects[name] = stored;
            return new SinkResult(SinkOutcome.Written, stored.ETag, stored.Crc32C);
        }, cancellationToken, content.Length);

    public Task<string?> CreateUploadAsync(string name, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellationToken) =>
        WriteAsync($"create {name}", () =>
        {
            if (_objects.ContainsKey(name))
            {
                return null;
            }

            var id = NextTag();
            _uploads[id] = new Upload(name, metadata);
            return id;
        }, cancellationToken);

    public Task<SinkResult> PutPartAsync(
        string name, string uploadId, int number, ReadOnlyMemory<byte> content, uint crc32C, CancellationToken cancellationToken) =>
        WriteAsync($"part {name} {number}", () =>
        {
            if (!_uploads.TryGetValue(uploadId, out var upload) || upload.Name != name)
            {
                return new SinkResult(SinkOutcome.UploadNotFound);
            }

            if (Receive($"part {name} {number}", content, crc32C) is not { } bytes)
            {
                return new SinkResult(SinkOutcome.ChecksumRefused, Detail: "UnmatchedContentCRC32C");
            }

            AcceptedBytes += bytes.Length;
            var part = new Part(bytes, NextTag());
            upload.Parts[number] = part;
            return new SinkResult(SinkOutcome.Written, part.ETag);
        }, cancellationToken, content.Length);

    public async Task<IReadOnlyList<SinkPart>?> ListPartsAsync(string name, string uploadId, CancellationToken cancellationToken)
    {
        await EnterAsync($"listparts {name}", cancellationToken);
        lock (_lock)
        {
            return _uploads.TryGetValue(uploadId, out var upload)
                ? [.. upload.Parts.Select(part => new SinkPart(part.Key, part.Value.ETag, part.Value.Content.Length))]
                : null;
        }
    }

    public Task<SinkResult> CommitAsync(string name, string uploadId, IReadOnlyList<SinkPart> parts, CancellationToken cancellationToken) =>
        WriteAsync($"commit {name}", () =>
        {
            if (!_uploads.TryGetValue(uploadId, out var upload))
            {
                return new SinkResult(SinkOutcome.UploadNotFound);
            }

            if (_objects.ContainsKey(name))
            {
                return new SinkResult(SinkOutcome.AlreadyExists);
            }

            var listed = parts.OrderBy(part => part.Number).ToList();
            if (!listed.TrueForAll(part => upload.Parts.TryGetValue(part.Number, out var held) && held.ETag == part.ETag))
            {
                throw new TransferInterruptedException($"commit {name}", "InvalidUploadPart");
            }

            if (listed.Count != upload.Parts.Count)
            {
                throw new InvalidOperationException("Every part must be committed or excluded.");
            }

            byte[] bytes = [.. listed.SelectMany(part => upload.Parts[part.Number].Content)];
            var stored = new Stored(OnStore?.Invoke(name, bytes) ?? bytes, NextTag(), upload.Metadata);
            _objects[name] = stored;
            _uploads.Remove(uploadId);
            return new SinkResult(SinkOutcome.Written, stored.ETag, stored.Crc32C);
        }, cancellationToken);

    public async Task AbortAsync(string name, string uploadId, CancellationToken cancellationToken)
    {
        await EnterAsync($"abort {name}", cancellationToken);
        BeforeAbort?.Invoke();
        lock (_lock)
        {
            _uploads.Remove(uploadId);
        }

        Steps.Step($"after abort {name}");
    }

    public async Task<SinkObject?> HeadAsync(string name, CancellationToken cancellationToken)
    {
        await EnterAsync($"head {name}", cancellationToken);
        lock (_lock)
        {
            return _objects.TryGetValue(name, out var found) ? new SinkObject(found.Content.Length, found.ETag, found.Crc32C, found.Metadata) : null;
        }
    }

    public Task<bool> DeleteAsync(string name, string eTag, CancellationToken cancellationToken) =>
        WriteAsync($"delete {name}", () =>
        {
            if (!_objects.TryGetValue(name, out var found))
            {
                return true;
            }

            return found.ETag == eTag && _objects.Remove(name);
        }, cancellationToken);

    public async IAsyncEnumerable<SinkListing> ListAsync(string prefix, string first, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await EnterAsync($"list {prefix}", cancellationToken);
        List<SinkListing> found;
        lock (_lock)
        {
            found = [.. _objects.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal) && KeyOrder.Instance.Compare(pair.Key, first) >= 0)
                .OrderBy(pair => pair.Key, KeyOrder.Instance)
                .Select(pair => new SinkListing(pair.Key, pair.Value.Content.Length, pair.Value.ETag))];
        }

        foreach (var item in found)
        {
            yield return item;
        }
    }

    private byte[]? Receive(string what, ReadOnlyMemory<byte> content, uint crc32C)
    {
        var bytes = content.ToArray();
        bytes = OnReceive?.Invoke(what, bytes) ?? bytes;
        return Crc32C.Compute(bytes) == crc32C ? bytes : null;
    }

    private async Task EnterAsync(string what, CancellationToken cancellationToken)
    {
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        Steps.Step(what);
        Calls.Enqueue(what);
    }

    private async Task<T> WriteAsync<T>(string what, Func<T> write, CancellationToken cancellationToken, int sentBytes = 0)
    {
        Interlocked.Add(ref _sentBytes, sentBytes);
        await EnterAsync(what, cancellationToken);
        await (Pause?.Invoke(what) ?? Task.CompletedTask);
        BeforeWrite?.Invoke(what);
        T result;
        lock (_lock)
        {
            result = write();
        }

        Steps.Step($"after {what}");
        AfterWrite?.Invoke(what);
        return result;
    }

    private string NextTag() => $"tag-{Interlocked.Increment(ref _numbers)}";

    private sealed record Stored(byte[] Content, string ETag, IReadOnlyDictionary<string, string> Metadata)
    {
        public string Crc32C { get; } = SnapshotBridge.Copying.Crc32C.ToBase64(SnapshotBridge.Copying.Crc32C.Compute(Content));
    }

    private sealed record Part(byte[] Content, string ETag);

    private sealed record Upload(string Name, IReadOnlyDictionary<string, string> Metadata)
    {
        public SortedDictionary<int, Part> Parts { get; } = [];
    }
}
