using System.Text.Json;

namespace SnapshotBridge.TestKit.Metrics;

/// <summary>
/// One line in the embedded metric format, read by the rules of CloudWatch's specification. CloudWatch drops what breaks
/// them without a word to the writer, so a test has to.
/// </summary>
public sealed class EmfDocument
{
    private const int MostMetrics = 100, MostDimensions = 30, LongestName = 1024;

    // The units of CloudWatch's MetricDatum.
    private static readonly HashSet<string> Units = new(StringComparer.Ordinal)
    {
        "Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes", "Bits", "Kilobits",
        "Megabits", "Gigabits", "Terabits", "Percent", "Count", "Bytes/Second", "Kilobytes/Second", "Megabytes/Second",
        "Gigabytes/Second", "Terabytes/Second", "Bits/Second", "Kilobits/Second", "Megabits/Second", "Gigabits/Second",
        "Terabits/Second", "Count/Second", "None",
    };

    private EmfDocument(JsonElement root) => Root = root;

    public JsonElement Root { get; }

    public required string MetricNamespace { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>The dimensions of the only set, by name.</summary>
    public required IReadOnlyDictionary<string, string> DimensionValues { get; init; }

    /// <summary>The values by the metrics' names.</summary>
    public required IReadOnlyDictionary<string, double> Values { get; init; }

    /// <summary>The units by the metrics' names.</summary>
    public required IReadOnlyDictionary<string, string> UnitNames { get; init; }

    public string Event => Property("event");

    public string Property(string name) => Root.GetProperty(name).GetString()!;

    /// <exception cref="FormatException">CloudWatch would take no metric out of this line, or not all; the message says why.</exception>
    public static EmfDocument Parse(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        Must(line.StartsWith('{') && line.EndsWith('}') && !line.Contains('\n', StringComparison.Ordinal), "the line must be one JSON object and nothing else");
        using var json = JsonDocument.Parse(line);
        var root = json.RootElement.Clone();
        var metadata = root.GetProperty("_aws");
        var directives = metadata.GetProperty("CloudWatchMetrics");
        Must(directives.GetArrayLength() == 1, "one directive is expected");
        var directive = directives[0];
        var name = directive.GetProperty("Namespace").GetString()!;
        Must(name.Length is > 0 and <= LongestName && !name.StartsWith("AWS/", StringComparison.Ordinal), "the namespace");

        var sets = directive.GetProperty("Dimensions");
        Must(sets.GetArrayLength() == 1, "one set of dimensions is expected: every further one is another metric to pay for");
        var dimensions = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var dimension in sets[0].EnumerateArray().Select(item => item.GetString()!))
        {
            var value = root.GetProperty(dimension);
            Must(value.ValueKind == JsonValueKind.String && value.GetString()!.Length is > 0 and <= LongestName, $"the value of the dimension {dimension}");
            dimensions.Add(dimension, value.GetString()!);
        }

        Must(dimensions.Count is > 0 and <= MostDimensions, "the number of dimensions");
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        var units = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var metric in directive.GetProperty("Metrics").EnumerateArray())
        {
            var metricName = metric.GetProperty("Name").GetString()!;
            var unit = metric.GetProperty("Unit").GetString()!;
            Must(metricName.Length is > 0 and <= LongestName && Units.Contains(unit), $"the metric {metricName} with the unit {unit}");
            values.Add(metricName, root.GetProperty(metricName).GetDouble());
            units.Add(metricName, unit);
        }

        Must(values.Count is > 0 and <= MostMetrics, "the number of metrics");
        return new EmfDocument(root)
        {
            MetricNamespace = name,
            At = DateTimeOffset.FromUnixTimeMilliseconds(metadata.GetProperty("Timestamp").GetInt64()),
            DimensionValues = dimensions,
            Values = values,
            UnitNames = units,
        };
    }

    private static void Must(bool holds, string rule)
    {
        if (!holds)
        {
            throw new FormatException($"Not in the embedded metric format: {rule}.");
        }
    }
}
