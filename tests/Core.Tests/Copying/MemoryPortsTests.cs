using SnapshotBridge.Copying;

namespace SnapshotBridge.Core.Tests.Copying;

/// <summary>The engine is tested against these: they keep the same promises as the real ones.</summary>
public sealed class MemorySinkTests : ObjectSinkConformance
{
    protected override Task<IObjectSink> StartAsync() => Task.FromResult<IObjectSink>(new MemorySink());
}

public sealed class MemorySourceTests : ObjectSourceConformance
{
    protected override Task<(IObjectSource Source, string ETag)> StartAsync(string key, byte[] content)
    {
        var source = new MemorySource();
        source.Objects[key] = new MemorySourceObject(content, "\"tag\"", TestObjects.Checksum(ChecksumAlgorithm.Crc64Nvme, content));
        return Task.FromResult<(IObjectSource, string)>((source, "\"tag\""));
    }

    protected override Task<(IObjectSource Source, string ETag)> StartInPartsAsync(string key, byte[] content, int partBytes)
    {
        var parts = content.Chunk(partBytes).Select(chunk => Crc32C.Compute(chunk)).ToList();
        var source = new MemorySource();
        source.Objects[key] = new MemorySourceObject(
            content,
            "\"tag\"",
            new StoredChecksum(ChecksumAlgorithm.Crc32C, IsFullObject: false, $"AAAAAA==-{parts.Count}"),
            [.. content.Chunk(partBytes).Zip(parts, (chunk, crc) => new SourcePart(parts.Count, chunk.Length, Crc32C.ToBase64(crc)))]);
        return Task.FromResult<(IObjectSource, string)>((source, "\"tag\""));
    }
}
