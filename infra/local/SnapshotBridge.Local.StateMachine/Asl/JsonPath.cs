using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace SnapshotBridge.Local.StateMachine.Asl;

/// <summary>
/// The part of JSONPath that this interpreter implements: <c>$</c> and <c>$$</c>, members by dot or bracket, array
/// indices, slices, <c>*</c> and <c>..member</c>. Filters, unions and functions are refused when the path is parsed.
/// </summary>
internal sealed class JsonPath
{
    private readonly IReadOnlyList<Step> _steps;

    private JsonPath(string text, bool ofContext, IReadOnlyList<Step> steps)
    {
        Text = text;
        OfContext = ofContext;
        _steps = steps;
    }

    internal string Text { get; }

    /// <summary>True for <c>$$</c>: the path looks into the context object.</summary>
    internal bool OfContext { get; }

    /// <summary>True when the path can only ever name one value; else its result is an array of all matches.</summary>
    internal bool IsDefinite => _steps.All(step => step is Member or Index);

    /// <summary>True when the path may also be written to.</summary>
    internal bool IsReference => !OfContext && _steps.All(step => step is Member or Index { At: >= 0 });

    internal IReadOnlyList<Step> Steps => _steps;

    /// <exception cref="FormatException">Not a path, or one that is not implemented.</exception>
    internal static JsonPath Parse(string text)
    {
        if (!text.StartsWith('$'))
        {
            throw new FormatException($"'{text}' is not a JSONPath: it must start with $");
        }

        var ofContext = text.StartsWith("$$", StringComparison.Ordinal);
        var at = ofContext ? 2 : 1;
        var steps = new List<Step>();
        while (at < text.Length)
        {
            if (text[at] == '.')
            {
                at++;
                var deep = at < text.Length && text[at] == '.';
                if (deep)
                {
                    at++;
                }

                if (at < text.Length && text[at] == '*')
                {
                    at++;
                    steps.Add(deep ? new Descendants(null) : new All());
                    continue;
                }

                var start = at;
                while (at < text.Length && text[at] is not ('.' or '[' or ']' or '(' or ')' or ',' or '\'' or '"' or ' '))
                {
                    at++;
                }

                if (at == start)
                {
                    throw new FormatException($"'{text}' has no member name at character {start + 1}");
                }

                if (at < text.Length && text[at] == '(')
                {
                    throw new FormatException($"'{text}' uses the path function '{text[start..at]}()', which this interpreter does not implement");
                }

                var name = text[start..at];
                steps.Add(deep ? new Descendants(name) : new Member(name));
            }
            else if (text[at] == '[')
            {
                steps.Add(Bracket(text, ref at));
            }
            else
            {
                throw new FormatException($"'{text}' has an unexpected '{text[at]}' at character {at + 1}");
            }
        }

        return new JsonPath(text, ofContext, steps);
    }

    /// <summary>False when the path is definite and names nothing. The value is the document's own node: clone it before use.</summary>
    internal bool TryEvaluate(JsonNode? root, out JsonNode? value)
    {
        List<JsonNode?> matches = [root];
        foreach (var step in _steps)
        {
            var next = new List<JsonNode?>();
            foreach (var match in matches)
            {
                step.Select(match, next);
            }

            matches = next;
        }

        if (IsDefinite)
        {
            value = matches.Count == 1 ? matches[0] : null;
            return matches.Count == 1;
        }

        value = new JsonArray([.. matches.Select(JsonValues.Clone)]);
        return true;
    }

    /// <summary>Places a value into a copy of the document, making objects on the way.</summary>
    /// <returns>False when something on the way is neither an object nor a long enough array.</returns>
    internal bool TryPlace(JsonNode? document, JsonNode? value, out JsonNode? result)
    {
        if (_steps.Count == 0)
        {
            result = JsonValues.Clone(value);
            return true;
        }

        result = JsonValues.Clone(document);
        if (result is null)
        {
            return false;
        }

        var at = result;
        for (var i = 0; i < _steps.Count; i++)
        {
            var last = i == _steps.Count - 1;
            switch (_steps[i])
            {
                case Member member when at is JsonObject map:
                    if (last)
                    {
                        map[member.Name] = JsonValues.Clone(value);
                        return true;
                    }

                    at = map.TryGetPropertyValue(member.Name, out var child) && child is not null ? child : map[member.Name] = new JsonObject();
                    break;

                case Index index when at is JsonArray array && index.At >= 0 && index.At < array.Count:
                    if (last)
                    {
                        array[index.At] = JsonValues.Clone(value);
                        return true;
                    }

                    if (array[index.At] is not { } element)
                    {
                        return false;
                    }

                    at = element;
                    break;

                default:
                    return false;
            }
        }

        return false;
    }

