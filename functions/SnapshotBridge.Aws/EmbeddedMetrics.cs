using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using SnapshotBridge.Configuration;
using SnapshotBridge.Metrics;

namespace SnapshotBridge.Aws;

/// <summary>
/// Writes metrics as log lines in CloudWatch's embedded metric format: no request, no permission, no waiting. A line is one
/// JSON object and nothing else. It goes to the process's own standard output, because the runtime puts everything that is
/// written through <see cref="Console"/> into the <c>message</c> of a line of its own, where CloudWatch finds no metric.
/// </summary>
public sealed class EmbeddedMetrics : IMetricRecorder
{
    /// <summary>The setting with the pipeline's name: the value of the only dimension.</summary>
    public const string PipelineVariable = "PIPELINE_NAME";

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _lock = new();
    private readonly Stream _output;
    private readonly string _pipeline;
    private readonly TimeProvider _time;

    /// <param name="output">Where the lines go.</param>
    /// <param name="pipeline">The pipeline's name, 1 to 1,024 characters.</param>
    /// <param name="time">The clock of the metrics' timestamps.</param>
    public EmbeddedMetrics(Stream output, string pipeline, TimeProvider time)
    {
        _output = output;
        _pipeline = pipeline;
        _time = time;
    }

    /// <summary>As a deployed function writes them.</summary>
    public static EmbeddedMetrics OfThisFunction() => new(
        Console.OpenStandardOutput(),
        EnvironmentReader.Process().Optional(PipelineVariable) ?? "snapshot-bridge",
        TimeProvider.System);

    /// <inheritdoc />
    public void Record(MetricRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        using var line = new MemoryStream();
        using (var writer = new Utf8JsonWriter(line, Options))
        {
            Write(writer, record, _time.GetUtcNow());
        }

        line.WriteByte((byte)'\n');
        lock (_lock)
        {
            // One write a line: lines of several transfers must not mix.
            _output.Write(line.GetBuffer(), 0, (int)line.Length);
            _output.Flush();
        }
    }

    private void Write(Utf8JsonWriter writer, MetricRecord record, DateTimeOffset now)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("_aws");
        writer.WriteNumber("Timestamp", now.ToUnixTimeMilliseconds());
        writer.WriteStartArray("CloudWatchMetrics");
        writer.WriteStartObject();
        writer.WriteString("Namespace", BridgeMetrics.Namespace);
        writer.WriteStartArray("Dimensions");
        writer.WriteStartArray();
        writer.WriteStringValue(BridgeMetrics.PipelineDimension);
        writer.WriteEndArray();
        writer.WriteEndArray();
        writer.WriteStartArray("Metrics");
        foreach (var value in record.Values)
        {
            writer.WriteStartObject();
            writer.WriteString("Name", value.Metric.Name);
            writer.WriteString("Unit", UnitName(value.Metric.Unit));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteString(BridgeMetrics.PipelineDimension, _pipeline);
        foreach (var value in record.Values)
        {
            writer.WriteNumber(value.Metric.Name, value.Value);
        }

        // As in every other line of a function's log: Lambda takes a line without them for one of level INFO all the same.
        writer.WriteString("timestamp", now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        writer.WriteString("level", "Information");
        writer.WriteString("event", record.Event);
        foreach (var (name, text) in record.Properties)
        {
            writer.WriteString(name, text);
        }

        writer.WriteEndObject();
    }

    /// <summary>The spelling of CloudWatch's API.</summary>
    private static string UnitName(MetricUnit unit) => unit switch
    {
        MetricUnit.Count => "Count",
        MetricUnit.Bytes => "Bytes",
        MetricUnit.Seconds => "Seconds",
        MetricUnit.MegabytesPerSecond => "Megabytes/Second",
        _ => throw new ArgumentOutOfRangeException(nameof(unit), unit, "This unit has no name in CloudWatch yet."),
    };
}
