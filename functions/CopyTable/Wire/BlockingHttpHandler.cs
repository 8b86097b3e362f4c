using System.Collections.Concurrent;
using SnapshotBridge.Copying;

namespace SnapshotBridge.CopyTable.Wire;

/// <summary>
/// HTTP/1.1 by blocking calls on the threads that are for transfers (<see cref="TransferThreads"/>): what it returns there has
/// completed, and so has every read of a body. Per gigabyte that takes a fifth less processor time than sockets that
/// wake the thread pool for each piece. Everywhere else, where a proxy is to be used, and what has no known length, another
/// handler sends.
/// Redirects are not followed, cookies not kept, bodies not decompressed.
/// </summary>
/// <param name="elsewhere">Sends what is not sent from a transfer's thread; owned.</param>
/// <param name="time">The clock.</param>
internal sealed class BlockingHttpHandler(HttpMessageHandler elsewhere, TimeProvider time) : HttpMessageHandler
{
    // Services close idle connections after 5 to 60 s; whether this one has is looked at besides.
    private static readonly TimeSpan LongestIdle = TimeSpan.FromSeconds(60);

    // A service's addresses change; a connection that is kept for longer would miss that.
    private static readonly TimeSpan LongestLife = TimeSpan.FromMinutes(10);

    private readonly HttpMessageInvoker _elsewhere = new(elsewhere);
    private readonly ConcurrentDictionary<BlockingConnection, bool> _open = new();
    private readonly ConcurrentDictionary<(string Scheme, string Authority), ConcurrentStack<BlockingConnection>> _idle = new();

    private volatile bool _isDisposed;

    /// <summary>How long connecting may take, TLS included.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a service that was asked for its go-ahead may take before the body is sent without it.</summary>
    public TimeSpan ExpectContinueTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How TLS is negotiated.</summary>
    public TlsNegotiation Negotiate { get; init; } = Tls.Negotiate;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var uri = request.RequestUri ?? throw new ArgumentException("The request has no URI.", nameof(request));
        return TransferThreads.IsHere && request.Content is null or { Headers.ContentLength: not null } && HttpClient.DefaultProxy.IsBypassed(uri)
            ? ExchangeAsync(request, uri, cancellationToken)
            : _elsewhere.SendAsync(request, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _elsewhere.Dispose();
            _isDisposed = true;
            foreach (var connection in _open.Keys)
            {
                // Whoever uses it disposes it once its call has come back.
                connection.Abort();
            }

            foreach (var idle in _idle.Values)
            {
                while (idle.TryPop(out var connection))
                {
                    connection.Dispose();
                }
            }
        }

        base.Dispose(disposing);
    }

    private async Task<HttpResponseMessage> ExchangeAsync(HttpRequestMessage request, Uri uri, CancellationToken cancellationToken)
    {
        var idle = _idle.GetOrAdd((uri.Scheme, uri.Authority), _ => new ConcurrentStack<BlockingConnection>());
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (connection, isReused) = Rent(idle, uri, cancellationToken);
            try
            {
                using (connection.AbortWith(cancellationToken))
                {
                    return await HttpExchange.RunAsync(connection, request, ExpectContinueTimeout, whenDone: () => Return(idle, connection), cancellationToken);
                }
            }
            catch (Exception failure) when (cancellationToken.IsCancellationRequested)
            {
                connection.Dispose();
                throw new OperationCanceledException("The request was given up.", failure, cancellationToken);
            }
            catch (IOException) when (isReused && !connection.HasAnswered && (request.Method == HttpMethod.Get || request.Method == HttpMethod.Head))
            {
                // Closed by the service in the moment in which it was to be used again: nothing has happened.
                connection.Dispose();
            }
            catch (IOException failure)
            {
                connection.Dispose();
                throw new HttpRequestException($"The exchange with {uri.Authority} failed: {failure.Message}", failure);
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        }
    }

    private (BlockingConnection Connection, bool IsReused) Rent(ConcurrentStack<BlockingConnection> idle, Uri uri, CancellationToken cancellationToken)
    {
        while (idle.TryPop(out var known))
        {
            if (time.GetElapsedTime(known.IdleSince) < LongestIdle && time.GetElapsedTime(known.OpenedAt) < LongestLife && known.IsUsable)
            {
                return (known, true);
            }

            known.Dispose();
        }

        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var connection = BlockingConnection.Open(uri, Negotiate, ConnectTimeout, time, cancellationToken);
        connection.Closed = () => _open.TryRemove(connection, out _);
        _open[connection] = true;
        if (_isDisposed)
        {
            connection.Dispose();
            ObjectDisposedException.ThrowIf(_isDisposed, this);
        }

        return (connection, false);
    }

    private void Return(ConcurrentStack<BlockingConnection> idle, BlockingConnection connection)
    {
        connection.IdleSince = time.GetTimestamp();
        idle.Push(connection);
        if (_isDisposed && idle.TryPop(out var late))
        {
            late.Dispose();
        }
    }
}
