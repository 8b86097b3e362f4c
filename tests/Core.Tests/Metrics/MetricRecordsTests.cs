using SnapshotBridge.Copying;
using SnapshotBridge.Exports;
using SnapshotBridge.Loading.Publishing;
using SnapshotBridge.Loading.Verification;
using SnapshotBridge.Metrics;
using SnapshotBridge.Reporting;
using SnapshotBridge.Requests;
using Xunit;
using static SnapshotBridge.Metrics.BridgeMetrics;

namespace SnapshotBridge.Core.Tests.Metrics;

public sealed class MetricRecordsTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void All_NamesAreUniqueAndAllMembersAreListed()
    {
        var members = typeof(BridgeMetrics).GetProperties()
            .Where(property => property.PropertyType == typeof(Metric))
            .Select(property => (property.Name, Metric: (Metric)property.GetValue(null)!))
            .ToList();

        Assert.All(members, member => Assert.Equal(member.Name, member.Metric.Name));
        Assert.Equal(members.Select(member => member.Metric).ToHashSet(), All.ToHashSet());
        Assert.Equal(members.Count, All.Count);
        Assert.All(All, metric => Assert.NotEmpty(metric.Meaning));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Of_NoFiniteNumber_IsRefused(double value) => Assert.Throws<ArgumentOutOfRangeException>(() => RunSeconds.Of(value));

    [Theory]
    [InlineData("COMPLETE", "ExportsCompleted")]
    [InlineData("FAILED", "ExportsFailed")]
    [InlineData("CANCELED", "ExportsFailed")]
    public void ExportEnded_CountsTheEndAndItsDuration(string status, string counted)
    {
        var record = MetricRecords.ExportEnded(Task(status), "run-1", waitingSince: Start);

        Assert.Equal([(counted, 1d), ("ExportSeconds", 5_400d)], Values(record));
        Assert.Equal(["exportTaskId=task-1", "execution=run-1", $"status={status}"], Properties(record));
    }

    [Fact]
    public void ExportEnded_BeforeAnybodyWaited_HasNoDuration()
    {
        var record = MetricRecords.ExportEnded(Task("COMPLETE"), "run-1", waitingSince: Start.AddDays(1));

        Assert.Equal([("ExportsCompleted", 1d)], Values(record));
    }

    [Fact]
    public void Copied_BatchNotDone_CountsWhatWasSentAndNothingAsProven()
    {
        var traffic = new CopyTraffic();
        traffic.Throttled();
        traffic.Retried();
        traffic.Retried();

        var record = MetricRecords.Copied("task-1", 7, Result(sent: 5_000_000), traffic);

        Assert.Equal([("SentBytes", 5e6), ("CopyThrottles", 1d), ("CopyRetries", 2d), ("CopyThroughput", 2.5)], Values(record));
        Assert.Equal(["exportTaskId=task-1", "batch=7", "done=false"], Properties(record));
    }

    [Fact]
    public void Copied_ProofWritten_CountsObjectsAndTheWeakOnes()
    {
        var record = MetricRecords.Copied("task-1", 7, Result(sent: 0) with { Done = true, NewlyProven = new ProvenBatch(9, 1_000, 2) }, new CopyTraffic());

        Assert.Equal(
            [("SentBytes", 0d), ("CopyThrottles", 0d), ("CopyRetries", 0d), ("CopiedObjects", 9d), ("CopiedBytes", 1_000d), ("ObjectsBelowEndToEnd", 2d)],
            Values(record));
    }

    [Fact]
    public void CopyFailed_NamesTheErrorAndNotItsMessage()
    {
        var record = MetricRecords.CopyFailed("task-1", 7, new CopyTraffic(), new TransferThrottledException("s3://b/k", "503"));

        Assert.Contains("error=TransferThrottledException", Properties(record));
        Assert.DoesNotContain(record.Properties, property => property.Value.Contains("503", StringComparison.Ordinal));
    }

    [Fact]
    public void Reported_CountsTablesRowsDifferencesAndTime()
    {
        var report = new RunReport
        {
            ExecutionName = "run-1",
            ExportTaskId = "task-1",
            SourceArn = "arn",
            Succeeded = false,
            StartedAt = Start,
            FinishedAt = Start.AddMinutes(90),
            ServerVersion = "9.4.1",
            PublishedSchemas =
            [
                new PublishedSchema { Schema = "a", Version = "a__1", SwitchedAt = Start, DroppedVersions = ["a__0", "a__00"] },
                new PublishedSchema { Schema = "b", Version = "b__1", NotSwitchedBecause = "b.t failed" },
                new PublishedSchema { Schema = "c", Version = "c__1", NotSwitchedBecause = "a newer one is served", IsSuperseded = true },
            ],
            Tables = [Line(100, 100, 2.5) with { Bytes = 400, Statistics = new StatisticsOutcome(2, 6, [new StatisticsDifference("c", "nulls", "1", "2")], []) }, Line(100, 97, 1), Line(null, null, null), Line(10, null, null)],
            Totals = new ReportTotals { Loaded = 1, Empty = 0, Skipped = 1, Failed = 2, Rows = 100, Objects = 4, Bytes = 400 },
        };

        var record = MetricRecords.Reported(report);

        Assert.Equal(
            [
                ("TablesLoaded", 1d), ("TablesEmpty", 0d), ("TablesSkipped", 1d), ("TablesFailed", 2d), ("RowsLoaded", 100d), ("RowsDiffering", 3d),
                ("BytesLoaded", 400d), ("TypeChanges", 0d), ("StatisticsCompared", 6d), ("StatisticsDiffering", 1d), ("SchemasNotSwitched", 1d), ("VersionsDropped", 2d),
                ("LoadSeconds", 3.5), ("RunsWithFailedTables", 1d), ("RunSeconds", 5_400d),
            ],
            Values(record));
        Assert.Contains(("RunsSucceeded", 1d), Values(MetricRecords.Reported(report with { Succeeded = true })));
    }

    private static TableReport Line(long? exported, long? loaded, double? seconds) => new()
    {
        Schema = "s", Table = "t", TargetSchema = "s", Status = TableStatus.Loaded, RowsExported = exported, RowsLoaded = loaded, LoadSeconds = seconds,
    };

    private static CopyBatchResult Result(long sent) => new()
    {
        Done = false, Objects = 3, Bytes = 100, SkippedObjects = 0, RemainingObjects = 1, SentBytes = sent, Elapsed = TimeSpan.FromSeconds(2),
    };

    private static ExportTaskState Task(string status) => new()
    {
        ExportTaskId = "task-1", SourceArn = "arn", Bucket = "b", Prefix = "exports", Scope = ExportScope.Everything, Status = status,
        StartedAt = Start.AddMinutes(1), EndedAt = Start.AddMinutes(91),
    };

    private static List<(string, double)> Values(MetricRecord record) => [.. record.Values.Select(value => (value.Metric.Name, value.Value))];

    private static List<string> Properties(MetricRecord record) => [.. record.Properties.Select(property => $"{property.Key}={property.Value}")];
}
