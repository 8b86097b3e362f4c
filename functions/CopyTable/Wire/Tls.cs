using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace SnapshotBridge.CopyTable.Wire;

/// <summary>
/// Negotiates TLS over a connected socket for a server's name or address and returns what is then read and written, which owns
/// the socket. The server's certificate must be valid now, be for that name or address, and lead to one that is trusted.
/// </summary>
internal delegate Stream TlsNegotiation(Socket socket, string host);

/// <summary>The two ways to speak TLS over a blocking socket.</summary>
internal static class Tls
{
    /// <summary>By the system's OpenSSL where it is version 3, else by the runtime's stream; trusts what the system trusts.</summary>
    public static Stream Negotiate(Socket socket, string host) => Negotiate(socket, host, OpenSsl.OfTheSystem);

    /// <summary>The same with what was found of OpenSSL; null for nothing.</summary>
    public static Stream Negotiate(Socket socket, string host, OpenSsl.ContextHandle? openSsl) =>
        openSsl is null ? NegotiateBySslStream(socket, host, null) : OpenSslStream.Connect(openSsl, socket, host);

    /// <summary>By the runtime's stream, which takes a quarter more processor time.</summary>
    /// <param name="socket">The connected socket; owned.</param>
    /// <param name="host">What the certificate must be for.</param>
    /// <param name="policy">What to trust; null for what the system trusts.</param>
    public static Stream NegotiateBySslStream(Socket socket, string host, X509ChainPolicy? policy)
    {
        var secure = new SslStream(new NetworkStream(socket, ownsSocket: true));
        try
        {
            secure.AuthenticateAsClient(new SslClientAuthenticationOptions { TargetHost = host, CertificateChainPolicy = policy });
            return secure;
        }
        catch
        {
            secure.Dispose();
            throw;
        }
    }
}
