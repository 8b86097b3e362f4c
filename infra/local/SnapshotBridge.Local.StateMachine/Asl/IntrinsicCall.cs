using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace SnapshotBridge.Local.StateMachine.Asl;

/// <summary>A call of an intrinsic function, such as <c>States.Format('{}', $.name)</c>, whose arguments may be calls themselves.</summary>
internal sealed class IntrinsicCall : Expression
{
    /// <summary>The depth to which Step Functions lets calls be nested.</summary>
    private const int MaxDepth = 10;

    private readonly string _name;
    private readonly IReadOnlyList<Expression> _arguments;

    private IntrinsicCall(string text, string name, IReadOnlyList<Expression> arguments)
    {
        Text = text;
        _name = name;
        _arguments = arguments;
    }

    internal override string Text { get; }

    internal static new IntrinsicCall Parse(string text)
    {
        var at = 0;
        var call = ParseCall(text, ref at, depth: 1);
        SkipSpaces(text, ref at);
        return at == text.Length ? call : throw new FormatException($"'{text}' has an unexpected '{text[at]}' at character {at + 1}");
    }

    internal override JsonNode? Evaluate(EvaluationScope scope, string field)
    {
        var arguments = _arguments.Select(argument => argument.Evaluate(scope, field)).ToArray();
        try
        {
            return IntrinsicFunctions.All[_name](arguments);
        }
        catch (IntrinsicFailureException e)
        {
            throw new StateErrorException(StatesErrors.IntrinsicFailure, $"{_name} in the field '{field}' failed: {e.Message}");
        }
    }

    private static IntrinsicCall ParseCall(string text, ref int at, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new FormatException($"'{text}' nests more than {MaxDepth} intrinsic functions");
        }

        var start = at;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '.' or '_'))
        {
            at++;
        }

        var name = text[start..at];
        if (!IntrinsicFunctions.All.ContainsKey(name))
        {
            throw new FormatException($"'{text}' calls '{name}', which is not an intrinsic function that this interpreter implements");
        }

        SkipSpaces(text, ref at);
        Expect(text, ref at, '(');
        var arguments = new List<Expression>();
        SkipSpaces(text, ref at);
        if (at < text.Length && text[at] == ')')
        {
            at++;
            return new IntrinsicCall(text[start..at], name, arguments);
        }

        while (true)
        {
            SkipSpaces(text, ref at);
            arguments.Add(ParseArgument(text, ref at, depth));
            SkipSpaces(text, ref at);
            if (at < text.Length && text[at] == ',')
            {
                at++;
                continue;
            }

            Expect(text, ref at, ')');
            return new IntrinsicCall(text[start..at], name, arguments);
        }
    }

    private static Expression ParseArgument(string text, ref int at, int depth)
    {
        if (at >= text.Length)
        {
            throw new FormatException($"'{text}' ends where an argument is expected");
        }

        if (text[at] == '\'')
        {
            return new Literal(JsonValue.Create(ParseString(text, ref at)));
        }

        var start = at;
        if (text[at] == '$')
        {
            var brackets = 0;
            while (at < text.Length && (brackets > 0 || text[at] is not (',' or ')' or ' ')))
            {
                brackets += text[at] switch { '[' => 1, ']' => -1, _ => 0 };
                at++;
            }

            return new PathExpression(JsonPath.Parse(text[start..at]));
        }

        if (text.AsSpan(at).StartsWith("States."))
        {
            return ParseCall(text, ref at, depth + 1);
        }

        while (at < text.Length && text[at] is not (',' or ')' or ' '))
        {
            at++;
        }

        var word = text[start..at];
        return word switch
        {
            "null" => new Literal(null),
            "true" => new Literal(JsonValue.Create(true)),
            "false" => new Literal(JsonValue.Create(false)),
            _ when long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer) => new Literal(JsonValue.Create(integer)),
            _ when decimal.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => new Literal(JsonValue.Create(number)),
            _ => throw new FormatException($"'{text}' has '{word}' where a string in single quotes, a number, true, false, null, a path or a function is expected"),
        };
    }

    private static string ParseString(string text, ref int at)
    {
        var start = at++;
        var value = new StringBuilder();
        while (at < text.Length && text[at] != '\'')
        {
            // \{ and \} stay escaped: States.Format must still tell them from placeholders.
            if (text[at] == '\\' && at + 1 < text.Length)
            {
                at++;
                if (text[at] is '{' or '}')
                {
                    value.Append('\\');
                }
            }

            value.Append(text[at++]);
        }

        if (at >= text.Length)
        {
            throw new FormatException($"'{text}' has no closing quote for the one at character {start + 1}");
        }

        at++;
        return value.ToString();
    }

    private static void Expect(string text, ref int at, char expected)
    {
        if (at >= text.Length || text[at] != expected)
        {
            throw new FormatException($"'{text}' lacks a '{expected}' at character {at + 1}");
        }

        at++;
    }

    private static void SkipSpaces(string text, ref int at)
    {
        while (at < text.Length && text[at] == ' ')
        {
            at++;
        }
    }

    private sealed class Literal(JsonNode? value) : Expression
    {
        internal override string Text => JsonValues.Text(value);

        internal override JsonNode? Evaluate(EvaluationScope scope, string field) => JsonValues.Clone(value);
    }
}
