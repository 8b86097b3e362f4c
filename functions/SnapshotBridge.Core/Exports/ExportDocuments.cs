using System.Text.Json.Serialization;
using SnapshotBridge.Preflight;

namespace SnapshotBridge.Exports;

/// <summary>One execution's wait for one export task, kept in S3 from before the task is started until its callback is accepted.</summary>
public sealed record TokenDocument
{
    public required string ExportTaskId { get; init; }

    public required string ExecutionName { get; init; }

    public required string TaskToken { get; init; }

    public required DateTimeOffset SavedAt { get; init; }

    /// <summary>A token is a secret: it does not occur in what is printed.</summary>
    public override string ToString() => $"wait of execution '{ExecutionName}' for export task '{ExportTaskId}'";
}

/// <summary>
/// How RDS described a task when it was complete, written before the callback: PlanCopy needs its warnings, which stand in
/// no file of the export.
/// </summary>
public sealed record EndedExport
{
    public required string ExportTaskId { get; init; }

    public required string SourceArn { get; init; }

    public required string Status { get; init; }

    public string? WarningMessage { get; init; }

    public DateTimeOffset? SnapshotTime { get; init; }

    /// <summary>When RDS began; null in documents of earlier versions.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>How much data RDS says that it read, in GB.</summary>
    public double? ExtractedGigabytes { get; init; }

    public static EndedExport Of(ExportTaskState task) => new()
    {
        ExportTaskId = task.ExportTaskId,
        SourceArn = task.SourceArn,
        Status = task.Status,
        WarningMessage = task.WarningMessage,
        SnapshotTime = task.SnapshotTime,
        StartedAt = task.StartedAt,
        EndedAt = task.EndedAt,
        ExtractedGigabytes = task.ExtractedGigabytes,
    };
}

/// <summary>What the StartExport state ends with: <see cref="Status"/> is COMPLETE or IGNORED.</summary>
public sealed record ExportOutcome(string ExportTaskId, string Status, string? Reason = null)
{
    public const string Complete = "COMPLETE", Ignored = "IGNORED", Waiting = "WAITING", Checked = "PREFLIGHT";

    /// <summary>The answer to a preflight, which the state machine never asks for; else null.</summary>
    public PreflightAnswer? Preflight { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TokenDocument))]
[JsonSerializable(typeof(EndedExport))]
[JsonSerializable(typeof(ExportOutcome))]
public sealed partial class ExportsJson : JsonSerializerContext;
