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
}
