using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace SnapshotBridge.Local.Aws.Http;

/// <summary>One plain HTTP server on the loopback interface. It has no console, no configuration files and no log of its own.</summary>
public sealed class LoopbackServer : IAsyncDisposable
{
    private static readonly TimeSpan GraceForOpenRequests = TimeSpan.FromSeconds(1);

    private readonly WebApplication _app;

    private LoopbackServer(WebApplication app, Uri endpoint)
    {
        _app = app;
        Endpoint = endpoint;
    }

    /// <summary>Where it listens, for example <c>http://127.0.0.1:40123/</c>.</summary>
    public Uri Endpoint { get; }

    /// <summary>Starts a server that gives every request to <paramref name="handler"/>.</summary>
    /// <param name="port">The port; 0 lets the operating system choose.</param>
    /// <param name="handler">Answers one request; what it throws ends the connection.</param>
    /// <param name="cancellationToken">Ends the attempt to start.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<LoopbackServer> StartAsync(int port, RequestDelegate handler, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // S3 takes 5 GiB in one put; the slow-client limits would cut connections that a scenario slows down on purpose.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(IPAddress.Loopback, port);
        });
        var app = builder.Build();
        app.Run(handler);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        var addresses = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>();
        return new LoopbackServer(app, new Uri(addresses.Addresses.Single()));
    }

    /// <summary>Stops listening; requests that are still open after a second are cut.</summary>
    public async ValueTask DisposeAsync()
    {
        using var grace = new CancellationTokenSource(GraceForOpenRequests);
        await _app.StopAsync(grace.Token);
        await _app.DisposeAsync();
    }
}
