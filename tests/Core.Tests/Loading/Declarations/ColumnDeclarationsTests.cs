using SnapshotBridge.Loading.Declarations;
using Xunit;
using static SnapshotBridge.Core.Tests.Loading.Declarations.DeclarationSamples;

namespace SnapshotBridge.Core.Tests.Loading.Declarations;

public sealed class ColumnDeclarationsTests
{
    [Theory]
    [InlineData("INT32", "INT")]
    [InlineData("INT32 (INT_8)", "TINYINT")]
    [InlineData("INT64", "BIGINT")]
    [InlineData("INT64 (TIMESTAMP_MICROS)", "DATETIME(6)")]
    [InlineData("INT64 (TIMESTAMP(MICROS,local))", "DATETIME(6)")]
    [InlineData("INT96", "DATETIME(6)")]
    [InlineData("INT32 (DATE)", "DATE")]
    [InlineData("INT64 (TIME_MICROS)", "TIME(6)")]
    [InlineData("INT64 (DECIMAL(12,2)) REQUIRED", "DECIMAL(12,2)")]
    [InlineData("FLOAT", "FLOAT")]
    [InlineData("DOUBLE", "DOUBLE")]
    [InlineData("BOOLEAN", "TINYINT")]
    [InlineData("BYTE_ARRAY (UTF8)", "LONGTEXT")]
    [InlineData("BYTE_ARRAY (STRING)", "LONGTEXT")]
    [InlineData("BYTE_ARRAY (JSON)", "JSON")]
    public void For_ExportWithoutTypes_FollowsTheFilesAndSaysSo(string file, string expected)
    {
        var column = Assert.Single(Declare(MySql(), [$"c {file}"]).Columns);

        Assert.Equal(expected, column.Type);
        Assert.Equal(new TypeChange("c", "unknown", expected, "the export does not tell the source's types; this one follows from the Parquet files"), column.Change);
    }

    [Fact]
    public void For_ExportWithoutTypes_LoadsNoBytes() => Assert.False(Assert.Single(Declare(MySql(), ["c BYTE_ARRAY"]).Columns).IsLoadable);

    [Fact]
    public void For_ColumnThatRdsDoesNotList_FollowsTheFiles()
    {
        var declaration = Declare(MySql(Column("a", "int")), ["a INT32", "b DOUBLE"]);

        Assert.Equal("DOUBLE", declaration.Columns[1].Type);
        Assert.Equal("RDS does not list this column among the source's; its type follows from the Parquet files", Assert.Single(declaration.Changes).Reason);
    }

    [Fact]
    public void For_ColumnThatTheFilesDoNotHave_IsNamedButNotDeclared()
    {
        var declaration = Declare(Postgres(Column("a", "integer"), Column("o", "oid")), ["a INT32"]);

        Assert.Equal("a", Assert.Single(declaration.Columns).Name);
        Assert.Equal(new TypeChange("o", "oid", "not loaded", "RDS lists the column but did not write it to the Parquet files"), Assert.Single(declaration.Changes));
    }

    [Fact]
    public void For_FilesInAnotherOrderThanTheSource_KeepsTheFiles() =>
        Assert.Equal(
            [("b", "BIGINT"), ("a", "INT")],
            Declare(MySql(Column("a", "int"), Column("b", "bigint")), ["b INT64", "a INT32"]).Columns.Select(column => (column.Name, column.Type)));

    [Fact]
    public void For_TableWithoutFiles_FollowsTheSource()
    {
        var table = MySql(
            Column("id", "bigint", "fixed_len_byte_array(9) (DECIMAL(20,0))"), Column("price", "decimal", "int64 (DECIMAL(12,2))"),
            Column("at", "datetime", "int64 (TIMESTAMP_MICRO)", fraction: 0), Column("small", "tinyint", "int32 (INT(16,true))"), Column("big", "decimal", "binary (UTF8)"));

        Assert.Equal(
            ["BIGINT UNSIGNED", "DECIMAL(12,2)", "DATETIME", "TINYINT UNSIGNED", "VARCHAR(67)"],
            Declare(table, []).Columns.Select(column => column.Type));
    }

    [Fact]
    public void For_NestedColumn_IsOneColumn()
    {
        string[] files = ["a INT32", "tags.list.element BYTE_ARRAY (UTF8) NESTED", "spot.x DOUBLE NESTED", "spot.y DOUBLE NESTED", "flags INT32 REPEATED NESTED"];

        var declaration = Declare(Postgres(), files);

        Assert.Equal([("a", "INT"), ("tags", "JSON"), ("spot", "JSON"), ("flags", "JSON")], declaration.Columns.Select(column => (column.Name, column.Type)));
        Assert.All(declaration.Columns, column => Assert.True(column.IsLoadable));
        Assert.All(Declare(Postgres(), files, Oldest).Columns.Skip(1), column => Assert.False(column.IsLoadable));
    }

