using System.Text.Json;
using System.Text.Json.Serialization;
using Amazon.Lambda.Serialization.SystemTextJson;
using SnapshotBridge.Preflight;

namespace SnapshotBridge.LoadTables;

/// <summary>What the state machine sends.</summary>
public sealed record LoadTablesInput
{
    [JsonPropertyName("exportTaskId")]
    public string? ExportTaskId { get; init; }

    /// <summary>The execution's original input: a manual request or an event.</summary>
    [JsonPropertyName("request")]
    public JsonElement Request { get; init; }

    [JsonPropertyName("executionName")]
    public string? ExecutionName { get; init; }

    [JsonPropertyName("executionStartTime")]
    public DateTimeOffset ExecutionStartTime { get; init; }

    /// <summary>Asks for the function's checks instead; see infra/preflight.sh.</summary>
    [JsonPropertyName("preflight")]
    public PreflightRequest? Preflight { get; init; }
}

/// <summary>What the state machine reads. Every field is always there.</summary>
public sealed record LoadTablesOutput
{
    public const string Loaded = "LOADED";
    public const string Loading = "LOADING";
    public const string Checked = "PREFLIGHT";

    /// <summary><see cref="Loading"/> asks to be called again, <see cref="Loaded"/> ends the run.</summary>
    [JsonPropertyName("status")]
    public required string Status { get; init; }

    [JsonPropertyName("tables")]
    public required int Tables { get; init; }

    [JsonPropertyName("rows")]
    public required long Rows { get; init; }

    [JsonPropertyName("bytes")]
    public required long Bytes { get; init; }

    /// <summary>Empty while the load goes on.</summary>
    [JsonPropertyName("reportKey")]
    public required string ReportKey { get; init; }

    /// <summary>When to look again, in seconds; 0 once it is loaded.</summary>
    [JsonPropertyName("waitSeconds")]
    public int WaitSeconds { get; init; }

    /// <summary>The answer to a preflight, which the state machine never asks for; else null.</summary>
    [JsonPropertyName("preflight")]
    public PreflightAnswer? Preflight { get; init; }

    /// <summary>Nothing loaded, but the answer to a preflight.</summary>
    internal static LoadTablesOutput OfPreflight(PreflightAnswer answer) =>
        new() { Status = Checked, Tables = 0, Rows = 0, Bytes = 0, ReportKey = "", Preflight = answer };
}

[JsonSerializable(typeof(LoadTablesInput))]
[JsonSerializable(typeof(LoadTablesOutput))]
public sealed partial class LoadTablesJson : JsonSerializerContext;

/// <summary>The secret's JSON: camelCase as in its documentation.</summary>
[JsonSerializable(typeof(HeatWaveCredentials))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
public sealed partial class SecretsJson : JsonSerializerContext;

/// <summary>The serializer that the Lambda runtime calls.</summary>
public sealed class LoadTablesSerializer : SourceGeneratorLambdaJsonSerializer<LoadTablesJson>;
