using System.Text.Json.Nodes;

namespace SnapshotBridge.Local.StateMachine.Asl;

/// <summary>
/// A definition in the Amazon States Language (JSONPath) that this interpreter can execute as it stands. Whatever it
/// does not implement was refused by name and path when the text was parsed.
/// </summary>
public sealed class StateMachineDefinition
{
    internal StateMachineDefinition(string text, Flow flow, long? timeoutSeconds)
    {
        Text = text;
        Flow = flow;
        TimeoutSeconds = timeoutSeconds;
    }

    /// <summary>The definition as it was given.</summary>
    public string Text { get; }

    /// <summary>The names of the top level's states, in the file's order.</summary>
    public IReadOnlyList<string> StateNames => [.. Flow.States.Keys];

    internal Flow Flow { get; }

    internal long? TimeoutSeconds { get; }

    /// <param name="definition">JSON text, substitutions already filled.</param>
    /// <exception cref="StateMachineDefinitionException">Not JSON, not valid, or not implemented; every problem is named.</exception>
    public static StateMachineDefinition Parse(string definition) => DefinitionParser.Parse(definition);
}

/// <summary>StartAt and States: of the machine itself, of a Map's processor, of a Parallel's branch.</summary>
internal sealed record Flow(string StartAt, IReadOnlyDictionary<string, State> States);

/// <summary>A path or null; null stands for an empty object.</summary>
internal sealed record DataPath(JsonPath? Path)
{
    internal static readonly DataPath Whole = new(JsonPath.Parse("$"));
}

/// <summary>One state. <see cref="Next"/> is null where the state ends its flow.</summary>
internal abstract record State(string Name)
{
    internal abstract string Type { get; }

    internal string? Next { get; init; }

    internal DataPath InputPath { get; init; } = DataPath.Whole;

    internal DataPath OutputPath { get; init; } = DataPath.Whole;
}

/// <summary>A state whose result goes through ResultSelector and ResultPath, and whose errors go through Retry and Catch.</summary>
internal abstract record WorkState(string Name) : State(Name)
{
    internal PayloadTemplate? ResultSelector { get; init; }

    /// <summary>Null discards the result.</summary>
    internal JsonPath? ResultPath { get; init; }

    internal IReadOnlyList<Retrier> Retry { get; init; } = [];

    internal IReadOnlyList<Catcher> Catch { get; init; } = [];
}

/// <summary>A number, or a path to one.</summary>
internal sealed record NumberSource(string Field, long? Value, JsonPath? Path);

internal sealed record TaskState(string Name) : WorkState(Name)
{
    internal override string Type => "Task";

    /// <summary>True for the form that ends with <c>.waitForTaskToken</c>.</summary>
    internal required bool WaitsForToken { get; init; }

    internal required PayloadTemplate Parameters { get; init; }

    internal NumberSource? TimeoutSeconds { get; init; }

    internal NumberSource? HeartbeatSeconds { get; init; }
}

internal sealed record PassState(string Name) : State(Name)
{
    internal override string Type => "Pass";

    internal PayloadTemplate? Parameters { get; init; }

    internal bool HasResult { get; init; }

    internal JsonNode? Result { get; init; }

    internal JsonPath? ResultPath { get; init; }
}

internal sealed record ChoiceState(string Name) : State(Name)
{
    internal override string Type => "Choice";

    internal required IReadOnlyList<(ChoiceRule Rule, string Next)> Choices { get; init; }

    internal string? Default { get; init; }
}

internal sealed record WaitState(string Name) : State(Name)
{
    internal override string Type => "Wait";

    internal NumberSource? Seconds { get; init; }

    internal DateTimeOffset? Timestamp { get; init; }

    internal JsonPath? TimestampPath { get; init; }
}

internal sealed record SucceedState(string Name) : State(Name)
{
    internal override string Type => "Succeed";
}

internal sealed record FailState(string Name) : State(Name)
{
    internal override string Type => "Fail";

    internal string? Error { get; init; }

    internal Expression? ErrorPath { get; init; }

    internal string? Cause { get; init; }

    internal Expression? CausePath { get; init; }
}

internal sealed record MapState(string Name) : WorkState(Name)
{
    internal override string Type => "Map";

    internal required bool IsDistributed { get; init; }

    internal required Flow Processor { get; init; }

    /// <summary>Parameters of <c>s3:getObject</c>: Bucket and Key. Null where the items come from the input.</summary>
    internal PayloadTemplate? ItemReader { get; init; }

    internal JsonPath? ItemsPath { get; init; }

    internal PayloadTemplate? ItemSelector { get; init; }

    internal NumberSource? MaxConcurrency { get; init; }

    /// <summary>The Map Run's label, by default the state's name.</summary>
    internal required string Label { get; init; }
}

internal sealed record ParallelState(string Name) : WorkState(Name)
{
    internal override string Type => "Parallel";

    internal PayloadTemplate? Parameters { get; init; }

    internal required IReadOnlyList<Flow> Branches { get; init; }
}

internal enum Jitter
{
    None,
    Full,
}

internal sealed record Retrier(
    IReadOnlyList<string> ErrorEquals,
    double IntervalSeconds,
    double BackoffRate,
    int MaxAttempts,
    double? MaxDelaySeconds,
    Jitter Jitter)
{
    /// <summary>The wait before a retry, in seconds.</summary>
    /// <param name="earlier">How many retries this retrier has already granted.</param>
    /// <param name="random">A number from 0 to 1, used with full jitter: the wait is then anything up to the computed one.</param>
    internal double DelaySeconds(int earlier, double random)
    {
        var delay = IntervalSeconds * Math.Pow(BackoffRate, earlier);
        if (MaxDelaySeconds is { } cap)
        {
            delay = Math.Min(delay, cap);
        }

        return Jitter == Jitter.Full ? delay * random : delay;
    }
}

internal sealed record Catcher(IReadOnlyList<string> ErrorEquals, string Next, JsonPath? ResultPath);