    public override string ToString() => Text;

    private static Step Bracket(string text, ref int at)
    {
        var open = at++;
        if (at < text.Length && text[at] is '\'' or '"')
        {
            var quote = text[at++];
            var name = new StringBuilder();
            while (at < text.Length && text[at] != quote)
            {
                if (text[at] == '\\' && at + 1 < text.Length)
                {
                    at++;
                }

                name.Append(text[at++]);
            }

            at++;
            if (at < text.Length && text[at] == ',')
            {
                throw new FormatException($"'{text}' uses a union at character {open + 1}, which this interpreter does not implement");
            }

            if (at >= text.Length || text[at] != ']')
            {
                throw new FormatException($"'{text}' has no closing bracket for the one at character {open + 1}");
            }

            at++;
            return new Member(name.ToString());
        }

        var close = text.IndexOf(']', at);
        if (close < 0)
        {
            throw new FormatException($"'{text}' has no closing bracket for the one at character {open + 1}");
        }

        var inside = text[at..close].Trim();
        at = close + 1;
        if (inside == "*")
        {
            return new All();
        }

        if (inside.StartsWith('?') || inside.StartsWith('('))
        {
            throw new FormatException($"'{text}' uses a filter at character {open + 1}, which this interpreter does not implement");
        }

        if (inside.Contains(','))
        {
            throw new FormatException($"'{text}' uses a union at character {open + 1}, which this interpreter does not implement");
        }

        var parts = inside.Split(':');
        if (parts.Length == 1 && int.TryParse(parts[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index))
        {
            return new Index(index);
        }

        if (parts.Length == 2 && TryBound(parts[0], out var from) && TryBound(parts[1], out var to))
        {
            return new Slice(from, to);
        }

        throw new FormatException($"'{text}' has '[{inside}]' at character {open + 1}, which this interpreter does not implement");
    }

    private static bool TryBound(string text, out int? bound)
    {
        bound = null;
        if (string.IsNullOrWhiteSpace(text))
        {
            return true;
        }

        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        bound = number;
        return true;
    }

    internal abstract record Step
    {
        internal abstract void Select(JsonNode? node, List<JsonNode?> matches);
    }

    internal sealed record Member(string Name) : Step
    {
        internal override void Select(JsonNode? node, List<JsonNode?> matches)
        {
            if (node is JsonObject map && map.TryGetPropertyValue(Name, out var value))
            {
                matches.Add(value);
            }
        }
    }

    internal sealed record Index(int At) : Step
    {
        internal override void Select(JsonNode? node, List<JsonNode?> matches)
        {
            if (node is JsonArray array)
            {
                var at = At < 0 ? array.Count + At : At;
                if (at >= 0 && at < array.Count)
                {
                    matches.Add(array[at]);
                }
            }
        }
    }

    private sealed record All : Step
    {
        internal override void Select(JsonNode? node, List<JsonNode?> matches)
        {
            if (node is JsonArray array)
            {
                matches.AddRange(array);
            }
            else if (node is JsonObject map)
            {
                matches.AddRange(map.Select(property => property.Value));
            }
        }
    }

    private sealed record Slice(int? From, int? To) : Step
    {
        internal override void Select(JsonNode? node, List<JsonNode?> matches)
        {
            if (node is not JsonArray array)
            {
                return;
            }

            var from = Bound(From ?? 0, array.Count);
            var to = Bound(To ?? array.Count, array.Count);
            for (var i = from; i < to; i++)
            {
                matches.Add(array[i]);
            }
        }

        private static int Bound(int bound, int count) => Math.Clamp(bound < 0 ? count + bound : bound, 0, count);
    }

    /// <summary>Every value below the node that has this name; with no name, every value.</summary>
    private sealed record Descendants(string? Name) : Step
    {
        internal override void Select(JsonNode? node, List<JsonNode?> matches)
        {
            if (node is JsonObject map)
            {
                foreach (var (name, value) in map)
                {
                    if (Name is null || name == Name)
                    {
                        matches.Add(value);
                    }

                    Select(value, matches);
                }
            }
            else if (node is JsonArray array)
            {
                foreach (var value in array)
                {
                    if (Name is null)
                    {
                        matches.Add(value);
                    }

                    Select(value, matches);
                }
            }
        }
    }
}
