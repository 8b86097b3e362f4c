using SnapshotBridge.Loading.Declarations;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading.Declarations;

public sealed class DeclarationComparisonTests
{
    [Theory]
    [InlineData("INT", "int(11)")]
    [InlineData("INT UNSIGNED", "int(10) unsigned")]
    [InlineData("INT UNSIGNED", "int unsigned")]
    [InlineData("TINYINT", "tinyint(1)")]
    [InlineData("TINYINT", "boolean")]
    [InlineData("DECIMAL(10,0)", "decimal(10)")]
    [InlineData("YEAR", "year(4)")]
    [InlineData("DATETIME", "datetime /* mariadb-5.3 */")]
    [InlineData("DATETIME(6)", "datetime(6)")]
    [InlineData("VARCHAR(40)", "varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")]
    [InlineData("LONGTEXT", "longtext collate utf8mb4_general_ci")]
    [InlineData("ENUM('a','it''s','x\\\\y')", "enum('a','it''s','x\\\\y')")]
    [InlineData("ENUM(' collate ')", "enum(' collate ')")]
    [InlineData("ENUM('表','😀','😁')", "enum('表','?','?')")]
    [InlineData("JSON", "longtext")]
    [InlineData("BIT(8)", "bit(8)")]
    [InlineData("VARBINARY(16)", "varbinary(16)")]
    [InlineData("GEOMETRY", "geometry")]
    public void Differences_OtherSpelling_AreNone(string declared, string found) => Assert.Empty(Differences([("c", declared)], [("c", found)]));

    [Theory]
    [InlineData("INT", "int unsigned")]
    [InlineData("INT", "bigint")]
    [InlineData("DECIMAL(12,2)", "decimal(10,2)")]
    [InlineData("DATE", "varchar(10)")]
    [InlineData("DATETIME(6)", "datetime")]
    [InlineData("VARCHAR(40)", "varchar(41)")]
    [InlineData("ENUM('a','b')", "enum('b','a')")]
    [InlineData("ENUM('a','b')", "varchar(1)")]
    [InlineData("ENUM('表','b')", "enum('?','b')")]
    [InlineData("LONGTEXT", "mediumtext")]
    [InlineData("BIT(8)", "bit(1)")]
    public void Differences_OtherType_NameColumnAndBoth(string declared, string found) =>
        Assert.Equal($"column c was declared as {declared} and is {found}", Assert.Single(Differences([("c", declared)], [("c", found)])).ToString());

    [Fact]
    public void Differences_DroppedAndAddedColumns_AreNamed() =>
        Assert.Equal(
            ["column b, declared as INT, is missing", "column x, int, was not declared"],
            Differences([("a", "INT"), ("b", "INT")], [("A", "int"), ("x", "int")]).Select(difference => difference.ToString()));

    [Fact]
    public void Differences_OtherOrder_AreNamedWithTheirPlaces() =>
        Assert.Equal(
            ["column a was declared as INT in place 1 and is int in place 2", "column b was declared as DATE in place 2 and is date in place 1"],
            Differences([("a", "INT"), ("b", "DATE")], [("b", "date"), ("a", "int")]).Select(difference => difference.ToString()));

    private static IReadOnlyList<ColumnDifference> Differences((string Name, string Type)[] declared, (string Name, string Type)[] found) =>
        DeclarationComparison.Differences(
            new TableDeclaration([.. declared.Select(column => new DeclaredColumn(column.Name, column.Type))]),
            [.. found.Select(column => new DefinedColumn(column.Name, column.Type))]);
}
