using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SnapshotBridge.CopyTable.Wire;

/// <summary>
/// One connection that is only ever read and written with blocking calls: a single asynchronous one would take the socket
/// out of that state for good. Used by one thread at a time; any thread may end it (<see cref="AbortWith"/>).
/// </summary>
internal sealed class BlockingConnection : IDisposable
{
    private const int LongestHead = 64 * 1024;

    private readonly Socket _socket;
    private readonly Stream _stream;
    private byte[] _received = new byte[8 * 1024];
    private int _start;
    private int _end;
    private volatile bool _isAborted;

    private BlockingConnection(Socket socket, Stream stream, long openedAt)
    {
        (_socket, _stream, OpenedAt, IdleSince) = (socket, stream, openedAt, openedAt);
    }

    /// <summary>When it was opened (timestamp of the clock).</summary>
    public long OpenedAt { get; }

    /// <summary>Told when it is disposed.</summary>
    public Action Closed { private get; set; } = () => { };

    /// <summary>Since when it waits for the next exchange.</summary>
    public long IdleSince { get; set; }

    /// <summary>True once anything of an answer to the present request has come.</summary>
    public bool HasAnswered { get; private set; }

    /// <summary>Whether the next exchange may use it: nothing is wrong with it and the service has not closed it.</summary>
    public bool IsUsable => !_isAborted && _start == _end && _stream is not OpenSslStream { HasUnread: true } && !IsReadable();

    /// <summary>
    /// Connects, with TLS where the scheme asks for it. The lookup of the name takes as long as the system's resolver lets it;
    /// all else is ended when it is to end.
    /// </summary>
    /// <exception cref="HttpRequestException">It could not be connected; nothing was sent.</exception>
    /// <exception cref="OperationCanceledException">Given up, or not connected within <paramref name="timeout"/>.</exception>
    public static BlockingConnection Open(Uri uri, TlsNegotiation negotiate, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var late = new CancellationTokenSource(timeout, time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            // What has no peer yet cannot be shut down, only closed.
            using (ended.Token.UnsafeRegister(static socket => ((Socket)socket!).Dispose(), socket))
            {
                socket.Connect(new DnsEndPoint(uri.IdnHost, uri.Port));
            }

            using (ended.Token.UnsafeRegister(static socket => Shutdown((Socket)socket!), socket))
            {
                var stream = uri.Scheme == Uri.UriSchemeHttps ? negotiate(socket, uri.IdnHost) : new NetworkStream(socket, ownsSocket: true);
                ended.Token.ThrowIfCancellationRequested();
                return new BlockingConnection(socket, stream, time.GetTimestamp());
            }
        }
        catch (Exception failure)
        {
            socket.Dispose();
            if (ended.IsCancellationRequested)
            {
                var within = cancellationToken.IsCancellationRequested ? "the time given" : $"{timeout.TotalSeconds:0.#} s";
                throw new OperationCanceledException($"No connection to {uri.Authority} within {within}.", failure, cancellationToken);
            }

            var error = failure switch
            {
                SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } => HttpRequestError.NameResolutionError,
                SocketException => HttpRequestError.ConnectionError,
                _ => HttpRequestError.SecureConnectionError,
            };
            throw new HttpRequestException(error, $"No connection to {uri.Authority}: {failure.Message}", failure);
        }
    }

    /// <summary>Ends whatever the connection is doing, and it with that, once the token is cancelled.</summary>
    public CancellationTokenRegistration AbortWith(CancellationToken cancellationToken) =>
        cancellationToken.UnsafeRegister(static connection => ((BlockingConnection)connection!).Abort(), this);

    /// <summary>A new request begins.</summary>
    public void Begin() => HasAnswered = false;

    public void Write(ReadOnlySpan<byte> bytes) => _stream.Write(bytes);

    /// <summary>Reads up to the empty line after a head and returns the lines before, without their ends.</summary>
    /// <exception cref="HttpIOException">The connection was closed before, or what came is no head.</exception>
    public string[] ReadHead()
    {
        while (true)
        {
            var held = _received.AsSpan(_start, _end - _start);
            if (held.IndexOf("\r\n\r\n"u8) is >= 0 and var length)
            {
                _start += length + 4;
                return Encoding.Latin1.GetString(held[..length]).Split("\r\n");
            }

            if (!TryReceive())
            {
                throw new HttpIOException(HttpRequestError.ResponseEnded, HasAnswered ? "The answer ended within its headers." : "The connection was closed without an answer.");
            }
        }
    }

    /// <summary>Reads up to the end of a line, which is left out.</summary>
    public string ReadLine()
    {
        while (true)
        {
            var held = _received.AsSpan(_start, _end - _start);
            if (held.IndexOf("\r\n"u8) is >= 0 and var length)
            {
                _start += length + 2;
                return Encoding.Latin1.GetString(held[..length]);
            }

            if (!TryReceive())
            {
                throw new HttpIOException(HttpRequestError.ResponseEnded, "The answer ended within a chunked body.");
            }
        }
    }

    /// <summary>Reads at least one byte of a body; 0 once the service has closed the connection.</summary>
    public int Read(Span<byte> buffer)
    {
        if (_start == _end)
        {
            return _stream.Read(buffer);
        }

        var count = Math.Min(buffer.Length, _end - _start);
        _received.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }

    /// <summary>Waits for an answer's beginning no longer than this; false where none came.</summary>
    public bool Awaits(TimeSpan timeout)
    {
        // Not Poll: what TLS has to say besides would count as an answer.
        var before = _socket.ReceiveTimeout;
        _socket.ReceiveTimeout = (int)timeout.TotalMilliseconds;
        try
        {
            return _start < _end || TryReceive();
        }
        catch (IOException failure) when (failure.InnerException is SocketException { SocketErrorCode: SocketError.TimedOut or SocketError.WouldBlock })
        {
            return false;
        }
        finally
        {
            _socket.ReceiveTimeout = before;
        }
    }

    /// <summary>Ends whatever the connection is doing, from any thread; to be disposed by who uses it.</summary>
    public void Abort()
    {
        _isAborted = true;
        Shutdown(_socket);
    }

    public void Dispose()
    {
        _stream.Dispose();
        Closed();
    }

    private static void Shutdown(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            // It has ended by itself.
        }
    }

    private bool IsReadable()
    {
        try
        {
            // Nothing is due: what can be read is the end, or an answer to nothing.
            return _socket.Poll(0, SelectMode.SelectRead);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            return true;
        }
    }

    private bool TryReceive()
    {
        if (_start > 0)
        {
            _received.AsSpan(_start, _end - _start).CopyTo(_received);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _received.Length)
        {
            if (_end >= LongestHead)
            {
                throw new HttpIOException(HttpRequestError.ConfigurationLimitExceeded, $"A head or line of the answer is longer than {LongestHead} bytes.");
            }

            Array.Resize(ref _received, _received.Length * 2);
        }

        var count = _stream.Read(_received, _end, _received.Length - _end);
        _end += count;
        HasAnswered |= count > 0;
        return count > 0;
    }
}
