using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using SnapshotBridge.Local.Databases.Servers;

namespace SnapshotBridge.Local.Databases.HeatWave.Front;

/// <summary>
/// The door through which clients reach the stand-in's server: it speaks the MySQL protocol and makes the server answer as
/// HeatWave does. On 127.0.0.1; closed while the server is down.
/// </summary>
internal sealed partial class MySqlFront(MySqlServer server, StatementTranslator translator, ILogger logger) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _sessions = [];
    private readonly X509Certificate2? _certificate = server.CertificateFiles is var (certificate, key) ? X509Certificate2.CreateFromPemFile(certificate, key) : null;
    private CancellationTokenSource? _stop;
    private HeldPort? _held;
    private Socket? _listener;
    private Task _accepting = Task.CompletedTask;

    /// <summary>The port; it stays the same when the front is closed and opened again.</summary>
    public int Port { get; private set; }

    /// <summary>Accepts connections.</summary>
    /// <param name="port">The port, or 0 for any free one.</param>
    /// <exception cref="DatabaseServerException">Somebody else has the port.</exception>
    public void Open(int port)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (HeldPort.LetsAnotherListen)
            {
                _held ??= new HeldPort(port);
            }

            listener.Bind(new IPEndPoint(IPAddress.Loopback, _held?.Number ?? port));
            listener.Listen(128);
        }
        catch (SocketException e)
        {
            listener.Dispose();
            throw new DatabaseServerException($"Port {port} of 127.0.0.1 cannot be opened for HeatWave: {e.Message}");
        }

        Port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        _listener = listener;
        _stop = new CancellationTokenSource();
        _accepting = AcceptAsync(listener, _stop.Token);
    }

    /// <summary>Refuses new connections; those that stand go on.</summary>
    public void Refuse()
    {
        _listener?.Dispose();
        _listener = null;
    }

    /// <summary>Refuses new connections and breaks those that stand.</summary>
    public async Task CloseAsync()
    {
        Refuse();
        if (_stop is not { } stop)
        {
            return;
        }

        _stop = null;
        await stop.CancelAsync();
        await _accepting;
        Task[] sessions;
        lock (_lock)
        {
            sessions = [.. _sessions];
        }

        await Task.WhenAll(sessions);
        stop.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _held?.Dispose();
        _certificate?.Dispose();
    }

    private async Task AcceptAsync(Socket listener, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptAsync(cancellationToken);
                client.NoDelay = true;
                var session = ServeAsync(client, cancellationToken);
                lock (_lock)
                {
                    _sessions.Add(session);
                }

                _ = session.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The listener was closed.
        }
    }

    private void Forget(Task session)
    {
        lock (_lock)
        {
            _sessions.Remove(session);
        }
    }

    private async Task ServeAsync(Socket client, CancellationToken cancellationToken)
    {
        try
        {
            await using var reads = new LakehouseReads(server.ConnectionString().ConnectionString);
            using var session = new FrontSession(client, server.Port, _certificate, translator, reads);
            await session.RunAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or AuthenticationException or ObjectDisposedException)
        {
            // A leg broke, which is how connections end: the other one goes with it.
            LogEnded(logger, e.GetType().Name);
        }
        finally
        {
            client.Dispose();
        }
    }

    [LoggerMessage(1, LogLevel.Debug, "A connection to HeatWave ended with {Reason}")]
    private static partial void LogEnded(ILogger logger, string reason);
}
