using System.Net;
using System.Net.Sockets;
using System.Text;
using SnapshotBridge.Copying;

namespace SnapshotBridge.Functions.Tests.CopyTable;

/// <summary>Requests as transfers make them.</summary>
internal static class TransferThreadsRequests
{
    public static Task<T> RunAsync<T>(this TransferThreads threads, Func<Task<T>> action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.None, threads).Unwrap();

    public static Task<(HttpResponseMessage Response, string Text)> GetAsync(
        this TransferThreads threads, HttpMessageInvoker http, Uri endpoint, CancellationToken cancellationToken) => threads.RunAsync(async () =>
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, endpoint);
        var response = await http.SendAsync(request, cancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var whole = new MemoryStream();
        var piece = new byte[3];
        int count;
        while ((count = await body.ReadAsync(piece, cancellationToken)) > 0)
        {
            whole.Write(piece, 0, count);
        }

        return (response, Encoding.ASCII.GetString(whole.ToArray()));
    });

    public static Task<HttpStatusCode> PutAsync(
        this TransferThreads threads, HttpMessageInvoker http, Uri endpoint, byte[] body, bool expectContinue, CancellationToken cancellationToken) => threads.RunAsync(async () =>
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, endpoint) { Content = new ByteArrayContent(body) };
        request.Headers.ExpectContinue = expectContinue;
        using var response = await http.SendAsync(request, cancellationToken);
        await response.Content.CopyToAsync(Stream.Null, cancellationToken);
        return response.StatusCode;
    });
}

/// <summary>Listens, but has no place for another connection: connecting to it neither succeeds nor fails.</summary>
internal sealed class FullListener : IDisposable
{
    private readonly Socket _listener = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _waiting = [];

    public FullListener()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(0);
        for (var count = 0; count < 4; count++)
        {
            var waiting = new Socket(SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            _waiting.Add(waiting);
            try
            {
                waiting.Connect(_listener.LocalEndPoint!);
            }
            catch (SocketException failure) when (failure.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                // Under way.
            }
        }
    }

    public Uri Endpoint => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}");

    public void Dispose()
    {
        _waiting.ForEach(waiting => waiting.Dispose());
        _listener.Dispose();
    }
}
