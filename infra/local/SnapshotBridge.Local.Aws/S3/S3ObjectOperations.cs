using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace SnapshotBridge.Local.Aws.S3;

/// <summary>The operations on whole objects.</summary>
internal sealed class S3ObjectOperations(S3Store store, S3BodyWriter bodies, S3Faults faults)
{
    /// <summary>Headers of an upload that S3 gives back with the object.</summary>
    private static readonly string[] StoredHeaders = ["Content-Encoding", "Content-Disposition", "Content-Language", "Cache-Control", "Expires"];

    private const string MetadataPrefix = "x-amz-meta-";

    public async Task GetObjectAsync(S3Call call)
    {
        var (entry, content) = store.Open(call.Bucket, call.Key);
        await using (content)
        {
            if (Prepare(call, entry) is { } range)
                await bodies.WriteAsync(call, entry, content, range);
        }
    }

    public Task HeadObjectAsync(S3Call call)
    {
        Prepare(call, store.Find(call.Bucket, call.Key) ?? throw S3Exception.NoSuchKey(call.Key));
        return Task.CompletedTask;
    }

    public async Task PutObjectAsync(S3Call call)
    {
        using var body = S3RequestBody.Open(call);
        var upload = S3UploadFaults.Of(call, faults);
        var options = ReadOptions(call) with
        {
            ChecksumAlgorithm = body.Algorithm,
            Digests = body.Digests,
            BeforeCommit = body.Verify,
        };
        var entry = await store.PutAsync(call.Bucket, call.Key, upload.Arriving(body.Content), ReadConditions(call, options), call.Aborted);
        await upload.SpoilAsync(entry.Path);
        call.Response.Headers.ETag = entry.ETag;
        WriteEncryption(call.Response, store.KmsKeyArn);
        if (entry.Checksum is { } checksum)
            call.Response.SetChecksum(checksum);
        call.Response.ContentLength = 0;
    }

    public async Task CopyObjectAsync(S3Call call)
    {
        var (bucket, key) = ReadCopySource(call.Header("x-amz-copy-source"));
        var (source, content) = store.Open(bucket, key);
        await using (content)
        {
            S3Conditions.Check(source, name => call.Header("x-amz-copy-source-" + name), isRead: false);
            var replace = call.Header("x-amz-metadata-directive").Equals("REPLACE", StringComparison.OrdinalIgnoreCase);
            if (!replace && bucket == call.Bucket && key == call.Key)
            {
                throw new S3Exception("InvalidRequest",
                    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
                    400);
            }

            var chosen = call.Header("x-amz-checksum-algorithm");
            var options = (replace
                ? ReadOptions(call)
                : new S3PutOptions { ContentType = source.ContentType, Headers = source.Headers, Metadata = source.Metadata }) with
            {
                ChecksumAlgorithm = chosen.Length > 0 ? S3ChecksumNames.Parse(chosen) : source.Checksum?.Algorithm,
                EventName = "ObjectCreated:Copy",
            };
            var entry = await store.PutAsync(call.Bucket, call.Key, content, ReadConditions(call, options), call.Aborted);
            WriteEncryption(call.Response, store.KmsKeyArn);
            await call.WriteXmlAsync(200, S3Xml.Document("CopyObjectResult", writer =>
            {
                writer.Element("LastModified", entry.LastModified);
                writer.Element("ETag", entry.ETag);
                writer.Checksum(entry.Checksum);
            }));
        }
    }

    public Task DeleteObjectAsync(S3Call call)
    {
        store.Delete(call.Bucket, call.Key);
        call.Response.StatusCode = 204;
        return Task.CompletedTask;
    }

    public async Task DeleteObjectsAsync(S3Call call)
    {
        var document = await S3RequestBody.ReadDocumentAsync(call, requireIntegrity: true)
            ?? throw new S3Exception("MissingRequestBodyError", "Request Body is empty", 400);
        var keys = document.Children("Object").Select(item => item.Child("Key") ?? "").ToList();
        // 1,000 keys in one request (S3 API reference).
        if (document.Name.LocalName != "Delete" || keys.Count is 0 or > 1000 || keys.Contains(""))
            throw new S3Exception("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema", 400);
        foreach (var key in keys)
            store.Delete(call.Bucket, key);
        var quiet = document.Child("Quiet") == "true";
        await call.WriteXmlAsync(200, S3Xml.Document("DeleteResult", writer =>
        {
            foreach (var key in quiet ? [] : keys)
                writer.Group("Deleted", () => writer.Element("Key", key));
        }));
    }

