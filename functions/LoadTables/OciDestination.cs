using System.Runtime.CompilerServices;
using SnapshotBridge.Copying;
using SnapshotBridge.Loading;
using SnapshotBridge.Oci;

namespace SnapshotBridge.LoadTables;

/// <summary>The destination bucket through the data plane client.</summary>
internal sealed class OciDestination(OciObjectStorage storage, OciBucket bucket, DateTimeOffset deadline) : IDestination
{
    public string Name => $"{bucket.NamespaceName}/{bucket.BucketName}";

    /// <inheritdoc />
    public async IAsyncEnumerable<SinkListing> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var item in storage.ListObjectsAsync(bucket, prefix, deadline, cancellationToken))
        {
            yield return new SinkListing(item.Name, item.SizeBytes, item.ETag ?? "");
        }
    }

    /// <inheritdoc />
    public async Task EnsureDocumentAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var checksum = Crc32C.Compute(content.Span);
        var there = await storage.HeadObjectAsync(bucket, name, deadline, cancellationToken);
        if (there is not null && there.SizeBytes == content.Length && there.Crc32C == checksum)
        {
            return;
        }

        // Written whole or not at all; two executions of one export write the same.
        var put = new OciPutOptions { ContentType = "application/json", Crc32C = checksum };
        var result = await storage.PutObjectAsync(bucket, name, content, put, deadline, cancellationToken);
        if (result.Outcome != OciWriteOutcome.Stored)
        {
            throw new TransferInterruptedException($"PutObject {Name}/{name}", $"{result.Outcome}: {result.Detail}");
        }
    }
}
