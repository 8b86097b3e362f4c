namespace SnapshotBridge.Local.Oci;

/// <summary>A request's target, taken apart from its raw text: each segment is unescaped once, so that %2F stays inside a name.</summary>
internal sealed record OciTarget(
    OciOperation Operation, string? ParToken, string? Namespace, string? Bucket, string? Name, IReadOnlyDictionary<string, string> Query)
{
    public static OciTarget Parse(string method, string rawTarget)
    {
        var mark = rawTarget.IndexOf('?', StringComparison.Ordinal);
        var path = mark < 0 ? rawTarget : rawTarget[..mark];
        var query = ParseQuery(mark < 0 ? "" : rawTarget[(mark + 1)..]);

        string? par = null;
        if (path.StartsWith("/p/", StringComparison.Ordinal))
        {
            var end = path.IndexOf('/', 3);
            par = Uri.UnescapeDataString(end < 0 ? path[3..] : path[3..end]);
            path = end < 0 ? "" : path[end..];
        }

        // /n/{ns}/b/{bucket}/{kind}/{name, which may hold slashes}
        var parts = path.Split('/', 7);
        string? At(int index) => parts.Length > index && parts[index].Length > 0 ? Uri.UnescapeDataString(parts[index]) : null;
        var isNamespaced = At(1) == "n";
        var (ns, bucket, kind, name) = (At(2), At(3) == "b" ? At(4) : null, At(5), At(6));
        var operation = !isNamespaced ? OciOperation.Unknown
            : par is not null ? ThroughPar(method, kind, name, bucket)
            : Signed(method, ns, At(3), bucket, kind, name, query);
        return new OciTarget(operation, par, ns, bucket, name, query);
    }

    private static OciOperation ThroughPar(string method, string? kind, string? name, string? bucket) => (method, kind, name) switch
    {
        _ when bucket is null => OciOperation.Unknown,
        ("GET", "o", null) => OciOperation.ListObjects,
        ("GET", "o", _) => OciOperation.GetObject,
        ("HEAD", "o", not null) => OciOperation.HeadObject,
        ("PUT", "o", not null) => OciOperation.PutObject,
        _ => OciOperation.Unknown,
    };

    private static OciOperation Signed(string method, string? ns, string? b, string? bucket, string? kind, string? name, Dictionary<string, string> query) =>
        (method, kind, name) switch
        {
            ("GET", null, null) when ns is null => OciOperation.GetNamespace,
            ("GET", null, null) when b == "b" && bucket is null => OciOperation.ListBuckets,
            _ when bucket is null => OciOperation.Unknown,
            ("GET", null, null) => OciOperation.GetBucket,
            ("HEAD", null, null) => OciOperation.HeadBucket,
            ("GET", "o", null) => OciOperation.ListObjects,
            ("GET", "o", _) => OciOperation.GetObject,
            ("HEAD", "o", not null) => OciOperation.HeadObject,
            ("PUT", "o", not null) => OciOperation.PutObject,
            ("DELETE", "o", not null) => OciOperation.DeleteObject,
            ("GET", "u", null) => OciOperation.ListMultipartUploads,
            ("POST", "u", null) => OciOperation.CreateMultipartUpload,
            ("PUT", "u", not null) when query.ContainsKey("uploadId") => OciOperation.UploadPart,
            ("POST", "u", not null) when query.ContainsKey("uploadId") => OciOperation.CommitMultipartUpload,
            ("GET", "u", not null) when query.ContainsKey("uploadId") => OciOperation.ListMultipartUploadParts,
            ("DELETE", "u", not null) when query.ContainsKey("uploadId") => OciOperation.AbortMultipartUpload,
            ("GET", "p", null) => OciOperation.ListPreauthenticatedRequests,
            ("POST", "p", null) => OciOperation.CreatePreauthenticatedRequest,
            ("GET", "p", not null) => OciOperation.GetPreauthenticatedRequest,
            ("DELETE", "p", not null) => OciOperation.DeletePreauthenticatedRequest,
            _ => OciOperation.Unknown,
        };

    private static Dictionary<string, string> ParseQuery(string query)
    {
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            // '+' is itself: neither SDK writes a space that way.
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            parameters[Uri.UnescapeDataString(equals < 0 ? pair : pair[..equals])] = equals < 0 ? "" : Uri.UnescapeDataString(pair[(equals + 1)..]);
        }

        return parameters;
    }
}
