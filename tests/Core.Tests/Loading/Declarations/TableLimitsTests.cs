using System.Globalization;
using SnapshotBridge.Loading.Declarations;
using SnapshotBridge.Planning;
using Xunit;
using static SnapshotBridge.Core.Tests.Loading.Declarations.DeclarationSamples;

namespace SnapshotBridge.Core.Tests.Loading.Declarations;

public sealed class TableLimitsTests
{
    [Fact]
    public void For_RowThatIsTooWide_MakesTheFirstOfTheWidestText()
    {
        string[] types = ["varchar(5000)", "varchar(6000)", "int", "varchar(6000)"];

        var declaration = Declare(Table(types), Files(types));

        Assert.Equal(["VARCHAR(5000)", "TEXT", "INT", "VARCHAR(6000)"], declaration.Columns.Select(column => column.Type));
        Assert.Equal(
            "the table's columns other than TEXT would be wider than the 65,535 bytes of a MySQL row, and this is one of the widest",
            Assert.Single(declaration.Changes).Reason);
    }

    [Theory]
    // 65,535 = 16,382 characters of four bytes, two of length, one of NULL bits, four of INT: exactly full.
    [InlineData("varchar(16382)", "int", "VARCHAR(16382)")]
    [InlineData("varchar(16382)", "bigint", "TEXT")]
    public void For_RowAtTheLimit_KeepsItsTypes(string wide, string other, string expected) =>
        Assert.Equal(expected, Declare(Table(wide, other), Files(wide, other)).Columns[0].Type);

    [Fact]
    public void For_RowTooWideOnlyWithTheOtherTypes_NarrowsThose()
    {
        // Decimals whose other type is a VARCHAR of 21 characters each.
        string[] types = [.. Enumerable.Repeat("decimal", 900)];
        var files = types.Select((_, index) => $"{Name(index)} INT64 (DECIMAL(18,2))").ToList();

        var declaration = Declare(Table(types), files);

        Assert.All(declaration.Columns, column => Assert.Equal("DECIMAL(18,2)", column.Type));
        Assert.Empty(declaration.Changes);
        var other = declaration.WithCompatibleTypes().Columns;
        Assert.Equal("TEXT", other[0].Type);
        Assert.Equal("VARCHAR(21)", other[^1].Type);
        Assert.True(other.Sum(column => ColumnLimits.RowBytes(column.Type)) + ((other.Count + 7) / 8) <= 65_535);
    }

    [Fact]
    public void For_MoreThan1017Columns_LeavesTheLastOutInTheirPlaces()
    {
        string[] types = [.. Enumerable.Range(0, 1020).Select(index => index == 0 ? "blob" : "int")];
        var files = types.Select((type, index) => $"{Name(index)} {(type == "int" ? "INT32" : "BYTE_ARRAY")}").ToList();

        var declaration = Declare(Table(types), files);

        Assert.Equal(1020, declaration.Columns.Count);
        Assert.Equal(1017, declaration.Columns.Count(column => column.IsLoadable));
        Assert.Equal(["c0", "c1018", "c1019"], declaration.Changes.Select(change => change.Column));
        Assert.All(declaration.Changes, change => Assert.Equal("not loaded", change.LoadedType));
    }

    [Theory]
    [InlineData("DECIMAL(9,0)", 4)]
    [InlineData("DECIMAL(65,30)", 30)]
    [InlineData("DECIMAL(20,6)", 10)]
    [InlineData("DATETIME(6)", 8)]
    [InlineData("TIMESTAMP", 4)]
    [InlineData("TIME(3)", 5)]
    [InlineData("CHAR(10)", 40)]
    [InlineData("VARCHAR(63)", 253)]
    [InlineData("VARCHAR(64)", 258)]
    [InlineData("ENUM('a','b')", 1)]
    [InlineData("VARBINARY(16)", 17)]
    [InlineData("LONGBLOB", 12)]
    [InlineData("JSON", 12)]
    public void RowBytes_AnyType_IsWhatMySqlReckons(string type, int bytes) => Assert.Equal(bytes, ColumnLimits.RowBytes(type));

    [Fact]
    public void For_NamesThatDifferInCaseOnly_RenamesTheSecond()
    {
        var declaration = Declare(Postgres(Column("Id", "integer"), Column("id", "integer")), ["Id INT32", "id INT32"]);

        Assert.Equal("Id", declaration.Columns[0].Name);
        Assert.Matches("^id_[0-9a-f]{8}$", declaration.Columns[1].Name);
        Assert.Equal("id", declaration.Columns[1].FileName);
        Assert.False(declaration.MatchesByName);
        var change = Assert.Single(declaration.Changes);
        Assert.Equal($"MySQL takes no column named 'id' here; it is '{declaration.Columns[1].Name}'", change.Reason);
    }

    [Fact]
    public void For_LongNames_ShortensEachToANameOfItsOwn()
    {
        var (first, second) = (new string('n', 70) + "1", new string('n', 70) + "2");

        var names = Declare(MySql(), [$"{first} INT32", $"{second} INT32", "𝄞 INT32"]).Columns.Select(column => column.Name).ToList();

        Assert.All(names, name => Assert.InRange(name.Length, 1, 64));
        Assert.Equal(3, names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.Equal("_", names[2]);
        Assert.Equal(names, Declare(MySql(), [$"{first} INT32", $"{second} INT32", "𝄞 INT32"]).Columns.Select(column => column.Name));
    }

    private static PlannedTable Table(params string[] types) => MySql([.. types.Select((type, index) => Column(Name(index), type))]);

    private static string[] Files(params string[] types) =>
        [.. types.Select((type, index) => $"{Name(index)} {(type.StartsWith("varchar", StringComparison.Ordinal) ? "BYTE_ARRAY (UTF8)" : type == "int" ? "INT32" : "INT64")}")];

    private static string Name(int index) => string.Create(CultureInfo.InvariantCulture, $"c{index}");
}
