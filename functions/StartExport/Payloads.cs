using System.Text.Json;
using System.Text.Json.Serialization;
using Amazon.Lambda.Core;
using Amazon.Lambda.Serialization.SystemTextJson;
using SnapshotBridge.Exports;
using SnapshotBridge.Preflight;
using SnapshotBridge.StartExport;
using SnapshotBridge.Sweeping;

[assembly: LambdaSerializer(typeof(Serializer))]

namespace SnapshotBridge.StartExport;

/// <summary>What the state machine sends: see <c>Parameters</c> of its StartExport state.</summary>
public sealed record Input
{
    /// <summary>The execution's input, untouched.</summary>
    public JsonElement Request { get; init; }

    public string? ExecutionName { get; init; }

    public DateTimeOffset ExecutionStartTime { get; init; }

    public string? TaskToken { get; init; }

    /// <summary>Asks for the function's checks instead; see infra/preflight.sh.</summary>
    public PreflightRequest? Preflight { get; init; }

    /// <summary>A token is a secret: it does not occur in what is printed.</summary>
    public override string ToString() => $"input of execution '{ExecutionName}'";
}

[JsonSerializable(typeof(Input))]
[JsonSerializable(typeof(ExportOutcome))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(SweepOutcome))]
public sealed partial class PayloadJson : JsonSerializerContext;

/// <summary>camelCase as the state machine writes and reads it.</summary>
public sealed class Serializer() : SourceGeneratorLambdaJsonSerializer<PayloadJson>(
    (JsonSerializerOptions options) => options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase);
