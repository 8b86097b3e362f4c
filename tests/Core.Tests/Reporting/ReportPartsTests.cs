using SnapshotBridge.Core.Tests.Loading;
using SnapshotBridge.Loading;
using SnapshotBridge.Loading.Publishing;
using SnapshotBridge.Planning;
using SnapshotBridge.Reporting;
using SnapshotBridge.Requests;
using Xunit;

namespace SnapshotBridge.Core.Tests.Reporting;

/// <summary>Verdict, next steps, stages and cost.</summary>
public sealed class ReportPartsTests
{
    private static readonly DateTimeOffset Start = ReportSamples.Start;

    [Theory]
    [InlineData(3, 0, 0, 0, "All 3 tables arrived: rows and columns in HeatWave equal the export's.")]
    [InlineData(1, 0, 0, 0, "The one table arrived: rows and columns in HeatWave equal the export's.")]
    [InlineData(0, 2, 1, 0, "All 2 tables arrived: rows and columns in HeatWave equal the export's. RDS left 1 table out of the export.")]
    [InlineData(1200, 0, 0, 1, "1 table did not arrive; the other 1,200 did.")]
    [InlineData(1, 0, 0, 2, "2 tables did not arrive; one other did.")]
    [InlineData(0, 0, 0, 2, "2 tables did not arrive; none did.")]
    [InlineData(0, 0, 2, 0, "The export holds no tables. RDS left 2 tables out of the export.")]
    public void Verdict_Outcome_IsSaidInOneSentenceEach(int loaded, int empty, int skipped, int failed, string sentence) =>
        Assert.Equal(sentence, Verdicts.Of(new ReportTotals { Loaded = loaded, Empty = empty, Skipped = skipped, Failed = failed, Rows = 0, Objects = 0, Bytes = 0 }));

    [Theory]
    [InlineData(1, "All 2 tables arrived: rows and columns in HeatWave equal the export's, but for 1 column that it does not serve. RDS left 1 table out of the export.")]
    [InlineData(1100, "All 2 tables arrived: rows and columns in HeatWave equal the export's, but for 1,100 columns that it does not serve. RDS left 1 table out of the export.")]
    public void Verdict_ColumnsThatAreNotServed_AreNotCalledEqual(int dropped, string sentence) =>
        Assert.Equal(sentence, Verdicts.Of(new ReportTotals { Loaded = 2, Empty = 0, Skipped = 1, Failed = 0, Rows = 0, Objects = 0, Bytes = 0, DroppedColumns = dropped }));

    [Theory]
    [InlineData(92, 92, 92, "All 2 tables arrived: rows, columns and the null counts, minima and maxima of all 92 columns in HeatWave equal the export's.")]
    [InlineData(1, 1, 1, "All 2 tables arrived: rows, columns and the one column's null count, minimum and maximum in HeatWave equal the export's.")]
    [InlineData(92, 92, 90, "All 2 tables arrived: rows, columns and the null counts, minima and maxima of 90 of 92 columns in HeatWave equal the export's. Of 2 columns only some of these figures could be compared: the tables tell why.")]
    [InlineData(92, 91, 91, "All 2 tables arrived: rows, columns and the null counts, minima and maxima of 91 of 92 columns in HeatWave equal the export's. Of 1 column none of these figures could be compared: the tables tell why.")]
    [InlineData(1200, 90, 1, "All 2 tables arrived: rows, columns and the null counts, minima and maxima of 1 of 1,200 columns in HeatWave equal the export's. Of 89 columns only some of these figures could be compared, of 1,110 columns none: the tables tell why.")]
    [InlineData(92, 0, 0, "All 2 tables arrived: rows and columns in HeatWave equal the export's. Of 92 columns none of these figures could be compared: the tables tell why.")]
    public void Verdict_Statistics_SaysOfHowManyColumns(int columns, int compared, int inFull, string sentence) =>
        Assert.Equal(sentence, Verdicts.Of(new ReportTotals
        {
            Loaded = 2, Empty = 0, Skipped = 0, Failed = 0, Rows = 0, Objects = 0, Bytes = 0,
            StatisticsColumns = columns, StatisticsColumnsCompared = compared, StatisticsColumnsInFull = inFull,
        }));

    [Theory]
    [InlineData("target table a.b exists and was not created by SnapshotBridge; drop or rename it", "Drop or rename")]
    [InlineData("its Parquet files disagree: 2 columns and 3", "newExport")]
    [InlineData("HeatWave serves 2 rows but the export holds 239", "Do not rely on the table")]
    [InlineData("the call failed with error 6091: type not convertible", "columnTypes")]
    [InlineData("the call failed with error 1317: interrupted", "event scheduler")]
    [InlineData("the call failed with error 1142: SELECT command denied", "grants")]
    [InlineData("the call failed with error 6094: out of memory", "Enlarge")]
    [InlineData($"the load failed with error 1050: {DropGuard.Message}", "Drop or rename that table")]
    [InlineData("the call failed with error 9999: what is that", "error 9999")]
    [InlineData("something new", "Repair what the reason names")]
    [InlineData(null, "Repair what the reason names")]
    public void NextStep_Failure_SaysWhatToDo(string? reason, string words) => Assert.Contains(words, NextSteps.Failed(reason), StringComparison.Ordinal);

    [Fact]
    public void NextStep_SkippedForAKnownReason_IsTheRemedyApartFromTheReason()
    {
        var (reason, next) = NextSteps.Skipped(RdsReasons.Explain("TABLE_WITH_UNSUPPORTED_CHARACTER_IN_NAME"));

        Assert.Equal("the table's name has a '/', which RDS does not export (TABLE_WITH_UNSUPPORTED_CHARACTER_IN_NAME)", reason);
        Assert.Equal("Rename the table in the source and take a new snapshot.", next);
    }

