using SnapshotBridge.Loading.Declarations;
using SnapshotBridge.Local.Databases.Source;
using Xunit;

namespace SnapshotBridge.Local.Tests.Databases;

public sealed class ValueComparisonTests
{
    private static readonly ValueColumn Id = new("id", "int(11)");

    [Theory]
    [InlineData("datetime", "2024-01-01 00:00:00", "datetime(6)", "2024-01-01 00:00:00.000000")]
    [InlineData("datetime", "0000-00-00 00:00:00", "datetime", null)]
    [InlineData("time(3)", "-01:02:03.500", "time(6)", "-01:02:03.500000")]
    [InlineData("decimal(4,2)", "1.50", "decimal(4,2)", "1.50")]
    [InlineData("json", "{\"b\": 1, \"a\": [1,  2]}", "json", "{\"a\":[1,2],\"b\":1}")]
    [InlineData("char(3)", "a  ", "char(3)", "a")]
    public void Differences_ValuesThatPrintDifferently_AreNone(string type, string? value, string loadedType, string? loaded)
    {
        var stated = DeclarationComparison.AreSame(type, loadedType) ? [] : new[] { new TypeChange("c", type, loadedType.ToUpperInvariant(), "so") };

        Assert.Empty(ValueComparison.Differences(Table(new("c", type), ("1", value)), Table(new("c", loadedType), ("1", loaded)), stated));
    }

    [Fact]
    public void Differences_OtherValue_NamesColumnAndBoth() =>
        Assert.Equal(
            "column c, row 2 in order: the source has 'x' and the table 'y'",
            Assert.Single(ValueComparison.Differences(
                Table(new("c", "text"), ("2", "x"), ("1", null)), Table(new("c", "text"), ("1", null), ("2", "y")), [])));

    [Fact]
    public void Differences_NullForAText_IsOne() =>
        Assert.Equal(
            "column c, row 1 in order: the source has '' and the table NULL",
            Assert.Single(ValueComparison.Differences(Table(new("c", "text"), ("1", "")), Table(new("c", "text"), ("1", null)), [])));

    [Fact]
    public void Differences_OtherRows_NamesBothCounts() =>
        Assert.Equal(
            "the source has 1 rows and the table 0",
            Assert.Single(ValueComparison.Differences(Table(new("c", "text"), ("1", "")), Table(new("c", "text")), [])));

    [Fact]
    public void Differences_TypeThatNothingIsSaidOf_IsOne() =>
        Assert.Equal(
            "column c is bigint(20) instead of int(11), and nothing is said of it",
            Assert.Single(ValueComparison.Differences(Table(new("c", "int(11)"), ("1", "5")), Table(new("c", "bigint(20)"), ("1", "5")), [])));

    [Fact]
    public void Differences_ColumnThatIsMissing_IsOneUnlessItIsSaid()
    {
        var (source, target) = (Table(new("c", "blob"), ("1", "00")), new TableValues([Id], [["1"]]));

        Assert.Equal("column c (blob) is not served, and nothing is said of it", Assert.Single(ValueComparison.Differences(source, target, [])));
        Assert.Empty(ValueComparison.Differences(source, target, [new TypeChange("c", "blob", TypeChange.NotLoaded, "so")]));
        Assert.Equal(
            "column c is served, although it is said not to be loaded",
            Assert.Single(ValueComparison.Differences(source, source, [new TypeChange("c", "blob", TypeChange.NotLoaded, "so")])));
    }

    [Fact]
    public void Differences_ColumnThatTheSourceHasNot_IsOne() =>
        Assert.Equal("column c is served, which the source has not", Assert.Single(ValueComparison.Differences(new TableValues([Id], [["1"]]), Table(new("c", "text"), ("1", "x")), [])));

    private static TableValues Table(ValueColumn column, params (string Id, string? Value)[] rows) => new([Id, column], [.. rows.Select(row => new[] { row.Id, row.Value })]);
}
