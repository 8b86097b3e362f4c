using SnapshotBridge.Loading.Publishing;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading.Publishing;

public sealed class ViewSqlTests
{
    [Fact]
    public void Select_Columns_NamesEveryOne() => Assert.Equal(
        "SELECT `id`, `odd``name` FROM `shop__1`.`order``s`", ViewSql.Select("shop__1", "order`s", ["id", "odd`name"]));

    [Fact]
    public void Select_NoColumns_IsRefused() => Assert.Throws<ArgumentException>(() => ViewSql.Select("shop__1", "orders", []));

    [Fact]
    public void Create_View_StandsUnderATemporaryNameWithTheDefinersRights() => Assert.Equal(
        $"CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY DEFINER VIEW `shop`.`{ViewSql.Waiting("orders")}` AS SELECT 1", ViewSql.Create("shop", "orders", "SELECT 1"));

    [Fact]
    public void Rename_SeveralNames_IsOneStatementInOrder() => Assert.Equal(
        "RENAME TABLE `s`.`a` TO `s`.`b`, `s`.`c` TO `s`.`a`", ViewSql.Rename("s", [("a", "b"), ("c", "a")]));

    [Fact]
    public void Rename_Nothing_IsRefused() => Assert.Throws<ArgumentException>(() => ViewSql.Rename("s", []));

    [Fact]
    public void TemporaryNames_OfTheLongestName_FitAndDiffer()
    {
        var name = new string('x', 64);

        Assert.Distinct([ViewSql.Waiting(name), ViewSql.Replaced(name), ViewSql.Waiting("orders"), ViewSql.Replaced("orders")]);
        Assert.All([ViewSql.Waiting(name), ViewSql.Replaced(name)], temporary =>
        {
            Assert.True(temporary.Length <= 64);
            Assert.StartsWith(ViewSql.ReservedPrefix, temporary, StringComparison.Ordinal);
        });
    }
}
