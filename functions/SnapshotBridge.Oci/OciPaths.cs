using System.Globalization;

namespace SnapshotBridge.Oci;

/// <summary>Request targets. Every segment is escaped whole: '/' in an object name becomes %2F.</summary>
internal static class OciPaths
{
    public static string Bucket(OciBucket bucket) => $"/n/{Escape(bucket.NamespaceName)}/b/{Escape(bucket.BucketName)}";

    public static string Object(OciBucket bucket, string name) => $"{Bucket(bucket)}/o/{Escape(name)}";

    public static string Upload(OciBucket bucket, string name, string uploadId, int? partNumber = null) =>
        $"{Bucket(bucket)}/u/{Escape(name)}" + Query(("uploadId", uploadId), ("uploadPartNum", partNumber?.ToString(CultureInfo.InvariantCulture)));

    /// <summary>A PAR's listing address, below the host.</summary>
    public static string ParObjects(ParUrl par) => $"/p/{par.Token}/n/{Escape(par.NamespaceName)}/b/{Escape(par.BucketName)}/o/";

    public static string Query(params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var pairs = new List<string>();
        foreach (var (name, value) in parameters)
        {
            if (value is not null)
            {
                pairs.Add($"{name}={Escape(value)}");
            }
        }

        return pairs.Count == 0 ? "" : "?" + string.Join('&', pairs);
    }

    private static string Escape(string text) => Uri.EscapeDataString(text);
}