    [Fact]
    public void Stages_WholeRun_HaveTimesAndSpeeds()
    {
        var report = ReportSamples.Of(10);

        Assert.Equal([RunStage.Export, RunStage.Plan, RunStage.Copy, RunStage.Load, RunStage.Statistics], report.Stages.Select(stage => stage.Stage));
        var copy = report.Stages[2];
        Assert.Equal((387.5, Math.Round(report.Totals.Bytes / 1e6 / 387.5, 3)), (copy.Seconds, copy.MegabytesPerSecond));
        var load = report.Stages[3];
        Assert.Equal(report.Totals.Rows, load.Rows);
        Assert.Equal(Math.Round(report.Totals.Rows / 1259.0, 3), load.RowsPerSecond);
        Assert.All(report.Stages, stage => Assert.False(stage.Earlier));
    }

    [Fact]
    public void Stages_NothingIsKnown_SayNoTimes()
    {
        var report = ReportBuilder.Build(LoadSamples.PlanOf([]), Empty(), ReportSamples.Input, Start.AddMinutes(1));

        Assert.All(report.Stages, stage => Assert.Null(stage.Seconds));
        Assert.All(report.Stages, stage => Assert.Null(stage.MegabytesPerSecond));
    }

    [Fact]
    public void Stages_ExportAndCopyOfAnEarlierRun_AreToldAsSuchAndNotPaidAgain()
    {
        var plan = LoadSamples.PlanOf([LoadSamples.Table("a", "b", 1, 5_000_000_000)]);
        var facts = ReportSamples.Facts(plan);
        facts = facts with { Export = facts.Export! with { StartedAt = Start.AddDays(-1), EndedAt = Start.AddHours(-23) }, Copy = null, CopiedBatches = 0, EarlierBatches = 1 };

        var report = ReportBuilder.Build(plan, Empty(), ReportSamples.Input, Start.AddMinutes(1), facts);

        Assert.Equal([true, true, true, false], report.Stages.Take(4).Select(stage => stage.Earlier));
        Assert.Equal(0, Line(report, "RDS snapshot export").Amount);
        Assert.Equal(0, Line(report, "Egress from AWS to OCI").Amount);
    }

    [Fact]
    public void Publish_SchemaThatIsHeld_FailsTheRunAndOneThatIsSupersededDoesNot()
    {
        var held = new PublishedSchema { Schema = "shop", Version = "shop__1", NotSwitchedBecause = "a view is in the way" };
        var plan = LoadSamples.PlanOf([]);

        RunReport Of(PublishedSchema schema) => ReportBuilder.Build(
            plan, Empty() with { Published = [schema] }, ReportSamples.Input, Start.AddMinutes(1), new RunFacts { Choices = new LoadChoices { Publish = PublishMode.Swap } });

        Assert.False(Of(held).Succeeded);
        Assert.True(Of(held with { IsSuperseded = true }).Succeeded);
        var switched = Of(held with { NotSwitchedBecause = null, SwitchedAt = Start.AddSeconds(50) });
        Assert.True(switched.Succeeded);
        Assert.Equal(Start.AddSeconds(50), switched.Stages[^1].EndedAt);
    }

    [Fact]
    public void Cost_Lines_AreQuantityTimesPriceAndAddUp()
    {
        var cost = ReportSamples.Of(200).Cost!;

        Assert.Equal(cost.Lines.Sum(line => line.Amount), cost.Total);
        Assert.All(cost.Lines, line => Assert.Equal(Math.Round(line.Quantity * line.UnitPrice / line.PricePer, 6), line.Amount));
        Assert.All(cost.Lines, line => Assert.EndsWith(", assumed", line.PriceSource, StringComparison.Ordinal));
    }

    [Fact]
    public void Cost_PriceOfTheDeployment_IsUsedAndNamed()
    {
        var plan = LoadSamples.PlanOf([LoadSamples.Table("a", "b", 1, 5_000_000_000)]);
        Assert.Null(ListPrices.TryParse("egressPerGb=0.02, rdsExportPerGb=0", out var prices));

        var report = ReportBuilder.Build(plan, Empty(), ReportSamples.Input, Start.AddMinutes(1), ReportSamples.Facts(plan) with { Prices = prices });

        var egress = Line(report, "Egress from AWS to OCI");
        Assert.Equal((5m, 0.02m, 0.1m, "set by the deployment (egressPerGb)"), (egress.Quantity, egress.UnitPrice, egress.Amount, egress.PriceSource));
        Assert.Equal(0, Line(report, "RDS snapshot export").Amount);
    }

    [Theory]
    [InlineData("egressPerGb")]
    [InlineData("egress=1")]
    [InlineData("egressPerGb=-1")]
    [InlineData("egressPerGb=1,egressPerGb=2")]
    [InlineData("egressPerGb=2000")]
    [InlineData("egressPerGb=1e3")]
    public void Prices_WrongText_IsToldWithTheEntry(string text) => Assert.Contains(text.Split(',')[0].Split('=')[0], ListPrices.TryParse(text, out _), StringComparison.Ordinal);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Prices_NoText_AreTheAssumedOnes(string? text)
    {
        Assert.Null(ListPrices.TryParse(text, out var prices));
        Assert.Empty(prices.Own);
        Assert.Equal((0.012m, null), (prices.RdsExportPerGb, prices.EgressPerGb));
    }

    private static CostLine Line(RunReport report, string item) => report.Cost!.Lines.Single(line => line.Item == item);

    private static LoadState Empty() => new()
    {
        ExportTaskId = "task", RunId = "r", Attempt = 1, PassedGate = [], ServerVersion = "9.4.1-cloud", Carrier = LoadCarrier.Event, Tables = [],
    };
}
