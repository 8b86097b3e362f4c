using SnapshotBridge.Preflight;
using Xunit;

namespace SnapshotBridge.Core.Tests.Preflight;

public sealed class GrantSetTests
{
    [Theory]
    [InlineData("GRANT SELECT, INSERT ON `shop`.* TO `loader`@`%`", "shop", "")]
    [InlineData("GRANT SELECT ON `shop`.* TO `loader`@`%`", "shop", "INSERT")]
    [InlineData("GRANT SELECT, INSERT ON `shop\\_eu`.* TO 'loader'@'%' REQUIRE SSL", "shop_eu", "")]
    [InlineData("GRANT SELECT, INSERT ON `shop\\_eu`.* TO 'loader'@'%'", "shopXeu", "SELECT, INSERT")]
    [InlineData("GRANT SELECT, INSERT ON `shop_eu`.* TO 'loader'@'%'", "shopXeu", "")]
    [InlineData("GRANT SELECT, INSERT ON `shop%`.* TO 'loader'@'%'", "shops", "")]
    [InlineData("GRANT SELECT, INSERT ON *.* TO 'loader'@'%'", "anything", "")]
    [InlineData("GRANT ALL PRIVILEGES ON *.* TO 'root'@'%' WITH GRANT OPTION", "shop", "")]
    [InlineData("GRANT SELECT, INSERT ON `shop`.`orders` TO 'loader'@'%'", "shop", "SELECT, INSERT")]
    [InlineData("GRANT EXECUTE ON PROCEDURE `sys`.`heatwave_load` TO 'loader'@'%'", "sys", "SELECT, INSERT")]
    [InlineData("GRANT USAGE ON *.* TO 'loader'@'%'", "shop", "SELECT, INSERT")]
    [InlineData("GRANT `role`@`%` TO `loader`@`%`", "shop", "SELECT, INSERT")]
    [InlineData("GRANT SELECT, INSERT ON `a``b`.* TO 'loader'@'%'", "a`b", "")]
    public void Missing_OneLineOfShowGrants_NamesWhatItDoesNotGive(string line, string schema, string missing) =>
        Assert.Equal(missing, string.Join(", ", GrantSet.Parse([line]).Missing(schema, ["SELECT", "INSERT"])));

    [Fact]
    public void Missing_PrivilegeOnEverySchemaByName_IsNoGlobalPrivilege() =>
        Assert.Equal(["PROCESS"], GrantSet.Parse(["GRANT ALL PRIVILEGES ON `shop`.* TO 'a'@'%'"]).Missing("*", ["PROCESS"]));

    /// <summary>With partial_revokes=ON: the pattern is one schema's name, and a schema may be taken out of what holds everywhere.</summary>
    [Theory]
    [InlineData("GRANT SELECT, INSERT ON `shop\\_\\_%`.* TO `loader`@`%`", "shop__1", "SELECT, INSERT")]
    [InlineData("GRANT SELECT, INSERT ON `shop%`.* TO `loader`@`%`", "shops", "SELECT, INSERT")]
    [InlineData("GRANT SELECT, INSERT ON `%`.* TO `loader`@`%`", "shop", "SELECT, INSERT")]
    [InlineData("GRANT SELECT, INSERT ON `shop_eu`.* TO `loader`@`%`", "shop_eu", "")]
    [InlineData("GRANT SELECT, INSERT ON `shop\\_eu`.* TO `loader`@`%`", "shop_eu", "SELECT, INSERT")]
    [InlineData("GRANT SELECT, INSERT ON `shop\\_eu`.* TO `loader`@`%`", "shop\\_eu", "")]
    [InlineData("GRANT SELECT, INSERT ON *.* TO `loader`@`%`", "shop", "")]
    [InlineData("GRANT SELECT, INSERT ON *.* TO `loader`@`%`\nREVOKE INSERT ON `shop`.* FROM `loader`@`%`", "shop", "INSERT")]
    [InlineData("GRANT SELECT, INSERT ON *.* TO `loader`@`%`\nREVOKE INSERT ON `shop`.* FROM `loader`@`%`", "shops", "")]
    public void Missing_WithoutWildcards_TakesNamesToTheLetter(string lines, string schema, string missing) =>
        Assert.Equal(missing, string.Join(", ", GrantSet.Parse(lines.Split('\n'), hasWildcards: false).Missing(schema, ["SELECT", "INSERT"])));

    [Fact]
    public void Missing_PrivilegesOnEveryNameThatMatches_AreNoGlobalPrivileges() =>
        Assert.Equal(["PROCESS"], GrantSet.Parse(["GRANT ALL PRIVILEGES ON `%`.* TO 'a'@'%'"]).Missing("*", ["PROCESS"]));

    [Theory]
    [InlineData("`shop`", "`sh%`", "INSERT")]
    [InlineData("`sh%`", "`shop`", "SELECT")]
    [InlineData("`sh%`", "`sho%`", "SELECT")]
    [InlineData("`sh%`", "`sh%p`", "SELECT, INSERT")]
    [InlineData("`shop`", "`shop`", "")]
    public void Missing_SeveralNamesThatMatch_TheMostSpecificAloneCounts(string withSelect, string withInsert, string missing) =>
        Assert.Equal(missing, string.Join(", ", GrantSet.Parse([$"GRANT SELECT ON {withSelect}.* TO 'a'@'%'", $"GRANT INSERT ON {withInsert}.* TO 'a'@'%'"]).Missing("shop", ["SELECT", "INSERT"])));

    [Fact]
    public void Missing_TwoLinesForOneSchema_AddUp() =>
        Assert.Empty(GrantSet.Parse(["GRANT SELECT ON *.* TO 'a'@'%'", "GRANT INSERT ON `shop`.* TO 'a'@'%'"]).Missing("shop", ["SELECT", "INSERT"]));
}
