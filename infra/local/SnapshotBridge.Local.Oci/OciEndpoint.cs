using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace SnapshotBridge.Local.Oci;

/// <summary>
/// OCI Object Storage's native API on loopback: signatures checked with the registered public keys, objects with
/// checksums and conditions, multipart uploads, listings, and pre-authenticated requests with prefix scope.
/// </summary>
public sealed class OciEndpoint : IAsyncDisposable
{
    /// <summary>A commit of 10,000 parts has about 600 KB.</summary>
    private const int MaximumJsonBytes = 4 * 1024 * 1024;

    private readonly WebApplication _server;
    private readonly TimeProvider _time;
    private readonly string? _ownFolder;

    // Kestrel keeps no strong reference to a connection. One that waits for no network and no timer, as a stalled one whose
    // body is not read, would be collected, and its client would see a reset instead of the stall.
    private readonly ConcurrentDictionary<long, OciExchange> _underWay = new();
    private long _number;

    private OciEndpoint(WebApplication server, OciStore store, TimeProvider time, string? ownFolder)
    {
        (_server, Store, _time, _ownFolder) = (server, store, time, ownFolder);
    }

    /// <summary>The service's root, such as <c>http://127.0.0.1:41234/</c>.</summary>
    public Uri Endpoint { get; private set; } = null!;

    /// <summary>What it holds and has been asked.</summary>
    public OciStore Store { get; }

    /// <summary>What is to go wrong.</summary>
    public OciFaults Faults { get; } = new();

    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<OciEndpoint> StartAsync(OciEndpointOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var ownFolder = options.Folder is null ? Directory.CreateTempSubdirectory("snapshotbridge-oci-").FullName : null;
        var folder = Directory.CreateDirectory(ownFolder ?? options.Folder!).FullName;
        var store = new OciStore(options.Namespace, folder, options.Time);
        foreach (var bucket in options.Buckets)
        {
            store.CreateBucket(bucket);
        }

        foreach (var user in options.Users)
        {
            store.AddUser(user);
        }

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, options.Port);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;

            // Slowness is provoked and judged by the clients, not by this server.
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;

