using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace SnapshotBridge.Local.StateMachine.Asl;

/// <summary>Turns a definition's text into what the interpreter executes, or names everything that stands against it.</summary>
internal sealed partial class DefinitionParser
{
    private const string LambdaInvoke = "arn:aws:states:::lambda:invoke";
    private const string LambdaInvokeWithToken = LambdaInvoke + ".waitForTaskToken";
    private const string ReadObject = "arn:aws:states:::s3:getObject";

    /// <summary>The longest timeout that the service accepts, in seconds.</summary>
    private const long MaxSeconds = 99_999_999;

    private static readonly string[] WaitFields = ["Seconds", "SecondsPath", "Timestamp", "TimestampPath"];
    private static readonly string[] ObjectFields = ["Bucket", "Key"];

    private readonly List<string> _problems = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    internal static StateMachineDefinition Parse(string definition)
    {
        JsonObject root;
        try
        {
            root = JsonValues.Parse(definition) as JsonObject ?? throw new StateMachineDefinitionException(["$ must be an object"]);
        }
        catch (JsonException e)
        {
            throw new StateMachineDefinitionException([$"$ is not JSON: {e.Message}"]);
        }

        if (Unfilled().Match(definition) is { Success: true } placeholder)
        {
            throw new StateMachineDefinitionException([$"the substitution {placeholder.Value} has not been filled"]);
        }

        var parser = new DefinitionParser();
        var reader = new FieldReader(root, "$", parser._problems);
        reader.Text("Comment");
        reader.Text("Version");
        QueryLanguage(reader);
        var timeout = reader.Number("TimeoutSeconds", 1, MaxSeconds, whole: true);
        var flow = parser.ParseFlow(reader);
        reader.RefuseOthers("a state machine");
        return parser._problems.Count == 0 ? new StateMachineDefinition(definition, flow!, (long?)timeout) : throw new StateMachineDefinitionException(parser._problems);
    }

    private static void QueryLanguage(FieldReader reader)
    {
        if (reader.Text("QueryLanguage") is { } language and not "JSONPath")
        {
            reader.Problem("QueryLanguage", $"is '{language}', but this interpreter implements JSONPath only");
        }
    }

    private Flow? ParseFlow(FieldReader reader)
    {
        var before = _problems.Count;
        var startAt = reader.Text("StartAt", required: true);
        if (reader.Node("States") is not JsonObject states || states.Count == 0)
        {
            reader.Problem("States", "must be an object with at least one state");
            return null;
        }

        var parsed = new Dictionary<string, State>(StringComparer.Ordinal);
        var targets = new List<(string At, string Target)>();
        if (startAt is not null)
        {
            targets.Add((reader.At("StartAt"), startAt));
        }

        foreach (var (name, body) in states)
        {
            var at = $"{reader.At("States")}.{name}";
            if (name.Length is 0 or > 80)
            {
                _problems.Add($"{at} must have a name of 1 to 80 characters");
            }

            if (!_names.Add(name))
            {
                _problems.Add($"{at} uses the name of another state: names are unique in the whole machine");
            }

            if (body is not JsonObject fields)
            {
                _problems.Add($"{at} must be an object");
                continue;
            }

            if (ParseState(name, new FieldReader(fields, at, _problems), targets) is { } state)
            {
                parsed[name] = state;
            }
        }

        foreach (var (at, target) in targets.Where(target => !states.ContainsKey(target.Target)))
        {
            _problems.Add($"{at} names the state '{target}', which does not exist beside it");
        }

        foreach (var name in states.Select(state => state.Key).Where(name => targets.All(target => target.Target != name)))
        {
            _problems.Add($"{reader.At("States")}.{name} can never be reached");
        }

        return _problems.Count == before && startAt is not null ? new Flow(startAt, parsed) : null;
    }

    private State? ParseState(string name, FieldReader reader, List<(string At, string Target)> targets)
    {
        var type = reader.Text("Type", required: true);
        reader.Text("Comment");
        QueryLanguage(reader);
        State? state;
        switch (type)
        {
            case "Task": state = ParseTask(name, reader, targets); break;
            case "Pass": state = ParsePass(name, reader); break;
            case "Choice": state = ParseChoice(name, reader, targets); break;
            case "Wait": state = ParseWait(name, reader); break;
            case "Succeed": state = new SucceedState(name); break;
            case "Fail": state = ParseFail(name, reader); break;
            case "Map": state = ParseMap(name, reader, targets); break;
            case "Parallel": state = ParseParallel(name, reader, targets); break;
            case null: return null;
            default:
                reader.Problem("Type", $"is '{type}', which this interpreter does not implement");
                return null;
        }

        var input = type == "Fail" ? DataPath.Whole : reader.DataPath("InputPath");
        var output = type == "Fail" ? DataPath.Whole : reader.DataPath("OutputPath");
        string? next = null;
        if (type is not ("Choice" or "Succeed" or "Fail"))
        {
            next = reader.Text("Next");
            if (next is not null)
            {
                targets.Add((reader.At("Next"), next));
            }

            if (reader.Boolean("End") == (next is not null))
            {
                _problems.Add($"{reader.Path} must have either Next or End true");
            }
        }

        reader.RefuseOthers($"a {type} state");
        return state is null ? null : state with { InputPath = input, OutputPath = output, Next = next };
    }

