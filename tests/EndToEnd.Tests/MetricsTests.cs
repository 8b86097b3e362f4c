using SnapshotBridge.Local.Deployment;
using SnapshotBridge.Local.Running;
using SnapshotBridge.Metrics;
using SnapshotBridge.Reporting;
using SnapshotBridge.TestKit.Metrics;

namespace SnapshotBridge.EndToEnd.Tests;

/// <summary>The metrics as they leave the functions' processes, beside their logs.</summary>
public sealed class MetricsTests
{
    [Fact]
    public async Task Run_PlainPipeline_MeasuresEveryStageAsItsReportSays()
    {
        IReadOnlyList<EmfDocument> documents = [];
        var outcome = await LocalRuns.RunAsync(options => options, async (_, ended) =>
        {
            var lines = await File.ReadAllLinesAsync(Path.Combine(ended.Folder, RunSession.MetricsFile), TestContext.Current.CancellationToken);
            documents = [.. lines.Select(EmfDocument.Parse)];
            // No line of the other kind may be lost or mixed with these.
            Assert.NotEmpty(Directory.EnumerateFiles(Path.Combine(ended.Folder, "logs")));
        });

        Assert.True(outcome.Succeeded, outcome.LastLine);
        Assert.All(documents, document =>
        {
            Assert.Equal(BridgeMetrics.Namespace, document.MetricNamespace);
            Assert.Equal(new Dictionary<string, string> { [BridgeMetrics.PipelineDimension] = AwsAccount.LocalStackName }, document.DimensionValues);
            Assert.Subset(BridgeMetrics.All.Select(metric => metric.Name).ToHashSet(), document.Values.Keys.ToHashSet());
        });
        var totals = outcome.Report!.Totals;
        Assert.Equal(1, Sum("ExportsStarted"));
        Assert.Equal(1, Sum("ExportsCompleted"));
        Assert.Equal((totals.Objects, totals.Bytes), (Sum("PlannedObjects"), Sum("PlannedBytes")));
        Assert.Equal((totals.Objects, totals.Bytes), (Sum("CopiedObjects"), Sum("CopiedBytes")));
        Assert.Equal(totals.Bytes, Sum("SentBytes"));
        Assert.Equal((totals.Loaded, totals.Empty, totals.Skipped, totals.Rows), (Sum("TablesLoaded"), Sum("TablesEmpty"), Sum("TablesSkipped"), Sum("RowsLoaded")));
        Assert.Equal((1, 0, 0), (Sum("RunsSucceeded"), Sum("RowsDiffering"), Sum("TablesFailed")));
        Assert.Equal(outcome.Report.Tables.Where(table => table.Status == TableStatus.Loaded).Sum(table => table.Bytes), Sum("BytesLoaded"));
        Assert.Equal((outcome.Report.Tables.Sum(table => table.TypeChanges.Count), 0), (Sum("TypeChanges"), Sum("AnnouncementsFailed")));

        double Sum(string metric) => documents.Sum(document => document.Values.GetValueOrDefault(metric));
    }
}
