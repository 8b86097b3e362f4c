using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SnapshotBridge.Copying;
using SnapshotBridge.CopyTable.Wire;
using SnapshotBridge.IntegrityMatrix;
using Xunit;
using static SnapshotBridge.Functions.Tests.CopyTable.RawServer;

namespace SnapshotBridge.Functions.Tests.CopyTable;

/// <summary>TLS over blocking sockets: whom it trusts, and what a server may do to it. Both ways keep the same promises.</summary>
public sealed class TlsTests : IDisposable
{
    private const string ByOpenSsl = "OpenSSL";
    private const string BySslStream = "SslStream";

    private readonly TransferThreads _threads = new(2);
    private readonly TestAuthority _authority = new();
    private readonly List<IDisposable> _toDispose = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Ways => [ByOpenSsl, BySslStream];

    public void Dispose()
    {
        _toDispose.ForEach(one => one.Dispose());
        _threads.Dispose();
        _authority.Dispose();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task SendAsync_TrustedCertificateForTheAddress_IsUsedAgainAndAgain(string way)
    {
        await using var server = new RawServer(_authority.Issue(address: IPAddress.Loopback), Answer("200 OK", "first"), Answer("200 OK", new string('x', 100_000)), Answer("200 OK", "stored"));
        using var http = Client(way);

        Assert.Equal("first", (await _threads.GetAsync(http, server.Endpoint, Token)).Text);
        Assert.Equal(100_000, (await _threads.GetAsync(http, server.Endpoint, Token)).Text.Length);
        Assert.Equal(HttpStatusCode.OK, await _threads.PutAsync(http, server.Endpoint, new byte[3_000_000], expectContinue: false, Token));
        Assert.Equal(1, server.Connections);
        Assert.Equal([3_000_000], server.BodyBytes);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task SendAsync_TrustedCertificateForTheName_IsAccepted(string way)
    {
        await using var server = new RawServer(_authority.Issue("localhost"), Answer("200 OK", "yes"));
        using var http = Client(way);

        Assert.Equal("yes", (await _threads.GetAsync(http, Named(server), Token)).Text);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task SendAsync_TrustedCertificateOfAnotherName_IsRefusedBeforeAnythingIsSent(string way) =>
        await AssertRefusedAsync(way, _authority.Issue("objectstorage.invalid"), Named);

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task SendAsync_TrustedCertificateOfAnotherAddress_IsRefusedBeforeAnythingIsSent(string way) =>
        await AssertRefusedAsync(way, _authority.Issue("localhost", IPAddress.Parse("127.0.0.2")), server => server.Endpoint);

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task SendAsync_CertificateThatHasEnded_IsRefusedBeforeAnythingIsSent(string way) =>
        await AssertRefusedAsync(way, _authority.Issue("localhost", hasEnded: true), Named);

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task SendAsync_CertificateThatNobodyTrusts_IsRefusedBeforeAnythingIsSent(string way)
    {
        using var stranger = new TestAuthority();

        await AssertRefusedAsync(way, stranger.Issue("localhost"), Named);
    }

    [Fact]
    public async Task SendAsync_SystemsOwnTrust_DoesNotHoldTheTestsAuthority()
    {
        await using var server = new RawServer(_authority.Issue("localhost"), Answer("200 OK", "never"));
        using var http = Client(Tls.Negotiate);

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => _threads.GetAsync(http, Named(server), Token));

        Assert.IsType<AuthenticationException>(failure.InnerException);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task SendAsync_ServiceSpeaksNoTls_NothingWasSent(string way)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var http = Client(way);

        var asking = _threads.GetAsync(http, new Uri($"https://{listener.LocalEndpoint}"), Token);
        using var client = await listener.AcceptTcpClientAsync(Token);
        await client.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), Token);

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => asking);