            // A name of 1,024 bytes takes 3,072 when escaped; metadata takes up to 4,000.
            kestrel.Limits.MaxRequestLineSize = 32 * 1024;
            kestrel.Limits.MaxRequestHeadersTotalSize = 64 * 1024;
        });
        var server = builder.Build();
        var endpoint = new OciEndpoint(server, store, options.Time, ownFolder);
        server.Run(endpoint.HandleAsync);
        try
        {
            await server.StartAsync(cancellationToken);
        }
        catch
        {
            await endpoint.DisposeAsync();
            throw;
        }

        endpoint.Endpoint = new Uri(server.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single());
        return endpoint;
    }

    public async ValueTask DisposeAsync()
    {
        // Stalled connections are part of the tests; they do not hold up the end.
        using (var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1)))
        {
            await _server.StopAsync(patience.Token);
        }

        await _server.DisposeAsync();
        if (_ownFolder is not null)
        {
            Directory.Delete(_ownFolder, recursive: true);
        }
    }

    private async Task HandleAsync(HttpContext http)
    {
        var rawTarget = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var target = OciTarget.Parse(http.Request.Method, rawTarget);
        var part = int.TryParse(target.Query.GetValueOrDefault("uploadPartNum"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : (int?)null;
        var info = new OciRequestInfo(
            Interlocked.Increment(ref _number),
            target.Operation,
            target.Bucket,
            target.Name,
            target.Query.GetValueOrDefault("uploadId"),
            part,
            target.ParToken is not null,
            target.Operation == OciOperation.ListObjects ? target.Query.GetValueOrDefault("prefix") : null);
        var exchange = new OciExchange(http, target, info, Faults.For(info), Store, _time.GetUtcNow());
        _underWay[info.Number] = exchange;
        try
        {
            await RunAsync(exchange, rawTarget);
        }
        catch (OciProblem problem)
        {
            await exchange.AnswerProblemAsync(problem);
        }
        catch (Exception failure) when (failure is OperationCanceledException or ConnectionResetException or BadHttpRequestException
            || (failure is IOException && http.RequestAborted.IsCancellationRequested))
        {
            exchange.Record(0, null, "the client went away");
        }
        catch (Exception failure)
        {
            exchange.Record(StatusCodes.Status500InternalServerError, null, failure.ToString());
            throw;
        }
        finally
        {
            _underWay.TryRemove(info.Number, out _);
        }
    }

    private async Task RunAsync(OciExchange exchange, string rawTarget)
    {
        var http = exchange.Http;
        if (exchange.Fault<OciFaultAction.Delay>() is { } delay)
        {
            await Task.Delay(delay.Time, http.RequestAborted);
        }

        if (exchange.Fault<OciFaultAction.Hold>() is { } hold)
        {
            await hold.Until.WaitAsync(http.RequestAborted);
        }

        if (exchange.Fault<OciFaultAction.Answer>() is { } answer)
        {
            exchange.Set("retry-after", answer.RetryAfter is { } wait ? Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture) : null);
            await exchange.AnswerAsync(answer.Status, answer.ContentType, answer.Body, answer.Code, "provoked");
            return;
        }

        if (exchange.Target.ParToken is not null)
        {
            exchange.Par = ParHandlers.Authorize(exchange, _time.GetUtcNow());
            exchange.User = exchange.Par.Creator;
        }
        else
        {
            await AuthenticateAsync(exchange, rawTarget);
            Authorize(exchange);
        }

        await CarryOutAsync(exchange);
    }

    private async Task AuthenticateAsync(OciExchange exchange, string rawTarget)
    {
        // PutObject and UploadPart are signed without their bodies; every other request that has one signs it.
        var request = exchange.Http.Request;
        var signsBody = request.Method is "POST" or "PUT" && exchange.Target.Operation is not (OciOperation.PutObject or OciOperation.UploadPart);
        if (signsBody)
        {
            exchange.JsonBody = await ReadJsonAsync(exchange);
        }

        exchange.User = SignatureVerifier.Verify(request, rawTarget, signsBody ? exchange.JsonBody : null, Store.User, _time.GetUtcNow());
    }

    private static async Task<byte[]> ReadJsonAsync(OciExchange exchange)
    {
        using var body = new MemoryStream();
        var piece = new byte[16 * 1024];
        int read;
        while ((read = await exchange.Http.Request.Body.ReadAsync(piece, exchange.Aborted)) > 0)
        {
            exchange.BytesReceived += read;
            if (body.Length + read > MaximumJsonBytes)
            {
                throw new OciProblem(413, "RequestEntityTooLarge", $"The body is longer than {MaximumJsonBytes} bytes");
            }

            body.Write(piece, 0, read);
        }

        return body.ToArray();
    }

    private void Authorize(OciExchange exchange)
    {
        var target = exchange.Target;
        if (target.Operation is OciOperation.GetNamespace)
        {
            return;
        }

        if (target.Operation is OciOperation.Unknown)
        {
            throw new OciProblem(404, "NotFound", "There is no such operation", $"{exchange.Http.Request.Method} is no operation of Object Storage on this target");
        }

        if (target.Namespace != Store.Namespace)
        {
            throw new OciProblem(404, "NamespaceNotFound", $"You do not have authorization to perform this request, or the namespace '{target.Namespace}' does not exist");
        }

        var needed = Needed(target.Operation);
        if (!exchange.User!.Has(needed))
        {
            throw OciProblem.BucketNotFound(target.Bucket ?? "", Store.Namespace, $"the user lacks {needed & ~exchange.User.Permissions}");
        }

        if (target.Operation != OciOperation.ListBuckets && !Store.HasBucket(target.Bucket))
        {
            throw OciProblem.BucketNotFound(target.Bucket ?? "", Store.Namespace, "there is no such bucket");
        }
    }

    private static OciPermissions Needed(OciOperation operation) => operation switch
    {
        OciOperation.ListBuckets => OciPermissions.BucketInspect,
        OciOperation.HeadBucket or OciOperation.GetBucket or OciOperation.ListMultipartUploads
            or OciOperation.ListPreauthenticatedRequests or OciOperation.GetPreauthenticatedRequest => OciPermissions.BucketRead,
        OciOperation.PutObject => OciPermissions.ObjectCreate,
        OciOperation.CreateMultipartUpload or OciOperation.UploadPart or OciOperation.CommitMultipartUpload => OciPermissions.ObjectCreate | OciPermissions.ObjectOverwrite,
        OciOperation.HeadObject or OciOperation.ListObjects or OciOperation.ListMultipartUploadParts => OciPermissions.ObjectInspect,
        OciOperation.GetObject => OciPermissions.ObjectRead,
        OciOperation.DeleteObject or OciOperation.AbortMultipartUpload => OciPermissions.ObjectDelete,
        OciOperation.CreatePreauthenticatedRequest or OciOperation.DeletePreauthenticatedRequest => OciPermissions.ParManage,
        _ => OciPermissions.None,
    };

    private Task CarryOutAsync(OciExchange exchange) => exchange.Target.Operation switch
    {
        OciOperation.GetNamespace => ListHandlers.NamespaceAsync(exchange),
        OciOperation.ListBuckets => ListHandlers.BucketsAsync(exchange),
        OciOperation.HeadBucket => exchange.AnswerAsync(StatusCodes.Status200OK),
        OciOperation.GetBucket => ListHandlers.BucketAsync(exchange),
        OciOperation.ListObjects => ListHandlers.ObjectsAsync(exchange),
        OciOperation.PutObject => ObjectHandlers.PutAsync(exchange, _time),
        OciOperation.HeadObject => ObjectHandlers.HeadAsync(exchange),
        OciOperation.GetObject => ObjectHandlers.GetAsync(exchange),
        OciOperation.DeleteObject => ObjectHandlers.DeleteAsync(exchange),
        OciOperation.CreateMultipartUpload => UploadHandlers.CreateAsync(exchange, _time),
        OciOperation.UploadPart => UploadHandlers.PartAsync(exchange),
        OciOperation.CommitMultipartUpload => UploadHandlers.CommitAsync(exchange, _time),
        OciOperation.AbortMultipartUpload => UploadHandlers.AbortAsync(exchange),
        OciOperation.ListMultipartUploadParts => UploadHandlers.ListPartsAsync(exchange),
        OciOperation.ListMultipartUploads => UploadHandlers.ListAsync(exchange),
        OciOperation.CreatePreauthenticatedRequest => ParHandlers.CreateAsync(exchange, _time),
        OciOperation.GetPreauthenticatedRequest => ParHandlers.GetAsync(exchange),
        OciOperation.ListPreauthenticatedRequests => ParHandlers.ListAsync(exchange),
        OciOperation.DeletePreauthenticatedRequest => ParHandlers.DeleteAsync(exchange),
        var operation => throw new InvalidOperationException($"{operation} passed the routing but is not carried out."),
    };
}
