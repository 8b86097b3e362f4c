using System.Globalization;
using System.Net.Sockets;

namespace SnapshotBridge.Preflight;

/// <summary>
/// Opens a TCP connection and closes it. Whether a name does not resolve, a port refuses or nothing answers tells what to
/// change, and the clients above it report all three alike.
/// </summary>
public static class NetworkProbe
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static async Task<Finding> ConnectAsync(string host, int port, TimeProvider time, CancellationToken cancellationToken)
    {
        var target = string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");
        using var limit = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(host, port, both.Token);
            return Finding.Ok($"{target} accepts connections");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Finding.Failed(
                $"{target} does not answer within {Patience.TotalSeconds:F0} s", $"Packets to {target} are dropped: a security group, security list or missing route. {Remedies.Network}");
        }
        catch (SocketException failure)
        {
            return Finding.Failed($"{target} cannot be reached: {failure.SocketErrorCode}", Remedy(failure.SocketErrorCode, host, target));
        }
    }

    private static string Remedy(SocketError error, string host, string target) => error switch
    {
        SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData =>
            $"The name {host} does not resolve from the function: give a name that its VPC resolves (a private zone, a forwarding rule) or an address. {Remedies.Network}",
        SocketError.ConnectionRefused => $"Nothing listens at {target}, or a firewall refuses it: compare host and port with the endpoint, and see that it is active.",
        _ => $"There is no way to {target}. {Remedies.Network}",
    };
}
