using System.Runtime.CompilerServices;
using SnapshotBridge.Copying;
using SnapshotBridge.Errors;

namespace SnapshotBridge.Oci;

/// <summary>
/// Lists and reads objects through a pre-authenticated request, as HeatWave does: no key, no signature. Repeats and
/// throws like <see cref="OciObjectStorage"/>; a PAR that is not honoured is a <see cref="ParRejectedException"/>.
/// Names are whole object names, the PAR's prefix included.
/// </summary>
/// <param name="options">The endpoint is taken from each PAR; the rest applies.</param>
public sealed class ParClient(OciClientOptions options) : IDisposable
{
    private readonly OciTransport _transport = new(options, credentials: null);

    /// <summary>All objects whose names begin with a prefix, which must lie within the PAR's own, over all pages.</summary>
    /// <exception cref="ParRejectedException">The PAR is expired, deleted, or does not allow this listing.</exception>
    public async IAsyncEnumerable<OciListedObject> ListObjectsAsync(
        ParUrl par, string prefix, DateTimeOffset deadline, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(par);
        string? start = null;
        do
        {
            var call = Call("ListObjects", HttpMethod.Get, par, prefix, OciPaths.ParObjects(par) + OciObjectStorage.ListQuery(prefix, start, 1000));
            using var answer = await _transport.SendAsync(call, deadline, cancellationToken);
            if (answer.Error is not null)
            {
                throw OciAnswers.Rejected(call, answer, answer.Error);
            }

            var (objects, next) = OciObjectStorage.Page(call, answer);
            foreach (var listed in objects)
            {
                yield return listed;
            }

            start = next;
        }
        while (start is not null);
    }

    /// <summary>What the service says about an object, or null where there is none (or where the PAR does not cover it: HEAD does not tell).</summary>
    public async Task<OciObjectInfo?> HeadObjectAsync(ParUrl par, string name, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(par);
        var call = Call("HeadObject", HttpMethod.Head, par, name, OciPaths.ParObjects(par) + Uri.EscapeDataString(name));
        using var answer = await _transport.SendAsync(call, deadline, cancellationToken);
        return answer.Error switch
        {
            null => OciAnswers.Info(call, answer),
            { Status: 404 } => null,
            var error => throw OciAnswers.Rejected(call, answer, error),
        };
    }

    /// <summary>Opens an object's bytes, or null where there is none.</summary>
    /// <exception cref="ParRejectedException">The PAR is expired, deleted, or does not cover this name.</exception>
    /// <exception cref="TransferInterruptedException">The connection failed until attempts or time were used up.</exception>
    public Task<OciObjectContent?> GetObjectAsync(ParUrl par, string name, OciRange? range, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(par);
        var call = Call("GetObject", HttpMethod.Get, par, name, OciPaths.ParObjects(par) + Uri.EscapeDataString(name)) with
        {
            Headers = range is { } bytes ? [new("range", bytes.HeaderValue)] : [],
            Streams = true,
        };
        return OciObjectStorage.OpenAsync(_transport, call, deadline, cancellationToken);
    }

    public void Dispose() => _transport.Dispose();

    private static OciCall Call(string operation, HttpMethod method, ParUrl par, string name, string pathAndQuery) => new()
    {
        Operation = operation,
        Target = $"{par.NamespaceName}/{par.BucketName}/{name}",
        Method = method,
        PathAndQuery = pathAndQuery,
        Bucket = new OciBucket(par.NamespaceName, par.BucketName),
        Par = par,
    };
}
