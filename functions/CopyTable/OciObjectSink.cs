using System.Runtime.CompilerServices;
using SnapshotBridge.Copying;
using SnapshotBridge.Errors;
using SnapshotBridge.Oci;

namespace SnapshotBridge.CopyTable;

/// <summary>One OCI bucket as the place where objects go. Retries are the client's, until <paramref name="deadline"/>.</summary>
public sealed class OciObjectSink(OciObjectStorage storage, OciBucket bucket, DateTimeOffset deadline) : IObjectSink
{
    private const string ContentType = "application/vnd.apache.parquet";

    public async Task<SinkResult> PutAsync(
        string name, ReadOnlyMemory<byte> content, uint crc32C, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellationToken)
    {
        var put = new OciPutOptions { ContentType = ContentType, CreateOnly = true, Crc32C = crc32C, Metadata = metadata };
        return Result(await storage.PutObjectAsync(bucket, name, content, put, deadline, cancellationToken));
    }

    public async Task<string?> CreateUploadAsync(string name, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellationToken)
    {
        var put = new OciPutOptions { ContentType = ContentType, CreateOnly = true, Metadata = metadata };
        return (await storage.CreateMultipartUploadAsync(bucket, name, put, deadline, cancellationToken)).UploadId;
    }

    public async Task<SinkResult> PutPartAsync(
        string name, string uploadId, int number, ReadOnlyMemory<byte> content, uint crc32C, CancellationToken cancellationToken)
    {
        var part = await storage.UploadPartAsync(bucket, name, uploadId, number, content, crc32C, deadline, cancellationToken);
        return new SinkResult(Outcome(part.Outcome), part.ETag ?? "", null, part.Detail);
    }

    public async Task<IReadOnlyList<SinkPart>?> ListPartsAsync(string name, string uploadId, CancellationToken cancellationToken)
    {
        var parts = await storage.ListMultipartUploadPartsAsync(bucket, name, uploadId, deadline, cancellationToken);
        return parts?.Select(part => new SinkPart(part.PartNumber, part.ETag, part.SizeBytes)).ToList();
    }

    public async Task<SinkResult> CommitAsync(string name, string uploadId, IReadOnlyList<SinkPart> parts, CancellationToken cancellationToken)
    {
        var commit = parts.Select(part => new OciCommitPart(part.Number, part.ETag));
        try
        {
            return Result(await storage.CommitMultipartUploadAsync(bucket, name, uploadId, commit, [], createOnly: true, deadline, cancellationToken));
        }
        catch (OciRequestRejectedException refused) when (refused.Code == "InvalidUploadPart")
        {
            // Another execution that continues the same upload has sent a part again, which gave it another ETag. The next
            // invocation lists the parts anew.
            throw new TransferInterruptedException($"CommitMultipartUpload {name}", "a part is not the one that was sent here (InvalidUploadPart)");
        }
    }

    public Task AbortAsync(string name, string uploadId, CancellationToken cancellationToken) =>
        storage.AbortMultipartUploadAsync(bucket, name, uploadId, deadline, cancellationToken);

    public async Task<SinkObject?> HeadAsync(string name, CancellationToken cancellationToken) =>
        await storage.HeadObjectAsync(bucket, name, deadline, cancellationToken) is { } found
            ? new SinkObject(found.SizeBytes, found.ETag, Text(found.Crc32C), found.Metadata)
            : null;

    public async Task<bool> DeleteAsync(string name, string eTag, CancellationToken cancellationToken) =>
        await storage.DeleteObjectAsync(bucket, name, eTag, deadline, cancellationToken) != OciDeleteOutcome.PreconditionFailed;

    public async IAsyncEnumerable<SinkListing> ListAsync(string prefix, string first, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var item in storage.ListObjectsAsync(bucket, prefix, first, deadline, cancellationToken))
        {
            yield return new SinkListing(item.Name, item.SizeBytes, item.ETag ?? "");
        }
    }

    private static SinkResult Result(OciPutResult put) => new(Outcome(put.Outcome), put.ETag ?? "", Text(put.Crc32C), put.Detail);

    private static string? Text(uint? crc32C) => crc32C is { } value ? Crc32C.ToBase64(value) : null;

    private static SinkOutcome Outcome(OciWriteOutcome outcome) => outcome switch
    {
        OciWriteOutcome.Stored => SinkOutcome.Written,
        OciWriteOutcome.PreconditionFailed => SinkOutcome.AlreadyExists,
        OciWriteOutcome.UploadNotFound => SinkOutcome.UploadNotFound,
        _ => SinkOutcome.ChecksumRefused,
    };
}
