using System.Text.Json.Nodes;
using SnapshotBridge.Local.StateMachine.Asl;

namespace SnapshotBridge.Local.StateMachine.Running;

/// <summary>
/// Where one flow of an execution stands: the whole execution, a branch of a Parallel, an iteration of an inline Map.
/// It outlives a failure, so that a redrive continues in the state that failed.
/// </summary>
internal sealed class Scope(Flow flow, JsonNode? input, JsonObject? mapContext)
{
    internal Flow Flow { get; } = flow;

    internal string StateName { get; set; } = flow.StartAt;

    internal JsonNode? Input { get; set; } = input;

    /// <summary>The context object's <c>Map</c>, inside an inline Map.</summary>
    internal JsonObject? MapContext { get; } = mapContext;

    internal bool Started { get; set; }

    internal bool Completed { get; set; }

    internal JsonNode? Output { get; set; }

    internal long LastEventId { get; set; }

    internal long EnteredEventId { get; set; }

    internal DateTimeOffset EnteredTime { get; set; }

    /// <summary>The flows inside the current state: an inline Map's iterations, a Parallel's branches.</summary>
    internal Scope[]? Children { get; set; }

    /// <summary>The Map Run of the current state, a Distributed Map.</summary>
    internal MapRun? MapRun { get; set; }
}
