using Microsoft.AspNetCore.Http;
using SnapshotBridge.Local.Aws.Http;

namespace SnapshotBridge.Local.Aws.S3;

/// <summary>Finds out what a request means: bucket, key and S3's name of the operation.</summary>
internal static class S3Router
{
    /// <summary>Sub-resources of S3 that this endpoint does not play. They must not be mistaken for the plain operation.</summary>
    private static readonly HashSet<string> Unplayed =
    [
        "accelerate", "acl", "analytics", "attributes", "cors", "encryption", "intelligent-tiering", "inventory", "legal-hold", "lifecycle",
        "logging", "metrics", "notification", "object-lock", "ownershipControls", "policy", "policyStatus", "publicAccessBlock", "replication",
        "requestPayment", "restore", "retention", "select", "tagging", "torrent", "versions", "website",
    ];

    public static S3Call Route(HttpContext context, IReadOnlyList<string> virtualHostDomains)
    {
        var target = RawTarget.Of(context.Request);
        var path = target.Path.Length == 0 ? "" : target.Path[1..];
        var bucket = VirtualBucket(context.Request.Host.Host, virtualHostDomains);
        var key = path;
        if (bucket is null)
        {
            var slash = path.IndexOf('/', StringComparison.Ordinal);
            (bucket, key) = slash < 0 ? (path, "") : (path[..slash], path[(slash + 1)..]);
        }

        bucket = Uri.UnescapeDataString(bucket);
        key = Uri.UnescapeDataString(key);
        return new S3Call
        {
            Context = context,
            Target = target,
            Bucket = bucket,
            Key = key,
            Operation = Operation(context.Request, target, bucket, key),
        };
    }

    private static string? VirtualBucket(string host, IReadOnlyList<string> domains)
    {
        foreach (var domain in domains)
        {
            if (host.Equals(domain, StringComparison.OrdinalIgnoreCase))
                return null;
            if (host.EndsWith("." + domain, StringComparison.OrdinalIgnoreCase))
                return host[..^(domain.Length + 1)].ToLowerInvariant();
        }

        return null;
    }

    private static string Operation(HttpRequest request, RawTarget target, string bucket, string key)
    {
        bool Has(string name) => target.Find(name) is not null;

        if (request.Method == "GET" && bucket.Length > 0 && key.Length == 0 && (Has("encryption") || Has("notification")))
            return Has("encryption") ? "GetBucketEncryption" : "GetBucketNotificationConfiguration";
        if (target.Query.Any(parameter => Unplayed.Contains(parameter.Key)))
            return "NotImplemented";
        var copies = request.Headers.ContainsKey("x-amz-copy-source");
        return (request.Method, bucket.Length > 0, key.Length > 0) switch
        {
            ("GET", false, false) => "ListBuckets",
            ("PUT", true, false) => Has("versioning") ? "NotImplemented" : "CreateBucket",
            ("HEAD", true, false) => "HeadBucket",
            ("DELETE", true, false) => "DeleteBucket",
            ("POST", true, false) => Has("delete") ? "DeleteObjects" : "NotImplemented",
            ("GET", true, false) => Has("location") ? "GetBucketLocation"
                : Has("versioning") ? "GetBucketVersioning"
                : Has("uploads") ? "ListMultipartUploads"
                : target.Find("list-type") == "2" ? "ListObjectsV2" : "ListObjects",
            ("GET", true, true) => Has("uploadId") ? "ListParts" : "GetObject",
            ("HEAD", true, true) => "HeadObject",
            ("PUT", true, true) => Has("uploadId") && Has("partNumber") ? (copies ? "NotImplemented" : "UploadPart") : copies ? "CopyObject" : "PutObject",
            ("POST", true, true) => Has("uploads") ? "CreateMultipartUpload" : Has("uploadId") ? "CompleteMultipartUpload" : "NotImplemented",
            ("DELETE", true, true) => Has("uploadId") ? "AbortMultipartUpload" : "DeleteObject",
            _ => "MethodNotAllowed",
        };
    }
}
