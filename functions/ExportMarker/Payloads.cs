using System.Text.Json;
using System.Text.Json.Serialization;
using Amazon.Lambda.Core;
using Amazon.Lambda.S3Events;
using Amazon.Lambda.Serialization.SystemTextJson;
using SnapshotBridge.ExportMarker;

[assembly: LambdaSerializer(typeof(Serializer))]

namespace SnapshotBridge.ExportMarker;

/// <summary>
/// A written object, in either form in which S3 tells of it: the records of a bucket's own notification, or the detail of
/// EventBridge's <c>Object Created</c>, which a bucket that existed before is listened to by.
/// </summary>
public sealed class MarkerEvent : S3Event
{
    /// <summary>EventBridge's form; null in the other.</summary>
    public ObjectCreated? Detail { get; init; }

    /// <summary>Bucket and key of every object; none in a test event. Only a bucket's own notification encodes keys, as a form does.</summary>
    internal IReadOnlyList<(string Bucket, string Key)> Objects() =>
    [
        .. (Records ?? [])
            .Where(record => record?.S3?.Object?.Key is not null)
            .Select(record => (record.S3.Bucket?.Name ?? "", record.S3.Object.KeyDecoded)),
        .. Detail?.Created?.Key is { } key ? [(Detail.Bucket?.Name ?? "", key)] : Array.Empty<(string, string)>(),
    ];
}

/// <summary>The part of <c>Object Created</c> that matters here.</summary>
public sealed record ObjectCreated
{
    public CreatedIn? Bucket { get; init; }

    [JsonPropertyName("object")]
    public CreatedObject? Created { get; init; }
}

public sealed record CreatedIn(string? Name);

public sealed record CreatedObject(string? Key);

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

[JsonSerializable(typeof(MarkerEvent))]
[JsonSerializable(typeof(RdsEvent))]
public sealed partial class PayloadJson : JsonSerializerContext;

/// <summary>camelCase, read whatever the case.</summary>
public sealed class Serializer() : SourceGeneratorLambdaJsonSerializer<PayloadJson>(
    (JsonSerializerOptions options) => options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase);
