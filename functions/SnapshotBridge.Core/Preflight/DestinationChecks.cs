using System.Text;
using SnapshotBridge.Copying;

namespace SnapshotBridge.Preflight;

/// <summary>What copying needs of the OCI bucket, through the port that the copy itself uses.</summary>
/// <param name="sink">The bucket.</param>
/// <param name="bucket">Its name, for the lines.</param>
/// <param name="list">Takes the lines.</param>
public sealed class DestinationChecks(IObjectSink sink, string bucket, Checklist list)
{
    private static readonly Dictionary<string, string> NoMetadata = [];

    /// <summary>Whether the bucket is there and may be listed.</summary>
    public Task<bool> ListingAsync(string prefix) => list.RunAsync("oci.bucket", $"{bucket}/{prefix}", Remedies.OciPolicy, async token =>
    {
        await foreach (var _ in sink.ListAsync(prefix, prefix, token))
        {
            return Finding.Ok("listed; it holds objects");
        }

        return Finding.Ok("listed; it holds nothing yet");
    });

    /// <summary>Creates a small object, proves its checksum and that it cannot be overwritten, and removes it.</summary>
    public async Task ObjectAsync(string folder, string id)
    {
        var name = $"{folder}object.bin";
        var content = Encoding.UTF8.GetBytes($"SnapshotBridge preflight {id}");
        string? eTag = null;
        await list.RunAsync("oci.write", $"{bucket}/{name}", Remedies.OciPolicy, async token =>
        {
            var checksum = Crc32C.Compute(content);
            var written = await sink.PutAsync(name, content, checksum, NoMetadata, token);
            eTag = written.ETag;
            if (written.Outcome != SinkOutcome.Written)
            {
                return Finding.Failed($"the object was not stored: {written.Outcome} {written.Detail}", Remedies.OciPolicy);
            }

            var found = await sink.HeadAsync(name, token);
            if (found?.Crc32C != Crc32C.ToBase64(checksum))
            {
                return Finding.Failed(
                    $"OCI reports CRC32C {found?.Crc32C ?? "none"} for an object with {Crc32C.ToBase64(checksum)}",
                    "The endpoint does not keep CRC32C checksums: use OCI's native Object Storage endpoint of the region.");
            }

            return (await sink.PutAsync(name, content, checksum, NoMetadata, token)).Outcome == SinkOutcome.AlreadyExists
                ? Finding.Ok("created with its CRC32C proven, and not overwritten by a second create")
                : Finding.Failed("a second create overwrote the object", "The endpoint ignores If-None-Match: use OCI's native Object Storage endpoint of the region.");
        });
        // The name is this preflight's own: an answer that was lost may still have stored it.
        await list.RemoveAsync("oci.write", $"{bucket}/{name}", async token =>
        {
            eTag = string.IsNullOrEmpty(eTag) ? (await sink.HeadAsync(name, token))?.ETag : eTag;
            if (eTag is not null)
            {
                await sink.DeleteAsync(name, eTag, token);
            }
        });
    }

    /// <summary>Opens an upload in parts, sends one and drops it: large files need the same permissions.</summary>
    public async Task MultipartAsync(string folder, string id)
    {
        var name = $"{folder}multipart.bin";
        var content = Encoding.UTF8.GetBytes($"SnapshotBridge preflight part {id}");
        string? uploadId = null;
        await list.RunAsync("oci.multipart", $"{bucket}/{name}", Remedies.OciPolicy, async token =>
        {
            uploadId = await sink.CreateUploadAsync(name, NoMetadata, token);
            if (uploadId is null)
            {
                return Finding.Failed("the upload could not be opened, as if the object existed", Remedies.OciPolicy);
            }

            var part = await sink.PutPartAsync(name, uploadId, 1, content, Crc32C.Compute(content), token);
            var parts = await sink.ListPartsAsync(name, uploadId, token);
            return part.Outcome == SinkOutcome.Written && parts is [{ Number: 1 }]
                ? Finding.Ok("opened, one part sent and listed, dropped again")
                : Finding.Failed($"the part was not stored: {part.Outcome} {part.Detail}", Remedies.OciPolicy);
        });
        if (uploadId is { } open)
        {
            await list.RemoveAsync("oci.multipart", $"the open upload of {bucket}/{name}", token => sink.AbortAsync(name, open, token));
        }
    }
}
