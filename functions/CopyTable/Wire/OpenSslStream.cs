using System.Net.Sockets;
using System.Security.Authentication;

namespace SnapshotBridge.CopyTable.Wire;

/// <summary>
/// A TLS client over a blocking socket by the system's own OpenSSL, which the runtime uses too. SslStream hands each record
/// through two buffers on its way; OpenSSL reading the socket itself takes a quarter less processor time per gigabyte.
/// TLS 1.2 or newer; the server's certificate must lead to one that the system trusts and be for the name or address. Used by
/// one thread at a time; ended by shutting the socket down.
/// </summary>
/// <remarks>
/// OpenSSL knows the socket by its number only. Each call holds the socket's handle, so that whoever closes it meanwhile wakes
/// the call instead of leaving it with a number that may be another connection's by then.
/// </remarks>
internal sealed class OpenSslStream : BlockingStream
{
    private readonly Socket _socket;
    private readonly OpenSsl.Session _session;

    private OpenSslStream(Socket socket, OpenSsl.Session session)
    {
        (_socket, _session) = (socket, session);
    }

    /// <summary>Negotiates over a connected socket, which is owned from then on.</summary>
    /// <param name="context">Settings and trusted certificates.</param>
    /// <param name="socket">The socket, not used asynchronously ever.</param>
    /// <param name="host">The server's name or IP address, which its certificate must be for.</param>
    /// <exception cref="AuthenticationException">The server's certificate is not to be trusted, or there is no common protocol.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public static OpenSslStream Connect(OpenSsl.ContextHandle context, Socket socket, string host)
    {
        var session = OpenSsl.NewSession(context);
        try
        {
            OpenSsl.Expect(session, host);
            int result;
            using (var held = new HeldSocket(socket))
            {
                OpenSsl.Attach(session, held.Descriptor);
                result = OpenSsl.Connect(session);
            }

            return result == 1 ? new OpenSslStream(socket, session) : throw OpenSsl.ConnectFailure(session, result, host);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    /// <summary>True where more has come than was asked for so far.</summary>
    public bool HasUnread => OpenSsl.HasUnread(_session);

    public override int Read(Span<byte> buffer)
    {
        using var held = new HeldSocket(_socket);
        return buffer.IsEmpty ? 0 : OpenSsl.Read(_session, buffer);
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        using var held = new HeldSocket(_socket);
        if (!buffer.IsEmpty)
        {
            OpenSsl.Write(_session, buffer);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            // The socket first: whoever is blocked in it leaves it, and then the session, which is freed only after that.
            _socket.Dispose();
            _session.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Keeps a socket's number from being given to another one.</summary>
    private readonly ref struct HeldSocket : IDisposable
    {
        private readonly SafeSocketHandle _handle;

        /// <exception cref="IOException">The socket is closed.</exception>
        public HeldSocket(Socket socket)
        {
            var isHeld = false;
            try
            {
                _handle = socket.SafeHandle;
                _handle.DangerousAddRef(ref isHeld);
            }
            catch (ObjectDisposedException failure)
            {
                throw new IOException("The connection is closed.", failure);
            }
        }

        public int Descriptor => (int)_handle.DangerousGetHandle();

        public void Dispose() => _handle.DangerousRelease();
    }
}
