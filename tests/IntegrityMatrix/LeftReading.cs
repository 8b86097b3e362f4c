using SnapshotBridge.Copying;
using SnapshotBridge.CopyTable.Wire;

namespace SnapshotBridge.IntegrityMatrix;

/// <summary>A process that ends while a transfer's thread waits in the midst of a body, as a sandbox that is shut down.</summary>
public static class LeftReading
{
    /// <summary>The argument that asks for it; the URL follows, and what libssl and libcrypto are called.</summary>
    internal const string Argument = "end-while-reading";

    /// <summary>What it says where libraries of these names are there.</summary>
    public const string WithOpenSsl = "OpenSSL";

    /// <summary>What it says where they are not.</summary>
    public const string WithSslStream = "SslStream";

    /// <summary>How long a thread that has said that it reads on may take to do so.</summary>
    private static readonly TimeSpan UntilItWaits = TimeSpan.FromSeconds(0.5);

    /// <summary>Returns while the body that has begun is being waited for.</summary>
    internal static async Task RunAsync(Uri endpoint, string ssl, string crypto)
    {
        var hasBegun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var openSsl = OpenSsl.Find(ssl, crypto);
        Console.WriteLine(openSsl is null ? WithSslStream : WithOpenSsl);
        var http = new HttpMessageInvoker(new BlockingHttpHandler(new SocketsHttpHandler(), TimeProvider.System)
        {
            Negotiate = (socket, host) => Tls.Negotiate(socket, host, openSsl),
        });
        var reading = Task.Factory.StartNew(() => ReadAsync(http, endpoint, hasBegun), CancellationToken.None, TaskCreationOptions.None, new TransferThreads(1)).Unwrap();
        await await Task.WhenAny(hasBegun.Task, reading);
        await Task.Delay(UntilItWaits);
        if (reading.IsCompleted)
        {
            throw new InvalidOperationException("The body came to an end, so nothing was being waited for.", reading.Exception);
        }
    }

    private static async Task ReadAsync(HttpMessageInvoker http, Uri endpoint, TaskCompletionSource hasBegun)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, endpoint);
        using var response = await http.SendAsync(request, CancellationToken.None);
        await using var body = await response.Content.ReadAsStreamAsync();
        var piece = new byte[16];
        while (await body.ReadAsync(piece) > 0)
        {
            hasBegun.TrySetResult();
        }
    }
}
