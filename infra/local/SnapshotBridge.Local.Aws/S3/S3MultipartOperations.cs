using System.Globalization;
using System.Xml.Linq;
using SnapshotBridge.Local.Aws.Http;

namespace SnapshotBridge.Local.Aws.S3;

/// <summary>The operations of multipart uploads.</summary>
internal sealed class S3MultipartOperations(S3Store store, S3Faults faults, string ownerId)
{
    private const int MaxParts = 10_000;
    private const int PageSize = 1000;

    public Task CreateAsync(S3Call call)
    {
        var name = call.Header("x-amz-checksum-algorithm");
        S3ChecksumAlgorithm? algorithm = name.Length == 0 ? null : S3ChecksumNames.Parse(name);
        var type = ReadType(call.Header("x-amz-checksum-type"), algorithm);
        var upload = store.CreateUpload(call.Bucket, call.Key, S3ObjectOperations.ReadOptions(call) with { ChecksumAlgorithm = algorithm }, type);
        S3ObjectOperations.WriteEncryption(call.Response, store.KmsKeyArn);
        if (algorithm is { } chosen)
        {
            call.Response.Headers["x-amz-checksum-algorithm"] = chosen.Wire();
            call.Response.Headers["x-amz-checksum-type"] = type.Wire();
        }

        return call.WriteXmlAsync(200, S3Xml.Document("InitiateMultipartUploadResult", writer =>
        {
            writer.Element("Bucket", call.Bucket);
            writer.Element("Key", call.Key);
            writer.Element("UploadId", upload.UploadId);
        }));
    }

    public async Task UploadPartAsync(S3Call call)
    {
        var upload = Upload(call);
        var text = call.Query("partNumber")!;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > MaxParts)
            throw S3Exception.InvalidArgument("partNumber", text, $"Part number must be an integer between 1 and {MaxParts}, inclusive");
        using var body = S3RequestBody.Open(call);
        if (body.Algorithm is { } sent && upload.Options.ChecksumAlgorithm is { } agreed && sent != agreed)
        {
            throw new S3Exception("InvalidRequest",
                $"Checksum Type mismatch occurred, expected checksum Type: {agreed.Wire().ToLowerInvariant()}, actual checksum Type: {sent.Wire().ToLowerInvariant()}", 400);
        }

