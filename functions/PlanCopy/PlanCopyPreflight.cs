using Amazon.S3;
using SnapshotBridge.Aws;
using SnapshotBridge.Planning;
using SnapshotBridge.Preflight;

namespace SnapshotBridge.PlanCopy;

/// <summary>The checks that PlanCopy makes with its own role: its documents, and the listing of the exports. It also tells where exports go.</summary>
internal static class PlanCopyPreflight
{
    public static async Task<PreflightAnswer> RunAsync(
        PreflightRequest request, PlanCopyOptions options, IAmazonS3 s3, TimeProvider time, CancellationToken cancellationToken)
    {
        var list = new Checklist(time, cancellationToken);
        var checks = new StoreChecks(new S3DocumentStore(s3, options.Location.Bucket), options.Location.Bucket, list);
        if (request.CleanUp)
        {
            await checks.CleanUpAsync(request.DocumentsFolder);
            return new PreflightAnswer { Checks = list.Checks };
        }

        var folder = request.DocumentFolder("plan-copy");
        await checks.WriteAndReadAsync(folder, request.CheckedId());
        await checks.RemoveAsync(folder);
        await checks.ListingAsync(options.Location.Prefix);
        return new PreflightAnswer
        {
            Checks = list.Checks,
            Facts = new Dictionary<string, string> { [PreflightFact.DestinationPrefix] = options.DestinationPrefix },
        };
    }
}
