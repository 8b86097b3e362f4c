using System.Text.Json;
using System.Text.Json.Serialization;
using Amazon.Lambda.Core;
using Amazon.Lambda.Serialization.SystemTextJson;
using SnapshotBridge.PlanCopy;
using SnapshotBridge.Planning;
using SnapshotBridge.Preflight;

[assembly: LambdaSerializer(typeof(Serializer))]

namespace SnapshotBridge.PlanCopy;

/// <summary>What the state machine sends: see <c>Parameters</c> of its PlanCopy state.</summary>
public sealed record Input
{
    public string? ExportTaskId { get; init; }

    /// <summary>The execution's original input. Executions that began with an earlier definition do not send it.</summary>
    public JsonElement? Request { get; init; }

    /// <summary>Asks for the function's checks instead; see infra/preflight.sh.</summary>
    public PreflightRequest? Preflight { get; init; }
}

[JsonSerializable(typeof(Input))]
[JsonSerializable(typeof(PlanOutcome))]
public sealed partial class PayloadJson : JsonSerializerContext;

/// <summary>camelCase as the state machine writes and reads it.</summary>
public sealed class Serializer() : SourceGeneratorLambdaJsonSerializer<PayloadJson>(
    (JsonSerializerOptions options) => options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase);