        var fault = S3UploadFaults.Of(call, faults);
        var part = await store.PutPartAsync(upload, number, fault.Arriving(body.Content), body.Digests, body.Verify, call.Aborted);
        await fault.SpoilAsync(part.Path);
        if (fault.LosesPart)
            store.LosePart(upload, number);
        call.Response.Headers.ETag = part.ETag;
        S3ObjectOperations.WriteEncryption(call.Response, store.KmsKeyArn);
        if (body.Algorithm is null || body.Algorithm == (upload.Options.ChecksumAlgorithm ?? S3ChecksumAlgorithm.Crc64Nvme))
            call.Response.Headers[(upload.Options.ChecksumAlgorithm ?? S3ChecksumAlgorithm.Crc64Nvme).Header()] = Convert.ToBase64String(part.Checksum);
        call.Response.ContentLength = 0;
    }

    public async Task CompleteAsync(S3Call call)
    {
        var upload = Upload(call);
        var document = await ReadCompletionAsync(call);
        var named = document.Children("Part").Select(part => ReadPart(part, upload)).ToList();
        var claimed = S3ChecksumNames.All
            .Select(algorithm => (Algorithm: algorithm, Value: call.Header(algorithm.Header())))
            .Where(claim => claim.Value.Length > 0).ToList();
        var size = call.Header("x-amz-mp-object-size");
        var entry = await store.CompleteUploadAsync(
            upload, named, S3UploadFaults.Of(call, faults).Arrange, options => S3ObjectOperations.ReadConditions(call, options), Verify, call.Aborted);
        S3ObjectOperations.WriteEncryption(call.Response, store.KmsKeyArn);
        await call.WriteXmlAsync(200, S3Xml.Document("CompleteMultipartUploadResult", writer =>
        {
            writer.Element("Location", $"http://{call.Request.Host}/{call.Bucket}/{PercentEncoding.EncodePath(call.Key)}");
            writer.Element("Bucket", call.Bucket);
            writer.Element("Key", call.Key);
            writer.Element("ETag", entry.ETag);
            writer.Checksum(entry.Checksum);
        }));

        void Verify(S3Checksum? stored, long actual)
        {
            if (size.Length > 0 && size != actual.ToString(CultureInfo.InvariantCulture))
                throw new S3Exception("InvalidRequest", "The provided 'x-amz-mp-object-size' header value does not match what was computed.", 400);
            foreach (var (algorithm, value) in claimed)
            {
                if (stored?.Algorithm == algorithm && stored.Value != value)
                    throw S3Exception.BadDigest($"The {algorithm.Wire()} you specified did not match the calculated checksum.");
            }
        }
    }

    public Task AbortAsync(S3Call call)
    {
        store.RemoveUpload(Upload(call));
        call.Response.StatusCode = 204;
        return Task.CompletedTask;
    }

    public Task ListPartsAsync(S3Call call)
    {
        var upload = Upload(call);
        var max = S3ListOperations.Count(call, "max-parts", PageSize);
        var marker = S3ListOperations.Count(call, "part-number-marker", int.MaxValue);
        if (string.IsNullOrEmpty(call.Query("part-number-marker")))
            marker = 0;
        var all = store.Parts(upload).Where(part => part.Number > marker).ToList();
        var page = all.Take(max).ToList();
        var algorithm = upload.Options.ChecksumAlgorithm;
        return call.WriteXmlAsync(200, S3Xml.Document("ListPartsResult", writer =>
        {
            writer.Element("Bucket", call.Bucket);
            writer.Element("Key", call.Key);
            writer.Element("UploadId", upload.UploadId);
            writer.Group("Initiator", () => writer.Element("ID", ownerId));
            writer.Group("Owner", () => writer.Element("ID", ownerId));
            writer.Element("StorageClass", "STANDARD");
            writer.Element("PartNumberMarker", marker);
            if (page.Count > 0)
                writer.Element("NextPartNumberMarker", page[^1].Number);
            writer.Element("MaxParts", max);
            writer.Element("IsTruncated", page.Count < all.Count);
            if (algorithm is { } chosen)
            {
                writer.Element("ChecksumAlgorithm", chosen.Wire());
                writer.Element("ChecksumType", upload.ChecksumType.Wire());
            }

            foreach (var part in page)
            {
                writer.Group("Part", () =>
                {
                    writer.Element("PartNumber", part.Number);
                    writer.Element("LastModified", part.LastModified);
                    writer.Element("ETag", part.ETag);
                    writer.Element("Size", part.SizeBytes);
                    writer.Element("Checksum" + (algorithm ?? S3ChecksumAlgorithm.Crc64Nvme).Wire(), Convert.ToBase64String(part.Checksum));
                });
            }
        }));
    }

    public Task ListUploadsAsync(S3Call call)
    {
        var prefix = call.Query("prefix") ?? "";
        var keyMarker = call.Query("key-marker") ?? "";
        var idMarker = call.Query("upload-id-marker") ?? "";
        var max = S3ListOperations.Count(call, "max-uploads", PageSize);
        var all = store.Uploads(call.Bucket).Where(upload => upload.Key.StartsWith(prefix, StringComparison.Ordinal)).ToList();
        var from = 0;
        if (keyMarker.Length > 0)
        {
            // Behind the marked upload; without an id behind all uploads of the marked key.
            var marked = all.FindIndex(upload => upload.Key == keyMarker && upload.UploadId == idMarker);
            from = marked >= 0 ? marked + 1 : all.FindIndex(upload => KeyOrder.Instance.Compare(upload.Key, keyMarker) > 0);
            from = from < 0 ? all.Count : from;
        }

        var page = all.Skip(from).Take(max).ToList();
        var truncated = from + page.Count < all.Count;
        var encode = call.Query("encoding-type") == "url" ? (Func<string, string>)PercentEncoding.EncodeForm : text => text;
        return call.WriteXmlAsync(200, S3Xml.Document("ListMultipartUploadsResult", writer =>
        {
            writer.Element("Bucket", call.Bucket);
            writer.Element("KeyMarker", encode(keyMarker));
            writer.Element("UploadIdMarker", idMarker);
            if (truncated && page.Count > 0)
            {
                writer.Element("NextKeyMarker", encode(page[^1].Key));
                writer.Element("NextUploadIdMarker", page[^1].UploadId);
            }

            writer.Element("Prefix", encode(prefix));
            if (call.Query("encoding-type") == "url")
                writer.Element("EncodingType", "url");
            writer.Element("MaxUploads", max);
            writer.Element("IsTruncated", truncated);
            foreach (var upload in page)
            {
                writer.Group("Upload", () =>
                {
                    writer.Element("Key", encode(upload.Key));
                    writer.Element("UploadId", upload.UploadId);
                    writer.Group("Initiator", () => writer.Element("ID", ownerId));
                    writer.Group("Owner", () => writer.Element("ID", ownerId));
                    writer.Element("StorageClass", "STANDARD");
                    writer.Element("Initiated", upload.Initiated);
                });
            }
        }));
    }

    private S3Upload Upload(S3Call call) => store.FindUpload(call.Bucket, call.Key, call.Query("uploadId")!);

    /// <summary>CRC64NVME covers the whole object always, SHAs the parts; the others may do either and default to the parts.</summary>
    private static S3ChecksumType ReadType(string text, S3ChecksumAlgorithm? algorithm)
    {
        var whole = algorithm is null or S3ChecksumAlgorithm.Crc64Nvme;
        var onlyParts = algorithm is S3ChecksumAlgorithm.Sha1 or S3ChecksumAlgorithm.Sha256;
        return (text.ToUpperInvariant(), whole, onlyParts) switch
        {
            ("", true, _) or ("FULL_OBJECT", _, false) => S3ChecksumType.FullObject,
            ("", false, _) or ("COMPOSITE", false, _) => S3ChecksumType.Composite,
            ("COMPOSITE", true, _) => throw new S3Exception("InvalidRequest", "The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm.", 400),
            ("FULL_OBJECT", _, true) => throw new S3Exception("InvalidRequest",
                $"The FULL_OBJECT checksum type cannot be used with the {algorithm!.Value.Wire().ToLowerInvariant()} checksum algorithm.", 400),
            _ => throw new S3Exception("InvalidRequest", "Value for x-amz-checksum-type header is invalid.", 400),
        };
    }

    private static S3CompletedPart ReadPart(XElement part, S3Upload upload)
    {
        if (!int.TryParse(part.Child("PartNumber"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || part.Child("ETag") is not { } etag)
            throw new S3Exception("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema", 400);
        var algorithm = upload.Options.ChecksumAlgorithm ?? S3ChecksumAlgorithm.Crc64Nvme;
        return new S3CompletedPart(number, etag, part.Child("Checksum" + algorithm.Wire()));
    }

    /// <summary>With a completion, checksum headers speak of the object and not of the document.</summary>
    private static async Task<XElement> ReadCompletionAsync(S3Call call)
    {
        var document = await S3RequestBody.ReadDocumentAsync(call, requireIntegrity: false, bodyChecksum: false);
        return document?.Name.LocalName == "CompleteMultipartUpload"
            ? document
            : throw new S3Exception("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema", 400);
    }
}
