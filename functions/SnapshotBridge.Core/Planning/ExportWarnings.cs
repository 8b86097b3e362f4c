using System.Text.Json;

namespace SnapshotBridge.Planning;

/// <summary>
/// Reads the warning message of an export task: a text that holds
/// <c>{"skippedTables":[…],"skippedObjectives":[…],"general":[{"reason":"…"}]}</c>. The form of the entries is not
/// documented, so what is not understood is kept as it stands.
/// </summary>
public static class ExportWarnings
{
    /// <summary>The target of a warning that is about no table or database in particular.</summary>
    public const string WholeExport = "*";

    private static readonly string[] TargetNames =
        ["target", "table", "tableName", "objective", "objectiveName", "object", "database", "databaseName", "schema", "schemaName", "name"];

    private static readonly string[] ReasonNames = ["reason", "warningMessage", "warning", "message", "cause"];

    /// <summary>Everything that the message names as left out; empty for none.</summary>
    public static IReadOnlyList<SkippedTable> Parse(string? message)
    {
        if (string.IsNullOrWhiteSpace(message))
        {
            return [];
        }

        try
        {
            using var document = JsonDocument.Parse(message);
            var found = new List<SkippedTable>();
            Read(document.RootElement, found);
            return found;
        }
        catch (JsonException)
        {
            return [new SkippedTable(WholeExport, message.Trim())];
        }
    }

    /// <summary>The reasons in a table's own warning: a text, an object, or a text that holds objects. Nothing else than a reason is taken apart.</summary>
    internal static IReadOnlyList<string> Reasons(JsonElement? warning)
    {
        if (Text(warning) is not { } text)
        {
            return [];
        }

        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            return root.ValueKind switch
            {
                JsonValueKind.String => Reasons(root),
                JsonValueKind.Array => [.. root.EnumerateArray().Select(item => Reason(item) ?? item.GetRawText())],
                _ => [Reason(root) ?? text],
            };
        }
        catch (JsonException)
        {
            return [text.Trim()];
        }
    }

    /// <summary>Whether a reason of <see cref="Parse"/> says only that there is none.</summary>
    internal static bool IsWithoutReason(string reason) =>
        reason.StartsWith("RDS names it in ", StringComparison.Ordinal) && reason.EndsWith(" without a reason", StringComparison.Ordinal);

    /// <summary>A warning as one text: RDS writes texts, objects, and texts that hold objects.</summary>
    internal static string? Text(JsonElement? warning) => warning switch
    {
        null or { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined } => null,
        { ValueKind: JsonValueKind.String } text => string.IsNullOrWhiteSpace(text.GetString()) ? null : text.GetString(),
        { } other => other.GetRawText(),
    };

    // The one text of an entry that consists of nothing but a reason, else null.
    private static string? Reason(JsonElement entry) => entry.ValueKind switch
    {
        JsonValueKind.String => entry.GetString(),
        JsonValueKind.Object when entry.EnumerateObject().Count() == 1 => First(entry, ReasonNames, out _),
        _ => null,
    };

    private static void Read(JsonElement root, List<SkippedTable> found)
    {
        if (root.ValueKind == JsonValueKind.String)
        {
            // A text in a text.
            found.AddRange(Parse(root.GetString()));
            return;
        }

        if (root.ValueKind != JsonValueKind.Object)
        {
            found.Add(new SkippedTable(WholeExport, root.GetRawText()));
            return;
        }

        foreach (var group in root.EnumerateObject())
        {
            if (group.Value.ValueKind == JsonValueKind.Array)
            {
                foreach (var entry in group.Value.EnumerateArray())
                {
                    found.Add(Entry(group.Name, entry));
                }
            }
            else if (group.Value.ValueKind != JsonValueKind.Null)
            {
                found.Add(new SkippedTable(WholeExport, $"{group.Name}: {group.Value.GetRawText()}"));
            }
        }
    }

    private static SkippedTable Entry(string group, JsonElement entry)
    {
        if (entry.ValueKind == JsonValueKind.String)
        {
            var text = entry.GetString()!;
            return group is "skippedTables" or "skippedObjectives"
                ? new SkippedTable(text, $"RDS names it in {group} without a reason")
                : new SkippedTable(WholeExport, text);
        }

        if (entry.ValueKind == JsonValueKind.Object)
        {
            var target = First(entry, TargetNames, out var targetName);
            var reason = First(entry, ReasonNames, out var reasonName);
            // Understood only when nothing else stands in it; else it is kept whole.
            var isWhole = entry.EnumerateObject().All(property => property.Name == targetName || property.Name == reasonName);
            return new SkippedTable(target ?? WholeExport, isWhole && reason is not null ? reason : entry.GetRawText());
        }

        return new SkippedTable(WholeExport, $"{group}: {entry.GetRawText()}");
    }

    private static string? First(JsonElement entry, string[] names, out string? name)
    {
        foreach (var candidate in names)
        {
            if (entry.TryGetProperty(candidate, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text)
            {
                name = candidate;
                return text;
            }
        }

        name = null;
        return null;
    }
}
