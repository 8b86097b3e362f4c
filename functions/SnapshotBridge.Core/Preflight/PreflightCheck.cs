using System.Text.Json.Serialization;

namespace SnapshotBridge.Preflight;

/// <summary>How a check ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PreflightResult>))]
public enum PreflightResult
{
    /// <summary>A run will not fail over this.</summary>
    [JsonStringEnumMemberName("ok")]
    Ok,

    /// <summary>A run can succeed, but somebody should look.</summary>
    [JsonStringEnumMemberName("warning")]
    Warning,

    /// <summary>A run would fail.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,

    /// <summary>Not checked; the detail says why.</summary>
    [JsonStringEnumMemberName("skipped")]
    Skipped,
}

/// <summary>One line of the preflight. No part of it ever holds a secret.</summary>
/// <param name="Name">Stable and short, such as <c>oci.key</c>.</param>
/// <param name="Target">What was checked: the thing and its name.</param>
/// <param name="Result">How it ended.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Remedy">What to do, where the result is a warning or a failure.</param>
public sealed record PreflightCheck(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("target")] string Target,
    [property: JsonPropertyName("result")] PreflightResult Result,
    [property: JsonPropertyName("detail")] string Detail,
    [property: JsonPropertyName("remedy")] string? Remedy = null);

/// <summary>A check's finding, before it gets its name.</summary>
public sealed record Finding(PreflightResult Result, string Detail, string? Remedy = null)
{
    public static Finding Ok(string detail) => new(PreflightResult.Ok, detail);

    public static Finding Warning(string detail, string remedy) => new(PreflightResult.Warning, detail, remedy);

    public static Finding Failed(string detail, string remedy) => new(PreflightResult.Failed, detail, remedy);

    public static Finding Skipped(string reason) => new(PreflightResult.Skipped, reason);
}

/// <summary>What a function answers to <c>{"preflight":{…}}</c>.</summary>
public sealed record PreflightAnswer
{
    [JsonPropertyName("checks")]
    public required IReadOnlyList<PreflightCheck> Checks { get; init; }

    /// <summary>Settings that other checks need and only this function has; see <see cref="PreflightFact"/>. None is secret.</summary>
    [JsonPropertyName("facts")]
    public IReadOnlyDictionary<string, string> Facts { get; init; } = new Dictionary<string, string>();
}

/// <summary>The names of <see cref="PreflightAnswer.Facts"/>.</summary>
public static class PreflightFact
{
    public const string DestinationPrefix = "destinationPrefix";
    public const string ExportBucket = "exportBucket";
    public const string ExportPrefix = "exportPrefix";
    public const string ExportRole = "exportRoleArn";
    public const string ExportKey = "exportKmsKeyId";
}
