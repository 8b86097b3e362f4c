using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Amazon.S3;
using Amazon.S3.Model;
using SnapshotBridge.Errors;
using SnapshotBridge.Planning;
using SnapshotBridge.Storage;

namespace SnapshotBridge.Aws;

/// <summary>
/// The control documents as JSON objects in the export bucket. Failures name the action, the bucket and the key:
/// <see cref="AwsServiceUnavailableException"/> is transient, every other one is final.
/// </summary>
public sealed class S3DocumentStore(IAmazonS3 s3, string bucket) : IDocumentStore, IExportListing
{
    private const string JsonContentType = "application/json";

    public string Bucket => bucket;

    /// <inheritdoc />
    public async Task<T?> ReadAsync<T>(string key, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class
    {
        var request = new GetObjectRequest { BucketName = bucket, Key = key };
        try
        {
            using var response = await s3.GetObjectAsync(request, cancellationToken);
            return await JsonSerializer.DeserializeAsync(response.ResponseStream, type, cancellationToken)
                ?? throw new DocumentInvalidException(bucket, key, "it holds the JSON value null");
        }
        catch (JsonException exception)
        {
            throw new DocumentInvalidException(bucket, key, $"it is not the JSON of a {typeof(T).Name} ({exception.Message})", exception);
        }
        catch (Exception exception) when (AwsErrors.Kind(exception, cancellationToken) == AwsErrorKind.NotFound)
        {
            return null;
        }
        catch (Exception exception) when (Wrap(exception, "s3:GetObject", key, cancellationToken) is { } wrapped)
        {
            throw wrapped;
        }
    }

    /// <inheritdoc />
    public async Task WriteAsync<T>(string key, T document, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class
    {
        using var content = Json(document, type);
        await PutAsync(key, content, JsonContentType, createOnly: false, cancellationToken);
    }

    /// <inheritdoc />
    public async Task<bool> TryCreateAsync<T>(string key, T document, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class
    {
        using var content = Json(document, type);
        try
        {
            await PutAsync(key, content, JsonContentType, createOnly: true, cancellationToken);
            return true;
        }
        catch (AwsRequestFailedException refused) when (refused.InnerException is AmazonS3Exception
        {
            // 409 ConditionalRequestConflict: another writer's request is under way at this moment.
            StatusCode: HttpStatusCode.PreconditionFailed or HttpStatusCode.Conflict
        })
        {
            return false;
        }
    }

    /// <inheritdoc />
    public async Task WriteTextAsync(string key, string text, string contentType, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text));
        await PutAsync(key, content, contentType, createOnly: false, cancellationToken);
    }

    /// <inheritdoc />
    public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken) =>
        ListAsync(prefix, after: null, cancellationToken);

    /// <inheritdoc />
    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? continuation = null;
        do
        {
            var request = new ListObjectsV2Request { BucketName = bucket, Prefix = prefix, StartAfter = after, ContinuationToken = continuation };
            var page = await AwsErrors.CallAsync(
                token => s3.ListObjectsV2Async(request, token), "s3:ListBucket", $"s3://{bucket}/{prefix}", bucket, cancellationToken);
            foreach (var item in page.S3Objects ?? [])
            {
                yield return new StoredObject(item.Key, item.Size ?? 0, item.ETag ?? "", item.ChecksumAlgorithm?.FirstOrDefault());
            }

            continuation = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (continuation is not null);
    }

    /// <inheritdoc />
    public async Task DeleteAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            await s3.DeleteObjectAsync(new DeleteObjectRequest { BucketName = bucket, Key = key }, cancellationToken);
        }
        catch (Exception exception) when (AwsErrors.Kind(exception, cancellationToken) == AwsErrorKind.NotFound)
        {
            // S3 answers 204 for a key that is gone; other servers answer 404. Both mean the same.
        }
        catch (Exception exception) when (Wrap(exception, "s3:DeleteObject", key, cancellationToken) is { } wrapped)
        {
            throw wrapped;
        }
    }

    /// <summary>In memory: the body can be sent again by the SDK's retries.</summary>
    private static MemoryStream Json<T>(T document, JsonTypeInfo<T> type)
    {
        var content = new MemoryStream();
        JsonSerializer.Serialize(content, document, type);
        content.Position = 0;
        return content;
    }

    private async Task PutAsync(string key, MemoryStream content, string contentType, bool createOnly, CancellationToken cancellationToken)
    {
        var request = new PutObjectRequest
        {
            BucketName = bucket,
            Key = key,
            InputStream = content,
            AutoCloseStream = false,
            ContentType = contentType,
            IfNoneMatch = createOnly ? "*" : null,
            // One plain signed body: understood by every S3 server, and the document is in memory anyway.
            UseChunkEncoding = false,
        };
        await AwsErrors.CallAsync(token => s3.PutObjectAsync(request, token), "s3:PutObject", Target(key), bucket, cancellationToken);
    }

    private BridgeException? Wrap(Exception exception, string operation, string key, CancellationToken cancellationToken) =>
        AwsErrors.Wrap(exception, operation, Target(key), bucket, cancellationToken);

    private string Target(string key) => $"s3://{bucket}/{key}";
}
