using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SnapshotBridge.Core.Tests.Reporting;

/// <summary>
/// Holds a document against the keywords that the report's schema uses. A keyword that it does not know is an error, and so is a
/// property that the schema does not describe: a schema that says too little would be a documentation that is out of date.
/// </summary>
internal sealed class JsonSchemaCheck(JsonObject schema)
{
    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "$schema", "title", "description", "$defs", "$ref", "type", "required", "properties", "additionalProperties", "items", "enum", "const", "format", "minimum",
    };

    public IReadOnlyList<string> Problems(JsonNode? document)
    {
        var problems = new List<string>();
        Check(document, schema, "$", problems);
        return problems;
    }

    private void Check(JsonNode? value, JsonObject rule, string path, List<string> problems)
    {
        foreach (var (keyword, _) in rule.Where(pair => !Known.Contains(pair.Key)))
        {
            problems.Add($"{path}: the keyword {keyword} is not known to this check");
        }

        if ((string?)rule["$ref"] is { } reference)
        {
            Check(value, (JsonObject)schema["$defs"]![reference["#/$defs/".Length..]]!, path, problems);
        }

        if ((string?)rule["type"] is { } type && !IsOf(value, type))
        {
            problems.Add($"{path} is {value?.ToJsonString() ?? "null"} and not of type {type}");
            return;
        }

        if (rule["enum"] is JsonArray values && !values.Any(allowed => JsonNode.DeepEquals(allowed, value)))
        {
            problems.Add($"{path} is {value?.ToJsonString()} and not one of {values.ToJsonString()}");
        }

        if (rule["const"] is { } constant && !JsonNode.DeepEquals(constant, value))
        {
            problems.Add($"{path} is {value?.ToJsonString()} and not {constant.ToJsonString()}");
        }

        if (rule["minimum"] is { } minimum && value!.GetValue<decimal>() < minimum.GetValue<decimal>())
        {
            problems.Add($"{path} is {value.ToJsonString()} and below {minimum.ToJsonString()}");
        }

        if ((string?)rule["format"] == "date-time" && !DateTimeOffset.TryParse((string?)value, CultureInfo.InvariantCulture, out _))
        {
            problems.Add($"{path} is {value?.ToJsonString()} and no time");
        }

        if (value is JsonObject given && (rule.ContainsKey("properties") || rule.ContainsKey("additionalProperties")))
        {
            CheckProperties(given, rule, path, problems);
        }

        if (value is JsonArray items && rule["items"] is JsonObject item)
        {
            for (var index = 0; index < items.Count; index++)
            {
                Check(items[index], item, string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]"), problems);
            }
        }
    }

    private void CheckProperties(JsonObject given, JsonObject rule, string path, List<string> problems)
    {
        foreach (var name in (rule["required"] as JsonArray ?? []).Select(name => (string)name!).Where(name => !given.ContainsKey(name)))
        {
            problems.Add($"{path} has no {name}");
        }

        foreach (var (name, value) in given)
        {
            if ((rule["properties"]?[name] ?? rule["additionalProperties"]) is JsonObject property)
            {
                Check(value, property, $"{path}.{name}", problems);
            }
            else
            {
                problems.Add($"{path}.{name} is not described");
            }
        }
    }

    private static bool IsOf(JsonNode? value, string type) => (type, value?.GetValueKind()) switch
    {
        ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) or ("string", JsonValueKind.String) or ("number", JsonValueKind.Number)
            or ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        ("integer", JsonValueKind.Number) => value!.GetValue<decimal>() == decimal.Truncate(value.GetValue<decimal>()),
        _ => false,
    };
}
