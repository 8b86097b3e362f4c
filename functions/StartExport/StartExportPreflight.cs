using Amazon.RDS;
using Amazon.S3;
using SnapshotBridge.Aws;
using SnapshotBridge.Exports;
using SnapshotBridge.Preflight;

namespace SnapshotBridge.StartExport;

/// <summary>The checks that StartExport makes with its own role: its documents, the snapshot, the export tasks. It starts nothing.</summary>
internal static class StartExportPreflight
{
    public static async Task<PreflightAnswer> RunAsync(
        PreflightRequest request, StartExportOptions options, IAmazonS3 s3, IAmazonRDS rds, TimeProvider time, CancellationToken cancellationToken)
    {
        var list = new Checklist(time, cancellationToken);
        var store = new StoreChecks(new S3DocumentStore(s3, options.Target.Bucket), options.Target.Bucket, list);
        var folder = request.DocumentFolder("start-export");
        await store.WriteAndReadAsync(folder, request.CheckedId());
        await store.RemoveAsync(folder);
        await new ExportChecks(new RdsExportService(rds), options, list).RunAsync(request.SnapshotArn);
        return new PreflightAnswer
        {
            Checks = list.Checks,
            Facts = new Dictionary<string, string>
            {
                [PreflightFact.ExportBucket] = options.Target.Bucket,
                [PreflightFact.ExportPrefix] = options.Target.Prefix,
                [PreflightFact.ExportRole] = options.Target.RoleArn,
                [PreflightFact.ExportKey] = options.Target.KmsKeyId,
            },
        };
    }
}
