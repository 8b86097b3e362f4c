using System.Text.Json;
using System.Text.RegularExpressions;
using SnapshotBridge.Copying;
using SnapshotBridge.Core.Tests.Loading;
using SnapshotBridge.Loading;
using SnapshotBridge.Loading.Declarations;
using SnapshotBridge.Planning;
using SnapshotBridge.Reporting;
using SnapshotBridge.Reporting.Page;
using SnapshotBridge.Requests;
using Xunit;

namespace SnapshotBridge.Core.Tests.Reporting;

public sealed partial class RunReportTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Build_LoadedEmptySkipped_SucceedsAndAddsUp()
    {
        var report = Build(Loaded(), Empty());

        Assert.True(report.Succeeded);
        Assert.Equal((1, 1, 1, 0), (report.Totals.Loaded, report.Totals.Empty, report.Totals.Skipped, report.Totals.Failed));
        Assert.Equal((239, 2, 1234567), (report.Totals.Rows, report.Totals.Objects, report.Totals.Bytes));
        var skipped = report.Tables.Single(table => table.Status == TableStatus.Skipped);
        Assert.Equal(("shop", "bad names", "column name"), (skipped.Schema, skipped.Table, skipped.Reason));
    }

    [Theory]
    [InlineData("shop.shop.discounts", "shop", "discounts", "shop_eu")]
    [InlineData("shop.discounts", "shop", "discounts", "shop_eu")]
    [InlineData("a.b.a.b.t.x", "a.b", "t.x", "a.b")]
    [InlineData("crm.public.t", "crm.public", "t", "crm_public")]
    [InlineData("crm", "crm", "", "crm")]
    [InlineData("*", "*", "", "*")]
    public void Build_SkippedTable_HasTheSchemaThatItWouldHaveGoneTo(string target, string schema, string table, string targetSchema)
    {
        var input = Input with { Request = Input.Request with { TargetSchemas = new Dictionary<string, string> { ["shop"] = "shop_eu" } } };
        var report = ReportBuilder.Build(Plan() with { Skipped = [new SkippedTable(target, "why")] }, State(Loaded(), Empty()), input, Start);

        var skipped = report.Tables.Single(line => line.Status == TableStatus.Skipped);
        Assert.Equal((schema, table, targetSchema), (skipped.Schema, skipped.Table, skipped.TargetSchema));
    }

    [Fact]
    public void Build_FailedTable_FailsAndCountsNoRowsOfIt()
    {
        var report = Build(Loaded() with { Phase = TablePhase.Failed, Reason = "HeatWave serves 2 rows but the export holds 239", RowsLoaded = 2 }, Empty());

        Assert.False(report.Succeeded);
        Assert.Equal((1, 0), (report.Totals.Failed, report.Totals.Rows));
    }

    [Fact]
    public void Build_TableThatIsStillQueued_IsAMistake() => Assert.Throws<ArgumentException>(() => Build(Loaded() with { Phase = TablePhase.Queued }, Empty()));

    [Fact]
    public void Build_SecretsInTexts_AreMasked()
    {
        const string par = "https://objectstorage.eu-frankfurt-1.oraclecloud.com/p/SECRETTOKEN/n/ns/b/bucket/o/";
        var load = Loaded() with
        {
            Phase = TablePhase.Failed,
            Reason = $"cannot open {par}",
            Warnings = [$"tried {par}"],
            TypeChanges = [new TypeChange("c", "BIT", "not loaded", $"as {par} has it")],
        };

        var report = Build(load, Empty());

        Assert.DoesNotContain("SECRETTOKEN", JsonSerializer.Serialize(report, ReportingJson.Default.RunReport), StringComparison.Ordinal);
        Assert.DoesNotContain("SECRETTOKEN", ReportPage.Render(report), StringComparison.Ordinal);
    }

    [Fact]
    public void Build_WarningOfRds_StandsBesideThoseOfHeatWave()
    {
        var plan = Plan();
        plan = plan with { Tables = [plan.Tables[0] with { Warning = "row too large" }, plan.Tables[1]] };

        var report = ReportBuilder.Build(plan, State(Loaded() with { Warnings = ["rounded"] }, Empty()), Input, Start.AddMinutes(1));

        Assert.Equal(["RDS: row too large", "rounded"], report.Tables[0].Warnings);
    }

    [Fact]
    public void Json_RoundTrip_KeepsEverything()
    {
        var json = JsonSerializer.Serialize(Build(Loaded(), Empty()), ReportingJson.Default.RunReport);
        var back = JsonSerializer.Deserialize(json, ReportingJson.Default.RunReport);

        Assert.Equal(json, JsonSerializer.Serialize(back, ReportingJson.Default.RunReport));
        Assert.Contains("\"status\": \"loaded\"", json, StringComparison.Ordinal);
        Assert.Contains("\"evidence\": \"end-to-end\"", json, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_Numbers_AreThoseOfTheReport()
    {
        var report = Build(Loaded(), Empty());

        var page = ReportPage.Render(report);
        var figures = Figure().Matches(page).Select(match => (match.Groups[2].Value, match.Groups[1].Value)).ToList();

        Assert.Contains(("1", "tables loaded"), figures);
        Assert.Contains(("1", "without rows"), figures);
        Assert.Contains(("1", "left out by RDS"), figures);
        Assert.Contains(("0", "failed"), figures);
        Assert.Contains(("239", "rows"), figures);
        Assert.Contains(("2", "files"), figures);
        Assert.Contains("1,234,567 bytes", page, StringComparison.Ordinal);
        Assert.Contains("\"country\",0,0,239,239,2,1234567,0,1.25]", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_AwkwardNames_CannotBecomeMarkup()
    {
        var plan = LoadSamples.PlanOf([LoadSamples.Table("</script><script>alert(1)</script>", "\"><img src=x>", 1, 1)]);
        var report = ReportBuilder.Build(plan, State(Loaded() with { Phase = TablePhase.Failed, Reason = "<b>&\"'" }), Input, Start);

        var page = ReportPage.Render(report);

        Assert.DoesNotContain("<script>alert", page, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(2, page.Split("<script", StringSplitOptions.None).Length - 1);
        Assert.Equal(2, page.Split("</script", StringSplitOptions.None).Length - 1);
        Assert.DoesNotContain("<img", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<b>&", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_AnyReport_AsksNoOtherServer()
    {
        var page = ReportPage.Render(Build(Loaded(), Empty()));

        Assert.DoesNotContain("http://", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("https://", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("url(", page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("prefers-color-scheme: dark", page, StringComparison.Ordinal);
    }

    private static readonly LoadInput Input = new(
        "task",
        new BridgeRequest { Snapshot = SnapshotArn.Parse("arn:aws:rds:eu-central-1:123456789012:cluster-snapshot:s", "snapshotArn", [])! },
        "execution-1",
        Start);

    private static CopyPlan Plan() => LoadSamples.PlanOf(
        [LoadSamples.Table("world", "country", 2, 1_234_567), LoadSamples.Table("shop", "nothing", 0, 0)], new SkippedTable("shop.shop.bad names", "column name"));

    private static TableLoad Loaded() => new()
    {
        Table = 0,
        TargetSchema = "world",
        TargetTable = "country",
        Rows = 239,
        RowsLoaded = 239,
        Columns = ["id INT32"],
        Evidence = CopyEvidence.EndToEnd,
        Phase = TablePhase.Loaded,
        LoadSeconds = 1.25,
    };

    private static TableLoad Empty() => new() { Table = 1, TargetSchema = "shop", TargetTable = "nothing", Rows = 0, Columns = [], Phase = TablePhase.Empty };

    private static LoadState State(params TableLoad[] tables) => new()
    {
        ExportTaskId = "task", RunId = "r", Attempt = 1, PassedGate = ["execution-1"], ServerVersion = "9.4.1-cloud", Carrier = LoadCarrier.Event, Tables = tables,
    };

    private static RunReport Build(params TableLoad[] tables) => ReportBuilder.Build(Plan(), State(tables), Input, Start.AddMinutes(3));

    [GeneratedRegex("<dt>([^<]+)</dt><dd>([0-9,]+)</dd>")]
    private static partial Regex Figure();
}
