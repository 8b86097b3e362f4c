using System.Text.Json;

namespace SnapshotBridge.Requests;

/// <summary>Reads <c>{"snapshotArn", "exportOnly", "targetSchemas", "newExport", "types", …}</c>; all problems are collected.</summary>
internal static class ManualRequestParser
{
    private static readonly string[] Fields = ["snapshotArn", "exportOnly", "targetSchemas", "newExport", "types", "columnTypes", "publish", "keepVersions", "verify", "parHours", "parAfterLoad"];

    public static BridgeRequest Parse(JsonElement input, RequestContext context)
    {
        if (input.ValueKind != JsonValueKind.Object)
        {
            throw new RequestInvalidException([$"the input is {Kind(input)}, but must be an object such as {{\"snapshotArn\":\"arn:aws:rds:…:snapshot:…\"}}"]);
        }

        var problems = new List<string>();
        CheckNames(input, problems);
        var request = new BridgeRequest
        {
            Snapshot = ParseArn(input, context, problems)!,
            Scope = ParseScope(input, problems),
            TargetSchemas = TargetSchemaRules.Parse(Value(input, "targetSchemas"), "targetSchemas", problems),
            NewExport = ParseFlag(input, "newExport", problems),
            Types = ParseChoice<TypeMode>(input, "types", problems),
            ColumnTypes = ColumnTypeRules.Parse(Value(input, "columnTypes"), "columnTypes", problems),
            Publish = ParseChoice<PublishMode>(input, "publish", problems),
            KeepVersions = ParseNumber(input, "keepVersions", BridgeRequest.MinKeepVersions, BridgeRequest.MaxKeepVersions, "", problems),
            Verify = ParseChoice<VerifyMode>(input, "verify", problems),
            ParHours = ParseNumber(input, "parHours", BridgeRequest.MinParHours, BridgeRequest.MaxParHours, " (a week)", problems),
            ParAfterLoad = ParseChoice<ParAfterLoad>(input, "parAfterLoad", problems),
        };
        return problems.Count == 0 ? request : throw new RequestInvalidException(problems);
    }

    /// <summary>A value in words that fit a message: texts in quotes, others as JSON, long ones shortened.</summary>
    internal static string Kind(JsonElement value)
    {
        var text = value.ValueKind == JsonValueKind.Undefined ? "nothing" : value.GetRawText();
        return text.Length <= 80 ? text : $"{text[..77]}…";
    }

    private static void CheckNames(JsonElement input, List<string> problems)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in input.EnumerateObject())
        {
            if (!seen.Add(property.Name))
            {
                problems.Add($"'{property.Name}' is given twice; keep one");
            }
            else if (!Fields.Contains(property.Name, StringComparer.Ordinal))
            {
                var hint = NearestName.Of(property.Name, Fields) is { } nearest
                    ? $"did you mean '{nearest}'?"
                    : $"known are {string.Join(", ", Fields)}";
                problems.Add($"'{property.Name}' is not a field of a request; {hint}");
            }
        }
    }

    private static SnapshotArn? ParseArn(JsonElement input, RequestContext context, List<string> problems)
    {
        if (Value(input, "snapshotArn") is not { } value)
        {
            problems.Add("snapshotArn is missing; give the ARN of the snapshot to bridge");
            return null;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            problems.Add($"snapshotArn is {Kind(value)} but must be a text");
            return null;
        }

        var arn = SnapshotArn.Parse(value.GetString()!, "snapshotArn", problems);
        if (arn is not null && arn.Region != context.Region)
        {
            problems.Add(
                $"snapshotArn '{arn}' is of region {arn.Region} but this deployment works in {context.Region}, and RDS exports a snapshot only within its region; "
                + $"copy the snapshot to {context.Region}, or deploy to {arn.Region}");
        }

        return arn;
    }

    private static ExportScope ParseScope(JsonElement input, List<string> problems)
    {
        if (Value(input, "exportOnly") is not { } value)
        {
            return ExportScope.Everything;
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            problems.Add($"exportOnly is {Kind(value)} but must be a list such as [\"world\",\"shop.orders\"]");
            return ExportScope.Everything;
        }

        var entries = new List<string>();
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.String)
            {
                entries.Add(item.GetString()!);
            }
            else
            {
                problems.Add($"exportOnly contains {Kind(item)} but every entry must be a text");
            }
        }

        return ExportScope.Parse(entries, "exportOnly", problems);
    }

    private static bool ParseFlag(JsonElement input, string name, List<string> problems)
    {
        if (Value(input, name) is not { } value)
        {
            return false;
        }

        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            problems.Add($"{name} is {Kind(value)} but must be true or false");
            return false;
        }

        return value.GetBoolean();
    }

    private static int? ParseNumber(JsonElement input, string name, int least, int most, string meaning, List<string> problems)
    {
        if (Value(input, name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most)
        {
            return number;
        }

        problems.Add($"{name} is {Kind(value)} but must be a whole number from {least} to {most}{meaning}");
        return null;
    }

    private static T? ParseChoice<T>(JsonElement input, string name, List<string> problems)
        where T : struct, Enum
    {
        if (Value(input, name) is not { } value)
        {
            return null;
        }

        // Requests spell the choices in lower case, as the members' JSON names do.
        foreach (var choice in Enum.GetValues<T>())
        {
            if (value.ValueKind == JsonValueKind.String && value.GetString() == NameOf(choice))
            {
                return choice;
            }
        }

        problems.Add($"{name} is {Kind(value)} but must be {string.Join(" or ", Enum.GetValues<T>().Select(choice => $"\"{NameOf(choice)}\""))}");
        return null;

        static string NameOf(T choice) => choice.ToString().ToLowerInvariant();
    }

    // A field that is null counts as absent: that is how many clients write "not given".
    private static JsonElement? Value(JsonElement input, string name) =>
        input.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
