using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Authentication;

namespace SnapshotBridge.CopyTable.Wire;

/// <summary>What is needed of OpenSSL 3's libssl (its manual pages, section 3) for a client over a blocking socket.</summary>
internal static partial class OpenSsl
{
    private const string Ssl = "libssl.so.3";
    private const string Crypto = "libcrypto.so.3";

    private const int ErrorWantRead = 2;
    private const int ErrorWantWrite = 3;
    private const int ErrorSyscall = 5;
    private const int ErrorZeroReturn = 6;

    private const int ControlSetHostName = 55;
    private const int ControlSetMinimumVersion = 123;
    private const nint Tls12 = 0x0303;
    private const int VerifyPeer = 1;
    private const uint NoPartialWildcards = 4;

    // Without this OpenSSL tears itself down when the process ends, under threads that still use it. The runtime asks for the same.
    private const ulong InitNoAtExit = 0x0008_0000;

    private static readonly Lazy<ContextHandle?> _ofTheSystem = new(() => Find(Ssl, Crypto));

    /// <summary>Settings that all connections share, with the certificates that the system trusts; null where there is no OpenSSL 3.</summary>
    public static ContextHandle? OfTheSystem => _ofTheSystem.Value;

    public static Session NewSession(ContextHandle context)
    {
        ClearErrors();
        var session = SSL_new(context);
        return session.IsInvalid ? throw new IOException(TakeErrors("SSL_new")) : session;
    }

    /// <summary>The server must be this one.</summary>
    public static void Expect(Session session, string host)
    {
        if (IPAddress.TryParse(host, out _))
        {
            Check(X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host), "the server's address");
            return;
        }

