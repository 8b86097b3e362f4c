using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using SnapshotBridge.Local.Aws;
using SnapshotBridge.Local.Aws.Protocols;

namespace SnapshotBridge.Functions.Tests.Exports;

/// <summary>The callbacks of Step Functions over signed HTTP: it remembers them and answers as told.</summary>
internal sealed class CallbackRecorder : IAsyncDisposable
{
    private AwsJsonServer? _server;

    public sealed record Callback(string Operation, string Token, string? Output, string? Error, string? Cause);

    /// <summary>All accepted callbacks.</summary>
    public ConcurrentQueue<Callback> Accepted { get; } = new();

    /// <summary>The error for a token, null to accept it.</summary>
    public Func<string, AwsServiceException?> Refuse { get; set; } = _ => null;

    public Uri Endpoint => _server!.Endpoint;

    public static async Task<CallbackRecorder> StartAsync(AwsServerOptions options, CancellationToken cancellationToken)
    {
        var recorder = new CallbackRecorder();
        recorder._server = await AwsJsonServer.StartAsync(
            options, new AwsJsonService("states", "AWSStepFunctions", "1.0"), recorder.AnswerAsync, cancellationToken);
        return recorder;
    }

    public ValueTask DisposeAsync() => _server!.DisposeAsync();

    private Task<JsonNode?> AnswerAsync(string operation, JsonElement input, CancellationToken cancellationToken)
    {
        string? Text(string name) => input.TryGetProperty(name, out var value) ? value.GetString() : null;
        var token = Text("taskToken")!;
        if (Refuse(token) is { } error)
            throw error;
        Accepted.Enqueue(new Callback(operation, token, Text("output"), Text("error"), Text("cause")));
        return Task.FromResult<JsonNode?>(null);
    }
}
