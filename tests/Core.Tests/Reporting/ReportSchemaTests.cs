using System.Text.Json;
using System.Text.Json.Nodes;
using SnapshotBridge.Loading.Publishing;
using SnapshotBridge.Reporting;
using SnapshotBridge.Reporting.Page;
using SnapshotBridge.Requests;
using SnapshotBridge.TestKit;
using Xunit;

namespace SnapshotBridge.Core.Tests.Reporting;

/// <summary><c>infra/report.schema.json</c> is what report.json is.</summary>
public sealed class ReportSchemaTests
{
    // As the first version wrote it.
    private const string FirstVersion = """
        {
          "version": 1, "executionName": "run-1", "exportTaskId": "task", "sourceArn": "arn:aws:rds:eu-central-1:123456789012:cluster-snapshot:s",
          "succeeded": false, "startedAt": "2026-11-21T08:00:00+00:00", "finishedAt": "2026-11-21T08:03:00+00:00", "serverVersion": "9.4.1-cloud",
          "tables": [
            { "schema": "world", "table": "country", "targetSchema": "world", "status": "failed", "reason": "HeatWave serves 2 rows but the export holds 239",
              "rowsExported": 239, "rowsLoaded": 2, "objects": 2, "bytes": 1234567, "evidence": "end-to-end", "loadSeconds": 1.25, "droppedColumns": [], "warnings": [] }
          ],
          "totals": { "loaded": 0, "empty": 0, "skipped": 0, "failed": 1, "rows": 0, "objects": 2, "bytes": 1234567 }
        }
        """;

    [Theory]
    [InlineData(0, false)]
    [InlineData(10, false)]
    [InlineData(500, true)]
    public void Report_AnySize_IsAsTheSchemaSays(int tables, bool longNames) =>
        Assert.Empty(Check().Problems(JsonNode.Parse(Json(ReportSamples.Of(tables, longNames: longNames)))));

    [Fact]
    public void Report_PublishedSchemas_AreAsTheSchemaSays()
    {
        var report = ReportSamples.Of(10) with
        {
            Publish = PublishMode.Swap,
            PublishedSchemas =
            [
                new PublishedSchema
                {
                    Schema = "shop", Version = "shop__20261120021000_3fa94c", SwitchedAt = ReportSamples.Start, Views = 4, DroppedVersions = ["shop__1"],
                    KeptVersions = [new KeptVersion("shop__2", "a reader")], RemovedViews = ["old"], Warnings = ["w"],
                },
                new PublishedSchema { Schema = "crm", Version = "crm__20261120021000_3fa94c", NotSwitchedBecause = "a table failed" },
            ],
        };

        Assert.Empty(Check().Problems(JsonNode.Parse(Json(report))));
    }

    [Theory]
    [InlineData("succeeded", "\"yes\"")]
    [InlineData("startedAt", "\"this morning\"")]
    [InlineData("publish", "\"twice\"")]
    [InlineData("surprise", "1")]
    [InlineData("tables", "[{\"schema\": \"s\"}]")]
    [InlineData("totals", "{\"loaded\": -1}")]
    public void Check_WrongReport_IsFound(string property, string value)
    {
        var report = JsonNode.Parse(Json(ReportSamples.Of(10)))!;
        report[property] = JsonNode.Parse(value);

        Assert.NotEmpty(Check().Problems(report));
    }

    [Fact]
    public void FirstVersion_IsReadAndShown()
    {
        var report = JsonSerializer.Deserialize(FirstVersion, ReportingJson.Default.RunReport)!;

        Assert.Equal((1, null, 0, null), (report.Version, report.Verdict, report.Stages.Count, report.Cost));
        Assert.Contains("1 table did not arrive; none did.", ReportPage.Render(report), StringComparison.Ordinal);
    }

    private static string Json(RunReport report) => JsonSerializer.Serialize(report, ReportingJson.Default.RunReport);

    private static JsonSchemaCheck Check() =>
        new((JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "infra", "report.schema.json")))!);
}
