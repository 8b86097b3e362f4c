using System.Text.Json.Serialization;
using SnapshotBridge.Preflight;

namespace SnapshotBridge.Planning;

/// <summary>What PlanCopy gives to the state machine: identifiers and totals. Every field is always there.</summary>
public sealed record PlanOutcome
{
    public required string ExportTaskId { get; init; }

    public required string PlanKey { get; init; }

    public required string BatchesKey { get; init; }

    public required int Tables { get; init; }

    public required int Batches { get; init; }

    public required long Objects { get; init; }

    public required long Bytes { get; init; }

    /// <summary>How many entries the plan's list of what RDS left out has.</summary>
    public required int Skipped { get; init; }

    public required int MaxConcurrency { get; init; }

    /// <summary>The state transitions of a run without retries: <see cref="OrchestrationCost.Transitions"/>.</summary>
    public required long Transitions { get; init; }

    /// <summary>False when an earlier invocation had written the same plan. The state machine does not need it.</summary>
    [JsonIgnore]
    public bool IsNew { get; init; }

    /// <summary>The answer to a preflight, which the state machine never asks for; else null.</summary>
    public PreflightAnswer? Preflight { get; init; }

    /// <summary>No plan, but the answer to a preflight.</summary>
    public static PlanOutcome OfPreflight(PreflightAnswer answer) => new()
    {
        ExportTaskId = "",
        PlanKey = "",
        BatchesKey = "",
        Tables = 0,
        Batches = 0,
        Objects = 0,
        Bytes = 0,
        Skipped = 0,
        MaxConcurrency = 0, Transitions = 0,
        Preflight = answer,
    };
}
