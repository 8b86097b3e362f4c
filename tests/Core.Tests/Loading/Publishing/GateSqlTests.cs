using SnapshotBridge.Loading.Publishing;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading.Publishing;

public sealed class GateSqlTests
{
    private const string Version = "shop__2";

    [Fact]
    public void Gated_View_ReadsTheGateBeforeWhatStandsForItsTable() => Assert.Equal(
        $"SELECT `t`.`id` AS `id`, `t`.`odd``name` AS `odd``name` FROM `shop`.`{GateSql.Gate(Version)}` AS `g` JOIN `shop`.`{GateSql.Current(Version, "orders")}` AS `t`",
        GateSql.Gated("shop", Version, "orders", ["id", "odd`name"]));

    [Fact]
    public void StandIn_ColumnThatTheTableHasNoMore_IsNull() => Assert.Equal(
        "SELECT `Id`, NULL AS `gone` FROM `shop__2`.`orders`",
        GateSql.StandIn(["Id", "gone"], new HashSet<string>(["id", "more"], StringComparer.OrdinalIgnoreCase), "`shop__2`.`orders`"));

    [Fact]
    public void Switch_Views_RenamesTheGateThereAndBackAndThenWhatStandsBehindIt()
    {
        var gate = GateSql.Gate(Version);

        Assert.Equal(
            $"RENAME TABLE `shop`.`{gate}` TO `shop`.`{gate}_`, `shop`.`{gate}_` TO `shop`.`{gate}`, "
            + $"`shop`.`{GateSql.Current(Version, "a")}` TO `shop`.`{GateSql.Previous(Version, "a")}`, `shop`.`{GateSql.Next(Version, "a")}` TO `shop`.`{GateSql.Current(Version, "a")}`, "
            + $"`shop`.`{GateSql.Current(Version, "gone")}` TO `shop`.`{GateSql.Previous(Version, "gone")}`",
            GateSql.Switch("shop", Version, [("a", true), ("gone", false)]));
    }

    /// <summary>A server locks names in the order of their bytes: whoever waits for the gate must hold nothing behind it.</summary>
    [Fact]
    public void Names_InTheOrderOfTheirBytes_BeginWithTheGate()
    {
        var gate = GateSql.Gate(Version);
        string[] names = [GateSql.Current(Version, "a"), GateSql.Next(Version, "a"), GateSql.Previous(Version, "a"), GateSql.Trial(Version)];

        Assert.All(names, name => Assert.True(string.CompareOrdinal(gate, name) < 0 && string.CompareOrdinal($"{gate}_", name) < 0));
        Assert.All([gate, $"{gate}_", .. names], name => Assert.True(name.Length <= 64 && GateSql.IsOfAGate(name) && SwitchPlan.IsTemporary(name)));
        Assert.Distinct([gate, .. names, GateSql.Current(Version, "b"), GateSql.Current("shop__3", "a"), GateSql.Gate("shop__3")]);
    }

    [Theory]
    [InlineData(0, 50)]
    [InlineData(200, 50)]
    [InlineData(10_000, 1)]
    public void Pause_AnyNumberOfViews_StaysWithinTenSeconds(int views, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), GateSwitch.Pause(views));
}
