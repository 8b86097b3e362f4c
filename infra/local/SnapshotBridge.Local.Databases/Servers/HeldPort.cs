using System.Net;
using System.Net.Sockets;

namespace SnapshotBridge.Local.Databases.Servers;

/// <summary>
/// Keeps a port of 127.0.0.1 for a server that does not always listen: while it does not, connections are refused, and nobody
/// else is given the port. Linux lets another socket listen beside this one, which never does; other systems do not.
/// </summary>
internal sealed class HeldPort : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <param name="port">The port, or 0 for any free one.</param>
    /// <exception cref="SocketException">Somebody else has the port.</exception>
    public HeldPort(int port = 0)
    {
        try
        {
            _socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    /// <summary>Whether a server can listen on a port that is held.</summary>
    public static bool LetsAnotherListen { get; } = OperatingSystem.IsLinux();

    public int Number => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public void Dispose() => _socket.Dispose();
}
