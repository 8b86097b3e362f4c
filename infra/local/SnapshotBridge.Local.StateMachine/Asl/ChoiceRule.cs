using System.Text.Json;
using System.Text.Json.Nodes;

namespace SnapshotBridge.Local.StateMachine.Asl;

/// <summary>The condition of one choice.</summary>
internal abstract record ChoiceRule
{
    /// <exception cref="StateErrorException">A path of the condition names nothing.</exception>
    internal abstract bool Matches(EvaluationScope scope);

    internal static ChoiceRule? Parse(FieldReader reader)
    {
        if (reader.Has("Not"))
        {
            return reader.Object("Not", required: true) is { } inner && ParseNested(inner) is { } rule ? new Not(rule) : null;
        }

        foreach (var combination in new[] { "And", "Or" })
        {
            if (reader.Has(combination))
            {
                var rules = reader.Objects(combination, required: true).Select(ParseNested).ToList();
                return rules.Count > 0 && rules.All(rule => rule is not null) ? new Combined([.. rules!], combination == "And") : null;
            }
        }

        var variable = reader.Text("Variable", required: true) is null ? null : reader.Path_("Variable", mustBeReference: false);
        var operators = Comparison.All.Keys.Where(reader.Has).ToList();
        if (operators.Count != 1)
        {
            reader.Problems.Add(operators.Count == 0
                ? $"{reader.Path} has no comparison operator"
                : $"{reader.Path} has more than one comparison operator: {string.Join(", ", operators)}");
            return null;
        }

        var name = operators[0];
        var operand = reader.Node(name);
        var comparison = Comparison.All[name];
        JsonPath? operandPath = null;
        if (name.EndsWith("Path", StringComparison.Ordinal))
        {
            operandPath = reader.Path_(name, mustBeReference: false);
            return variable is null || operandPath is null ? null : new Compared(variable, name, comparison, null, operandPath);
        }

        if (!comparison.Accepts(operand))
        {
            reader.Problem(name, $"is {JsonValues.Text(operand)}, which is not {comparison.Expected}");
            return null;
        }

        return variable is null ? null : new Compared(variable, name, comparison, JsonValues.Clone(operand), null);
    }

    private static ChoiceRule? ParseNested(FieldReader reader)
    {
        var rule = Parse(reader);
        reader.RefuseOthers("a nested condition");
        return rule;
    }

    private sealed record Not(ChoiceRule Inner) : ChoiceRule
    {
        internal override bool Matches(EvaluationScope scope) => !Inner.Matches(scope);
    }

    private sealed record Combined(IReadOnlyList<ChoiceRule> Rules, bool All) : ChoiceRule
    {
        internal override bool Matches(EvaluationScope scope) =>
            All ? Rules.All(rule => rule.Matches(scope)) : Rules.Any(rule => rule.Matches(scope));
    }

    private sealed record Compared(JsonPath Variable, string Operator, Comparison Comparison, JsonNode? Operand, JsonPath? OperandPath) : ChoiceRule
    {
        internal override bool Matches(EvaluationScope scope)
        {
            var found = Variable.TryEvaluate(Variable.OfContext ? scope.Context : scope.Input, out var value);
            if (Operator == "IsPresent")
            {
                return found == JsonValues.Boolean(Operand);
            }

            if (!found)
            {
                throw Invalid(Variable);
            }

            var operand = Operand;
            if (OperandPath is not null && !OperandPath.TryEvaluate(OperandPath.OfContext ? scope.Context : scope.Input, out operand))
            {
                throw Invalid(OperandPath);
            }

            return Comparison.Holds(value, operand);
        }

        private static StateErrorException Invalid(JsonPath path) =>
            new(StatesErrors.Runtime, $"Invalid path '{path.Text}': The choice state's condition path references an invalid value.");
    }
}

/// <summary>A comparison operator. Values of another type than the operator's never match.</summary>
/// <param name="Expected">What its operand must be, in words.</param>
/// <param name="Accepts">Whether a constant operand is of the right type.</param>
/// <param name="Holds">The comparison of value and operand.</param>
internal sealed record Comparison(string Expected, Func<JsonNode?, bool> Accepts, Func<JsonNode?, JsonNode?, bool> Holds)
{
    internal static readonly IReadOnlyDictionary<string, Comparison> All = Build();

    private static Dictionary<string, Comparison> Build()
    {
        var all = new Dictionary<string, Comparison>(StringComparer.Ordinal);
        void Add(string name, Comparison comparison)
        {
            all[name] = comparison;
            all[name + "Path"] = comparison;
        }

        (string Suffix, Func<int, bool> Holds)[] orders =
        [
            ("Equals", order => order == 0),
            ("GreaterThan", order => order > 0),
            ("GreaterThanEquals", order => order >= 0),
            ("LessThan", order => order < 0),
            ("LessThanEquals", order => order <= 0),
        ];
        foreach (var (suffix, holds) in orders)
        {
            Add("String" + suffix, new(
                "a string",
                node => JsonValues.String(node) is not null,
                (value, operand) => JsonValues.String(value) is { } a && JsonValues.String(operand) is { } b && holds(string.CompareOrdinal(a, b))));
            Add("Numeric" + suffix, new(
                "a number",
                node => JsonValues.TryNumber(node, out _),
                (value, operand) => JsonValues.TryNumber(value, out var a) && JsonValues.TryNumber(operand, out var b) && holds(a.CompareTo(b))));
            Add("Timestamp" + suffix, new(
                "a timestamp such as 2026-03-14T01:59:00Z",
                node => JsonValues.TryTimestamp(node, out _),
                (value, operand) => JsonValues.TryTimestamp(value, out var a) && JsonValues.TryTimestamp(operand, out var b) && holds(a.CompareTo(b))));
        }

        Add("BooleanEquals", new(
            "true or false",
            node => JsonValues.Boolean(node) is not null,
            (value, operand) => JsonValues.Boolean(value) is { } a && a == JsonValues.Boolean(operand)));
        all["StringMatches"] = new(
            "a string",
            node => JsonValues.String(node) is not null,
            (value, operand) => JsonValues.String(value) is { } text && Wildcard(text, JsonValues.String(operand)!));

        void AddTest(string name, Func<JsonNode?, bool> test) => all[name] = new(
            "true or false",
            node => JsonValues.Boolean(node) is not null,
            (value, operand) => test(value) == JsonValues.Boolean(operand));

        AddTest("IsNull", value => value is null);
        AddTest("IsString", value => JsonValues.String(value) is not null);
        AddTest("IsNumeric", value => value?.GetValueKind() == JsonValueKind.Number);
        AddTest("IsBoolean", value => JsonValues.Boolean(value) is not null);
        AddTest("IsTimestamp", value => JsonValues.TryTimestamp(value, out _));
        // Whether the path names anything is decided where the path is evaluated.
        AddTest("IsPresent", _ => true);
        return all;
    }

    /// <summary><c>*</c> stands for any run of characters, <c>\*</c> for a star.</summary>
    private static bool Wildcard(string text, string pattern) => Wildcard(text.AsSpan(), pattern.AsSpan());

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

            if (pattern[0] == '\\' && pattern.Length > 1)
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
}
