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

    private MapState? ParseMap(string name, FieldReader reader, List<(string At, string Target)> targets)
    {
        var processor = reader.Object("ItemProcessor", required: true);
        var distributed = false;
        Flow? flow = null;
        if (processor is not null)
        {
            if (processor.Object("ProcessorConfig", required: false) is { } config)
            {
                var mode = config.Text("Mode") ?? "INLINE";
                distributed = mode == "DISTRIBUTED";
                if (mode is not ("INLINE" or "DISTRIBUTED"))
                {
                    config.Problem("Mode", $"is '{mode}' but must be INLINE or DISTRIBUTED");
                }

                var type = config.Text("ExecutionType", required: distributed);
                if (type is not (null or "STANDARD"))
                {
                    config.Problem("ExecutionType", $"is '{type}', but this interpreter implements STANDARD only");
                }

                config.RefuseOthers("a processor's configuration");
            }

            processor.Text("Comment");
            flow = ParseFlow(processor);
            processor.RefuseOthers("an item processor");
        }

        PayloadTemplate? itemReader = null;
        if (reader.Object("ItemReader", required: false) is { } items)
        {
            itemReader = ParseItemReader(reader, items, distributed);
        }

        var label = distributed ? reader.Text("Label") : null;
        if (label is not null && (label.Length is 0 or > 40 || label.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || "?*<>{}[]:;,\\|^~$#%&`\"".Contains(c))))
        {
            reader.Problem("Label", $"is '{label}' but must have 1 to 40 characters without spaces, wildcards, brackets and special characters");
        }

        var itemsPath = reader.Path_("ItemsPath", mustBeReference: false);
        if (itemsPath is not null && itemReader is not null)
        {
            reader.Problem("ItemsPath", "and ItemReader exclude each other");
        }

        var selector = reader.Template("ItemSelector");
        var concurrency = reader.NumberOrPath("MaxConcurrency", 0, int.MaxValue);
        var resultSelector = reader.Template("ResultSelector");
        var resultPath = reader.ResultPath();
        var retry = ParseRetry(reader);
        var catchers = ParseCatch(reader, targets);
        return flow is null ? null : new MapState(name)
        {
            IsDistributed = distributed,
            Processor = flow,
            ItemReader = itemReader,
            ItemsPath = itemsPath,
            ItemSelector = selector,
            MaxConcurrency = concurrency,
            Label = label ?? name,
            ResultSelector = resultSelector,
            ResultPath = resultPath,
            Retry = retry,
            Catch = catchers,
        };
    }

    private static PayloadTemplate? ParseItemReader(FieldReader map, FieldReader reader, bool distributed)
    {
        if (!distributed)
        {
            map.Problem("ItemReader", "needs the processor's Mode DISTRIBUTED");
        }

        var resource = reader.Text("Resource", required: true);
        if (resource is not (null or ReadObject))
        {
            reader.Problem("Resource", $"is '{resource}', which this interpreter does not implement; it implements {ReadObject}");
        }

        if (reader.Object("ReaderConfig", required: true) is { } config)
        {
            if (config.Text("InputType", required: true) is { } type and not "JSON")
            {
                config.Problem("InputType", $"is '{type}', but this interpreter implements JSON only");
            }

            config.RefuseOthers("a reader's configuration");
        }

        var parameters = reader.Template("Parameters");
        if (reader.Node("Parameters") is JsonObject fields)
        {
            foreach (var name in fields.Select(field => field.Key).Where(name => Bare(name) is not ("Bucket" or "Key")))
            {
                reader.Problem($"Parameters.{name}", "is not a parameter of s3:getObject that this interpreter implements");
            }

            foreach (var name in ObjectFields.Where(name => !fields.Any(field => Bare(field.Key) == name)))
            {
                reader.Problem($"Parameters.{name}", "is missing");
            }
        }
        else
        {
            reader.Problem("Parameters", "is missing");
        }

        reader.RefuseOthers("an item reader");
        return parameters;
    }

    private ParallelState? ParseParallel(string name, FieldReader reader, List<(string At, string Target)> targets)
    {
        var branches = new List<Flow>();
        var complete = true;
        foreach (var branch in reader.Objects("Branches", required: true))
        {
            branch.Text("Comment");
            if (ParseFlow(branch) is { } flow)
            {
                branches.Add(flow);
            }
            else
            {
                complete = false;
            }

            branch.RefuseOthers("a branch");
        }

        var parameters = reader.Template("Parameters");
        var selector = reader.Template("ResultSelector");
        var resultPath = reader.ResultPath();
        var retry = ParseRetry(reader);
        var catchers = ParseCatch(reader, targets);
        return !complete || branches.Count == 0 ? null : new ParallelState(name)
        {
            Branches = branches,
            Parameters = parameters,
            ResultSelector = selector,
            ResultPath = resultPath,
            Retry = retry,
            Catch = catchers,
        };
    }

    private static List<Retrier> ParseRetry(FieldReader reader)
    {
        var retriers = new List<Retrier>();
        foreach (var retrier in reader.Objects("Retry", required: false).ToList())
        {
            retrier.Text("Comment");
            var names = ErrorNames(retrier);
            var interval = retrier.Number("IntervalSeconds", 1, MaxSeconds, whole: true) ?? 1;
            var rate = retrier.Number("BackoffRate", 1, 1_000_000, whole: false) ?? 2;
            var attempts = retrier.Number("MaxAttempts", 0, MaxSeconds, whole: true) ?? 3;
            var cap = retrier.Number("MaxDelaySeconds", 1, 31_622_400, whole: true);
            if (cap is { } delay && delay <= interval)
            {
                retrier.Problem("MaxDelaySeconds", $"is {delay} but must be greater than IntervalSeconds, {interval}");
            }

            var jitter = retrier.Text("JitterStrategy");
            if (jitter is not (null or "FULL" or "NONE"))
            {
                retrier.Problem("JitterStrategy", $"is '{jitter}' but must be FULL or NONE");
            }

            retrier.RefuseOthers("a retrier");
            retriers.Add(new Retrier(names, interval, rate, (int)attempts, cap, jitter == "FULL" ? Jitter.Full : Jitter.None));
        }

        CheckAllStandsLast(reader, "Retry", [.. retriers.Select(retrier => retrier.ErrorEquals)]);
        return retriers;
    }

    private static List<Catcher> ParseCatch(FieldReader reader, List<(string At, string Target)> targets)
    {
        var catchers = new List<Catcher>();
        foreach (var catcher in reader.Objects("Catch", required: false).ToList())
        {
            catcher.Text("Comment");
            var names = ErrorNames(catcher);
            var next = catcher.Text("Next", required: true);
            var resultPath = catcher.ResultPath();
            catcher.RefuseOthers("a catcher");
            if (next is not null)
            {
                targets.Add((catcher.At("Next"), next));
                catchers.Add(new Catcher(names, next, resultPath));
            }
        }

        CheckAllStandsLast(reader, "Catch", [.. catchers.Select(catcher => catcher.ErrorEquals)]);
        return catchers;
    }

    private static List<string> ErrorNames(FieldReader reader)
    {
        var names = new List<string>();
        if (reader.Node("ErrorEquals") is JsonArray array && array.Count > 0 && array.All(item => JsonValues.String(item) is not null))
        {
            names.AddRange(array.Select(item => JsonValues.String(item)!));
        }
        else
        {
            reader.Problem("ErrorEquals", "must be an array with at least one error name");
        }

        if (names.Contains(StatesErrors.All) && names.Count > 1)
        {
            reader.Problem("ErrorEquals", "must name States.ALL alone");
        }

        return names;
    }

    private static void CheckAllStandsLast(FieldReader reader, string field, IReadOnlyList<IReadOnlyList<string>> names)
    {
        for (var i = 0; i < names.Count - 1; i++)
        {
            if (names[i].Contains(StatesErrors.All))
            {
                reader.Problem($"{field}[{i}]", "names States.ALL and must stand last");
            }
        }
    }

    [GeneratedRegex(@"\$\{[A-Za-z0-9_]+\}")]
    private static partial Regex Unfilled();
}
