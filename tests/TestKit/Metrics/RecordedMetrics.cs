using SnapshotBridge.Metrics;

namespace SnapshotBridge.TestKit.Metrics;

/// <summary>Keeps what was measured.</summary>
public sealed class RecordedMetrics : IMetricRecorder
{
    private readonly Lock _lock = new();
    private readonly List<MetricRecord> _records = [];

    public IReadOnlyList<MetricRecord> Records
    {
        get
        {
            lock (_lock)
            {
                return [.. _records];
            }
        }
    }

    /// <summary>The events in order.</summary>
    public IEnumerable<string> Events => Records.Select(record => record.Event);

    /// <summary>The sum of all values of one metric; null when it was never recorded.</summary>
    public double? Sum(Metric metric)
    {
        var values = Records.SelectMany(record => record.Values).Where(value => value.Metric == metric).ToList();
        return values.Count == 0 ? null : values.Sum(value => value.Value);
    }

    public void Record(MetricRecord record)
    {
        lock (_lock)
        {
            _records.Add(record);
        }
    }
}
