using System.Globalization;
using System.Net;
using Newtonsoft.Json;
using Oci.Common;
using Oci.Common.Auth;
using Oci.Common.Model;
using Oci.ObjectstorageService;
using Oci.ObjectstorageService.Models;
using Oci.ObjectstorageService.Requests;
using SnapshotBridge.Copying;
using SnapshotBridge.Errors;
using SnapshotBridge.Loading;
using SnapshotBridge.Oci;

namespace SnapshotBridge.LoadTables;

/// <summary>
/// Creates, finds and deletes PARs with the OCI SDK, and lists through them without it. What the SDK lacks is added here:
/// a timeout of our own (it ignores cancellation tokens), repetition (its own would buffer bodies), and a meaning for its
/// exceptions (it throws parser errors for answers that are not JSON).
/// </summary>
internal sealed class OciPreauthenticatedRequests : IPreauthenticatedRequests, IDisposable
{
    private const int Attempts = 5;

    // One tenancy saw 404 BucketNotFound on valid requests: it is not believed at once.
    private const int BelievedBucketNotFound = 3;

    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    private readonly ObjectStorageClient _client;
    private readonly ParClient _reader;
    private readonly OciCredentials _credentials;
    private readonly OciBucket _bucket;
    private readonly string _region;
    private readonly Uri? _endpoint;
    private readonly DateTimeOffset _deadline;
    private readonly TimeProvider _time;

    /// <param name="credentials">The API key.</param>
    /// <param name="bucket">The destination bucket.</param>
    /// <param name="options">Region and endpoint.</param>
    /// <param name="deadline">When the invocation ends.</param>
    /// <param name="time">The clock.</param>
    public OciPreauthenticatedRequests(OciCredentials credentials, OciBucket bucket, LoadTablesOptions options, DateTimeOffset deadline, TimeProvider time)
    {
        _credentials = credentials;
        _bucket = bucket;
        _region = options.OciRegion;
        _endpoint = options.OciEndpointIsCustom ? options.OciEndpoint : null;
        _deadline = deadline;
        _time = time;
        var provider = new SimpleAuthenticationDetailsProvider
        {
            TenantId = credentials.Tenancy,
            UserId = credentials.User,
            Fingerprint = credentials.Fingerprint,
            Region = RegionOf(options.OciRegion),
            PrivateKeySupplier = new PrivateKeySupplier(credentials.ExportPrivateKeyPem()),
        };
        var configuration = new ClientConfiguration { TimeoutMillis = (int)CallTimeout.TotalMilliseconds };
        _client = new ObjectStorageClient(provider, configuration, options.OciEndpoint.AbsoluteUri.TrimEnd('/'));
        _reader = new ParClient(new OciClientOptions { Endpoint = options.OciEndpoint, Region = options.OciRegion, Time = time });
    }

