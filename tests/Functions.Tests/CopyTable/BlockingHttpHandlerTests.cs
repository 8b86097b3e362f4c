using System.Net;
using SnapshotBridge.Copying;
using SnapshotBridge.CopyTable.Wire;
using Xunit;
using static SnapshotBridge.Functions.Tests.CopyTable.RawServer;

namespace SnapshotBridge.Functions.Tests.CopyTable;

/// <summary>HTTP/1.1 over blocking sockets: what a server may do to it, on the threads that are for it.</summary>
public sealed class BlockingHttpHandlerTests : IDisposable
{
    private readonly TransferThreads _threads = new(2);
    private readonly CountedElsewhere _elsewhere = new();
    private readonly HttpMessageInvoker _http;

    public BlockingHttpHandlerTests()
    {
        _http = new HttpMessageInvoker(new BlockingHttpHandler(_elsewhere, TimeProvider.System) { ExpectContinueTimeout = TimeSpan.FromSeconds(0.2) });
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _http.Dispose();
        _threads.Dispose();
    }

    [Fact]
    public async Task SendAsync_LengthDelimitedAnswers_UseOneConnection()
    {
        await using var server = new RawServer(Answer("200 OK", "first", "ETag: \"1\""), Answer("404 Not Found", "second"), Answer("200 OK", ""));

        var (first, text) = await GetAsync(server.Endpoint);
        var (second, other) = await GetAsync(server.Endpoint);
        var (_, empty) = await GetAsync(server.Endpoint);

        Assert.Equal((HttpStatusCode.OK, "first", "\"1\""), (first.StatusCode, text, first.Headers.ETag!.ToString()));
        Assert.Equal((HttpStatusCode.NotFound, "second", ""), (second.StatusCode, other, empty));
        Assert.Equal(1, server.Connections);
        Assert.Equal(0, _elsewhere.Requests);
    }

    [Fact]
    public async Task SendAsync_ChunkedAnswer_IsReadToItsEnd()
    {
        await using var server = new RawServer(
            "HTTP/1.1 503 Slow Down\r\nTransfer-Encoding: chunked\r\nRetry-After: 7\r\n\r\n4\r\nSlow\r\n5;x=y\r\n Down\r\n0\r\nTrailer: 1\r\n\r\n", Answer("200 OK", "next"));

        var (response, text) = await GetAsync(server.Endpoint);

        Assert.Equal(("Slow Down", TimeSpan.FromSeconds(7)), (text, response.Headers.RetryAfter!.Delta!.Value));
        Assert.Equal("next", (await GetAsync(server.Endpoint)).Text);
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task SendAsync_ConnectionClosedBetweenRequests_GoesOverAnother()
    {
        await using var server = new RawServer(Answer("200 OK", "first"), RawServer.Close, Answer("200 OK", "second"));
        await GetAsync(server.Endpoint);

        Assert.Equal("second", (await GetAsync(server.Endpoint)).Text);
        Assert.Equal(2, server.Connections);
    }

    [Fact]
    public async Task SendAsync_AnswerEndsEarly_IsNoWholeAnswer()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", RawServer.Close);

        await Assert.ThrowsAsync<HttpIOException>(() => GetAsync(server.Endpoint));
    }

