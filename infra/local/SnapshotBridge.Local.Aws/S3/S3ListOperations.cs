using System.Globalization;
using System.Text;
using System.Xml;
using SnapshotBridge.Local.Aws.Http;

namespace SnapshotBridge.Local.Aws.S3;

/// <summary>The listings of objects.</summary>
internal sealed class S3ListOperations(S3Store store, string ownerId)
{
    private const int MaxKeys = 1000;

    public Task ListObjectsV2Async(S3Call call)
    {
        var (prefix, delimiter, maxKeys, encode) = Common(call);
        var token = call.Query("continuation-token");
        var startAfter = call.Query("start-after") ?? "";
        var after = token is null ? startAfter : Decode(token);
        var page = S3Listing.Page(store.Sorted(call.Bucket), prefix, delimiter, after, token is not null, maxKeys);
        var withOwner = call.Query("fetch-owner") == "true";
        return call.WriteXmlAsync(200, S3Xml.Document("ListBucketResult", writer =>
        {
            writer.Element("Name", call.Bucket);
            writer.Element("Prefix", encode(prefix));
            if (token is not null)
                writer.Element("ContinuationToken", token);
            if (page.Truncated)
                writer.Element("NextContinuationToken", Encode(page.Last!));
            if (startAfter.Length > 0)
                writer.Element("StartAfter", encode(startAfter));
            writer.Element("KeyCount", page.Objects.Count + page.CommonPrefixes.Count);
            WriteCommon(call, writer, page, delimiter, maxKeys, encode, withOwner);
        }));
    }

    public Task ListObjectsAsync(S3Call call)
    {
        var (prefix, delimiter, maxKeys, encode) = Common(call);
        var marker = call.Query("marker") ?? "";
        var page = S3Listing.Page(store.Sorted(call.Bucket), prefix, delimiter, marker, true, maxKeys);
        return call.WriteXmlAsync(200, S3Xml.Document("ListBucketResult", writer =>
        {
            writer.Element("Name", call.Bucket);
            writer.Element("Prefix", encode(prefix));
            writer.Element("Marker", encode(marker));
            // Only with a delimiter; without one the last key of the page is the next marker.
            if (page.Truncated && delimiter.Length > 0)
                writer.Element("NextMarker", encode(page.Last!));
            WriteCommon(call, writer, page, delimiter, maxKeys, encode, withOwner: true);
        }));
    }

    private static (string Prefix, string Delimiter, int MaxKeys, Func<string, string> Encode) Common(S3Call call)
    {
        var encoding = call.Query("encoding-type");
        if (encoding is not (null or "" or "url"))
            throw S3Exception.InvalidArgument("encoding-type", encoding, "Invalid Encoding Method specified in Request");
        return (call.Query("prefix") ?? "", call.Query("delimiter") ?? "", Count(call, "max-keys", MaxKeys),
            encoding == "url" ? PercentEncoding.EncodeForm : text => text);
    }

    internal static int Count(S3Call call, string name, int max)
    {
        var text = call.Query(name);
        if (string.IsNullOrEmpty(text))
            return max;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? Math.Min(count, max)
            : throw S3Exception.InvalidArgument(name, text, $"Provided {name} not an integer or within integer range");
    }

    private void WriteCommon(
        S3Call call, XmlWriter writer, S3Listing page, string delimiter, int maxKeys, Func<string, string> encode, bool withOwner)
    {
        writer.Element("MaxKeys", maxKeys);
        if (delimiter.Length > 0)
            writer.Element("Delimiter", encode(delimiter));
        if (call.Query("encoding-type") == "url")
            writer.Element("EncodingType", "url");
        writer.Element("IsTruncated", page.Truncated);
        foreach (var entry in page.Objects)
        {
            writer.Group("Contents", () =>
            {
                writer.Element("Key", encode(entry.Key));
                writer.Element("LastModified", entry.LastModified);
                writer.Element("ETag", entry.ETag);
                if (entry.Checksum is { } checksum)
                {
                    writer.Element("ChecksumAlgorithm", checksum.Algorithm.Wire());
                    writer.Element("ChecksumType", checksum.Type.Wire());
                }

                writer.Element("Size", entry.SizeBytes);
                if (withOwner)
                    writer.Group("Owner", () => writer.Element("ID", ownerId));
                writer.Element("StorageClass", "STANDARD");
            });
        }

        foreach (var prefix in page.CommonPrefixes)
            writer.Group("CommonPrefixes", () => writer.Element("Prefix", encode(prefix)));
    }

    private static string Encode(string last) => Convert.ToBase64String(Encoding.UTF8.GetBytes("1" + last));

    private static string Decode(string token)
    {
        var bytes = new byte[token.Length];
        return Convert.TryFromBase64String(token, bytes, out var count) && count > 0 && bytes[0] == '1'
            ? Encoding.UTF8.GetString(bytes, 1, count - 1)
            : throw S3Exception.InvalidArgument("continuation-token", token, "The continuation token provided is incorrect");
    }
}
