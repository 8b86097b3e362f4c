using System.Text.Json;

namespace SnapshotBridge.Requests;

/// <summary>Reads and checks the renaming of schemas.</summary>
internal static class TargetSchemaRules
{
    public static Dictionary<string, string> Parse(JsonElement? given, string field, List<string> problems)
    {
        var schemas = new Dictionary<string, string>(StringComparer.Ordinal);
        if (given is not { } value)
        {
            return schemas;
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            problems.Add($"{field} is {ManualRequestParser.Kind(value)} but must be an object such as {{\"world\":\"world_eu\"}}");
            return schemas;
        }

        foreach (var property in value.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.String)
            {
                problems.Add($"{field}.{property.Name} is {ManualRequestParser.Kind(property.Value)} but must be a schema name");
                continue;
            }

            var target = property.Value.GetString()!;
            CheckName($"the source schema of {field}", property.Name, problems);
            CheckName($"{field}.{property.Name}", target, problems);
            if (ReservedSchemas.Contains(target))
            {
                problems.Add($"{field}.{property.Name} is '{target}', which {ReservedSchemas.Keeper(target)} keeps for itself; choose another name");
            }

            if (!schemas.TryAdd(property.Name, target))
            {
                problems.Add($"{field} names '{property.Name}' twice; keep one");
            }
        }

        // HeatWave may compare schema names without case, so two names that differ in case alone are one.
        foreach (var twins in schemas.GroupBy(pair => pair.Value, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1))
        {
            var sources = string.Join("' and '", twins.Select(pair => pair.Key).Order(StringComparer.Ordinal));
            problems.Add($"{field} sends '{sources}' to the same schema '{twins.First().Value}'; give each its own");
        }

        return schemas;
    }

    // MySQL reference manual, "Schema Object Names" and "Identifier Length Limits".
    private static void CheckName(string what, string name, List<string> problems)
    {
        var rule = name switch
        {
            "" => "must not be empty",
            { Length: > 64 } => $"has {name.Length} characters and a schema name has at most 64",
            _ when name.Any(char.IsSurrogate) => "has a character beyond U+FFFF, which MySQL does not take in names",
            _ when name.Any(char.IsControl) => "has a control character",
            _ when name[^1] == ' ' => "ends with a space, which MySQL does not take",
            _ when name.AsSpan().ContainsAny('/', '\\', '.') => "has a '/', '\\' or '.', which a schema name must not have here",
            _ => null,
        };
        if (rule is not null)
        {
            problems.Add($"{what} is '{name}' but {rule}");
        }
    }
}
