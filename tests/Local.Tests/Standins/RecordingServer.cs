using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SnapshotBridge.Local.Tests.Standins;

/// <summary>A request as it arrived: the target as it was on the wire, header names in lower case.</summary>
internal sealed record RecordedRequest(string Method, string RawTarget, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Text => System.Text.Encoding.UTF8.GetString(Body);
}

/// <summary>What the server answers.</summary>
internal sealed record Answer(int Status, string Body, string ContentType, params (string Name, string Value)[] Headers)
{
    public static Answer Xml(string body, int status = 200) => new(status, body, "text/xml");

    public static Answer Json(string body, int status = 200, params (string Name, string Value)[] headers) =>
        new(status, body, "application/x-amz-json-1.1", headers);
}

/// <summary>A loopback server that records requests and answers them in order; the last answer repeats.</summary>
internal sealed class RecordingServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<RecordedRequest> _requests = new();
    private readonly Queue<Answer> _answers;
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RecordingServer(IEnumerable<Answer> answers)
    {
        _answers = new Queue<Answer>(answers);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(HandleAsync);
    }

    public string Url { get; private set; } = "";

    public IReadOnlyList<RecordedRequest> Requests => [.. _requests];

    public RecordedRequest Single => _requests.Single();

    /// <summary>Whether requests are taken and never answered.</summary>
    public bool IsSilent { get; set; }

    /// <summary>Done as soon as the first request is here.</summary>
    public Task Arrived => _arrived.Task;

    public static async Task<RecordingServer> StartAsync(params Answer[] answers)
    {
        var server = new RecordingServer(answers);
        await server._app.StartAsync();
        server.Url = server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        _requests.Enqueue(new RecordedRequest(
            context.Request.Method,
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            context.Request.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString()),
            body.ToArray()));
        _arrived.TrySetResult();
        if (IsSilent)
            await Task.Delay(Timeout.Infinite, context.RequestAborted);

        Answer answer;
        lock (_answers)
            answer = _answers.Count > 1 ? _answers.Dequeue() : _answers.Peek();
        context.Response.StatusCode = answer.Status;
        if (answer.ContentType.Length > 0)
            context.Response.ContentType = answer.ContentType;
        foreach (var (name, value) in answer.Headers)
            context.Response.Headers[name] = value;
        if (answer.Body.Length > 0 && context.Request.Method != "HEAD")
            await context.Response.WriteAsync(answer.Body, context.RequestAborted);
    }
}
