using System.Globalization;
using System.Net;
using Oci.Common;
using Oci.Common.Auth;
using Oci.Common.Http;
using Oci.Common.Retry;
using Oci.ObjectstorageService.Models;
using Oci.ObjectstorageService.Requests;
using Oci.ObjectstorageService.Responses;

namespace Oci.ObjectstorageService;

/// <summary>The client of Object Storage: buckets, objects and pre-authenticated requests.</summary>
public class ObjectStorageClient(
    IBasicAuthenticationDetailsProvider authenticationDetailsProvider, ClientConfiguration clientConfiguration = null, string endpoint = null)
    : RegionalClientBase(authenticationDetailsProvider, clientConfiguration, "objectstorage", endpoint)
{
    public async Task<GetNamespaceResponse> GetNamespace(
        GetNamespaceRequest request,
        RetryConfiguration retryConfiguration = null,
        CancellationToken cancellationToken = default,
        HttpCompletionOption completionOption = HttpCompletionOption.ResponseContentRead)
    {
        var wire = Request(HttpMethod.Get, request.OpcClientRequestId).Path("n").Query("compartmentId", request.CompartmentId);
        var response = await SendAsync(wire, retryConfiguration, completionOption, cancellationToken).ConfigureAwait(false);
        return new GetNamespaceResponse { httpResponseMessage = response, Value = await ReadAsync<string>(response).ConfigureAwait(false) };
    }

    public async Task<GetBucketResponse> GetBucket(
        GetBucketRequest request,
        RetryConfiguration retryConfiguration = null,
        CancellationToken cancellationToken = default,
        HttpCompletionOption completionOption = HttpCompletionOption.ResponseContentRead)
    {
        var fields = request.Fields is null ? null : string.Join(',', request.Fields.Select(CamelCase));
        var wire = InBucket(HttpMethod.Get, request.NamespaceName, request.BucketName, request.OpcClientRequestId)
            .Header("if-match", request.IfMatch)
            .Header("if-none-match", request.IfNoneMatch)
            .Query("fields", fields);
        var response = await SendAsync(wire, retryConfiguration, completionOption, cancellationToken).ConfigureAwait(false);
        return new GetBucketResponse
        {
            httpResponseMessage = response,
            OpcClientRequestId = Header(response, "opc-client-request-id"),
            OpcRequestId = Header(response, "opc-request-id"),
            ETag = Header(response, "etag"),
            IsNotModified = response.StatusCode == HttpStatusCode.NotModified,
            Bucket = response.StatusCode == HttpStatusCode.NotModified ? null : await ReadAsync<Bucket>(response).ConfigureAwait(false),
        };
    }

    public async Task<HeadBucketResponse> HeadBucket(
        HeadBucketRequest request,
        RetryConfiguration retryConfiguration = null,
        CancellationToken cancellationToken = default,
        HttpCompletionOption completionOption = HttpCompletionOption.ResponseContentRead)
    {
        var wire = InBucket(HttpMethod.Head, request.NamespaceName, request.BucketName, request.OpcClientRequestId)
            .Header("if-match", request.IfMatch)
            .Header("if-none-match", request.IfNoneMatch);
        var response = await SendAsync(wire, retryConfiguration, completionOption, cancellationToken).ConfigureAwait(false);
        return new HeadBucketResponse
        {
            httpResponseMessage = response,
            OpcClientRequestId = Header(response, "opc-client-request-id"),
            OpcRequestId = Header(response, "opc-request-id"),
            ETag = Header(response, "etag"),
            IsNotModified = response.StatusCode == HttpStatusCode.NotModified,
        };
    }

    public async Task<ListObjectsResponse> ListObjects(
        ListObjectsRequest request,
        RetryConfiguration retryConfiguration = null,
        CancellationToken cancellationToken = default,
        HttpCompletionOption completionOption = HttpCompletionOption.ResponseContentRead)
    {
        var wire = InBucket(HttpMethod.Get, request.NamespaceName, request.BucketName, request.OpcClientRequestId)
            .Path("o")
            .Query("prefix", request.Prefix)
            .Query("start", request.Start)
            .Query("end", request.End)
            .Query("limit", request.Limit)
            .Query("delimiter", request.Delimiter)
            .Query("fields", request.Fields)
            .Query("startAfter", request.StartAfter);
        var response = await SendAsync(wire, retryConfiguration, completionOption, cancellationToken).ConfigureAwait(false);
        return new ListObjectsResponse
        {
            httpResponseMessage = response,
            OpcClientRequestId = Header(response, "opc-client-request-id"),
            OpcRequestId = Header(response, "opc-request-id"),
            ListObjects = await ReadAsync<ListObjects>(response).ConfigureAwait(false),
        };
    }

    public async Task<HeadObjectResponse> HeadObject(
        HeadObjectRequest request,
        RetryConfiguration retryConfiguration = null,
        CancellationToken cancellationToken = default,
        HttpCompletionOption completionOption = HttpCompletionOption.ResponseContentRead)
    {
        var wire = InBucket(HttpMethod.Head, request.NamespaceName, request.BucketName, request.OpcClientRequestId)
            .Path("o", request.ObjectName, nameof(request.ObjectName))
            .Query("versionId", request.VersionId)
            .Header("if-match", request.IfMatch)
            .Header("if-none-match", request.IfNoneMatch);
        var response = await SendAsync(wire, retryConfiguration, completionOption, cancellationToken).ConfigureAwait(false);
        return new HeadObjectResponse
        {
            httpResponseMessage = response,
            OpcClientRequestId = Header(response, "opc-client-request-id"),
            OpcRequestId = Header(response, "opc-request-id"),
            ETag = Header(response, "etag"),
            OpcMeta = Metadata(response),
            ContentLength = response.Content.Headers.ContentLength,
            ContentMd5 = Header(response, "content-md5"),
            OpcMultipartMd5 = Header(response, "opc-multipart-md5"),
            OpcContentCrc32c = Header(response, "opc-content-crc32c"),
            OpcContentSha256 = Header(response, "opc-content-sha256"),
            OpcContentSha384 = Header(response, "opc-content-sha384"),
            ContentType = Header(response, "content-type"),
            LastModified = Date(response, "last-modified"),
            VersionId = Header(response, "version-id"),
            IsNotModified = response.StatusCode == HttpStatusCode.NotModified,
        };
    }

    public async Task<DeleteObjectResponse> DeleteObject(
        DeleteObjectRequest request,
        RetryConfiguration retryConfiguration = null,
        CancellationToken cancellationToken = default,
        HttpCompletionOption completionOption = HttpCompletionOption.ResponseContentRead)
    {
        var wire = InBucket(HttpMethod.Delete, request.NamespaceName, request.BucketName, request.OpcClientRequestId)
            .Path("o", request.ObjectName, nameof(request.ObjectName))
            .Query("versionId", request.VersionId)
            .Header("if-match", request.IfMatch);
        var response = await SendAsync(wire, retryConfiguration, completionOption, cancellationToken).ConfigureAwait(false);
        return new DeleteObjectResponse
        {
            httpResponseMessage = response,
            OpcClientRequestId = Header(response, "opc-client-request-id"),
            OpcRequestId = Header(response, "opc-request-id"),
            LastModified = Date(response, "last-modified"),
            VersionId = Header(response, "version-id"),
            IsDeleteMarker = Header(response, "is-delete-marker") is { } marker ? bool.Parse(marker) : null,
        };
    }

    /// <summary>Writes an object. The body is not signed, and it is read only once.</summary>
    public async Task<PutObjectResponse> PutObject(
        PutObjectRequest request,
        RetryConfiguration retryConfiguration = null,
        CancellationToken cancellationToken = default,
        HttpCompletionOption completionOption = HttpCompletionOption.ResponseContentRead)
    {
        var wire = InBucket(HttpMethod.Put, request.NamespaceName, request.BucketName, request.OpcClientRequestId)
            .Path("o", request.ObjectName, nameof(request.ObjectName))
            .Header("if-match", request.IfMatch)
            .Header("if-none-match", request.IfNoneMatch)
            .Header("Content-Length", request.ContentLength)
            .Header("Content-MD5", request.ContentMD5)
            .Header("opc-checksum-algorithm", request.OpcChecksumAlgorithm?.ToString().ToUpperInvariant())
            .Header("opc-content-crc32c", request.OpcContentCrc32c)
            .Header("opc-content-sha256", request.OpcContentSha256)
            .Header("opc-content-sha384", request.OpcContentSha384)
            .Header("Content-Type", request.ContentType ?? "application/octet-stream")
            .Header("Content-Language", request.ContentLanguage)
            .Header("Content-Encoding", request.ContentEncoding)
            .Header("Content-Disposition", request.ContentDisposition)
            .Header("Cache-Control", request.CacheControl)
            .Header("storage-tier", request.StorageTier);
        foreach (var (name, value) in request.OpcMeta ?? [])
            wire.Header(name, value);
        wire.Content = request.PutObjectBody ?? throw new ArgumentException("PutObjectBody is required.");

        var response = await SendAsync(wire, retryConfiguration, completionOption, cancellationToken).ConfigureAwait(false);
        return new PutObjectResponse
        {
            httpResponseMessage = response,
            OpcClientRequestId = Header(response, "opc-client-request-id"),
            OpcRequestId = Header(response, "opc-request-id"),
            OpcContentMd5 = Header(response, "opc-content-md5"),
            OpcContentCrc32c = Header(response, "opc-content-crc32c"),
            OpcContentSha256 = Header(response, "opc-content-sha256"),
            OpcContentSha384 = Header(response, "opc-content-sha384"),
            ETag = Header(response, "etag"),
            LastModified = Date(response, "last-modified"),
            VersionId = Header(response, "version-id"),
        };
    }

    public async Task<CreatePreauthenticatedRequestResponse> CreatePreauthenticatedRequest(
        CreatePreauthenticatedRequestRequest request,
        RetryConfiguration retryConfiguration = null,
        CancellationToken cancellationToken = default,
        HttpCompletionOption completionOption = HttpCompletionOption.ResponseContentRead)
    {
        var wire = InBucket(HttpMethod.Post, request.NamespaceName, request.BucketName, request.OpcClientRequestId).Path("p");
        wire.Body = request.CreatePreauthenticatedRequestDetails
            ?? throw new ArgumentException("CreatePreauthenticatedRequestDetails is required.");
        var response = await SendAsync(wire, retryConfiguration, completionOption, cancellationToken).ConfigureAwait(false);
        return new CreatePreauthenticatedRequestResponse
        {
            httpResponseMessage = response,
            OpcClientRequestId = Header(response, "opc-client-request-id"),
            OpcRequestId = Header(response, "opc-request-id"),
            PreauthenticatedRequest = await ReadAsync<PreauthenticatedRequest>(response).ConfigureAwait(false),
        };
    }

    public async Task<GetPreauthenticatedRequestResponse> GetPreauthenticatedRequest(
        GetPreauthenticatedRequestRequest request,
        RetryConfiguration retryConfiguration = null,
        CancellationToken cancellationToken = default,
        HttpCompletionOption completionOption = HttpCompletionOption.ResponseContentRead)
    {
        var wire = InBucket(HttpMethod.Get, request.NamespaceName, request.BucketName, request.OpcClientRequestId)
            .Path("p", request.ParId, nameof(request.ParId));
        var response = await SendAsync(wire, retryConfiguration, completionOption, cancellationToken).ConfigureAwait(false);
        return new GetPreauthenticatedRequestResponse
        {
            httpResponseMessage = response,
            OpcClientRequestId = Header(response, "opc-client-request-id"),
            OpcRequestId = Header(response, "opc-request-id"),
            PreauthenticatedRequestSummary = await ReadAsync<PreauthenticatedRequestSummary>(response).ConfigureAwait(false),
        };
    }

    public async Task<ListPreauthenticatedRequestsResponse> ListPreauthenticatedRequests(
        ListPreauthenticatedRequestsRequest request,
        RetryConfiguration retryConfiguration = null,
        CancellationToken cancellationToken = default,
        HttpCompletionOption completionOption = HttpCompletionOption.ResponseContentRead)
    {
        var wire = InBucket(HttpMethod.Get, request.NamespaceName, request.BucketName, request.OpcClientRequestId)
            .Path("p")
            .Query("objectNamePrefix", request.ObjectNamePrefix)
            .Query("limit", request.Limit)
            .Query("page", request.Page);
        var response = await SendAsync(wire, retryConfiguration, completionOption, cancellationToken).ConfigureAwait(false);
        return new ListPreauthenticatedRequestsResponse
        {
            httpResponseMessage = response,
            OpcClientRequestId = Header(response, "opc-client-request-id"),
            OpcRequestId = Header(response, "opc-request-id"),
            OpcNextPage = Header(response, "opc-next-page"),
            Items = await ReadAsync<List<PreauthenticatedRequestSummary>>(response).ConfigureAwait(false),
        };
    }

    public async Task<DeletePreauthenticatedRequestResponse> DeletePreauthenticatedRequest(
        DeletePreauthenticatedRequestRequest request,
        RetryConfiguration retryConfiguration = null,
        CancellationToken cancellationToken = default,
        HttpCompletionOption completionOption = HttpCompletionOption.ResponseContentRead)
    {
        var wire = InBucket(HttpMethod.Delete, request.NamespaceName, request.BucketName, request.OpcClientRequestId)
            .Path("p", request.ParId, nameof(request.ParId));
        var response = await SendAsync(wire, retryConfiguration, completionOption, cancellationToken).ConfigureAwait(false);
        return new DeletePreauthenticatedRequestResponse
        {
            httpResponseMessage = response,
            OpcClientRequestId = Header(response, "opc-client-request-id"),
            OpcRequestId = Header(response, "opc-request-id"),
        };
    }

    private static ServiceRequest Request(HttpMethod method, string clientRequestId) =>
        new ServiceRequest(method).Header("opc-client-request-id", clientRequestId);

    private static ServiceRequest InBucket(HttpMethod method, string namespaceName, string bucketName, string clientRequestId) =>
        Request(method, clientRequestId).Path("n", namespaceName, "NamespaceName").Path("b", bucketName, "BucketName");

    private static string CamelCase(GetBucketRequest.FieldsEnum field)
    {
        var name = field.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }

    /// <summary>User metadata without its prefix, null when there is none. (A request's has the prefix: names are sent as they are.)</summary>
    private static Dictionary<string, string> Metadata(HttpResponseMessage response)
    {
        const string prefix = "opc-meta-";
        var metadata = response.Headers
            .Where(h => h.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(h => h.Key[prefix.Length..], h => h.Value.First());
        return metadata.Count > 0 ? metadata : null;
    }

    private static DateTime? Date(HttpResponseMessage response, string name) => Header(response, name) is { } text
        ? DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal)
        : null;
}