    [Fact]
    public void For_NameWithDots_IsNoPath() =>
        Assert.Equal(["a.b", "a.c"], Declare(MySql(Column("a.b", "int"), Column("a.c", "int")), ["a.b INT32", "a.c INT32"]).Columns.Select(column => column.Name));

    [Theory]
    [InlineData("enum", "enum('new','paid')", "ENUM('new','paid')", false)]
    [InlineData("varchar", "varchar(40)", "VARCHAR(40)", true)]
    [InlineData("int", "INTEGER(11)", "INT", false)]
    [InlineData("blob", "TEXT", "TEXT", true)]
    public void For_TypeOfTheRequest_TakesPrecedence(string original, string given, string expected, bool isChange)
    {
        var file = original switch { "int" => "C INT32", "blob" => "C BYTE_ARRAY", _ => "C BYTE_ARRAY (UTF8)" };

        var column = Assert.Single(Declare(MySql(Column("C", original)), [file], overrides: new Dictionary<string, string>(StringComparer.Ordinal) { ["c"] = given }).Columns);

        Assert.Equal((expected, true, isChange), (column.Type, column.IsLoadable, column.Change is not null));
    }

    [Theory]
    [InlineData("YEAR,TIME,TIME(3)")]
    [InlineData("SMALLINT,TIME,TIME(3)", "Col 1 of row starting at {object: x}: not convertible")]
    [InlineData("YEAR,VARCHAR(17),VARCHAR(17)", "cannot convert column 'T'")]
    [InlineData("SMALLINT,VARCHAR(17),VARCHAR(17)", "Col 1: not convertible", "Col 3: not convertible")]
    [InlineData("SMALLINT,VARCHAR(17),VARCHAR(17)", "something else")]
    public void WithCompatibleTypes_AfterErrors_ChangesTheKindsThatTheyName(string expected, params string[] refusals) =>
        Assert.Equal(expected, string.Join(',', Refused().WithCompatibleTypes(refusals).Columns.Select(column => column.Type)));

    [Fact]
    public void WithCompatibleTypes_AllColumns_NamesWhatChanged()
    {
        Assert.True(Refused().HasCompatibleTypes);
        Assert.Empty(Refused().Changes);
        Assert.False(Refused().WithCompatibleTypes().HasCompatibleTypes);
        Assert.Equal(["y", "t", "u"], Refused().WithCompatibleTypes().Changes.Select(change => change.Column));
    }

    [Fact]
    public void AsDefined_TableOfAnEarlierRun_HasTheTypesOfTheServer()
    {
        DefinedColumn[] defined = [new("Y", "smallint(6)"), new("t", "time"), new("u", "bigint")];

        // What is neither of the two stays, and is a difference then.
        Assert.Equal(["SMALLINT", "TIME", "TIME(3)"], Refused().AsDefined(defined).Columns.Select(column => column.Type));
    }

    [Theory]
    [InlineData("Unable to load table from external source: Col 2 of row starting at {object: a/b}: Data was truncated", "t")]
    [InlineData("Col 1 'y': Parquet type INT32 cannot be converted to year", "y")]
    [InlineData("Column 2 cannot be converted", "t")]
    [InlineData("Cannot convert column 'T' to TIME", "t")]
    [InlineData("Cannot convert column `y`", "y")]
    [InlineData("Col 3 of row starting at {object: a/b}: Data was truncated", null)]
    [InlineData("Col 9 of row starting at {object: a/b}: Data was truncated", null)]
    [InlineData("something else", null)]
    public void RefusedColumn_MessageOfTheServer_NamesTheColumnThatHasAnotherType(string message, string? expected) =>
        Assert.Equal(expected, Declare(MySql(Column("y", "year"), Column("t", "time(0)"), Column("i", "int")), ["y INT32", "t BYTE_ARRAY (UTF8)", "i INT32"]).RefusedColumn(message));

    private static TableDeclaration Refused() =>
        Declare(MySql(Column("y", "year"), Column("t", "time(0)"), Column("u", "time(3)")), ["y INT32", "t BYTE_ARRAY (UTF8)", "u BYTE_ARRAY (UTF8)"]);

    [Fact]
    public void Columns_AnyDeclaration_QuotesNamesAndKeepsPlaces() =>
        Assert.Equal(
            "`a``b` INT NULL, `raw` BLOB NULL NOT SECONDARY, `status` ENUM('it''s',0x615C62) CHARACTER SET utf8mb4 NULL, `at` TIMESTAMP(6) NULL",
            DeclarationSql.Columns(Declare(
                MySql(Column("a`b", "int"), Column("raw", "blob"), Column("status", "enum('it''s','a\\\\b')"), Column("at", "timestamp(6)")),
                ["a`b INT32", "raw BYTE_ARRAY", "status BYTE_ARRAY (UTF8)", "at INT64 (TIMESTAMP_MICROS)"])));
}
