using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SnapshotBridge.Local.StateMachine.Asl;

/// <summary>JSON as the interpreter handles it: nodes are cloned whenever they get a second place, null is a value.</summary>
internal static class JsonValues
{
    /// <summary>Step Functions' limit for the input and output of a state, a task and an execution, in bytes of UTF-8.</summary>
    internal const int PayloadLimitBytes = 262_144;

    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 512 };

    internal static string Text(JsonNode? node) => node?.ToJsonString(Compact) ?? "null";

    internal static JsonNode? Clone(JsonNode? node) => node?.DeepClone();

    internal static int SizeBytes(string text) => Encoding.UTF8.GetByteCount(text);

    /// <exception cref="JsonException">The text is not JSON, or an object names a property twice.</exception>
    internal static JsonNode? Parse(string text)
    {
        try
        {
            var node = JsonNode.Parse(text, nodeOptions: null, Strict);
            // Nodes materialise lazily and would throw on a duplicate property somewhere in the middle of an execution.
            _ = node?.DeepClone();
            Touch(node);
            return node;
        }
        catch (ArgumentException e)
        {
            throw new JsonException(e.Message, e);
        }
    }

    internal static bool TryNumber(JsonNode? node, out double number)
    {
        number = 0;
        return node?.GetValueKind() == JsonValueKind.Number
            && double.TryParse(node.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out number);
    }

    internal static bool TryInteger(JsonNode? node, out long number)
    {
        number = 0;
        if (node?.GetValueKind() != JsonValueKind.Number)
        {
            return false;
        }

        var text = node.ToJsonString();
        if (long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out number))
        {
            return true;
        }

        // 30.0 is the same JSON number as 30.
        if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && value == decimal.Truncate(value) && Math.Abs(value) <= long.MaxValue)
        {
            number = (long)value;
            return true;
        }

        return false;
    }

    internal static string? String(JsonNode? node) =>
        node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : null;

    internal static bool? Boolean(JsonNode? node) => node?.GetValueKind() switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    internal static bool TryTimestamp(JsonNode? node, out DateTimeOffset timestamp)
    {
        timestamp = default;
        return String(node) is { } text && TryTimestamp(text, out timestamp);
    }

    /// <summary>RFC 3339 with an upper-case T and Z or an offset, as Amazon States Language demands.</summary>
    internal static bool TryTimestamp(string text, out DateTimeOffset timestamp)
    {
        timestamp = default;
        return text.Length >= 20 && text[10] == 'T' && (text[^1] == 'Z' || text[^6] is '+' or '-')
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out timestamp);
    }

    internal static string Timestamp(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static void Touch(JsonNode? node)
    {
        if (node is JsonObject map)
        {
            foreach (var (_, value) in map)
            {
                Touch(value);
            }
        }
        else if (node is JsonArray array)
        {
            foreach (var value in array)
            {
                Touch(value);
            }
        }
    }
}
