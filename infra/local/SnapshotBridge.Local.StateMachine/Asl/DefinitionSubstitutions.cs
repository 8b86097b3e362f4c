using System.Text.Json;
using System.Text.RegularExpressions;

namespace SnapshotBridge.Local.StateMachine.Asl;

/// <summary>
/// Fills <c>${Name}</c> in a definition as a deployment's DefinitionSubstitutions do: inside JSON strings only, so that
/// the shipped file itself is valid JSON.
/// </summary>
public static partial class DefinitionSubstitutions
{
    /// <summary>The names that a definition asks for, sorted.</summary>
    public static IReadOnlyList<string> Names(string definition) =>
        [.. Placeholder().Matches(definition).Select(match => match.Groups[1].Value).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>The definition with every placeholder filled.</summary>
    /// <exception cref="StateMachineDefinitionException">A placeholder has no value, or a value no placeholder.</exception>
    public static string Apply(string definition, IReadOnlyDictionary<string, string> values)
    {
        var names = Names(definition);
        string[] problems =
        [
            .. names.Where(name => !values.ContainsKey(name)).Select(name => $"no value is given for the substitution ${{{name}}}"),
            .. values.Keys.Except(names, StringComparer.Ordinal).Select(name => $"the value '{name}' is given but the definition has no ${{{name}}}"),
        ];
        if (problems.Length > 0)
        {
            throw new StateMachineDefinitionException(problems);
        }

        return Placeholder().Replace(definition, match => JsonEncodedText.Encode(values[match.Groups[1].Value]).ToString());
    }

    [GeneratedRegex(@"\$\{([A-Za-z0-9_]+)\}")]
    private static partial Regex Placeholder();
}