        SSL_set_hostflags(session, NoPartialWildcards);
        Check(SSL_set1_host(session, host), "the server's name");
        Check((int)SSL_ctrl_text(session, ControlSetHostName, 0, host), "the name of the server");
    }

    public static void Attach(Session session, int descriptor) => Check(SSL_set_fd(session, descriptor), "the socket");

    public static int Connect(Session session)
    {
        ClearErrors();
        return SSL_connect(session);
    }

    public static Exception ConnectFailure(Session session, int result, string host)
    {
        var verified = SSL_get_verify_result(session);
        if (verified != 0)
        {
            ClearErrors();
            return new AuthenticationException($"The certificate of {host} is not accepted: {Marshal.PtrToStringUTF8(X509_verify_cert_error_string(verified))}.");
        }

        return SSL_get_error(session, result) == ErrorSyscall
            ? new IOException("The connection ended while TLS was negotiated.")
            : new AuthenticationException($"TLS with {host}: {TakeErrors("failed")}.");
    }

    public static bool HasUnread(Session session) => SSL_pending(session) > 0;

    /// <summary>At least one byte; 0 once the server has said that it ends the connection.</summary>
    public static int Read(Session session, Span<byte> buffer)
    {
        ClearErrors();
        var count = SSL_read(session, ref MemoryMarshal.GetReference(buffer), buffer.Length);
        return count > 0 ? count
            : SSL_get_error(session, count) switch
            {
                ErrorZeroReturn => 0,
                ErrorWantRead or ErrorWantWrite => throw new IOException("Nothing came in time.", new SocketException((int)SocketError.TimedOut)),
                var error => throw Broken(error),
            };
    }

    /// <summary>Writes the whole.</summary>
    public static void Write(Session session, ReadOnlySpan<byte> buffer)
    {
        ClearErrors();
        var count = SSL_write(session, ref MemoryMarshal.GetReference(buffer), buffer.Length);
        if (count != buffer.Length)
        {
            throw Broken(SSL_get_error(session, count));
        }
    }

    private static IOException Broken(int error) =>
        new(error == ErrorSyscall ? "The connection was broken." : $"The connection was broken: {TakeErrors("TLS failed")}.");

    /// <param name="trusted">A file (PEM) of the only certificates to trust; null for those that the system trusts.</param>
    public static ContextHandle NewContext(string? trusted)
    {
        Check(OPENSSL_init_ssl(InitNoAtExit, 0), "OpenSSL");
        var context = SSL_CTX_new(TLS_client_method());
        Check(context.IsInvalid ? 0 : 1, "the context");
        Check((int)SSL_CTX_ctrl(context, ControlSetMinimumVersion, Tls12, 0), "the lowest version");

        // As most clients ask: the services choose by their own order anyhow.
        Check(SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"), "the cipher suites");

        // SSL_CERT_FILE and SSL_CERT_DIR where they are set, as the runtime does.
        Check(trusted is null ? SSL_CTX_set_default_verify_paths(context) : SSL_CTX_load_verify_file(context, trusted), "the trusted certificates");
        SSL_CTX_set_verify(context, VerifyPeer, 0);
        return context;
    }

    /// <summary>Settings with the certificates that the system trusts, where libraries of these names are there; else null.</summary>
    public static ContextHandle? Find(string ssl, string crypto) =>
        NativeLibrary.TryLoad(ssl, typeof(OpenSsl).Assembly, null, out _) && NativeLibrary.TryLoad(crypto, typeof(OpenSsl).Assembly, null, out _) ? NewContext(null) : null;

    private static void Check(int result, string what)
    {
        if (result != 1)
        {
            throw new IOException(TakeErrors($"OpenSSL does not accept {what}"));
        }
    }

    // A thread's queue of errors is shared with everything else that uses OpenSSL on it, and SSL_get_error reads it.
    private static void ClearErrors() => ERR_clear_error();

    private static string TakeErrors(string otherwise)
    {
        var code = ERR_get_error();
        ClearErrors();
        if (code == 0)
        {
            return otherwise;
        }

        Span<byte> text = stackalloc byte[256];
        ERR_error_string_n(code, ref MemoryMarshal.GetReference(text), (nuint)text.Length);
        return System.Text.Encoding.ASCII.GetString(text[..Math.Max(0, text.IndexOf((byte)0))]);
    }

    [LibraryImport(Ssl)]
    private static partial int OPENSSL_init_ssl(ulong options, nint settings);

    [LibraryImport(Ssl)]
    private static partial nint TLS_client_method();

    [LibraryImport(Ssl)]
    private static partial ContextHandle SSL_CTX_new(nint method);

    [LibraryImport(Ssl)]
    private static partial void SSL_CTX_free(nint context);

    [LibraryImport(Ssl)]
    private static partial nint SSL_CTX_ctrl(ContextHandle context, int command, nint number, nint pointer);

    [LibraryImport(Ssl, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SSL_CTX_set_ciphersuites(ContextHandle context, string suites);

    [LibraryImport(Ssl)]
    private static partial int SSL_CTX_set_default_verify_paths(ContextHandle context);

    [LibraryImport(Ssl, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SSL_CTX_load_verify_file(ContextHandle context, string file);

    [LibraryImport(Ssl)]
    private static partial void SSL_CTX_set_verify(ContextHandle context, int mode, nint callback);

    [LibraryImport(Ssl)]
    private static partial Session SSL_new(ContextHandle context);

    [LibraryImport(Ssl)]
    private static partial void SSL_free(nint session);

    [LibraryImport(Ssl)]
    private static partial nint SSL_get0_param(Session session);

    [LibraryImport(Ssl)]
    private static partial void SSL_set_hostflags(Session session, uint flags);

    [LibraryImport(Ssl, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SSL_set1_host(Session session, string name);

    [LibraryImport(Ssl, EntryPoint = "SSL_ctrl", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint SSL_ctrl_text(Session session, int command, nint number, string text);

    [LibraryImport(Ssl)]
    private static partial int SSL_set_fd(Session session, int descriptor);

    [LibraryImport(Ssl)]
    private static partial int SSL_connect(Session session);

    [LibraryImport(Ssl)]
    private static partial int SSL_read(Session session, ref byte buffer, int count);

    [LibraryImport(Ssl)]
    private static partial int SSL_write(Session session, ref byte buffer, int count);

    [LibraryImport(Ssl)]
    private static partial int SSL_pending(Session session);

    [LibraryImport(Ssl)]
    private static partial int SSL_get_error(Session session, int result);

    [LibraryImport(Ssl)]
    private static partial nint SSL_get_verify_result(Session session);

    [LibraryImport(Crypto, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int X509_VERIFY_PARAM_set1_ip_asc(nint parameters, string address);

    [LibraryImport(Crypto)]
    private static partial nint X509_verify_cert_error_string(nint result);

    [LibraryImport(Crypto)]
    private static partial void ERR_clear_error();

    [LibraryImport(Crypto)]
    private static partial nuint ERR_get_error();

    [LibraryImport(Crypto)]
    private static partial void ERR_error_string_n(nuint error, ref byte text, nuint length);

    /// <summary>An SSL_CTX; lives as long as the process.</summary>
    internal sealed class ContextHandle() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            SSL_CTX_free(handle);
            return true;
        }
    }

    /// <summary>An SSL. It does not own its socket.</summary>
    internal sealed class Session() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            SSL_free(handle);
            return true;
        }
    }
}
