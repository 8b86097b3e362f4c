using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Amazon.Lambda.Core;

namespace SnapshotBridge.Local.FunctionHost;

/// <summary>
/// The function's log as the managed runtime writes it with the JSON log format: one object a line with timestamp, level,
/// requestId, message, the message's named arguments, and an exception's type, message and stack trace.
/// </summary>
internal sealed partial class JsonLog : ILambdaLogger
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _lock = new();
    private readonly Stream _output;
    private readonly LogLevel _minimum;

    /// <param name="output">Where the lines go.</param>
    /// <param name="minimum">TRACE, DEBUG, INFO, WARN, ERROR or FATAL; INFO where it is absent.</param>
    internal JsonLog(Stream output, string? minimum)
    {
        _output = output;
        _minimum = minimum?.ToUpperInvariant() switch
        {
            "TRACE" => LogLevel.Trace,
            "DEBUG" => LogLevel.Debug,
            "WARN" => LogLevel.Warning,
            "ERROR" => LogLevel.Error,
            "FATAL" => LogLevel.Critical,
            _ => LogLevel.Information,
        };
    }

    /// <summary>The invocation that runs, null between invocations.</summary>
    internal volatile string? RequestId;

    public void Log(string message) => Write(nameof(LogLevel.Information), message, [], null);

    public void LogLine(string message) => Write(nameof(LogLevel.Information), message, [], null);

    public void Log(string level, string message) => Write(level, message, [], null);

    // The interface's own default calls itself without end.
    public void Log(string level, string message, params object[] args) => Write(level, message, args, null);

    public void Log(string level, Exception exception, string message, params object[] args) => Write(level, message, args, exception);

    internal void Write(string level, string? message, object?[] arguments, Exception? exception)
    {
        if (Enum.TryParse<LogLevel>(level, ignoreCase: true, out var parsed) && parsed < _minimum)
        {
            return;
        }

        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            writer.WriteString("timestamp", DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            writer.WriteString("level", level);
            if (RequestId is { } requestId)
            {
                writer.WriteString("requestId", requestId);
            }

            WriteMessage(writer, message ?? "", arguments);
            if (exception is not null)
            {
                writer.WriteString("errorType", exception.GetType().FullName);
                writer.WriteString("errorMessage", exception.Message);
                writer.WriteStartArray("stackTrace");
                foreach (var line in exception.ToString().Split('\n', StringSplitOptions.TrimEntries))
                {
                    writer.WriteStringValue(line);
                }

                writer.WriteEndArray();
            }

            writer.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        lock (_lock)
        {
            // One write a line: lines of several threads must not mix.
            _output.Write(buffer.GetBuffer(), 0, (int)buffer.Length);
            _output.Flush();
        }
    }

    private static void WriteMessage(Utf8JsonWriter writer, string template, object?[] arguments)
    {
        if (arguments.Length == 0)
        {
            writer.WriteString("message", template);
            return;
        }

        var used = new List<(string Name, object? Value)>();
        var message = Placeholder().Replace(template, match =>
        {
            var name = match.Groups[1].Value;
            var index = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? position : used.Count;
            if (index >= arguments.Length)
            {
                return match.Value;
            }

            used.Add((name, arguments[index]));
            return arguments[index] is IFormattable formattable && match.Groups[2].Success
                ? formattable.ToString(match.Groups[2].Value, CultureInfo.InvariantCulture)
                : Convert.ToString(arguments[index], CultureInfo.InvariantCulture) ?? "";
        });
        writer.WriteString("message", message);
        foreach (var (name, value) in used.DistinctBy(argument => argument.Name).Where(argument => argument.Value is not null))
        {
            writer.WritePropertyName(name);
            switch (value)
            {
                case bool flag: writer.WriteBooleanValue(flag); break;
                case int or long or short or byte or uint or ushort or sbyte: writer.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture)); break;
                case ulong number: writer.WriteNumberValue(number); break;
                case decimal number: writer.WriteNumberValue(number); break;
                case double number when double.IsFinite(number): writer.WriteNumberValue(number); break;
                default: writer.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture)); break;
            }
        }
    }

    [GeneratedRegex(@"\{@?([A-Za-z0-9_]+)(?::([^{}]*))?\}")]
    private static partial Regex Placeholder();
}
