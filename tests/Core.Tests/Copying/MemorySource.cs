using System.Collections.Concurrent;
using SnapshotBridge.Copying;

namespace SnapshotBridge.Core.Tests.Copying;

/// <summary>A source in memory with a hook per behaviour that a real one may show.</summary>
internal sealed class MemorySource : IObjectSource
{
    public ConcurrentDictionary<string, MemorySourceObject> Objects { get; } = new(StringComparer.Ordinal);

    public StepCounter Steps { get; set; } = new();

    /// <summary>Called with key, offset and the bytes that are about to be handed over; may change them or throw.</summary>
    public Action<string, long, Memory<byte>>? OnRead { get; set; }

    /// <summary>Awaited before each read.</summary>
    public Func<string, CancellationToken, Task>? Pause { get; set; }

    public ConcurrentQueue<(string Key, long Offset, int Length)> Reads { get; } = new();

    public int Descriptions;

    public int PartDescriptions;

    public async Task<SourceObject> DescribeAsync(string key, CancellationToken cancellationToken)
    {
        await Task.Yield();
        Steps.Step($"describe {key}");
        Interlocked.Increment(ref Descriptions);
        var found = Find(key);
        return new SourceObject(found.Content.Length, found.ETag, found.Checksum);
    }

    public async Task<SourcePart?> DescribePartAsync(string key, string eTag, int number, CancellationToken cancellationToken)
    {
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        Steps.Step($"describe part {key} {number}");
        Interlocked.Increment(ref PartDescriptions);
        var found = Find(key);
        if (found.ETag != eTag)
        {
            throw new SourceObjectChangedException(key, eTag, found.ETag);
        }

        return found.Parts is { } parts ? parts[number - 1] : null;
    }

    public async Task<StoredChecksum?> ReadAsync(
        string key, string eTag, long sizeBytes, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await (Pause?.Invoke(key, cancellationToken) ?? Task.CompletedTask);
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        Steps.Step($"read {key} {offset}");
        var found = Find(key);
        if (found.ETag != eTag || found.Content.Length != sizeBytes)
        {
            throw new SourceObjectChangedException(key, eTag, found.ETag);
        }

        found.Content.AsMemory((int)offset, buffer.Length).CopyTo(buffer);
        Reads.Enqueue((key, offset, buffer.Length));
        OnRead?.Invoke(key, offset, buffer);
        return offset == 0 && buffer.Length == sizeBytes ? found.Checksum : null;
    }

    private MemorySourceObject Find(string key) =>
        Objects.TryGetValue(key, out var found) ? found : throw new SourceObjectMissingException("source", key, "404 NoSuchKey");
}

/// <param name="Content">The bytes.</param>
/// <param name="ETag">The entity tag, quotes included.</param>
/// <param name="Checksum">What the store keeps.</param>
/// <param name="Parts">The parts in which it was uploaded; null where the store does not tell.</param>
internal sealed record MemorySourceObject(byte[] Content, string ETag, StoredChecksum? Checksum, IReadOnlyList<SourcePart>? Parts = null);
