using System.Text;
using System.Text.Json;

namespace SnapshotBridge.Oci;

/// <summary>Reads OCI's error JSON, and says what was there where a proxy or load balancer answered instead.</summary>
internal static class OciErrorBody
{
    /// <summary>More of an error's body is not read.</summary>
    public const int MaximumBytes = 16 * 1024;

    private const int MaximumMessageChars = 500;

    public static OciFailure Read(int status, string? contentType, ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty)
        {
            return new OciFailure(status, null, "the answer has no body");
        }

        try
        {
            var reader = new Utf8JsonReader(body);
            using var document = JsonDocument.ParseValue(ref reader);
            if (document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("code", out var code) && code.ValueKind == JsonValueKind.String)
            {
                var message = document.RootElement.TryGetProperty("message", out var text) ? text.ToString() : "no message";
                return new OciFailure(status, code.GetString(), Shorten(message));
            }
        }
        catch (JsonException)
        {
            // Not the service but something in between: the text below says so.
        }

        return new OciFailure(status, null, $"the answer is {contentType ?? "of no stated type"}, not OCI's JSON: {Shorten(Encoding.UTF8.GetString(body))}");
    }

    private static string Shorten(string text)
    {
        var line = ParUrl.MaskAll(string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        return line.Length <= MaximumMessageChars ? line : line[..MaximumMessageChars] + "…";
    }
}
