using System.Runtime.CompilerServices;
using System.Text.Json;
using SnapshotBridge.Copying;
using SnapshotBridge.Errors;

namespace SnapshotBridge.Oci;

/// <summary>
/// The data plane of OCI Object Storage's native API: objects, listings and multipart uploads. Thread-safe; one for a
/// process's lifetime. Every call repeats what is worth repeating until the attempts or the caller's
/// <c>deadline</c> are used up, and then throws <see cref="TransferThrottledException"/> or
/// <see cref="TransferInterruptedException"/>; 401 throws <see cref="OciAuthenticationFailedException"/>, 404 for the
/// bucket <see cref="OciBucketNotFoundException"/>, any other refusal <see cref="OciRequestRejectedException"/>.
/// What the caller has to decide about comes back as an outcome.
/// </summary>
public sealed class OciObjectStorage : IDisposable
{
    private const string JsonType = "application/json";

    private readonly OciTransport _transport;

    public OciObjectStorage(OciCredentials credentials, OciClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(credentials);
        ArgumentNullException.ThrowIfNull(options);
        _transport = new OciTransport(options, credentials);
    }

    /// <summary>The tenancy's namespace. Needs no permission, so it tests the key alone.</summary>
    public async Task<string> GetNamespaceAsync(DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        var call = new OciCall { Operation = "GetNamespace", Target = _transport.Options.RegionName, Method = HttpMethod.Get, PathAndQuery = "/n" };
        using var answer = await SuccessAsync(call, deadline, cancellationToken);
        return OciAnswers.Json(call, answer, OciJson.Default.String);
    }

    /// <summary>Returns when the bucket exists and may be read.</summary>
    public async Task HeadBucketAsync(OciBucket bucket, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        var call = Call("HeadBucket", HttpMethod.Head, bucket, null, OciPaths.Bucket(bucket));
        using var answer = await _transport.SendAsync(call, deadline, cancellationToken);
        if (answer.Error is not null)
        {
            // A HEAD's 404 has no body and so no code; GET says which it is, and repeats a spurious one.
            await GetBucketAsync(bucket, deadline, cancellationToken);
        }
    }

    public async Task<OciBucketInfo> GetBucketAsync(OciBucket bucket, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        var call = Call("GetBucket", HttpMethod.Get, bucket, null, OciPaths.Bucket(bucket));
        using var answer = await SuccessAsync(call, deadline, cancellationToken);
        var body = OciAnswers.Json(call, answer, OciJson.Default.BucketBody);
        return new OciBucketInfo(body.Namespace ?? bucket.NamespaceName, body.Name ?? bucket.BucketName, body.CompartmentId, body.Etag);
    }

    /// <summary>Writes an object whole, at most 50 GiB (service limit), with its CRC32C, which the service checks before the object exists.</summary>
    public async Task<OciPutResult> PutObjectAsync(
        OciBucket bucket, string name, ReadOnlyMemory<byte> body, OciPutOptions put, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        var headers = Conditions(put.CreateOnly, put.IfMatch);
        AddChecksum(headers, put.Crc32C ?? Crc32C.Compute(body.Span));
        headers.AddRange(MetadataHeaders(put.Metadata));
        var call = Call("PutObject", HttpMethod.Put, bucket, name, OciPaths.Object(bucket, name)) with { Headers = headers, Body = body, ContentType = put.ContentType };
        using var answer = await _transport.SendAsync(call, deadline, cancellationToken);
        return Written(call, answer);
    }

    /// <summary>What the service knows about an object, or null where there is none.</summary>
    public async Task<OciObjectInfo?> HeadObjectAsync(OciBucket bucket, string name, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        var call = Call("HeadObject", HttpMethod.Head, bucket, name, OciPaths.Object(bucket, name));
        for (var disbelieved = 0; ; disbelieved++)
        {
            using var answer = await _transport.SendAsync(call, deadline, cancellationToken);
            if (answer.Error is null)
            {
                return OciAnswers.Info(call, answer);
            }

            if (answer.Status != 404)
            {
                throw OciAnswers.Rejected(call, answer, answer.Error);
            }

            // A HEAD's 404 has no body, so a spurious one for the bucket looks like a missing object: the listing tells
            // them apart with the same permission.
            var (objects, _) = await ListPageAsync(bucket, name, name, 1, deadline, cancellationToken);
            if (objects.Count == 0 || objects[0].Name != name)
            {
                return null;
            }

            if (disbelieved >= _transport.Options.MaxBucketNotFoundRetries)
            {
                throw new TransferThrottledException(call.Description, $"404 for an object that the listing shows; {disbelieved + 1} attempts");
            }

            var wait = OciRetryRules.Wait(disbelieved + 1, _transport.Options, retryAfter: null);
            await _transport.WaitAsync(new OciRetry(call.Description, disbelieved + 1, IsThrottle: false, "404 for an object that the listing shows", wait), cancellationToken);
        }
    }