    /// <summary>Content type, stored headers and metadata of an upload.</summary>
    internal static S3PutOptions ReadOptions(S3Call call)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in StoredHeaders)
        {
            if (call.Header(name) is { Length: > 0 } value)
                headers[name] = value;
        }

        // aws-chunked describes the transfer, not the object.
        if (headers.TryGetValue("Content-Encoding", out var encoding))
        {
            var kept = encoding.Split(',', StringSplitOptions.TrimEntries).Where(item => item != "aws-chunked").ToList();
            if (kept.Count > 0)
                headers["Content-Encoding"] = string.Join(',', kept);
            else
                headers.Remove("Content-Encoding");
        }

        var metadata = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in call.Request.Headers)
        {
            if (name.StartsWith(MetadataPrefix, StringComparison.OrdinalIgnoreCase))
                metadata[name[MetadataPrefix.Length..].ToLowerInvariant()] = value.ToString();
        }

        return new S3PutOptions
        {
            ContentType = call.Request.ContentType is { Length: > 0 } type ? type : "binary/octet-stream",
            Headers = headers,
            Metadata = metadata,
        };
    }

    /// <summary>The conditions of a write. Only <c>*</c> is defined for If-None-Match.</summary>
    internal static S3PutOptions ReadConditions(S3Call call, S3PutOptions options)
    {
        var (match, noneMatch) = (call.Header("If-Match"), call.Header("If-None-Match"));
        if (noneMatch is not ("" or "*"))
            throw new S3Exception("NotImplemented", "A header you provided implies functionality that is not implemented", 501) { Details = [("Header", "If-None-Match")] };
        if (match.Length > 0 && noneMatch.Length > 0)
            throw new S3Exception("InvalidRequest", "If-Match and If-None-Match cannot be used together.", 400);
        return options with { IfAbsent = noneMatch == "*", IfMatch = match.Length > 0 ? match : null };
    }

    internal static void WriteEncryption(HttpResponse response, string kmsKeyArn)
    {
        // Both, always: with the first alone the AWS SDK takes the ETag for an MD5.
        response.Headers["x-amz-server-side-encryption"] = "aws:kms";
        response.Headers["x-amz-server-side-encryption-aws-kms-key-id"] = kmsKeyArn;
        response.Headers["x-amz-server-side-encryption-bucket-key-enabled"] = "true";
    }

    /// <summary>Everything of a GET or HEAD but the body.</summary>
    /// <returns>The bytes to send, or null where the response is complete already (304).</returns>
    private S3Range? Prepare(S3Call call, S3Object entry)
    {
        var response = call.Response;
        var modified = S3Conditions.Check(entry, call.Header, isRead: true);
        response.Headers.ETag = entry.ETag;
        response.Headers.LastModified = entry.LastModified.ToString("R", CultureInfo.InvariantCulture);
        if (!modified)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return null;
        }

        var range = ReadRange(call, entry);
        response.Headers.AcceptRanges = "bytes";
        response.ContentType = call.Query("response-content-type") ?? entry.ContentType;
        foreach (var (name, value) in entry.Headers)
            response.Headers[name] = value;
        foreach (var name in StoredHeaders)
        {
            if (call.Query("response-" + name.ToLowerInvariant()) is { } value)
                response.Headers[name] = value;
        }

        foreach (var (name, value) in entry.Metadata)
            response.Headers[MetadataPrefix + name] = value;
        WriteEncryption(response, store.KmsKeyArn);
        if (entry.PartSizes.Count > 0 && call.Query("partNumber") is not null)
            response.Headers["x-amz-mp-parts-count"] = entry.PartSizes.Count.ToString(CultureInfo.InvariantCulture);
        if (range is { } part)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {part.First}-{part.Last}/{entry.SizeBytes}");
        }
        else if (entry.Checksum is { } checksum && call.Header("x-amz-checksum-mode").Equals("ENABLED", StringComparison.OrdinalIgnoreCase))
        {
            response.SetChecksum(checksum);
        }

        var sent = range ?? new S3Range(0, entry.SizeBytes - 1);
        response.ContentLength = sent.Length;
        return sent;
    }

    private static S3Range? ReadRange(S3Call call, S3Object entry)
    {
        var header = call.Header("Range");
        if (call.Query("partNumber") is { } text)
        {
            if (header.Length > 0)
                throw new S3Exception("InvalidRequest", "Cannot specify both Range header and partNumber query parameter", 400);
            return PartRange(entry, text);
        }

        if (header.Length == 0)
            return null;
        var condition = call.Header("If-Range");
        return condition.Length > 0 && !S3Store.SameETag(entry.ETag, condition) ? null : S3Range.Resolve(header, entry.SizeBytes);
    }

    private static S3Range? PartRange(S3Object entry, string text)
    {
        var parts = entry.PartSizes.Count == 0 ? [entry.SizeBytes] : entry.PartSizes;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 1)
            throw S3Exception.InvalidArgument("partNumber", text, "Part number must be an integer between 1 and 10000, inclusive");
        if (number > parts.Count)
            throw new S3Exception("InvalidPartNumber", "The requested partnumber is not satisfiable", 416);
        var first = parts.Take(number - 1).Sum();
        return parts[number - 1] == 0 ? null : new S3Range(first, first + parts[number - 1] - 1);
    }

    private static (string Bucket, string Key) ReadCopySource(string header)
    {
        var source = Uri.UnescapeDataString(header).TrimStart('/');
        var slash = source.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && slash < source.Length - 1
            ? (source[..slash], source[(slash + 1)..])
            : throw S3Exception.InvalidArgument("x-amz-copy-source", header, "Copy Source must mention the source bucket and key: sourcebucket/sourcekey");
    }
}
