using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SnapshotBridge.Local.StateMachine.Asl;

namespace SnapshotBridge.Local.StateMachine.Events;

/// <summary>A pattern, or an operator in it, is not valid or not implemented; the message names the path.</summary>
public sealed class EventPatternException(string message) : Exception(message);

/// <summary>
/// An EventBridge event pattern: every field that it names must match, an array lists alternatives. Operators: exact
/// values, <c>prefix</c>, <c>suffix</c>, <c>equals-ignore-case</c>, <c>wildcard</c>, <c>anything-but</c>, <c>numeric</c>,
/// <c>exists</c>, and <c>$or</c>.
/// </summary>
public sealed class EventPattern
{
    private readonly Node _root;

    private EventPattern(Node root) => _root = root;

    /// <exception cref="EventPatternException">Not JSON, not a pattern, or with an operator that does not exist.</exception>
    public static EventPattern Parse(string pattern)
    {
        JsonNode? json;
        try
        {
            json = JsonValues.Parse(pattern);
        }
        catch (JsonException e)
        {
            throw new EventPatternException($"Event pattern is not valid. Reason: {e.Message}");
        }

        return json is JsonObject { Count: > 0 } map
            ? new EventPattern(ParseObject(map, ""))
            : throw new EventPatternException("Event pattern is not valid. Reason: Filter is not an object, or is empty");
    }

    /// <summary>Whether an event, a JSON object, matches.</summary>
    public bool Matches(JsonObject candidate) => _root.Matches([candidate]);

    private static Every ParseObject(JsonObject map, string path)
    {
        var conditions = new List<Node>();
        foreach (var (name, value) in map)
        {
            var at = path.Length == 0 ? name : $"{path}.{name}";
            if (name == "$or" && value is JsonArray { Count: >= 2 } alternatives && alternatives.All(item => item is JsonObject))
            {
                conditions.Add(new Any([.. alternatives.Select((item, i) => ParseObject(item!.AsObject(), $"{at}[{i}]"))]));
                continue;
            }

            conditions.Add(value switch
            {
                JsonObject { Count: > 0 } inner => new Field(name, ParseObject(inner, at)),
                JsonArray { Count: > 0 } values => new Field(name, new Values([.. values.Select((item, i) => ParseValue(item, $"{at}[{i}]"))])),
                _ => throw Invalid(at, "must be an object or a non-empty array"),
            });
        }

        return new Every(conditions);
    }

    private static Matcher ParseValue(JsonNode? value, string at)
    {
        if (value is JsonArray)
        {
            throw Invalid(at, "must not be an array");
        }

        if (value is not JsonObject operation)
        {
            return Exact(value);
        }

        if (operation.Count != 1)
        {
            throw Invalid(at, "must have exactly one operator");
        }

        var (name, operand) = operation.First();
        return ParseOperator(name, operand, $"{at}.{name}");
    }

    private static Matcher ParseOperator(string name, JsonNode? operand, string at)
    {
        switch (name)
        {
            case "prefix" when operand is JsonObject { Count: 1 } folded && JsonValues.String(folded["equals-ignore-case"]) is { } start:
                return OnText(text => text.StartsWith(start, StringComparison.OrdinalIgnoreCase));
            case "prefix":
                var prefix = TextOf(operand, at);
                return OnText(text => text.StartsWith(prefix, StringComparison.Ordinal));
            case "suffix" when operand is JsonObject { Count: 1 } folded && JsonValues.String(folded["equals-ignore-case"]) is { } end:
                return OnText(text => text.EndsWith(end, StringComparison.OrdinalIgnoreCase));
            case "suffix":
                var suffix = TextOf(operand, at);
                return OnText(text => text.EndsWith(suffix, StringComparison.Ordinal));
            case "equals-ignore-case":
                var same = TextOf(operand, at);
                return OnText(text => text.Equals(same, StringComparison.OrdinalIgnoreCase));
            case "wildcard":
                var wildcard = TextOf(operand, at);
                CheckWildcard(wildcard, at);
                return OnText(text => Wildcard(text, wildcard));
            case "exists":
                return new Exists(JsonValues.Boolean(operand) ?? throw Invalid(at, "must be true or false"));
            case "numeric":
                return ParseNumeric(operand, at);
            case "anything-but":
                return ParseAnythingBut(operand, at);
            default:
                throw Invalid(at, "is not an operator that is implemented");
        }
    }

    private static Test ParseAnythingBut(JsonNode? operand, string at)
    {
        if (operand is JsonObject { Count: 1 } inner)
        {
            var (name, value) = inner.First();
            if (name is not ("prefix" or "suffix" or "equals-ignore-case" or "wildcard"))
            {
                throw Invalid($"{at}.{name}", "is not an operator that is implemented within anything-but");
            }

            IReadOnlyList<Matcher> excluded = value is JsonArray { Count: > 0 } several
                ? [.. several.Select(item => ParseOperator(name, item, $"{at}.{name}"))]
                : [ParseOperator(name, value, $"{at}.{name}")];
            return new Test(candidate => !excluded.Any(matcher => matcher.Matches(candidate)));
        }

        IReadOnlyList<JsonNode?> values = operand is JsonArray { Count: > 0 } list ? [.. list] : [operand];
        if (values.Any(value => JsonValues.String(value) is null && value?.GetValueKind() != JsonValueKind.Number))
        {
            throw Invalid(at, "must be a string, a number, or a list of those");
        }

        IReadOnlyList<Matcher> exact = [.. values.Select(Exact)];
        return new Test(candidate => !exact.Any(matcher => matcher.Matches(candidate)));
    }

