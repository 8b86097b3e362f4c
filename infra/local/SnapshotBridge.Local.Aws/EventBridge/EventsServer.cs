using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SnapshotBridge.Local.Aws.Protocols;

namespace SnapshotBridge.Local.Aws.EventBridge;

/// <summary>EventBridge's PutEvents on the loopback interface: it checks each event and puts it on a bus.</summary>
public sealed class EventsServer : IAsyncDisposable
{
    /// <summary>The most entries of one request, and the most bytes of all of them: API Reference, PutEvents.</summary>
    public const int MaxEntries = 10, MaxBytes = 256 * 1024;

    private static readonly AwsJsonService Service = new("events", "AWSEvents", "1.1");

    private readonly Lock _lock = new();
    private readonly List<(string Bus, JsonObject Event)> _taken = [];
    private readonly AwsServerOptions _options;
    private AwsJsonServer? _server;

    private EventsServer(AwsServerOptions options) => _options = options;

    /// <summary>Where it listens.</summary>
    public Uri Endpoint => _server!.Endpoint;

    /// <summary>What goes wrong on purpose.</summary>
    public EventsFaults Faults { get; } = new();

    /// <summary>Gets every event of the default bus, in its envelope, before its sender is answered. May be set at any time.</summary>
    public Func<JsonObject, CancellationToken, Task>? Sink { get; set; }

    /// <summary>The events that were taken, in their envelopes, in order.</summary>
    public IReadOnlyList<JsonObject> Taken(string bus = "default")
    {
        lock (_lock)
            return [.. _taken.Where(entry => entry.Bus == bus).Select(entry => entry.Event)];
    }

    /// <summary>Starts the endpoint.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<EventsServer> StartAsync(AwsServerOptions options, CancellationToken cancellationToken = default)
    {
        var server = new EventsServer(options);
        server._server = await AwsJsonServer.StartAsync(options, Service, server.AnswerAsync, cancellationToken);
        return server;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server!.DisposeAsync();

    private async Task<JsonNode?> AnswerAsync(string operation, JsonElement input, CancellationToken cancellationToken)
    {
        if (operation != "PutEvents")
            throw new AwsServiceException("UnknownOperationException", $"This local endpoint does not play {operation}.");
        Faults.ThrowIfTold();
        var entries = input.TryGetProperty("Entries", out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().ToList() : [];
        if (entries.Count is 0 or > MaxEntries)
            throw new AwsServiceException(
                "ValidationException",
                $"1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length less than or equal to {MaxEntries} and greater than or equal to 1");
        if (entries.Sum(Size) > MaxBytes)
            throw new AwsServiceException("ValidationException", "Total size of the entries in the request is over the limit.");

        var results = new JsonArray();
        var failed = 0;
        foreach (var entry in entries)
        {
            var problem = Faults.RefusalOfEntry() ?? Problem(entry);
            failed += problem is null ? 0 : 1;
            results.Add(problem is { } refused
                ? new JsonObject { ["ErrorCode"] = refused.Code, ["ErrorMessage"] = refused.Message }
                : new JsonObject { ["EventId"] = await TakeAsync(entry, cancellationToken) });
        }

        return new JsonObject { ["FailedEntryCount"] = failed, ["Entries"] = results };
    }

    private async Task<string> TakeAsync(JsonElement entry, CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid().ToString();
        var time = entry.TryGetProperty("Time", out var seconds) && seconds.ValueKind == JsonValueKind.Number
            ? DateTimeOffset.UnixEpoch.AddSeconds(seconds.GetDouble())
            : _options.Clock.GetUtcNow();
        var published = new JsonObject
        {
            ["version"] = "0",
            ["id"] = id,
            ["detail-type"] = Text(entry, "DetailType"),
            ["source"] = Text(entry, "Source"),
            ["account"] = _options.AccountId,
            ["time"] = time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture),
            ["region"] = _options.Region,
            ["resources"] = entry.TryGetProperty("Resources", out var resources) ? JsonNode.Parse(resources.GetRawText()) : new JsonArray(),
            ["detail"] = JsonNode.Parse(Text(entry, "Detail")!),
        };
        var name = Text(entry, "EventBusName") ?? "default";
        var bus = name[(name.LastIndexOf('/') + 1)..];
        lock (_lock)
            _taken.Add((bus, published));
        if (bus == "default" && Sink is { } sink)
            await sink(published, cancellationToken);
        return id;
    }

    /// <summary>What is wrong with one entry. The others of its request are taken all the same.</summary>
    private static (string Code, string Message)? Problem(JsonElement entry)
    {
        foreach (var name in (string[])["Source", "DetailType", "Detail"])
        {
            if (string.IsNullOrEmpty(Text(entry, name)))
                return ("InvalidArgument", $"Parameter {name} is not valid. Reason: {name} is a required argument.");
        }

        if (Text(entry, "Source")!.StartsWith("aws.", StringComparison.Ordinal))
            return ("NotAuthorizedForSourceException", "Not authorized for the source.");
        try
        {
            if (JsonNode.Parse(Text(entry, "Detail")!) is JsonObject)
                return null;
        }
        catch (JsonException)
        {
            // Answered below, as text that is JSON but no object is.
        }

        return ("MalformedDetail", "Detail is malformed.");
    }

    /// <summary>EventBridge User Guide, "Calculating PutEvents event entry size": 14 bytes for a time, the others in UTF-8.</summary>
    private static int Size(JsonElement entry) =>
        (entry.TryGetProperty("Time", out _) ? 14 : 0)
        + Bytes(Text(entry, "Source")) + Bytes(Text(entry, "DetailType")) + Bytes(Text(entry, "Detail"))
        + (entry.TryGetProperty("Resources", out var resources) ? resources.EnumerateArray().Sum(resource => Bytes(resource.GetString())) : 0);

    private static int Bytes(string? text) => Encoding.UTF8.GetByteCount(text ?? "");

    private static string? Text(JsonElement input, string name)
        => input.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
