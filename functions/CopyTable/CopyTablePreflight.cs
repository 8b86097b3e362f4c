using Amazon.S3;
using SnapshotBridge.Aws;
using SnapshotBridge.Oci;
using SnapshotBridge.Preflight;

namespace SnapshotBridge.CopyTable;

/// <summary>The checks that CopyTable makes with its own role, network, settings and secret: its documents, the OCI key, the OCI bucket.</summary>
internal static class CopyTablePreflight
{
    /// <summary>A run is more patient; here somebody waits for the reason. One more than the client wants before it believes a 404.</summary>
    private const int Attempts = 5;

    /// <summary>For all checks together, cleaning up included.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public static async Task<PreflightAnswer> RunAsync(
        PreflightRequest request,
        CopyTableOptions options,
        IAmazonS3 s3,
        SecretReader secrets,
        Func<OciClientOptions, OciClientOptions> configure,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var list = new Checklist(time, cancellationToken);
        var store = new StoreChecks(new S3DocumentStore(s3, options.ExportBucket), options.ExportBucket, list);
        var documents = request.DocumentFolder("copy-table");
        await store.WriteAndReadAsync(documents, request.CheckedId());
        await store.RemoveAsync(documents);
        var client = configure(new OciClientOptions { Endpoint = options.OciEndpoint, Region = options.OciRegion, Time = time, MaxAttempts = Attempts });
        // The present value, not the one that a warm function keeps.
        secrets.Forget(options.OciSecretId);
        using var key = new OciKeyChecks(
            options.OciSecretId, options.OciNamespace, options.OciBucket, token => secrets.ReadTextAsync(options.OciSecretId, token), client, list);
        if (await key.OpenAsync(["oci.bucket", "oci.write", "oci.multipart"]) is not { } bucket)
        {
            return new PreflightAnswer { Checks = list.Checks };
        }

        var sink = new OciObjectSink(key.Storage, bucket, time.GetUtcNow() + Patience);
        var folder = request.DestinationFolder("copy-table");
        var checks = new DestinationChecks(sink, $"{bucket.NamespaceName}/{bucket.BucketName}", list);
        if (await checks.ListingAsync(request.DestinationPrefix ?? ""))
        {
            await checks.ObjectAsync(folder, request.CheckedId());
            await checks.MultipartAsync(folder, request.CheckedId());
        }
        else
        {
            key.Skip(["oci.write", "oci.multipart"], "the bucket cannot be listed");
        }

        return new PreflightAnswer { Checks = list.Checks };
    }
}
