using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SnapshotBridge.Local.Tests.Databases;

/// <summary>Just enough of Object Storage behind a PAR: GET of a listing, two objects a page, and of an object.</summary>
internal sealed class ParHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ParHost(WebApplication app) => _app = app;

    public SortedConcurrentObjects Objects { get; } = new();

    /// <summary>Answers 404 to everything, as an expired PAR does.</summary>
    public bool Expired { get; set; }

    public ConcurrentQueue<string> Methods { get; } = new();

    public string Url => $"{_app.Urls.First()}/p/secret-token/n/ns/b/bucket/o/";

    public static async Task<ParHost> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var host = new ParHost(builder.Build());
        host._app.Run(host.AnswerAsync);
        await host._app.StartAsync();
        return host;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        Methods.Enqueue(context.Request.Method);
        var path = context.Request.Path.Value!;
        var at = path.IndexOf("/o/", StringComparison.Ordinal);
        if (Expired || at < 0 || !path.StartsWith("/p/secret-token/", StringComparison.Ordinal))
        {
            context.Response.StatusCode = 404;
            return;
        }

        var name = path[(at + 3)..];
        if (name.Length > 0)
        {
            if (Objects.Find(name) is { } bytes)
            {
                await context.Response.Body.WriteAsync(bytes);
            }
            else
            {
                context.Response.StatusCode = 404;
            }

            return;
        }

        var (prefix, start) = (context.Request.Query["prefix"].ToString(), context.Request.Query["start"].ToString());
        var names = Objects.Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(n, start) >= 0).Take(3).ToList();
        object body = names.Count == 3
            ? new { objects = names.Take(2).Select(n => new { name = n }), nextStartWith = names[2] }
            : new { objects = names.Select(n => new { name = n }) };
        await context.Response.WriteAsJsonAsync(body);
    }

    internal sealed class SortedConcurrentObjects
    {
        private readonly ConcurrentDictionary<string, byte[]> _objects = new(StringComparer.Ordinal);

        public IEnumerable<string> Names => _objects.Keys.Order(StringComparer.Ordinal);

        public byte[] this[string name]
        {
            set => _objects[name] = value;
        }

        public byte[]? Find(string name) => _objects.GetValueOrDefault(name);
    }
}
