using System.Text.Json;
using System.Text.Json.Nodes;

namespace SnapshotBridge.Local.StateMachine.Asl;

/// <summary>What an expression is evaluated against.</summary>
/// <param name="Input">What <c>$</c> names.</param>
/// <param name="Context">What <c>$$</c> names.</param>
internal readonly record struct EvaluationScope(JsonNode? Input, JsonNode Context);

/// <summary>A path or an intrinsic function: what stands behind a field whose name ends in <c>.$</c>.</summary>
internal abstract class Expression
{
    internal abstract string Text { get; }

    /// <exception cref="FormatException">Not an expression, or one that is not implemented.</exception>
    internal static Expression Parse(string text) => text.StartsWith('$')
        ? new PathExpression(JsonPath.Parse(text))
        : text.StartsWith("States.", StringComparison.Ordinal)
            ? IntrinsicCall.Parse(text)
            : throw new FormatException($"'{text}' is neither a path (it must start with $) nor an intrinsic function (States.…)");

    /// <param name="scope">What the expression sees.</param>
    /// <param name="field">The field that holds the expression, for the cause text.</param>
    /// <exception cref="StateErrorException">The path names nothing, or the function failed.</exception>
    internal abstract JsonNode? Evaluate(EvaluationScope scope, string field);
}

internal sealed class PathExpression(JsonPath path) : Expression
{
    internal override string Text => path.Text;

    internal override JsonNode? Evaluate(EvaluationScope scope, string field)
    {
        var root = path.OfContext ? scope.Context : scope.Input;
        if (path.TryEvaluate(root, out var value))
        {
            return JsonValues.Clone(value);
        }

        // The context object may hold a task token, so it is not part of the message.
        var where = path.OfContext ? "the context object" : $"the input '{Shorten(JsonValues.Text(root))}'";
        throw new StateErrorException(
            StatesErrors.Runtime,
            $"The JSONPath '{path.Text}' specified for the field '{field}' could not be found in {where}");
    }

    private static string Shorten(string text) => text.Length <= 4_000 ? text : text[..4_000] + "…";
}

/// <summary>A value with expressions in it: Parameters, ResultSelector, ItemSelector.</summary>
internal sealed class PayloadTemplate
{
    private readonly Node _root;

    private PayloadTemplate(Node root) => _root = root;

    /// <summary>The texts of all expressions in it.</summary>
    internal IEnumerable<string> Expressions => _root.Expressions();

    internal static PayloadTemplate Parse(JsonNode? template, string path, List<string> problems) => new(ParseNode(template, path, problems));

    internal JsonNode? Evaluate(EvaluationScope scope) => _root.Evaluate(scope);

    private static Node ParseNode(JsonNode? node, string path, List<string> problems)
    {
        switch (node)
        {
            case JsonObject map:
                var members = new List<(string Name, Node Value)>();
                foreach (var (name, value) in map)
                {
                    var at = $"{path}.{name}";
                    if (!name.EndsWith(".$", StringComparison.Ordinal))
                    {
                        members.Add((name, ParseNode(value, at, problems)));
                        continue;
                    }

                    var target = name[..^2];
                    if (map.ContainsKey(target))
                    {
                        problems.Add($"{at} gives '{target}' a second time");
                    }

                    if (value?.GetValueKind() != JsonValueKind.String)
                    {
                        problems.Add($"{at} must be a string with a path or an intrinsic function");
                        continue;
                    }

                    try
                    {
                        members.Add((target, new Computed(Expression.Parse(value.GetValue<string>()), name)));
                    }
                    catch (FormatException e)
                    {
                        problems.Add($"{at}: {e.Message}");
                    }
                }

                return new Map(members);

            case JsonArray array:
                return new List([.. array.Select((item, i) => ParseNode(item, $"{path}[{i}]", problems))]);

            default:
                return new Constant(JsonValues.Clone(node));
        }
    }

    private abstract record Node
    {
        internal abstract JsonNode? Evaluate(EvaluationScope scope);

        internal virtual IEnumerable<string> Expressions() => [];
    }

    private sealed record Constant(JsonNode? Value) : Node
    {
        internal override JsonNode? Evaluate(EvaluationScope scope) => JsonValues.Clone(Value);
    }

    private sealed record Computed(Expression Expression, string Field) : Node
    {
        internal override JsonNode? Evaluate(EvaluationScope scope) => Expression.Evaluate(scope, Field);

        internal override IEnumerable<string> Expressions() => [Expression.Text];
    }

    private sealed record Map(IReadOnlyList<(string Name, Node Value)> Members) : Node
    {
        internal override JsonNode? Evaluate(EvaluationScope scope)
        {
            var result = new JsonObject();
            foreach (var (name, value) in Members)
            {
                result[name] = value.Evaluate(scope);
            }

            return result;
        }

        internal override IEnumerable<string> Expressions() => Members.SelectMany(member => member.Value.Expressions());
    }

    private sealed record List(IReadOnlyList<Node> Items) : Node
    {
        internal override JsonNode? Evaluate(EvaluationScope scope) => new JsonArray([.. Items.Select(item => item.Evaluate(scope))]);

        internal override IEnumerable<string> Expressions() => Items.SelectMany(item => item.Expressions());
    }
}