    /// <inheritdoc />
    public async Task<LoadPar> CreateAsync(string name, string prefix, DateTimeOffset expires, CancellationToken cancellationToken)
    {
        var request = new CreatePreauthenticatedRequestRequest
        {
            NamespaceName = _bucket.NamespaceName,
            BucketName = _bucket.BucketName,
            CreatePreauthenticatedRequestDetails = new CreatePreauthenticatedRequestDetails
            {
                Name = name,
                ObjectName = prefix,
                AccessType = CreatePreauthenticatedRequestDetails.AccessTypeEnum.AnyObjectRead,
                BucketListingAction = PreauthenticatedRequest.BucketListingActionEnum.ListObjects,
                TimeExpires = expires.UtcDateTime,
            },
        };
        // An answer that is lost leaves a PAR that nobody knows: it is found by its name and removed before the next one is made.
        var created = (await CallAsync("CreatePreauthenticatedRequest", () => _client.CreatePreauthenticatedRequest(request), cancellationToken)).PreauthenticatedRequest;
        var address = _endpoint is null && !string.IsNullOrEmpty(created.FullPath)
            ? created.FullPath
            : $"{(_endpoint ?? OciClientOptions.EndpointOf(_region)).AbsoluteUri.TrimEnd('/')}{created.AccessUri}";
        return new LoadPar(address);
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<ParSummary>> FindAsync(string namePrefix, CancellationToken cancellationToken)
    {
        var found = new List<ParSummary>();
        string? page = null;
        do
        {
            var request = new ListPreauthenticatedRequestsRequest { NamespaceName = _bucket.NamespaceName, BucketName = _bucket.BucketName, Limit = 1000, Page = page };
            var answer = await CallAsync("ListPreauthenticatedRequests", () => _client.ListPreauthenticatedRequests(request), cancellationToken);
            found.AddRange((answer.Items ?? [])
                .Where(item => item.Name?.StartsWith(namePrefix, StringComparison.Ordinal) == true)
                .Select(item => new ParSummary(item.Id, item.Name)));
            page = string.IsNullOrEmpty(answer.OpcNextPage) ? null : answer.OpcNextPage;
        }
        while (page is not null);
        return found;
    }

    /// <inheritdoc />
    public async Task DeleteAsync(string id, CancellationToken cancellationToken)
    {
        var request = new DeletePreauthenticatedRequestRequest { NamespaceName = _bucket.NamespaceName, BucketName = _bucket.BucketName, ParId = id };
        try
        {
            await CallAsync("DeletePreauthenticatedRequest", () => _client.DeletePreauthenticatedRequest(request), cancellationToken);
        }
        catch (OciRequestRejectedException exception) when (exception.Status == (int)HttpStatusCode.NotFound)
        {
            // Gone already: expired, or removed by another execution.
        }
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<SinkListing>> ListThroughAsync(LoadPar par, string prefix, CancellationToken cancellationToken)
    {
        var objects = new List<SinkListing>();
        await foreach (var item in _reader.ListObjectsAsync(ParUrl.Parse(par.Reveal()), prefix, _deadline, cancellationToken))
        {
            objects.Add(new SinkListing(item.Name, item.SizeBytes, item.ETag ?? ""));
        }

        return objects;
    }

    public void Dispose()
    {
        _client.Dispose();
        _reader.Dispose();
    }

    /// <summary>
    /// The SDK fails on a null region even where an endpoint is given, as it always is here. It does not know regions that are
    /// newer than itself: any other then does.
    /// </summary>
    private static Region RegionOf(string regionId)
    {
        try
        {
            return Region.FromRegionId(regionId);
        }
        catch (ArgumentException)
        {
            return Region.FromRegionId("us-ashburn-1");
        }
    }

    private async Task<T> CallAsync<T>(string operation, Func<Task<T>> call, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            BridgeException failure;
            bool repeat;
            try
            {
                return await call().WaitAsync(CallTimeout, _time, cancellationToken);
            }
            catch (Exception exception) when (exception is not BridgeException && !cancellationToken.IsCancellationRequested)
            {
                (failure, repeat) = Judge(operation, exception, attempt);
            }

            // 0.5 s to 4 s, each between a half and the whole, so that executions do not meet again.
            var wait = TimeSpan.FromSeconds(0.25 * (1 << (attempt - 1)) * (1 + Random.Shared.NextDouble()));
            if (!repeat || attempt >= Attempts || _time.GetUtcNow() + wait >= _deadline)
            {
                throw failure;
            }

            await Task.Delay(wait, _time, cancellationToken);
        }
    }

    /// <summary>What an exception of the SDK means. None of them is passed on inside: parser errors may quote the answer, and with it a PAR.</summary>
    private (BridgeException Failure, bool Repeat) Judge(string operation, Exception exception, int attempt)
    {
        var target = $"{operation} {_bucket.NamespaceName}/{_bucket.BucketName}";
        var attempts = string.Create(CultureInfo.InvariantCulture, $"{attempt} attempts");
        if (exception is not OciException answer)
        {
            // No connection, a timeout, or an answer that is no JSON: a proxy or a gateway spoke.
            return exception is HttpRequestException or IOException or TimeoutException or OperationCanceledException or JsonException or InvalidCastException
                ? (new TransferInterruptedException(target, $"{exception.GetType().Name}, {attempts}"), true)
                : (new OciRequestRejectedException(target, 0, null, $"{exception.GetType().Name}: {SecretMask.Mask(exception.Message)}", null), false);
        }

        var status = (int)answer.StatusCode;
        var text = SecretMask.Mask(answer.Message ?? "");
        return status switch
        {
            401 => (new OciAuthenticationFailedException(target, _credentials.KeyId, null, answer.OpcRequestId), false),
            404 when answer.ServiceCode is "BucketNotFound" or "NamespaceNotFound" or "NotAuthorizedOrNotFound" =>
                (new OciBucketNotFoundException(operation, _bucket.NamespaceName, _bucket.BucketName, _region, answer.OpcRequestId), attempt <= BelievedBucketNotFound),
            429 or 503 => (new TransferThrottledException(target, $"{status} {answer.ServiceCode}, {attempts}"), true),
            408 or 409 or (>= 500 and not 501) => (new TransferInterruptedException(target, $"{status} {answer.ServiceCode}, {attempts}"), true),
            _ => (new OciRequestRejectedException(target, status, answer.ServiceCode, text, answer.OpcRequestId), false),
        };
    }
}
