using System.Text.Json.Nodes;

namespace SnapshotBridge.Local.StateMachine.Running;

/// <summary>The children of one run of a Distributed Map.</summary>
internal sealed class MapRun(string arn, string machineArn, Execution parent, string label, int maxConcurrency, IReadOnlyList<JsonNode?> inputs, DateTimeOffset start)
{
    private readonly Lock _lock = new();
    private readonly Execution?[] _children = new Execution?[inputs.Count];

    internal string Arn { get; } = arn;

    /// <summary>The ARN of the child executions' machine: the parent's with the label.</summary>
    internal string MachineArn { get; } = machineArn;

    internal Execution Parent { get; } = parent;

    internal string Label { get; } = label;

    internal IReadOnlyList<JsonNode?> Inputs { get; } = inputs;

    internal int MaxConcurrency { get; set; } = maxConcurrency;

    internal DateTimeOffset StartDate { get; } = start;

    internal DateTimeOffset? StopDate { get; set; }

    internal ExecutionStatus Status { get; set; } = ExecutionStatus.Running;

    internal int RedriveCount { get; set; }

    internal DateTimeOffset? RedriveDate { get; set; }

    /// <summary>The first child that failed since the last redrive.</summary>
    internal Execution? FirstFailure { get; set; }

    internal Execution? Child(int index)
    {
        lock (_lock)
        {
            return _children[index];
        }
    }

    internal void Add(int index, Execution child)
    {
        lock (_lock)
        {
            _children[index] = child;
        }
    }

    internal IReadOnlyList<Execution> Children
    {
        get
        {
            lock (_lock)
            {
                return [.. _children.OfType<Execution>()];
            }
        }
    }

    internal MapRunCounts Counts
    {
        get
        {
            var statuses = Children.CountBy(child => child.Status).ToDictionary();
            int Of(ExecutionStatus status) => statuses.GetValueOrDefault(status);
            return new MapRunCounts(
                Inputs.Count,
                Inputs.Count - statuses.Values.Sum(),
                Of(ExecutionStatus.Running),
                Of(ExecutionStatus.Succeeded),
                Of(ExecutionStatus.Failed),
                Of(ExecutionStatus.TimedOut),
                Of(ExecutionStatus.Aborted));
        }
    }

    internal MapRunDescription Describe() => new()
    {
        MapRunArn = Arn,
        ExecutionArn = Parent.Arn,
        StateMachineArn = MachineArn,
        Status = Status,
        StartDate = StartDate,
        StopDate = StopDate,
        MaxConcurrency = MaxConcurrency,
        Counts = Counts,
        RedriveCount = RedriveCount,
        RedriveDate = RedriveDate,
    };
}