    private static TaskState? ParseTask(string name, FieldReader reader, List<(string At, string Target)> targets)
    {
        var resource = reader.Text("Resource", required: true);
        if (resource is not (null or LambdaInvoke or LambdaInvokeWithToken))
        {
            reader.Problem("Resource", $"is '{resource}', which this interpreter does not implement; it implements {LambdaInvoke} and {LambdaInvokeWithToken}");
        }

        var waits = resource == LambdaInvokeWithToken;
        var parameters = reader.Template("Parameters");
        if (parameters is null)
        {
            reader.Problem("Parameters", "is missing");
        }
        else if (reader.Node("Parameters") is JsonObject fields)
        {
            CheckInvokeParameters(reader, fields);
            if (waits && !parameters.Expressions.Any(MentionsToken))
            {
                reader.Problem("Parameters", "never passes $$.Task.Token on, so nobody could end the wait");
            }
        }

        var timeout = reader.NumberOrPath("TimeoutSeconds", 1, MaxSeconds);
        var heartbeat = reader.NumberOrPath("HeartbeatSeconds", 1, MaxSeconds);
        if (heartbeat is not null && !waits)
        {
            reader.Problem(heartbeat.Field, "has an effect only on a .waitForTaskToken task: a function that is called cannot send heartbeats");
        }

        if (heartbeat?.Value is { } beat && timeout?.Value is { } limit && beat >= limit)
        {
            reader.Problem(heartbeat.Field, $"is {beat} but must be smaller than TimeoutSeconds, {limit}");
        }

        var selector = reader.Template("ResultSelector");
        var resultPath = reader.ResultPath();
        var retry = ParseRetry(reader);
        var catchers = ParseCatch(reader, targets);
        return parameters is null ? null : new TaskState(name)
        {
            WaitsForToken = waits,
            Parameters = parameters,
            TimeoutSeconds = timeout,
            HeartbeatSeconds = heartbeat,
            ResultSelector = selector,
            ResultPath = resultPath,
            Retry = retry,
            Catch = catchers,
        };
    }

    private static void CheckInvokeParameters(FieldReader reader, JsonObject fields)
    {
        var names = fields.Select(field => field.Key).ToList();
        foreach (var name in names.Where(name => Bare(name) is not ("FunctionName" or "Payload" or "InvocationType")))
        {
            reader.Problem($"Parameters.{name}", "is not a parameter of lambda:invoke that this interpreter implements");
        }

        if (!names.Any(name => Bare(name) == "FunctionName"))
        {
            reader.Problem("Parameters.FunctionName", "is missing");
        }

        if (fields.TryGetPropertyValue("InvocationType", out var type) && JsonValues.String(type) is not ("RequestResponse" or "Event"))
        {
            reader.Problem("Parameters.InvocationType", $"is {JsonValues.Text(type)} but must be RequestResponse or Event");
        }
    }

    private static string Bare(string name) => name.EndsWith(".$", StringComparison.Ordinal) ? name[..^2] : name;

    private static bool MentionsToken(string expression) =>
        expression is "$$" or "$$.Task" || expression.Contains("$$.Task.Token", StringComparison.Ordinal);

    private static PassState ParsePass(string name, FieldReader reader) => new(name)
    {
        Parameters = reader.Template("Parameters"),
        HasResult = reader.Has("Result"),
        Result = JsonValues.Clone(reader.Node("Result")),
        ResultPath = reader.ResultPath(),
    };

    private static ChoiceState ParseChoice(string name, FieldReader reader, List<(string At, string Target)> targets)
    {
        var choices = new List<(ChoiceRule, string)>();
        foreach (var choice in reader.Objects("Choices", required: true))
        {
            choice.Text("Comment");
            var rule = ChoiceRule.Parse(choice);
            var next = choice.Text("Next", required: true);
            choice.RefuseOthers("a choice");
            if (next is not null)
            {
                targets.Add((choice.At("Next"), next));
                if (rule is not null)
                {
                    choices.Add((rule, next));
                }
            }
        }

        var otherwise = reader.Text("Default");
        if (otherwise is not null)
        {
            targets.Add((reader.At("Default"), otherwise));
        }

        return new ChoiceState(name) { Choices = choices, Default = otherwise };
    }

    private static WaitState ParseWait(string name, FieldReader reader)
    {
        var seconds = reader.NumberOrPath("Seconds", 0, MaxSeconds);
        var text = reader.Text("Timestamp");
        DateTimeOffset timestamp = default;
        if (text is not null && !JsonValues.TryTimestamp(text, out timestamp))
        {
            reader.Problem("Timestamp", $"is '{text}' but must look like 2026-03-14T01:59:00Z");
        }

        var path = reader.Path_("TimestampPath", mustBeReference: false);
        string[] given = [.. WaitFields.Where(reader.Has)];
        if (given.Length != 1)
        {
            reader.Problems.Add($"{reader.Path} must have exactly one of Seconds, SecondsPath, Timestamp and TimestampPath");
        }

        return new WaitState(name) { Seconds = seconds, Timestamp = text is null ? null : timestamp, TimestampPath = path };
    }

    private static FailState ParseFail(string name, FieldReader reader)
    {
        var error = reader.Text("Error");
        var errorPath = ParseExpression(reader, "ErrorPath");
        var cause = reader.Text("Cause");
        var causePath = ParseExpression(reader, "CausePath");
        if ((error is not null && errorPath is not null) || (cause is not null && causePath is not null))
        {
            reader.Problems.Add($"{reader.Path} gives its error or its cause twice, plainly and by path");
        }

        return new FailState(name) { Error = error, ErrorPath = errorPath, Cause = cause, CausePath = causePath };
    }

    private static Expression? ParseExpression(FieldReader reader, string field)
    {
        if (reader.Text(field) is not { } text)
        {
            return null;
        }

        try
        {
            return Expression.Parse(text);
        }
        catch (FormatException e)
        {
            reader.Problem(field, $"is not usable: {e.Message}");
            return null;
        }
    }

    [GeneratedRegex(@"\$\{[A-Za-z0-9_]+\}")]
    private static partial Regex Unfilled();
}
