using System.Text;
using SnapshotBridge.Aws;
using SnapshotBridge.Metrics;
using SnapshotBridge.TestKit.Metrics;
using Xunit;

namespace SnapshotBridge.Functions.Tests.Metrics;

public sealed class EmbeddedMetricsTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 8, 0, 0, 125, TimeSpan.Zero);

    [Fact]
    public void Record_WritesOneLineThatCloudWatchUnderstands()
    {
        var line = Assert.Single(Write(new MetricRecord(
            "copied", [BridgeMetrics.SentBytes.Of(5_000_000_000_000), BridgeMetrics.CopyThroughput.Of(71.25)], [new("exportTaskId", "a\"b\n<c>é")])));

        var document = EmfDocument.Parse(line);
        Assert.Equal(("SnapshotBridge", Now), (document.MetricNamespace, document.At));
        Assert.Equal(new Dictionary<string, string> { ["Pipeline"] = "shop-to-heatwave" }, document.DimensionValues);
        Assert.Equal(new Dictionary<string, double> { ["SentBytes"] = 5e12, ["CopyThroughput"] = 71.25 }, document.Values);
        Assert.Equal(new Dictionary<string, string> { ["SentBytes"] = "Bytes", ["CopyThroughput"] = "Megabytes/Second" }, document.UnitNames);
        Assert.Equal(("copied", "a\"b\n<c>é"), (document.Event, document.Property("exportTaskId")));
        Assert.Equal("2026-11-21T08:00:00.125Z", document.Property("timestamp"));
    }

    [Fact]
    public void Record_EveryMetricThereIs_HasAUnitOfCloudWatch()
    {
        var line = Assert.Single(Write(new MetricRecord("all", [.. BridgeMetrics.All.Select(metric => metric.Of(1))], [])));

        Assert.Equal(BridgeMetrics.All.Select(metric => metric.Name), EmfDocument.Parse(line).Values.Keys);
        // A pipe takes up to 4,096 bytes at once: a longer line could mix with another thread's.
        Assert.InRange(Encoding.UTF8.GetByteCount(line), 1, 4_095);
    }

    [Fact]
    public async Task Record_FromManyThreads_LinesDoNotMix()
    {
        using var output = new MemoryStream();
        var metrics = new EmbeddedMetrics(output, "p", TimeProvider.System);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(
            () =>
            {
                for (var i = 0; i < 200; i++)
                {
                    metrics.Record(MetricRecords.ExportStarted($"task-{thread}-{i}", "run"));
                }
            },
            TestContext.Current.CancellationToken)));

        var lines = Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(1_600, lines.Select(line => EmfDocument.Parse(line).Property("exportTaskId")).Distinct().Count());
    }

    [Theory]
    [InlineData("""{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"N","Dimensions":[["P"]],"Metrics":[{"Name":"A","Unit":"Minutes"}]}]},"P":"p","A":1}""")]
    [InlineData("""{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"N","Dimensions":[["P"]],"Metrics":[{"Name":"A","Unit":"Count"}]}]},"P":"","A":1}""")]
    [InlineData("""INFO {"_aws":{}}""")]
    [InlineData("""{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"AWS/X","Dimensions":[["P"]],"Metrics":[{"Name":"A","Unit":"Count"}]}]},"P":"p","A":1}""")]
    public void Parse_WhatCloudWatchWouldDrop_IsRefused(string line) => Assert.Throws<FormatException>(() => EmfDocument.Parse(line));

    private static string[] Write(MetricRecord record)
    {
        using var output = new MemoryStream();
        new EmbeddedMetrics(output, "shop-to-heatwave", new FixedTime(Now)).Record(record);
        return Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
