using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace SnapshotBridge.Local.Databases.HeatWave.Front;

/// <summary>
/// One client's connection and its own one to the server. Whatever the server says is handed on byte for byte; of what the
/// client says, only statements are looked at. When one leg breaks, so does the other.
/// </summary>
internal sealed class FrontSession(Socket clientSocket, int serverPort, X509Certificate2? certificate, StatementTranslator translator, LakehouseReads reads) : IDisposable
{
    private const byte Query = 0x03;
    private const byte Prepare = 0x16;

    private readonly SemaphoreSlim _toClient = new(1, 1);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var client = new NetworkStream(clientSocket, ownsSocket: true);
        using var serverSocket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await serverSocket.ConnectAsync("127.0.0.1", serverPort, cancellationToken);
        using var server = new NetworkStream(serverSocket, ownsSocket: false);

        if (await GreetAsync(client, server, cancellationToken) is not var (first, sequence))
        {
            return;
        }

        if (certificate is null || !Greeting.AsksForTls(first))
        {
            await Packets.WriteAsync(server, sequence, first, cancellationToken);
            await PumpAsync(client, server, cancellationToken);
            return;
        }

        // TLS on both legs: to the server this connection must look as safe as to the client, or it would refuse accounts
        // that require TLS, and ask others for another proof of their password than the client gives.
        await Packets.WriteAsync(server, sequence, first, cancellationToken);
        await using var secureServer = new SslStream(server, leaveInnerStreamOpen: true, IsOurServer);
        await using var secureClient = new SslStream(client, leaveInnerStreamOpen: true);
        await Task.WhenAll(
            secureServer.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" }, cancellationToken),
            secureClient.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate, EnabledSslProtocols = SslProtocols.None }, cancellationToken));
        await PumpAsync(secureClient, secureServer, cancellationToken);
    }

    public void Dispose() => _toClient.Dispose();

    /// <summary>Hands the greeting on.</summary>
    /// <returns>The client's answer, or null where either side had no more to say.</returns>
    private async Task<(byte[] Payload, byte Sequence)?> GreetAsync(NetworkStream client, NetworkStream server, CancellationToken cancellationToken)
    {
        if (await Packets.ReadHeaderAsync(server, cancellationToken) is not { } header)
        {
            return null;
        }

        var greeting = await Packets.ReadPayloadAsync(server, header, cancellationToken);
        if (!Greeting.Is(greeting))
        {
            await Packets.WriteAsync(client, header.Sequence, greeting, cancellationToken);
            return null;
        }

        reads.ConnectionId = Greeting.ConnectionId(greeting);
        await Packets.WriteAsync(client, header.Sequence, Greeting.Rewrite(greeting, translator.Edition.Version, certificate is not null), cancellationToken);
        return await Packets.ReadHeaderAsync(client, cancellationToken) is { } answer
            ? (await Packets.ReadPayloadAsync(client, answer, cancellationToken), answer.Sequence)
            : null;
    }

    private async Task PumpAsync(Stream client, Stream server, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var answers = AnswersAsync(client, server, ended.Token);
        var commands = CommandsAsync(client, server, ended.Token);
        await Task.WhenAny(answers, commands);
        await ended.CancelAsync();
        await Task.WhenAll(answers, commands);
    }

    private async Task CommandsAsync(Stream client, Stream server, CancellationToken cancellationToken)
    {
        var before = new PacketHeader(0, 0);
        while (await Packets.ReadHeaderAsync(client, cancellationToken) is { } header)
        {
            // A command begins with number 0, and so does every 256th packet of a file that LOAD DATA LOCAL sends: that one
            // follows number 255, and a file ends with an empty packet.
            var isContinuation = before is { Sequence: 255, Length: > 0 };
            before = header;
            if (header.Sequence != 0 || isContinuation || header.Length is 0 or PacketHeader.LongestPayload)
            {
                await Packets.PassAsync(client, server, header, cancellationToken);
                continue;
            }

            var payload = await Packets.ReadPayloadAsync(client, header, cancellationToken);
            try
            {
                if (payload[0] == Query)
                {
                    await reads.CheckAsync(Encoding.Latin1.GetString(payload.AsSpan(1)), cancellationToken);
                }

                await Packets.WriteAsync(server, header.Sequence, payload[0] is Query or Prepare ? Translate(payload) : payload, cancellationToken);
            }
            catch (StatementRejectedException e)
            {
                await _toClient.WaitAsync(cancellationToken);
                try
                {
                    await Packets.WriteAsync(client, 1, ErrorPacket(e), cancellationToken);
                }
                finally
                {
                    _toClient.Release();
                }
            }
        }
    }

    private async Task AnswersAsync(Stream client, Stream server, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 << 10];
        while (await server.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            // A refusal of our own must not begin while the last piece of an answer is still being written.
            await _toClient.WaitAsync(cancellationToken);
            try
            {
                await client.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                await client.FlushAsync(cancellationToken);
            }
            finally
            {
                _toClient.Release();
            }
        }
    }

    private static byte[] ErrorPacket(StatementRejectedException error) =>
        [0xFF, (byte)error.Number, (byte)(error.Number >> 8), (byte)'#', .. Encoding.ASCII.GetBytes(error.SqlState), .. Encoding.Latin1.GetBytes(error.Message)];

    /// <summary>Latin-1 keeps every byte of whatever character set the client speaks; what is looked for is ASCII.</summary>
    private byte[] Translate(byte[] payload)
    {
        var sql = Encoding.Latin1.GetString(payload.AsSpan(1));
        var translated = translator.Translate(sql);
        return ReferenceEquals(sql, translated) ? payload : [payload[0], .. Encoding.Latin1.GetBytes(translated)];
    }

    /// <summary>The server shows the same certificate as the front.</summary>
    private bool IsOurServer(object sender, X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors) =>
        shown is not null && shown.GetCertHash().AsSpan().SequenceEqual(certificate!.GetCertHash());
}
