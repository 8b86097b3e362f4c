using System.Text.RegularExpressions;
using SnapshotBridge.Deployment.Tests.Permissions;
using SnapshotBridge.Local.Aws.S3;
using SnapshotBridge.Local.Cloud;

namespace SnapshotBridge.EndToEnd.Tests;

/// <summary>What the functions asked of S3 in a run, held against their roles in the template: bucket and key included.</summary>
internal static partial class Rights
{
    /// <summary>Fails with the first request that the function's role would not have allowed in an account.</summary>
    public static void AssertRequestsAreAllowed(LocalCloud cloud)
    {
        foreach (var request in Requests(cloud))
        {
            var action = Action(request.Entry.Operation);
            var resource = action == "s3:ListBucket" ? $"s3:::{request.Entry.Bucket}" : $"s3:::{request.Entry.Bucket}/{request.Entry.Key}";
            Assert.True(
                IamRole.Of(request.Function).Grants.Any(grant => grant.Action == action && Pattern(grant.Resource, request.Entry.Bucket).IsMatch(resource)),
                $"{request.Function} asked for {request.Entry.Operation} of {resource}, and its role allows no {action} on it.");
        }
    }

    /// <summary>The functions that asked S3 for anything.</summary>
    public static IEnumerable<string> Functions(LocalCloud cloud) => Requests(cloud).Select(request => request.Function).Distinct();

    private static IEnumerable<(string Function, S3LogEntry Entry)> Requests(LocalCloud cloud) =>
        from entry in cloud.Aws.S3.Requests.Entries
        let application = Application().Match(entry.UserAgent)
        where application.Success
        select (application.Groups[1].Value, entry);

    private static string Action(string operation) => operation switch
    {
        "GetObject" or "HeadObject" => "s3:GetObject",
        "PutObject" => "s3:PutObject",
        "DeleteObject" => "s3:DeleteObject",
        "ListObjectsV2" => "s3:ListBucket",
        _ => throw new InvalidOperationException($"A function asked for {operation}, which no role is known to allow."),
    };

    private static Regex Pattern(string resource, string bucket) =>
        new($"^{Regex.Escape(resource.Replace("${ExportBucketName}", bucket, StringComparison.Ordinal)).Replace("\\*", ".*", StringComparison.Ordinal)}$");

    [GeneratedRegex(@"(?:^|\s)app/(\S+)")]
    private static partial Regex Application();
}
