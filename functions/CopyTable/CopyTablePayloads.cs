using System.Text.Json;
using System.Text.Json.Serialization;
using Amazon.Lambda.Serialization.SystemTextJson;
using SnapshotBridge.Copying;
using SnapshotBridge.Preflight;

namespace SnapshotBridge.CopyTable;

/// <summary>Which batch to copy.</summary>
public sealed record CopyTableRequest
{
    public string? ExportTaskId { get; init; }

    /// <summary>The batch's number, from 0.</summary>
    public int? Batch { get; init; }

    /// <summary>Asks for the function's checks instead; see infra/preflight.sh.</summary>
    public PreflightRequest? Preflight { get; init; }
}

/// <summary>What one invocation achieved. The state machine calls again while <see cref="Done"/> is false.</summary>
public sealed record CopyTableResult
{
    public required string ExportTaskId { get; init; }

    public required int Batch { get; init; }

    /// <summary>True when every object of the batch is proven at its destination and the proof is written.</summary>
    public required bool Done { get; init; }

    /// <summary>Objects that are proven at their destination, from this and earlier invocations.</summary>
    public required int Objects { get; init; }

    /// <summary>Their bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>Those of them that this invocation found there.</summary>
    public required int SkippedObjects { get; init; }

    public required int RemainingObjects { get; init; }

    /// <summary>Bytes that this invocation sent.</summary>
    public required long SentBytes { get; init; }

    /// <summary>How long this invocation copied, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>The answer to a preflight, which the state machine never asks for; else null.</summary>
    public PreflightAnswer? Preflight { get; init; }

    /// <summary>Nothing copied, but the answer to a preflight.</summary>
    internal static CopyTableResult OfPreflight(PreflightAnswer answer) => new()
    {
        ExportTaskId = "",
        Batch = -1,
        Done = false,
        Objects = 0,
        Bytes = 0,
        SkippedObjects = 0,
        RemainingObjects = 0,
        SentBytes = 0,
        Seconds = 0,
        Preflight = answer,
    };

    internal static CopyTableResult From(string exportTaskId, int batch, CopyBatchResult result) => new()
    {
        ExportTaskId = exportTaskId,
        Batch = batch,
        Done = result.Done,
        Objects = result.Objects,
        Bytes = result.Bytes,
        SkippedObjects = result.SkippedObjects,
        RemainingObjects = result.RemainingObjects,
        SentBytes = result.SentBytes,
        Seconds = Math.Round(result.Elapsed.TotalSeconds, 3),
    };
}

[JsonSerializable(typeof(CopyTableRequest))]
[JsonSerializable(typeof(CopyTableResult))]
public sealed partial class CopyTableJson : JsonSerializerContext;

/// <summary>The function's serializer. The naming policy is set here: the one on a context is not looked at.</summary>
public sealed class CopyTableSerializer()
    : SourceGeneratorLambdaJsonSerializer<CopyTableJson>((JsonSerializerOptions options) => options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase);
