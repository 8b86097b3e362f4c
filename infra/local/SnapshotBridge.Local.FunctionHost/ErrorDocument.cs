using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SnapshotBridge.Local.FunctionHost;

/// <summary>
/// An exception as Lambda reports it: <c>errorType</c> is the class's short name, <c>cause</c> the inner exception. An
/// AggregateException stays what it is and lists its own as <c>causes</c>: only await unwraps it.
/// </summary>
internal static class ErrorDocument
{
    /// <summary>The managed runtime's limit; beyond it, only the outermost exception is told.</summary>
    private const int LimitBytes = 256 * 1024;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static byte[] Of(Exception exception)
    {
        var whole = Write(exception, withCauses: true);
        return whole.Length <= LimitBytes ? whole : Write(exception, withCauses: false);
    }

    internal static IEnumerable<string> StackTrace(Exception exception) =>
        (exception.StackTrace ?? "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static byte[] Write(Exception exception, bool withCauses)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            Write(writer, exception, withCauses);
        }

        return buffer.ToArray();
    }

    private static void Write(Utf8JsonWriter writer, Exception exception, bool withCauses)
    {
        writer.WriteStartObject();
        writer.WriteString("errorType", exception.GetType().Name);
        writer.WriteString("errorMessage", withCauses ? exception.Message : Shorten(exception.Message));
        writer.WriteStartArray("stackTrace");
        foreach (var line in StackTrace(exception).Take(withCauses ? int.MaxValue : 50))
        {
            writer.WriteStringValue(line);
        }

        writer.WriteEndArray();
        if (withCauses && exception.InnerException is { } inner)
        {
            writer.WritePropertyName("cause");
            Write(writer, inner, withCauses);
        }

        if (withCauses && exception is AggregateException aggregate)
        {
            writer.WriteStartArray("causes");
            foreach (var cause in aggregate.InnerExceptions)
            {
                Write(writer, cause, withCauses);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static string Shorten(string text) => Encoding.UTF8.GetByteCount(text) <= LimitBytes / 4 ? text : text[..(LimitBytes / 16)];
}
