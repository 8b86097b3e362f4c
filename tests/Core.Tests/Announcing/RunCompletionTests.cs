using System.Text;
using System.Text.Json;
using SnapshotBridge.Announcing;
using SnapshotBridge.Loading.Publishing;
using SnapshotBridge.Reporting;
using SnapshotBridge.Requests;
using Xunit;

namespace SnapshotBridge.Core.Tests.Announcing;

public sealed class RunCompletionTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Of_Success_TellsVerdictSumsAndWhereTheReportIs()
    {
        var completion = Complete(Table("city", TableStatus.Loaded), Table("none", TableStatus.Empty), Table("bad names", TableStatus.Skipped));

        using var detail = JsonDocument.Parse(completion.ToJson());
        var root = detail.RootElement;
        Assert.Equal(1, root.GetProperty("version").GetInt32());
        Assert.Equal("SUCCEEDED", root.GetProperty("verdict").GetString());
        Assert.Equal(("run-1", "task-1", "arn:snapshot"), (Text(root, "executionName"), Text(root, "exportTaskId"), Text(root, "sourceArn")));
        Assert.Equal(("exports", "bridge/task-1/reports/run-1/report.json", "bridge/task-1/reports/run-1/report.html"), (Text(root, "reportBucket"), Text(root, "reportKey"), Text(root, "reportPageKey")));
        Assert.Equal("replace", Text(root, "publish"));
        Assert.Equal("""{"tablesLoaded":1,"tablesEmpty":1,"tablesSkipped":1,"tablesFailed":0,"rows":7,"objects":3,"bytes":300}""", root.GetProperty("totals").GetRawText());
        Assert.Equal("""[{"schema":"world","tables":2,"tablesFailed":0}]""", root.GetProperty("schemas").GetRawText());
        Assert.Equal("[]", root.GetProperty("failedTables").GetRawText());
        Assert.Equal((Start, Start.AddMinutes(5)), (root.GetProperty("startedAt").GetDateTimeOffset(), root.GetProperty("finishedAt").GetDateTimeOffset()));
    }

    [Fact]
    public void Of_Swap_NamesTheSchemaOfTheReadersAndItsVersion()
    {
        const string version = "world__20261121080000_ab12cd";
        var report = Report(Table("city", TableStatus.Loaded) with { TargetSchema = version, PublicSchema = "world" }) with
        {
            Publish = PublishMode.Swap,
            PublishedSchemas = [new PublishedSchema { Schema = "world", Version = version, SwitchedAt = Start }],
        };

        var completion = RunCompletion.Of(report, "attempt-1", "exports");
        Assert.Equal((PublishMode.Swap, 1), (completion.Publish, completion.Schemas.Count));
        Assert.Equal(new CompletedSchema("world", version, 1, 0, Switched: true), completion.Schemas[0]);
        var unswitched = RunCompletion.Of(report with { PublishedSchemas = [] }, "attempt-1", "exports");
        Assert.False(Assert.Single(unswitched.Schemas).Switched);
    }

    [Fact]
    public void Of_FailedTable_SaysWhyWithoutAnyPar()
    {
        var completion = Complete(Table("city", TableStatus.Failed) with { Reason = "cannot read https://host/p/SECRETTOKEN/n/ns/b/bucket/o/x" });

        Assert.Equal(RunVerdict.TablesFailed, completion.Verdict);
        Assert.Equal("cannot read https://host/p/***/n/ns/b/bucket/o/x", Assert.Single(completion.FailedTables).Reason);
        Assert.Equal([new CompletedSchema("world", null, 0, 1)], completion.Schemas);
    }

    [Fact]
    public void Of_LargestRunWithTheLongestNames_StaysFarBelowTheLimitOfEventBridge()
    {
        // Six bytes each in JSON, and a pair of them for one letter beyond the basic plane.
        var name = string.Concat(Enumerable.Repeat("\U0001F9EC", 200));
        var tables = Enumerable.Range(0, 10_000).Select(index => Table(name + index, TableStatus.Failed) with
        {
            Schema = name, TargetSchema = $"{index}{name}", PublicSchema = $"{index}{name}", Reason = name + name + name,
        });

        var completion = Complete([.. tables]);

        Assert.Equal((100, 9_900), (completion.Schemas.Count, completion.SchemasOmitted));
        Assert.Equal((20, 9_980), (completion.FailedTables.Count, completion.FailedTablesOmitted));
        Assert.InRange(Encoding.UTF8.GetByteCount(completion.ToJson()), 1, RunCompletion.MaxEventBytes - 8_192);
        Assert.DoesNotContain("\\uFFFD", completion.ToJson(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Id_OneSuccessToldAgain_IsTheSame_AndEachFailureIsAnother()
    {
        var success = Report(Table("city", TableStatus.Loaded));
        var failure = Report(Table("city", TableStatus.Failed));

        Assert.Equal(Id(success, "attempt-1"), Id(success, "attempt-2"));
        Assert.NotEqual(Id(failure, "attempt-1"), Id(failure, "attempt-2"));
        Assert.Equal(Id(failure, "attempt-1"), Id(failure, "attempt-1"));
        Assert.NotEqual(Id(success, "attempt-1"), Id(success with { ExecutionName = "run-2" }, "attempt-1"));
    }

    private static string Id(RunReport report, string runId) => RunCompletion.Of(report, runId, "exports").Id;

    private static RunCompletion Complete(params TableReport[] tables) =>
        RunCompletion.Of(Report(tables), "attempt-1", "exports");

    private static RunReport Report(params TableReport[] tables) => new()
    {
        ExecutionName = "run-1",
        ExportTaskId = "task-1",
        SourceArn = "arn:snapshot",
        Succeeded = tables.All(table => table.Status != TableStatus.Failed),
        StartedAt = Start,
        FinishedAt = Start.AddMinutes(5),
        ServerVersion = "9.4.1",
        Tables = tables,
        Totals = new ReportTotals
        {
            Loaded = tables.Count(table => table.Status == TableStatus.Loaded),
            Empty = tables.Count(table => table.Status == TableStatus.Empty),
            Skipped = tables.Count(table => table.Status == TableStatus.Skipped),
            Failed = tables.Count(table => table.Status == TableStatus.Failed),
            Rows = 7,
            Objects = 3,
            Bytes = 300,
        },
    };

    private static TableReport Table(string name, TableStatus status) => new() { Schema = "world", Table = name, TargetSchema = "world", Status = status };

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