    private static Test ParseNumeric(JsonNode? operand, string at)
    {
        if (operand is not JsonArray { Count: 2 or 4 } parts)
        {
            throw Invalid(at, "must be [operator, number] or [operator, number, operator, number]");
        }

        var tests = new List<Func<double, bool>>();
        for (var i = 0; i < parts.Count; i += 2)
        {
            if (!JsonValues.TryNumber(parts[i + 1], out var bound))
            {
                throw Invalid($"{at}[{i + 1}]", "must be a number");
            }

            tests.Add(JsonValues.String(parts[i]) switch
            {
                "=" => value => value == bound,
                "<" => value => value < bound,
                "<=" => value => value <= bound,
                ">" => value => value > bound,
                ">=" => value => value >= bound,
                _ => throw Invalid($"{at}[{i}]", "must be one of =, <, <=, >, >="),
            });
        }

        return new Test(candidate => JsonValues.TryNumber(candidate, out var number) && tests.All(test => test(number)));
    }

    private static Test Exact(JsonNode? expected) => new(candidate =>
        JsonValues.TryNumber(expected, out var number) ? JsonValues.TryNumber(candidate, out var other) && number == other : JsonNode.DeepEquals(expected, candidate));

    private static Test OnText(Func<string, bool> test) => new(candidate => JsonValues.String(candidate) is { } text && test(text));

    private static string TextOf(JsonNode? operand, string at) => JsonValues.String(operand) ?? throw Invalid(at, "must be a string");

    private static EventPatternException Invalid(string at, string problem) =>
        new($"Event pattern is not valid. Reason: {(at.Length == 0 ? "the pattern" : at)} {problem}");

    private static void CheckWildcard(string pattern, string at)
    {
        if (pattern.Contains("**", StringComparison.Ordinal))
        {
            throw Invalid(at, "has consecutive wildcard characters");
        }

        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == '\\' && (++i == pattern.Length || pattern[i] is not ('*' or '\\')))
            {
                throw Invalid(at, string.Create(CultureInfo.InvariantCulture, $"has an invalid escape at character {i}"));
            }
        }
    }

    private static bool Wildcard(ReadOnlySpan<char> text, ReadOnlySpan<char> pattern)
    {
        while (pattern.Length > 0)
        {
            if (pattern[0] == '*')
            {
                for (var i = 0; i <= text.Length; i++)
                {
                    if (Wildcard(text[i..], pattern[1..]))
                    {
                        return true;
                    }
                }

                return false;
            }

            if (pattern[0] == '\\')
            {
                pattern = pattern[1..];
            }

            if (text.Length == 0 || text[0] != pattern[0])
            {
                return false;
            }

            text = text[1..];
            pattern = pattern[1..];
        }

        return text.Length == 0;
    }

    /// <summary>A part of the pattern, matched against what the event has at its place: nothing, one value, or an array's values.</summary>
    private abstract record Node
    {
        internal abstract bool Matches(IReadOnlyList<JsonNode?> found);
    }

    private sealed record Every(IReadOnlyList<Node> Conditions) : Node
    {
        // An array of objects matches when one of them meets all conditions.
        internal override bool Matches(IReadOnlyList<JsonNode?> found) => found.Count == 0
            ? Conditions.All(condition => condition.Matches([]))
            : found.Any(item => Conditions.All(condition => condition.Matches([item])));
    }

    private sealed record Any(IReadOnlyList<Node> Alternatives) : Node
    {
        internal override bool Matches(IReadOnlyList<JsonNode?> found) => Alternatives.Any(alternative => alternative.Matches(found));
    }

    private sealed record Field(string Name, Node Inner) : Node
    {
        internal override bool Matches(IReadOnlyList<JsonNode?> found)
        {
            var values = new List<JsonNode?>();
            foreach (var map in found.OfType<JsonObject>())
            {
                if (map.TryGetPropertyValue(Name, out var value))
                {
                    if (value is JsonArray array)
                    {
                        values.AddRange(array);
                    }
                    else
                    {
                        values.Add(value);
                    }
                }
            }

            return Inner.Matches(values);
        }
    }

    private sealed record Values(IReadOnlyList<Matcher> Alternatives) : Node
    {
        internal override bool Matches(IReadOnlyList<JsonNode?> found) => Alternatives.Any(alternative => alternative is Exists exists
            ? exists.Wanted == found.Any(value => value is not JsonObject)
            : found.Any(alternative.Matches));
    }

    private abstract record Matcher
    {
        internal abstract bool Matches(JsonNode? candidate);
    }

    private sealed record Test(Func<JsonNode?, bool> Holds) : Matcher
    {
        internal override bool Matches(JsonNode? candidate) => candidate is not JsonObject && Holds(candidate);
    }

    /// <summary>Looks at leaves only, as EventBridge does.</summary>
    private sealed record Exists(bool Wanted) : Matcher
    {
        internal override bool Matches(JsonNode? candidate) => Wanted;
    }
}