    /// <summary>Opens an object's bytes, or null where there is none. Read them in a timely way: the connection waits.</summary>
    /// <param name="bucket">Where.</param>
    /// <param name="name">The object's name.</param>
    /// <param name="range">Which bytes; null for all.</param>
    /// <param name="ifMatch">Refuse (412, <see cref="OciRequestRejectedException"/>) when the object has another ETag.</param>
    /// <param name="deadline">Until when retries may go on and the body may take.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<OciObjectContent?> GetObjectAsync(
        OciBucket bucket, string name, OciRange? range, string? ifMatch, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        var headers = Conditions(createOnly: false, ifMatch);
        if (range is { } bytes)
        {
            headers.Add(new("range", bytes.HeaderValue));
        }

        var call = Call("GetObject", HttpMethod.Get, bucket, name, OciPaths.Object(bucket, name)) with { Headers = headers, Streams = true };
        return await OpenAsync(_transport, call, deadline, cancellationToken);
    }

    /// <summary>Deletes an object, with <paramref name="ifMatch"/> only the one that has this ETag.</summary>
    public async Task<OciDeleteOutcome> DeleteObjectAsync(
        OciBucket bucket, string name, string? ifMatch, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        var call = Call("DeleteObject", HttpMethod.Delete, bucket, name, OciPaths.Object(bucket, name)) with { Headers = Conditions(createOnly: false, ifMatch) };
        using var answer = await _transport.SendAsync(call, deadline, cancellationToken);
        return answer.Error switch
        {
            null => OciDeleteOutcome.Deleted,
            { Status: 404, Code: "ObjectNotFound" } => OciDeleteOutcome.NotFound,
            { Status: 412 } => OciDeleteOutcome.PreconditionFailed,
            var error => throw OciAnswers.Rejected(call, answer, error),
        };
    }

    /// <summary>All objects whose names begin with a prefix, in the order of their UTF-8 bytes, over all pages.</summary>
    public IAsyncEnumerable<OciListedObject> ListObjectsAsync(
        OciBucket bucket, string prefix, DateTimeOffset deadline, CancellationToken cancellationToken) =>
        ListObjectsAsync(bucket, prefix, first: null, deadline, cancellationToken);

    /// <summary>The same, from a name on, which need not be there.</summary>
    public async IAsyncEnumerable<OciListedObject> ListObjectsAsync(
        OciBucket bucket, string prefix, string? first, DateTimeOffset deadline, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var start = first;
        do
        {
            var (objects, next) = await ListPageAsync(bucket, prefix, start, 1000, deadline, cancellationToken);
            foreach (var listed in objects)
            {
                yield return listed;
            }

            start = next;
        }
        while (start is not null);
    }

    /// <summary>Opens a multipart upload whose parts and whole are checked by CRC32C. Needs both OBJECT_CREATE and OBJECT_OVERWRITE.</summary>
    public async Task<OciCreateUploadResult> CreateMultipartUploadAsync(
        OciBucket bucket, string name, OciPutOptions put, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        var headers = Conditions(put.CreateOnly, put.IfMatch);
        headers.Add(new("opc-checksum-algorithm", "CRC32C"));
        var metadata = MetadataHeaders(put.Metadata).ToDictionary();
        var call = Call("CreateMultipartUpload", HttpMethod.Post, bucket, name, $"{OciPaths.Bucket(bucket)}/u") with
        {
            Headers = headers,
            Body = JsonSerializer.SerializeToUtf8Bytes(new CreateUploadBody(name, put.ContentType, metadata), OciJson.Default.CreateUploadBody),
            ContentType = JsonType,
            SignBody = true,
        };
        using var answer = await _transport.SendAsync(call, deadline, cancellationToken);
        var outcome = OciAnswers.Outcome(call, answer);
        var uploadId = outcome == OciWriteOutcome.Stored ? OciAnswers.Json(call, answer, OciJson.Default.UploadBody).UploadId : null;
        return new OciCreateUploadResult(outcome, uploadId, answer.RequestId);
    }

    /// <summary>Sends one part, numbered 1 to 10,000, in any order; a number sent again replaces its part.</summary>
    public async Task<OciPartResult> UploadPartAsync(
        OciBucket bucket, string name, string uploadId, int partNumber, ReadOnlyMemory<byte> body, uint? crc32C, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        var headers = new List<KeyValuePair<string, string>>();
        AddChecksum(headers, crc32C ?? Crc32C.Compute(body.Span));
        var call = Call("UploadPart", HttpMethod.Put, bucket, name, OciPaths.Upload(bucket, name, uploadId, partNumber)) with
        {
            Target = $"{bucket.NamespaceName}/{bucket.BucketName}/{name} part {partNumber}",
            Headers = headers,
            Body = body,
            ContentType = "application/octet-stream",
        };
        using var answer = await _transport.SendAsync(call, deadline, cancellationToken);
        var outcome = OciAnswers.Outcome(call, answer);
        return new OciPartResult(outcome, partNumber, outcome == OciWriteOutcome.Stored ? OciAnswers.ETag(call, answer) : null, answer.RequestId, answer.Error?.ToString());
    }

    /// <summary>The parts that an upload holds, by number, over all pages; null where the upload is committed, aborted or unknown.</summary>
    public async Task<IReadOnlyList<OciUploadedPart>?> ListMultipartUploadPartsAsync(
        OciBucket bucket, string name, string uploadId, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        var parts = new List<OciUploadedPart>();
        string? page = null;
        do
        {
            var path = OciPaths.Upload(bucket, name, uploadId) + (page is null ? "" : $"&page={Uri.EscapeDataString(page)}");
            var call = Call("ListMultipartUploadParts", HttpMethod.Get, bucket, name, path);
            using var answer = await _transport.SendAsync(call, deadline, cancellationToken);
            if (answer.Error is not null)
            {
                return OciAnswers.Outcome(call, answer) == OciWriteOutcome.UploadNotFound ? null : throw OciAnswers.Rejected(call, answer, answer.Error);
            }

            parts.AddRange(OciAnswers.Json(call, answer, OciJson.Default.ListUploadedPartBody)
                .Select(part => new OciUploadedPart(part.PartNumber, part.Etag, part.Size, part.Md5)));
            page = answer.Header("opc-next-page");
        }
        while (page is not null);
        parts.Sort((left, right) => left.PartNumber.CompareTo(right.PartNumber));
        return parts;
    }

    /// <summary>The bucket's open uploads, over all pages. Needs BUCKET_READ.</summary>
    public async IAsyncEnumerable<OciOpenUpload> ListMultipartUploadsAsync(
        OciBucket bucket, DateTimeOffset deadline, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? page = null;
        do
        {
            var call = Call("ListMultipartUploads", HttpMethod.Get, bucket, null, $"{OciPaths.Bucket(bucket)}/u{OciPaths.Query(("page", page))}");
            using var answer = await SuccessAsync(call, deadline, cancellationToken);
            foreach (var upload in OciAnswers.Json(call, answer, OciJson.Default.ListUploadBody))
            {
                yield return new OciOpenUpload(upload.Object, upload.UploadId, upload.TimeCreated);
            }

            page = answer.Header("opc-next-page");
        }
        while (page is not null);
    }

    /// <summary>Makes the parts an object, in the order of their numbers.</summary>
    /// <param name="bucket">Where.</param>
    /// <param name="name">The object's name.</param>
    /// <param name="uploadId">The upload.</param>
    /// <param name="parts">The parts the object consists of.</param>
    /// <param name="excludedParts">Parts that were uploaded and are to be dropped: the service wants every part in one of the two lists.</param>
    /// <param name="createOnly">Only if no object has the name.</param>
    /// <param name="deadline">Until when retries may go on.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<OciPutResult> CommitMultipartUploadAsync(
        OciBucket bucket, string name, string uploadId, IEnumerable<OciCommitPart> parts, IEnumerable<int> excludedParts, bool createOnly,
        DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        var body = new CommitBody([.. parts.OrderBy(part => part.PartNumber).Select(part => new CommitPartBody(part.PartNumber, part.ETag))], [.. excludedParts]);
        var call = Call("CommitMultipartUpload", HttpMethod.Post, bucket, name, OciPaths.Upload(bucket, name, uploadId)) with
        {
            Headers = Conditions(createOnly, null),
            Body = JsonSerializer.SerializeToUtf8Bytes(body, OciJson.Default.CommitBody),
            ContentType = JsonType,
            SignBody = true,
            AnswerTimeout = _transport.Options.CommitTimeout,
        };
        using var answer = await _transport.SendAsync(call, deadline, cancellationToken);
        return Written(call, answer);
    }

    /// <summary>Drops an upload and its parts. False where it is not (or no longer) open.</summary>
    public async Task<bool> AbortMultipartUploadAsync(OciBucket bucket, string name, string uploadId, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        var call = Call("AbortMultipartUpload", HttpMethod.Delete, bucket, name, OciPaths.Upload(bucket, name, uploadId));
        using var answer = await _transport.SendAsync(call, deadline, cancellationToken);
        return OciAnswers.Outcome(call, answer) switch
        {
            OciWriteOutcome.Stored => true,
            OciWriteOutcome.UploadNotFound => false,
            _ => throw OciAnswers.Rejected(call, answer, answer.Error!),
        };
    }

    public void Dispose() => _transport.Dispose();

    /// <summary>Opens a body; shared with reading through a PAR.</summary>
    internal static async Task<OciObjectContent?> OpenAsync(OciTransport transport, OciCall call, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        var answer = await transport.SendAsync(call, deadline, cancellationToken);
        try
        {
            return answer.Error switch
            {
                null => new OciObjectContent(OciAnswers.Info(call, answer), answer.Stream!),
                { Status: 404, Code: "ObjectNotFound" } => null,
                var error => throw OciAnswers.Rejected(call, answer, error),
            };
        }
        catch
        {
            answer.Dispose();
            throw;
        }
        finally
        {
            if (answer.Error is not null)
            {
                answer.Dispose();
            }
        }
    }

    internal static (IReadOnlyList<OciListedObject> Objects, string? Next) Page(OciCall call, OciAnswer answer)
    {
        var body = OciAnswers.Json(call, answer, OciJson.Default.ListObjectsBody);
        return ([.. (body.Objects ?? []).Select(item => new OciListedObject(item.Name, item.Size ?? 0, item.Etag, item.Md5))], body.NextStartWith);
    }

    internal static string ListQuery(string prefix, string? start, int limit) => OciPaths.Query(
        ("prefix", prefix.Length == 0 ? null : prefix), ("start", string.IsNullOrEmpty(start) ? null : start), ("limit", OciAnswers.Number(limit)), ("fields", "name,size,etag,md5"));

    private async Task<(IReadOnlyList<OciListedObject> Objects, string? Next)> ListPageAsync(
        OciBucket bucket, string prefix, string? start, int limit, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        var call = Call("ListObjects", HttpMethod.Get, bucket, null, $"{OciPaths.Bucket(bucket)}/o{ListQuery(prefix, start, limit)}");
        using var answer = await SuccessAsync(call, deadline, cancellationToken);
        return Page(call, answer);
    }

    private async Task<OciAnswer> SuccessAsync(OciCall call, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        var answer = await _transport.SendAsync(call, deadline, cancellationToken);
        if (answer.Error is { } error)
        {
            using (answer)
            {
                throw OciAnswers.Rejected(call, answer, error);
            }
        }

        return answer;
    }

    private static OciPutResult Written(OciCall call, OciAnswer answer)
    {
        var outcome = OciAnswers.Outcome(call, answer);
        return outcome == OciWriteOutcome.Stored
            ? new OciPutResult(outcome, answer.AnswerWasLost, OciAnswers.ETag(call, answer), OciAnswers.Crc32COf(answer), answer.RequestId)
            : new OciPutResult(outcome, answer.AnswerWasLost, null, null, answer.RequestId, answer.Error!.ToString());
    }

    private static OciCall Call(string operation, HttpMethod method, OciBucket bucket, string? name, string pathAndQuery) => new()
    {
        Operation = operation,
        Target = name is null ? $"{bucket.NamespaceName}/{bucket.BucketName}" : $"{bucket.NamespaceName}/{bucket.BucketName}/{name}",
        Method = method,
        PathAndQuery = pathAndQuery,
        Bucket = bucket,
    };

    private static List<KeyValuePair<string, string>> Conditions(bool createOnly, string? ifMatch)
    {
        var headers = new List<KeyValuePair<string, string>>();
        if (createOnly)
        {
            headers.Add(new("if-none-match", "*"));
        }

        if (ifMatch is not null)
        {
            headers.Add(new("if-match", ifMatch));
        }

        return headers;
    }

    // Both: with the algorithm alone the service records whatever arrives, with the value alone it stores no checksum.
    private static void AddChecksum(List<KeyValuePair<string, string>> headers, uint crc32C)
    {
        headers.Add(new("opc-checksum-algorithm", "CRC32C"));
        headers.Add(new("opc-content-crc32c", OciAnswers.Header(crc32C)));
    }

    /// <exception cref="ArgumentException">A name or value is not printable ASCII, which a header cannot carry.</exception>
    private static IEnumerable<KeyValuePair<string, string>> MetadataHeaders(IReadOnlyDictionary<string, string> metadata) =>
        metadata.Select(pair => (pair.Key + pair.Value).All(c => c is >= ' ' and <= '~')
            ? new KeyValuePair<string, string>($"opc-meta-{pair.Key}", pair.Value)
            : throw new ArgumentException($"Metadata '{pair.Key}' is '{pair.Value}' but must be printable ASCII.", nameof(metadata)));
}
