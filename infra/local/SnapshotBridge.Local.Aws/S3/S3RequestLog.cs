using System.Collections.Concurrent;

namespace SnapshotBridge.Local.Aws.S3;

/// <summary>One request as served. Query strings are left out: a presigned one carries a signature.</summary>
/// <param name="Time">When it came.</param>
/// <param name="Method">The HTTP method.</param>
/// <param name="Operation">S3's name of the operation.</param>
/// <param name="Bucket">The bucket, empty where there is none.</param>
/// <param name="Key">The key, empty where there is none.</param>
/// <param name="Range">The Range header, empty without one.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="ErrorCode">S3's error code, null on success.</param>
/// <param name="BytesSent">Bytes of the response's body that were handed to the connection.</param>
public sealed record S3LogEntry(
    DateTimeOffset Time, string Method, string Operation, string Bucket, string Key, string Range, int Status, string? ErrorCode, long BytesSent)
{
    /// <summary>What the client calls itself.</summary>
    public string UserAgent { get; init; } = "";
}

/// <summary>All requests that the endpoint has answered, for assertions.</summary>
public sealed class S3RequestLog
{
    private readonly ConcurrentQueue<S3LogEntry> _entries = new();

    /// <summary>The requests so far, in the order in which they ended.</summary>
    public IReadOnlyList<S3LogEntry> Entries => [.. _entries];

    /// <summary>Forgets all requests.</summary>
    public void Clear() => _entries.Clear();

    internal void Add(S3LogEntry entry) => _entries.Enqueue(entry);
}
