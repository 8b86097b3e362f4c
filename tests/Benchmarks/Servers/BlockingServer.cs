using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace SnapshotBridge.Benchmarks.Servers;

/// <summary>An HTTP/1.1 server on the loopback interface with one thread per connection.</summary>
internal sealed class BlockingServer : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly SslServerAuthenticationOptions? _tls;
    private readonly Action<HttpExchange> _handler;
    private readonly Action<Exception> _failed;

    private BlockingServer(SslServerAuthenticationOptions? tls, Action<HttpExchange> handler, Action<Exception> failed)
    {
        _tls = tls;
        _handler = handler;
        _failed = failed;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        Endpoint = new Uri($"{(tls is null ? "http" : "https")}://127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}");
    }

    public Uri Endpoint { get; }

    /// <summary>Starts serving, until disposed or the process ends.</summary>
    /// <param name="tls">How TLS is spoken; null for plain HTTP.</param>
    /// <param name="handler">Answers one request; it may throw what a broken connection throws.</param>
    /// <param name="failed">Told what else it threw.</param>
    public static BlockingServer Start(SslServerAuthenticationOptions? tls, Action<HttpExchange> handler, Action<Exception> failed)
    {
        var server = new BlockingServer(tls, handler, failed);
        new Thread(server.Accept) { IsBackground = true }.Start();
        return server;
    }

    public void Dispose() => _listener.Dispose();

    private void Accept()
    {
        try
        {
            while (true)
            {
                var socket = _listener.Accept();
                socket.NoDelay = true;
                new Thread(() => Serve(socket), 512 * 1024) { IsBackground = true }.Start();
            }
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private void Serve(Socket socket)
    {
        try
        {
            using var network = new NetworkStream(socket, ownsSocket: true);
            using var secure = _tls is null ? null : new SslStream(network);
            secure?.AuthenticateAsServer(_tls!);
            var connection = new HttpConnection(secure ?? (Stream)network);
            while (connection.ReadHead() is { } head)
            {
                var exchange = new HttpExchange(connection, head);
                _handler(exchange);
                exchange.Finish();
                if (head.Closes)
                {
                    return;
                }
            }
        }
        catch (Exception failure) when (failure is IOException or SocketException)
        {
            // The client went away; what it did not finish is missing from the ledger.
        }
        catch (Exception failure)
        {
            _failed(failure);
        }
    }
}