        Assert.Equal(HttpRequestError.SecureConnectionError, failure.HttpRequestError);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task SendAsync_CancelledWhileTlsIsNegotiated_EndsAsCancelled(string way)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var http = Client(way);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _threads.GetAsync(http, new Uri($"https://{listener.LocalEndpoint}"), Stall(0.3)));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task SendAsync_RefusedWhileTheBodyIsOnItsWay_TheRefusalCounts(string way)
    {
        await using var server = new RawServer(_authority.Issue("localhost"), AtOnce + Answer("429 Too Many Requests", "{}"), Break);
        using var http = Client(way);

        Assert.Equal(HttpStatusCode.TooManyRequests, await _threads.PutAsync(http, Named(server), new byte[32 << 20], expectContinue: false, Token));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task SendAsync_GoAheadNeverComes_BodyIsSentAfterAWhile(string way)
    {
        await using var server = new RawServer(_authority.Issue("localhost"), Answer("200 OK", "stored"));
        using var http = Client(way);

        Assert.Equal(HttpStatusCode.OK, await _threads.PutAsync(http, Named(server), new byte[100_000], expectContinue: true, Token));
        Assert.Equal([100_000], server.BodyBytes);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task SendAsync_ServiceEndsTheConnectionBetweenRequests_GoesOverAnother(string way)
    {
        await using var server = new RawServer(_authority.Issue("localhost"), Answer("200 OK", "first"), Close, Answer("200 OK", "second"));
        using var http = Client(way);
        await _threads.GetAsync(http, Named(server), Token);

        Assert.Equal("second", (await _threads.GetAsync(http, Named(server), Token)).Text);
        Assert.Equal(2, server.Connections);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task ReadAsync_AnswerEndsEarly_IsNoWholeAnswer(string way)
    {
        await using var server = new RawServer(_authority.Issue("localhost"), "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", Break);
        using var http = Client(way);

        await Assert.ThrowsAnyAsync<IOException>(() => _threads.GetAsync(http, Named(server), Token));
    }

    [Fact]
    public async Task ReadAsync_AnswerWithoutLengthIsCutOff_IsNoWholeAnswer()
    {
        await using var server = new RawServer(_authority.Issue("localhost"), "HTTP/1.1 200 OK\r\n\r\nhalf", Break);
        using var http = Client(ByOpenSsl);

        await Assert.ThrowsAnyAsync<IOException>(() => _threads.GetAsync(http, Named(server), Token));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task ReadAsync_CancelledWithinTheBody_EndsAsCancelled(string way)
    {
        await using var server = new RawServer(_authority.Issue("localhost"), "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", Silence);
        using var http = Client(way);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _threads.GetAsync(http, Named(server), Stall(1)));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task SendAsync_CancelledWhileTheServiceDoesNotRead_EndsAsCancelled(string way)
    {
        await using var server = new RawServer(_authority.Issue("localhost"), AtOnce, Silence);
        using var http = Client(way);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _threads.PutAsync(http, Named(server), new byte[64 << 20], expectContinue: false, Stall(1)));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Dispose_RequestUnderWay_EndsIt(string way)
    {
        await using var server = new RawServer(_authority.Issue("localhost"), AtOnce, Silence);
        using var http = Client(way);
        var asking = _threads.GetAsync(http, Named(server), Token);
        await server.HeadCame;

        http.Dispose();

        await Assert.ThrowsAsync<HttpRequestException>(() => asking);
    }

    [Fact]
    public void Read_SocketIsClosedUnderIt_ComesBackAsAFailure()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(listener.LocalEndpoint);
        using var closing = new Timer(_ => socket.Dispose(), null, TimeSpan.FromSeconds(0.3), Timeout.InfiniteTimeSpan);
        using var context = OpenSsl.NewContext(_authority.File);

        Assert.ThrowsAny<IOException>(() => OpenSslStream.Connect(context, socket, "localhost"));
    }

    [Theory]
    [InlineData("libssl.so.3", "libcrypto.so.3", LeftReading.WithOpenSsl)]
    [InlineData("libssl.so.3", "libcrypto.so.0", LeftReading.WithSslStream)]
    [InlineData("libssl.so.0", "libcrypto.so.0", LeftReading.WithSslStream)]
    public async Task Process_EndsWhileAThreadWaitsInABody_EndsAtOnceAndWithoutAnErrorWhicheverWayItReads(string ssl, string crypto, string way)
    {
        // OpenSSL would take itself down when a process ends, under the thread that is in it. What is not found is not needed.
        Assert.SkipUnless(way == LeftReading.WithSslStream || OpenSsl.OfTheSystem is not null, "This system has no OpenSSL 3.");
        await using var server = new RawServer(_authority.Issue("localhost"), "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", Silence);

        var (exitCode, output, errors) = await VictimProcess.EndWhileReadingAsync(Named(server), _authority.File, (ssl, crypto), Token);

        Assert.Equal((0, way, ""), (exitCode, output, errors));
        Assert.Single(server.Heads);
    }

    private static Uri Named(RawServer server) => new($"https://localhost:{server.Endpoint.Port}");

    private static HttpMessageInvoker Client(TlsNegotiation negotiate) => new(new BlockingHttpHandler(new SocketsHttpHandler(), TimeProvider.System)
    {
        Negotiate = negotiate, ExpectContinueTimeout = TimeSpan.FromSeconds(0.3),
    });

    private async Task AssertRefusedAsync(string way, X509Certificate2 certificate, Func<RawServer, Uri> endpoint)
    {
        await using var server = new RawServer(certificate, Answer("200 OK", "never"));
        using var http = Client(way);

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => _threads.GetAsync(http, endpoint(server), Token));

        Assert.Equal(HttpRequestError.SecureConnectionError, failure.HttpRequestError);
        Assert.IsType<AuthenticationException>(failure.InnerException);
        Assert.Empty(server.Heads);
    }

    private CancellationToken Stall(double seconds)
    {
        var stall = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        _toDispose.Add(stall);
        return stall.Token;
    }

    private HttpMessageInvoker Client(string way)
    {
        if (way == BySslStream)
        {
            return Client((socket, host) => Tls.NegotiateBySslStream(socket, host, _authority.Policy()));
        }

        Assert.SkipUnless(OpenSsl.OfTheSystem is not null, "This system has no OpenSSL 3.");
        var context = OpenSsl.NewContext(_authority.File);
        _toDispose.Add(context);
        return Client((socket, host) => OpenSslStream.Connect(context, socket, host));
    }

    /// <summary>Issues certificates; its own is trusted by who is given its file or policy.</summary>
    private sealed class TestAuthority : IDisposable
    {
        private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        private readonly X509Certificate2 _own;
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

        public TestAuthority()
        {
            var request = new CertificateRequest("CN=Authority of the tests", _key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            _own = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-10), DateTimeOffset.UtcNow.AddDays(10));
            System.IO.File.WriteAllText(File, _own.ExportCertificatePem());
        }

        public string File => Path.Combine(_folder.FullName, "authority.pem");

        public X509ChainPolicy Policy() => new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { _own }, RevocationMode = X509RevocationMode.NoCheck,
        };

        public X509Certificate2 Issue(string name = "nobody.invalid", IPAddress? address = null, bool hasEnded = false)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(name);
            if (address is not null)
            {
                names.AddIpAddress(address);
            }

            request.CertificateExtensions.Add(names.Build());
            var until = DateTimeOffset.UtcNow.AddDays(hasEnded ? -1 : 1);
            return request.Create(_own, DateTimeOffset.UtcNow.AddDays(-2), until, RandomNumberGenerator.GetBytes(8)).CopyWithPrivateKey(key);
        }

        public void Dispose()
        {
            _own.Dispose();
            _key.Dispose();
            _folder.Delete(recursive: true);
        }
    }
}