    [Fact]
    public async Task SendAsync_AnswerIsNoHttp_IsRefused()
    {
        await using var server = new RawServer("SSH-2.0-OpenSSH\r\n\r\n");

        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(server.Endpoint));
    }

    [Fact]
    public async Task SendAsync_GoAheadAskedAndRefused_BodyStaysHere()
    {
        await using var server = new RawServer(RawServer.AtOnce + Answer("412 Precondition Failed", "{}"), RawServer.Close, Answer("200 OK", "stored"));

        var refused = await PutAsync(server.Endpoint, new byte[100_000], expectContinue: true);
        var stored = await PutAsync(server.Endpoint, new byte[100_000], expectContinue: false);

        Assert.Equal((HttpStatusCode.PreconditionFailed, HttpStatusCode.OK), (refused, stored));
        Assert.Equal([0, 100_000], server.BodyBytes);
    }

    [Fact]
    public async Task SendAsync_GoAheadNeverComes_BodyIsSentAfterAWhile()
    {
        await using var server = new RawServer(Answer("200 OK", "stored"));

        Assert.Equal(HttpStatusCode.OK, await PutAsync(server.Endpoint, new byte[100_000], expectContinue: true));
        Assert.Equal([100_000], server.BodyBytes);
    }

    [Fact]
    public async Task SendAsync_RefusedWhileTheBodyIsOnItsWay_TheRefusalCounts()
    {
        await using var server = new RawServer(RawServer.AtOnce + Answer("429 Too Many Requests", "{}"), RawServer.Close);

        Assert.Equal(HttpStatusCode.TooManyRequests, await PutAsync(server.Endpoint, new byte[32 << 20], expectContinue: false));
    }

    [Fact]
    public async Task SendAsync_CancelledWhileNothingComes_EndsAsCancelled()
    {
        await using var server = new RawServer(RawServer.Silence);
        using var stall = new CancellationTokenSource(TimeSpan.FromSeconds(0.2));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => GetAsync(server.Endpoint, stall.Token));
    }

    [Fact]
    public async Task ReadAsync_CancelledWithinTheBody_EndsAsCancelled()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", RawServer.Silence);
        using var stall = new CancellationTokenSource(TimeSpan.FromSeconds(0.5));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => GetAsync(server.Endpoint, stall.Token));
    }

    [Fact]
    public async Task SendAsync_NobodyListens_NothingWasSent()
    {
        var endpoint = new Uri("http://127.0.0.1:1");

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(endpoint));

        Assert.Equal(HttpRequestError.ConnectionError, failure.HttpRequestError);
    }

    [Fact]
    public async Task SendAsync_NotOnATransfersThread_IsSentElsewhere()
    {
        using var response = await _http.SendAsync(new HttpRequestMessage(HttpMethod.Get, "http://127.0.0.1:1/"), Token);

        Assert.Equal((HttpStatusCode.NoContent, 1), (response.StatusCode, _elsewhere.Requests));
    }

    [Fact]
    public async Task SendAsync_GoAheadComes_BodyIsSentAndTheAnswerThatFollowsCounts()
    {
        await using var server = new RawServer(RawServer.GoAhead + Answer("200 OK", "stored"), Answer("200 OK", "next"));

        Assert.Equal(HttpStatusCode.OK, await PutAsync(server.Endpoint, new byte[100_000], expectContinue: true));
        Assert.Equal("next", (await GetAsync(server.Endpoint)).Text);
        Assert.Equal([100_000], server.BodyBytes);
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task SendAsync_HeadComesInPieces_IsOneHead()
    {
        await using var server = new RawServer(RawServer.ByteWise + Answer("200 OK", "whole", "ETag: \"1\""));

        var (response, text) = await GetAsync(server.Endpoint);

        Assert.Equal(("\"1\"", "whole"), (response.Headers.ETag!.ToString(), text));
    }

    [Fact]
    public async Task SendAsync_HeadWithoutEnd_IsRefusedBeforeItTakesMemory()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\r\nX: " + new string('x', 200_000));

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(server.Endpoint));

        Assert.Equal(HttpRequestError.ConfigurationLimitExceeded, Assert.IsType<HttpIOException>(failure.InnerException).HttpRequestError);
    }

    [Fact]
    public async Task SendAsync_AnswerWithoutLength_EndsWithTheConnectionWhichIsNotUsedAgain()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\r\n\r\nas long as it is", RawServer.Close, Answer("200 OK", "next"));

        Assert.Equal("as long as it is", (await GetAsync(server.Endpoint)).Text);
        Assert.Equal("next", (await GetAsync(server.Endpoint)).Text);
        Assert.Equal(2, server.Connections);
    }

    [Fact]
    public async Task SendAsync_MoreThanTheAnswerCame_ConnectionIsNotUsedAgain()
    {
        await using var server = new RawServer(Answer("200 OK", "first") + Answer("200 OK", "of nobody"), RawServer.Close, Answer("200 OK", "second"));
        await GetAsync(server.Endpoint);

        Assert.Equal("second", (await GetAsync(server.Endpoint)).Text);
    }

    [Fact]
    public async Task SendAsync_ReusedConnectionEndsWithoutAnAnswer_QuestionIsAskedAgain()
    {
        await using var server = new RawServer(Answer("200 OK", "first"), RawServer.HangUp, Answer("200 OK", "second"));
        await GetAsync(server.Endpoint);

        Assert.Equal("second", (await GetAsync(server.Endpoint)).Text);
        Assert.Equal(3, server.Heads.Count);
    }

    [Fact]
    public async Task SendAsync_ReusedConnectionEndsUnderAChange_ChangeIsNotSentAgain()
    {
        await using var server = new RawServer(Answer("200 OK", "first"), RawServer.HangUp, Answer("200 OK", "second"));
        await GetAsync(server.Endpoint);

        await Assert.ThrowsAsync<HttpRequestException>(() => PutAsync(server.Endpoint, new byte[10], expectContinue: false));
        Assert.Equal(2, server.Heads.Count);
    }

    [Fact]
    public async Task SendAsync_NewConnectionEndsWithoutAnAnswer_IsAFailure()
    {
        await using var server = new RawServer(RawServer.HangUp, Answer("200 OK", "second"));

        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(server.Endpoint));
        Assert.Single(server.Heads);
    }

    [Fact]
    public async Task SendAsync_CancelledWhileConnecting_EndsAsCancelled()
    {
        using var full = new FullListener();
        using var stall = new CancellationTokenSource(TimeSpan.FromSeconds(0.3));

        var failure = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => GetAsync(full.Endpoint, stall.Token));

        Assert.Equal(stall.Token, failure.CancellationToken);
    }

    [Fact]
    public async Task SendAsync_NotConnectedInTime_EndsAsCancelledByItself()
    {
        using var full = new FullListener();
        using var http = new HttpMessageInvoker(new BlockingHttpHandler(new CountedElsewhere(), TimeProvider.System) { ConnectTimeout = TimeSpan.FromSeconds(0.3) });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _threads.RunAsync(() => http.SendAsync(new HttpRequestMessage(HttpMethod.Get, full.Endpoint), Token)));
    }

    [Fact]
    public async Task SendAsync_CancelledWhileTheServiceDoesNotRead_EndsAsCancelled()
    {
        await using var server = new RawServer(RawServer.AtOnce, RawServer.Silence);
        using var stall = new CancellationTokenSource(TimeSpan.FromSeconds(0.5));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PutAsync(server.Endpoint, new byte[64 << 20], expectContinue: false, stall.Token));
    }

    [Fact]
    public async Task Dispose_RequestsUnderWay_EndsThem()
    {
        await using var server = new RawServer(RawServer.AtOnce, RawServer.Silence);
        var asking = GetAsync(server.Endpoint);
        await server.HeadCame;

        _http.Dispose();

        await Assert.ThrowsAsync<HttpRequestException>(() => asking);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => GetAsync(server.Endpoint));
    }

    [Fact]
    public async Task SendAsync_ProxyIsToBeUsed_IsSentElsewhere()
    {
        var before = HttpClient.DefaultProxy;
        HttpClient.DefaultProxy = new ProxyForOne("proxied.invalid", before);
        try
        {
            var (response, _) = await GetAsync(new Uri("http://proxied.invalid/"));

            Assert.Equal((HttpStatusCode.NoContent, 1), (response.StatusCode, _elsewhere.Requests));
        }
        finally
        {
            HttpClient.DefaultProxy = before;
        }
    }

    [Theory]
    [InlineData("a\u0001b")]
    [InlineData("\u00fc")]
    public async Task SendAsync_HeaderThatNoHeadMayHold_IsRefused(string value)
    {
        await using var server = new RawServer(Answer("200 OK", ""));

        await Assert.ThrowsAsync<HttpRequestException>(() => _threads.RunAsync(async () =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, server.Endpoint);
            Assert.True(request.Headers.TryAddWithoutValidation("X-Name", value));
            return await _http.SendAsync(request, Token);
        }));
    }

    private Task<(HttpResponseMessage Response, string Text)> GetAsync(Uri endpoint, CancellationToken? cancellation = null) =>
        _threads.GetAsync(_http, endpoint, cancellation ?? Token);

    private Task<HttpStatusCode> PutAsync(Uri endpoint, byte[] body, bool expectContinue, CancellationToken? cancellation = null) =>
        _threads.PutAsync(_http, endpoint, body, expectContinue, cancellation ?? Token);

    private sealed class CountedElsewhere : HttpMessageHandler
    {
        public int Requests { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests++;
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.NoContent));
        }
    }

    private sealed class ProxyForOne(string host, IWebProxy others) : IWebProxy
    {
        public ICredentials? Credentials { get; set; }

        public Uri? GetProxy(Uri destination) => destination.Host == host ? new Uri("http://127.0.0.1:1") : others.GetProxy(destination);

        public bool IsBypassed(Uri destination) => destination.Host != host && others.IsBypassed(destination);
    }
}
