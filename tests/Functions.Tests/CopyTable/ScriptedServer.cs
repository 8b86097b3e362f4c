using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SnapshotBridge.Functions.Tests.CopyTable;

/// <summary>Answers one request after the other with what it was given, and keeps the heads of the requests.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly Queue<string> _answers;
    private readonly List<string> _heads = [];
    private readonly Task _serving;

    public ScriptedServer(params IEnumerable<string> answers)
    {
        _answers = new Queue<string>(answers);
        _listener.Start();
        _serving = ServeAsync();
    }

    public Uri Endpoint => new($"http://{_listener.LocalEndpoint}");

    public IReadOnlyList<string> Heads
    {
        get
        {
            lock (_heads)
            {
                return [.. _heads];
            }
        }
    }

    /// <summary>What happens to the first connection once its answer is written, before it is closed.</summary>
    public Func<Stream, CancellationToken, Task>? Answered { get; init; }

    /// <summary>The head of an answer whose body is of this length.</summary>
    public static string Head(string status, int lengthBytes, params IEnumerable<string> headers) =>
        $"HTTP/1.1 {status}\r\n{string.Concat(headers.Select(header => header + "\r\n"))}Content-Length: {lengthBytes}\r\nConnection: close\r\n\r\n";

    public static string Answer(string status, string body = "", params IEnumerable<string> headers) =>
        Head(status, body.Length, headers) + body;

    /// <summary>Waits until the client has closed the connection, or given it up.</summary>
    public static async Task UntilClosedAsync(Stream stream, CancellationToken cancellationToken)
    {
        try
        {
            while (await stream.ReadAsync(new byte[1], cancellationToken) > 0)
            {
                // Nothing is asked for on a connection that is held.
            }
        }
        catch (IOException)
        {
            // Reset: it is closed too.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _serving;
        _listener.Dispose();
        _ending.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (_answers.TryDequeue(out var answer))
            {
                using var client = await _listener.AcceptTcpClientAsync(_ending.Token);
                await using var stream = client.GetStream();
                var head = await ReadHeadAsync(stream);
                lock (_heads)
                {
                    _heads.Add(head);
                }

                // Who expects the go-ahead gets a refusal instead of it. A success comes after the body alone: the client
                // sends it also after an answer that came too soon, and would find the connection closed.
                var expects = head.Contains("Expect: 100-continue", StringComparison.OrdinalIgnoreCase);
                var isSuccess = answer.StartsWith("HTTP/1.1 2", StringComparison.Ordinal);
                if (expects && isSuccess)
                {
                    await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), _ending.Token);
                }

                if (!expects || isSuccess)
                {
                    await ReadBodyAsync(stream, head);
                }

                await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), _ending.Token);
                if (Answered is not null && Heads.Count == 1)
                {
                    await Answered(stream, _ending.Token);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task<string> ReadHeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one, _ending.Token) == 1)
        {
            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    private async Task ReadBodyAsync(NetworkStream stream, string head)
    {
        const string name = "Content-Length: ";
        var line = head.Split("\r\n").FirstOrDefault(line => line.StartsWith(name, StringComparison.OrdinalIgnoreCase));
        if (line is not null)
        {
            await stream.ReadExactlyAsync(new byte[int.Parse(line[name.Length..], System.Globalization.CultureInfo.InvariantCulture)], _ending.Token);
        }
    }
}
