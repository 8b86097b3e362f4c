using System.Text.Json.Nodes;
using SnapshotBridge.Local.StateMachine.Asl;

namespace SnapshotBridge.Local.StateMachine.Running;

/// <summary>One execution: its input, where it stands, how it ended, and its history.</summary>
internal sealed class Execution
{
    /// <summary>The service's limit of events in one execution's history.</summary>
    internal const int HistoryLimit = 25_000;

    private readonly Lock _lock = new();
    private readonly List<HistoryEvent> _history = [];
    private readonly List<string> _tokens = [];
    private readonly List<MapRun> _mapRuns = [];

    internal Execution(string arn, string name, Machine machine, string machineArn, Flow flow, JsonNode? input, DateTimeOffset start, MapRun? mapRun = null, int? itemIndex = null)
    {
        Arn = arn;
        Name = name;
        Machine = machine;
        MachineArn = machineArn;
        Input = input;
        InputText = JsonValues.Text(input);
        StartDate = start;
        MapRun = mapRun;
        ItemIndex = itemIndex;
        Root = new Scope(flow, JsonValues.Clone(input), mapContext: null);
        Identity = new ExecutionIdentity(arn, name, mapRun?.Parent.Arn);
    }

    internal string Arn { get; }

    internal string Name { get; }

    internal ExecutionIdentity Identity { get; }

    internal Machine Machine { get; }

    /// <summary>The machine's ARN, for a child with its Map's label.</summary>
    internal string MachineArn { get; }

    internal JsonNode? Input { get; }

    internal string InputText { get; }

    internal DateTimeOffset StartDate { get; }

    internal MapRun? MapRun { get; }

    internal int? ItemIndex { get; }

    internal Scope Root { get; }

    internal ExecutionStatus Status { get; private set; } = ExecutionStatus.Running;

    internal DateTimeOffset? StopDate { get; private set; }

    internal string? Output { get; private set; }

    internal string? Error { get; private set; }

    internal string? Cause { get; private set; }

    /// <summary>The state whose error ended the execution.</summary>
    internal string? FailedState { get; set; }

    internal int RedriveCount { get; private set; }

    internal DateTimeOffset? RedriveDate { get; private set; }

    internal string? RedriveClientToken { get; set; }

    /// <summary>The Map Runs that it has started, in order.</summary>
    internal IReadOnlyList<MapRun> MapRuns
    {
        get
        {
            lock (_lock)
            {
                return [.. _mapRuns];
            }
        }
    }

    /// <summary>Cancelled when the execution is to be aborted. A redrive brings a new one.</summary>
    internal CancellationTokenSource Stop { get; private set; } = new();

    internal string? StopError { get; set; }

    internal string? StopCause { get; set; }

    /// <summary>Completes when the execution, or its current redrive, has ended.</summary>
    internal TaskCompletionSource Ended { get; private set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal IReadOnlyList<HistoryEvent> History
    {
        get
        {
            lock (_lock)
            {
                return [.. _history];
            }
        }
    }

    internal int HistoryCount
    {
        get
        {
            lock (_lock)
            {
                return _history.Count;
            }
        }
    }

    /// <summary>Every task token that the execution has had: to be masked wherever its history is kept.</summary>
    internal IReadOnlyList<string> Tokens
    {
        get
        {
            lock (_lock)
            {
                return [.. _tokens];
            }
        }
    }

    internal void Add(MapRun run)
    {
        lock (_lock)
        {
            _mapRuns.Add(run);
        }
    }

    internal void Remember(string token)
    {
        lock (_lock)
        {
            _tokens.Add(token);
        }
    }

    /// <param name="previous">The event that led to this one.</param>
    /// <param name="at">When it happened.</param>
    /// <param name="type">The event's type.</param>
    /// <param name="detailsName">The API's name of the details.</param>
    /// <param name="details">The details.</param>
    /// <param name="ends">True for the event that ends an execution: it always has room.</param>
    /// <exception cref="StateErrorException">The history is full.</exception>
    internal long Add(long previous, DateTimeOffset at, string type, string? detailsName = null, JsonObject? details = null, bool ends = false)
    {
        lock (_lock)
        {
            // One place is kept for the event that ends the execution.
            if (!ends && _history.Count >= HistoryLimit - 1)
            {
                throw new StateErrorException(StatesErrors.Runtime, $"The execution reached the maximum number of history events ({HistoryLimit}).", ofTheExecution: true);
            }

            var id = _history.Count + 1;
            _history.Add(new HistoryEvent(id, previous, at, type, detailsName, details));
            return id;
        }
    }

    internal void End(ExecutionStatus status, DateTimeOffset at, string? output, string? error, string? cause)
    {
        lock (_lock)
        {
            Status = status;
            StopDate = at;
            Output = output;
            Error = error;
            Cause = cause;
        }

        Ended.TrySetResult();
    }

    internal void Reopen(DateTimeOffset at)
    {
        lock (_lock)
        {
            Status = ExecutionStatus.Running;
            StopDate = null;
            Output = null;
            Error = null;
            Cause = null;
            FailedState = null;
            StopError = null;
            StopCause = null;
            RedriveCount++;
            RedriveDate = at;
            Stop.Dispose();
            Stop = new CancellationTokenSource();
            Ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    internal ExecutionFailure? Failure()
    {
        if (Status is not (ExecutionStatus.Failed or ExecutionStatus.TimedOut))
        {
            return null;
        }

        if (Error == StatesErrors.ExceedToleratedFailureThreshold
            && MapRuns is [.., { FirstFailure: { } firstFailed }] && firstFailed.Failure() is { } child)
        {
            return child;
        }

        return new ExecutionFailure(Arn, FailedState, Error ?? "", Cause);
    }

    internal string? NotRedrivableReason(DateTimeOffset now)
    {
        if (Status == ExecutionStatus.Running)
        {
            return "Execution is RUNNING and cannot be redriven";
        }

        if (Status == ExecutionStatus.Succeeded)
        {
            return "Execution is SUCCEEDED and cannot be redriven";
        }

        if (HistoryCount >= HistoryLimit - 1)
        {
            return "Execution history event count exceeds the limit for redrive";
        }

        return StopDate is { } stop && now - stop > TimeSpan.FromDays(14) ? "Execution has exceeded the 14-day redrivable period" : null;
    }

    internal ExecutionDescription Describe(DateTimeOffset now)
    {
        lock (_lock)
        {
            return new ExecutionDescription
            {
                ExecutionArn = Arn,
                StateMachineArn = MachineArn,
                Name = Name,
                Status = Status,
                StartDate = StartDate,
                StopDate = StopDate,
                Input = InputText,
                Output = Output,
                Error = Error,
                Cause = Cause,
                RedriveCount = RedriveCount,
                RedriveDate = RedriveDate,
                MapRunArn = MapRun?.Arn,
                ItemIndex = ItemIndex,
                NotRedrivableReason = NotRedrivableReason(now),
                Failure = Failure(),
            };
        }
    }
}

/// <summary>A state machine as the service knows it.</summary>
internal sealed record Machine(string Arn, string Name, StateMachineDefinition Definition, string RoleArn, DateTimeOffset CreationDate);
