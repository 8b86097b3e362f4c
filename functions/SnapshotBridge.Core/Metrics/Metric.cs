namespace SnapshotBridge.Metrics;

/// <summary>What a value counts, in the words of CloudWatch's units.</summary>
public enum MetricUnit
{
    Count,

    Bytes,

    Seconds,

    /// <summary>Decimal megabytes.</summary>
    MegabytesPerSecond,
}

/// <summary>One thing that is measured.</summary>
/// <param name="Name">Unique, and never changed: dashboards, alarms and years of history hang on it.</param>
/// <param name="Unit">The unit of every value.</param>
/// <param name="Meaning">What one value says, for whoever reads the list.</param>
public sealed record Metric(string Name, MetricUnit Unit, string Meaning)
{
    /// <exception cref="ArgumentOutOfRangeException">The value is no finite number, which no metrics service takes.</exception>
    public MetricValue Of(double value) =>
        double.IsFinite(value) ? new MetricValue(this, value) : throw new ArgumentOutOfRangeException(nameof(value), value, $"{Name} must be a finite number.");
}

/// <summary>One measured value.</summary>
public readonly record struct MetricValue(Metric Metric, double Value);

/// <summary>
/// What one event of a run measured. The properties say which export and execution it was; they are searchable in the log
/// and never a dimension, because every new value of a dimension is another metric to pay for.
/// </summary>
/// <param name="Event">The event's name, such as <c>export-started</c>.</param>
/// <param name="Values">What was measured, each metric once.</param>
/// <param name="Properties">Identifiers, none of them secret.</param>
public sealed record MetricRecord(string Event, IReadOnlyList<MetricValue> Values, IReadOnlyList<KeyValuePair<string, string>> Properties);

/// <summary>Takes what was measured. It must not throw for a record that is well formed: a metric never fails a run.</summary>
public interface IMetricRecorder
{
    void Record(MetricRecord record);
}

/// <summary>For hosts that measure nothing.</summary>
public sealed class NoMetrics : IMetricRecorder
{
    private NoMetrics()
    {
    }

    public static NoMetrics Instance { get; } = new();

    public void Record(MetricRecord record)
    {
    }
}
