using System.Text.Json;
using System.Text.Json.Serialization;
using Amazon.Lambda.Core;
using Amazon.Lambda.S3Events;
using Amazon.Lambda.Serialization.SystemTextJson;
using SnapshotBridge.ExportMarker;

[assembly: LambdaSerializer(typeof(Serializer))]

namespace SnapshotBridge.ExportMarker;

/// <summary>The part of an EventBridge event of RDS that matters here.</summary>
public sealed record RdsEvent
{
    public RdsEventDetail? Detail { get; init; }
}

/// <summary>What RDS says in an event.</summary>
public sealed record RdsEventDetail
{
    // RDS's own spelling, which no naming policy gives.
    [JsonPropertyName("EventID")]
    public string? EventId { get; init; }

    [JsonPropertyName("SourceArn")]
    public string? SourceArn { get; init; }
}

[JsonSerializable(typeof(S3Event))]
[JsonSerializable(typeof(RdsEvent))]
public sealed partial class PayloadJson : JsonSerializerContext;

/// <summary>camelCase, read whatever the case.</summary>
public sealed class Serializer() : SourceGeneratorLambdaJsonSerializer<PayloadJson>(
    (JsonSerializerOptions options) => options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase);
