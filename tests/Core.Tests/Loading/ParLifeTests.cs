using SnapshotBridge.Loading;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading;

/// <summary>How long PARs live, and which tables may outlive theirs.</summary>
public sealed class ParLifeTests
{
    [Theory]
    [InlineData(1, 75, 60)]
    [InlineData(2, 135, 120)]
    [InlineData(24, 24 * 66, 24 * 60)]
    [InlineData(160, 168 * 60, 160 * 60)]
    [InlineData(168, 168 * 60, (168 * 60) - 15)]
    public void Of_RequestedHours_LeavesThemAllToEveryLoadAndNeverExceedsAWeek(int hours, int livesMinutes, int leftMinutes)
    {
        var requested = TimeSpan.FromHours(hours);

        Assert.Equal(TimeSpan.FromMinutes(livesMinutes), ParLife.Of(requested));
        Assert.Equal(TimeSpan.FromMinutes(leftMinutes), ParLife.AtBegin(requested));
        Assert.Equal(ParLife.Of(requested), ParLife.AtBegin(requested) + ParLife.Window(requested));
    }

    [Fact]
    public void HasEnded_YoungOrOld_Differs()
    {
        Assert.False(ParLife.HasEnded(TimeSpan.FromHours(2), TimeSpan.FromMinutes(129)));
        Assert.True(ParLife.HasEnded(TimeSpan.FromHours(2), TimeSpan.FromMinutes(130)));
    }

    [Fact]
    public void Warning_TableThatEarlierAttemptsShowToBeSlow_NamesHoursSpeedAndRemedy()
    {
        var plan = LoadSamples.PlanOf([LoadSamples.Table("s", "quick", 1, 1L << 30), LoadSamples.Table("s", "slow", 1, 1L << 30), LoadSamples.Table("s", "small", 1, 1000)]);
        var estimate = LoadEstimate.From(plan, Earlier(Loaded(0, 10), Loaded(1, 1000), Loaded(2, 100)));

        Assert.Null(estimate.Warning(3L << 30, TimeSpan.FromHours(1)));
        var warning = estimate.Warning(10L << 30, TimeSpan.FromHours(1))!;
        Assert.StartsWith("it may load for 2.8 h (at 1 MB/s, which is the slowest that an earlier attempt loaded a table of this export with)", warning, StringComparison.Ordinal);
        Assert.EndsWith("lives for 1 h from the beginning of its load: raise parHours (at most 168)", warning, StringComparison.Ordinal);
        Assert.Contains("a larger HeatWave cluster is needed", estimate.Warning(1L << 40, TimeSpan.FromHours(168)), StringComparison.Ordinal);
    }

    [Fact]
    public void Warning_ExportThatWasNeverLoaded_GoesByWhatUsersHavePublished()
    {
        var estimate = LoadEstimate.From(LoadSamples.PlanOf([LoadSamples.Table("s", "t", 1, 1)]), earlier: null);

        Assert.Null(estimate.Warning(74L << 30, TimeSpan.FromHours(1)));
        Assert.Contains("has not been loaded yet", estimate.Warning(1L << 40, TimeSpan.FromHours(1)), StringComparison.Ordinal);
    }

    private static TableLoad Loaded(int table, double seconds) =>
        new() { Table = table, TargetSchema = "s", TargetTable = "t", Rows = 1, Columns = [], Phase = TablePhase.Loaded, LoadSeconds = seconds };

    private static LoadState Earlier(params TableLoad[] tables) => new()
    {
        ExportTaskId = "task", RunId = "r", Attempt = 1, PassedGate = [], ServerVersion = "9.7.0-cloud", Carrier = LoadCarrier.Event, Tables = tables,
    };
}
