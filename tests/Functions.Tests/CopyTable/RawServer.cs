using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace SnapshotBridge.Functions.Tests.CopyTable;

/// <summary>
/// Does one thing after the other, over as many connections as that takes: sends a text after a whole request, or what the
/// constants say.
/// </summary>
internal sealed class RawServer : IAsyncDisposable
{
    /// <summary>Ends the connection properly.</summary>
    public const string Close = "\u0001close";

    /// <summary>Reads a request's head and ends the connection.</summary>
    public const string HangUp = "\u0001hang up";

    /// <summary>Ends the connection without saying so by TLS.</summary>
    public const string Break = "\u0001break";

    /// <summary>Does nothing any more.</summary>
    public const string Silence = "\u0001silence";

    /// <summary>Begins an answer that does not wait for the request's body.</summary>
    public const string AtOnce = "\u0001at once";

    /// <summary>Begins an answer that asks for the body first.</summary>
    public const string GoAhead = "\u0001go ahead";

    /// <summary>Begins an answer that comes byte by byte.</summary>
    public const string ByteWise = "\u0001byte by byte";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource _headCame = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly X509Certificate2? _certificate;
    private readonly Task _serving;

    public RawServer(params string[] steps)
        : this(null, steps)
    {
    }

    /// <summary>The same with TLS.</summary>
    public RawServer(X509Certificate2? certificate, params string[] steps)
    {
        _certificate = certificate;
        _listener.Start();
        _serving = ServeAsync(new Queue<string>(steps));
    }

    public Uri Endpoint => new($"{(_certificate is null ? "http" : "https")}://{_listener.LocalEndpoint}");

    public int Connections { get; private set; }

    public List<string> Heads { get; } = [];

    public List<int> BodyBytes { get; } = [];

    /// <summary>Completes with the first head.</summary>
    public Task HeadCame => _headCame.Task;

    public static string Answer(string status, string body, params IEnumerable<string> headers) =>
        $"HTTP/1.1 {status}\r\n{string.Concat(headers.Select(header => header + "\r\n"))}Content-Length: {body.Length}\r\n\r\n{body}";

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _serving;
        _listener.Dispose();
        _ending.Dispose();
    }

    private async Task ServeAsync(Queue<string> steps)
    {
        try
        {
            while (steps.Count > 0)
            {
                using var client = await _listener.AcceptTcpClientAsync(_ending.Token);
                Connections++;
                try
                {
                    await ServeAsync(client, steps);
                }
                catch (Exception failure) when (failure is IOException or SocketException or AuthenticationException)
                {
                    // The client has given this connection up.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client, Queue<string> steps)
    {
        await using var stream = await OpenAsync(client);
        while (steps.TryDequeue(out var step) && step is not (Close or Break))
        {
            if (step == Silence)
            {
                await Task.Delay(Timeout.Infinite, _ending.Token);
            }

            var head = await ReadHeadAsync(stream);
            Heads.Add(head);
            _headCame.TrySetResult();
            if (step == HangUp)
            {
                return;
            }

            if (step.StartsWith(GoAhead, StringComparison.Ordinal))
            {
                await SendAsync(stream, "HTTP/1.1 100 Continue\r\n\r\n");
            }

            var isAtOnce = step.StartsWith(AtOnce, StringComparison.Ordinal);
            if (head.Contains("Content-Length: ", StringComparison.Ordinal))
            {
                BodyBytes.Add(isAtOnce ? 0 : await ReadBodyAsync(stream, head));
            }

            if (step.StartsWith(ByteWise, StringComparison.Ordinal))
            {
                foreach (var letter in step[ByteWise.Length..])
                {
                    await SendAsync(stream, letter.ToString());
                }

                continue;
            }

            await SendAsync(stream, isAtOnce ? step[AtOnce.Length..] : step.StartsWith(GoAhead, StringComparison.Ordinal) ? step[GoAhead.Length..] : step);
            if (steps.TryPeek(out var next) && next == Break)
            {
                client.Client.Shutdown(SocketShutdown.Send);
            }
        }

        if (stream is SslStream secure)
        {
            await secure.ShutdownAsync();
        }

        client.Client.Shutdown(SocketShutdown.Send);
    }

    private async Task<Stream> OpenAsync(TcpClient client)
    {
        client.NoDelay = true;
        if (_certificate is null)
        {
            return client.GetStream();
        }

        var secure = new SslStream(client.GetStream());
        try
        {
            await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _ending.Token);
            return secure;
        }
        catch
        {
            await secure.DisposeAsync();
            throw;
        }
    }

    private ValueTask SendAsync(Stream stream, string text) => stream.WriteAsync(Encoding.ASCII.GetBytes(text), _ending.Token);

    private async Task<string> ReadHeadAsync(Stream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one, _ending.Token);
            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    private async Task<int> ReadBodyAsync(Stream stream, string head)
    {
        var text = head[(head.IndexOf("Content-Length: ", StringComparison.Ordinal) + 16)..];
        var body = new byte[int.Parse(text[..text.IndexOf('\r', StringComparison.Ordinal)], CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body, _ending.Token);
        return body.Length;
    }
}
