using SnapshotBridge.Local.Aws.Http;

namespace SnapshotBridge.Local.Aws.S3;

/// <summary>Feeds a digester with what passes.</summary>
internal sealed class DigestingStream(Stream inner, ContentDigester digester) : ReadOnlyStream
{
    public long BytesRead { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken);
        digester.Append(buffer.Span[..count]);
        BytesRead += count;
        return count;
    }
}
