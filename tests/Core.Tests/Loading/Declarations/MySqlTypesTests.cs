using SnapshotBridge.Loading.Declarations;
using Xunit;
using static SnapshotBridge.Core.Tests.Loading.Declarations.DeclarationSamples;

namespace SnapshotBridge.Core.Tests.Loading.Declarations;

/// <summary>Every row of RDS's table of MySQL types, in the forms that exports of several ages give it.</summary>
public sealed class MySqlTypesTests
{
    [Theory]
    [InlineData("tinyint", "INT32", "TINYINT")]
    [InlineData("tinyint(1)", "INT32", "TINYINT")]
    [InlineData("tinyint", "INT32 (INT_8)", "TINYINT")]
    [InlineData("tinyint", "INT32 (INT_16)", "TINYINT UNSIGNED")]
    [InlineData("tinyint unsigned", "INT32 (INT_16)", "TINYINT UNSIGNED")]
    [InlineData("tinyint(3) unsigned zerofill", "INT32 (INT_16)", "TINYINT UNSIGNED")]
    [InlineData("smallint", "INT32 (INT_16)", "SMALLINT")]
    [InlineData("smallint(6)", "INT32", "SMALLINT")]
    [InlineData("smallint unsigned", "INT32", "SMALLINT UNSIGNED")]
    [InlineData("mediumint", "INT32", "MEDIUMINT")]
    [InlineData("mediumint", "INT64", "MEDIUMINT UNSIGNED")]
    [InlineData("int", "INT32", "INT")]
    [InlineData("int(11)", "INT32", "INT")]
    [InlineData("int", "INT64", "INT UNSIGNED")]
    [InlineData("int unsigned", "INT64", "INT UNSIGNED")]
    [InlineData("INT UNSIGNED", "INT64", "INT UNSIGNED")]
    [InlineData("bigint", "INT64", "BIGINT")]
    [InlineData("bigint", "FIXED_LEN_BYTE_ARRAY(9) (DECIMAL(20,0))", "BIGINT UNSIGNED")]
    [InlineData("bigint unsigned", "FIXED_LEN_BYTE_ARRAY(9) (DECIMAL(20,0))", "BIGINT UNSIGNED")]
    [InlineData("year", "INT32", "YEAR")]
    [InlineData("decimal", "INT32 (DECIMAL(4,4))", "DECIMAL(4,4)")]
    [InlineData("decimal", "INT64 (DECIMAL(12,2))", "DECIMAL(12,2)")]
    [InlineData("decimal", "FIXED_LEN_BYTE_ARRAY(16) (DECIMAL(38,10))", "DECIMAL(38,10)")]
    [InlineData("numeric", "INT32 (DECIMAL(9,0))", "DECIMAL(9,0)")]
    [InlineData("float", "DOUBLE", "FLOAT")]
    [InlineData("double", "DOUBLE", "DOUBLE")]
    [InlineData("double unsigned", "DOUBLE", "DOUBLE")]
    [InlineData("date", "BYTE_ARRAY (UTF8)", "DATE")]
    [InlineData("time(3)", "BYTE_ARRAY (UTF8)", "TIME(3)")]
    [InlineData("datetime(6)", "INT64 (TIMESTAMP_MICROS)", "DATETIME(6)")]
    [InlineData("timestamp(6)", "INT64 (TIMESTAMP_MICROS)", "TIMESTAMP(6)")]
    [InlineData("char(3)", "BYTE_ARRAY (UTF8)", "CHAR(3)")]
    [InlineData("char(3)", "BYTE_ARRAY", "CHAR(3)")]
    [InlineData("varchar(40)", "BYTE_ARRAY (UTF8)", "VARCHAR(40)")]
    [InlineData("varchar(16383)", "BYTE_ARRAY (UTF8)", "VARCHAR(16383)")]
    [InlineData("tinytext", "BYTE_ARRAY (UTF8)", "TINYTEXT")]
    [InlineData("text", "BYTE_ARRAY (UTF8)", "TEXT")]
    [InlineData("mediumtext", "BYTE_ARRAY (UTF8)", "MEDIUMTEXT")]
    [InlineData("longtext", "BYTE_ARRAY (UTF8)", "LONGTEXT")]
    [InlineData("json", "BYTE_ARRAY (UTF8)", "JSON")]
    [InlineData("enum('new','it''s','a\\\\b')", "BYTE_ARRAY (UTF8)", "ENUM('new','it''s','a\\\\b')")]
    public void For_TypeThatIsTold_IsTheSourcesOwn(string original, string file, string expected)
    {
        var column = Assert.Single(Declare(MySql(Column("c", original)), [$"c {file}"]).Columns);

        Assert.Equal(expected, column.Type);
        Assert.True(column.IsLoadable);
        Assert.Null(column.Change);
    }

    [Theory]
    [InlineData("varchar", 40, null, null, "VARCHAR(40)")]
    [InlineData("char", 10, null, null, "CHAR(10)")]
    [InlineData("datetime", null, null, 0, "DATETIME")]
    [InlineData("datetime", null, null, 6, "DATETIME(6)")]
    [InlineData("timestamp", null, null, 3, "TIMESTAMP(3)")]
    [InlineData("time", null, null, 0, "TIME")]
    [InlineData("text", 65_535, null, null, "TEXT")]
    public void For_LengthInFieldsOfItsOwn_IsUsed(string original, int? length, int? precision, int? fraction, string expected)
    {
        var file = original is "datetime" or "timestamp" ? "c INT64 (TIMESTAMP_MICROS)" : "c BYTE_ARRAY (UTF8)";

        var column = Assert.Single(Declare(MySql(Column("c", original, "", length, precision, fraction)), [file]).Columns);

        Assert.Equal(expected, column.Type);
        Assert.Null(column.Change);
    }

    [Theory]
    [InlineData("smallint", "INT32", "INT", "the export does not tell SMALLINT from SMALLINT UNSIGNED; INT holds both")]
    [InlineData("varchar", "BYTE_ARRAY (UTF8)", "TEXT", "the export does not tell the column's length; name the type in columnTypes to have it")]
    [InlineData("char", "BYTE_ARRAY (UTF8)", "CHAR(255)", "the export does not tell the column's length; name the type in columnTypes to have it")]
    [InlineData("datetime", "INT64 (TIMESTAMP_MICROS)", "DATETIME(6)", "the export does not tell how many digits of a second the column has; six hold all of them")]
    [InlineData("time", "BYTE_ARRAY (UTF8)", "TIME(6)", "the export does not tell how many digits of a second the column has; six hold all of them")]
    [InlineData("decimal", "FIXED_LEN_BYTE_ARRAY(16) (DECIMAL(38,38))", "VARCHAR(41)", "MySQL's DECIMAL has up to 30 decimal places, and the source's has 38; the column holds the number as text")]
    [InlineData("decimal", "INT64 (DECIMAL(18,31))", "VARCHAR(21)", "MySQL's DECIMAL has up to 30 decimal places, and the source's has 31; the column holds the number as text")]
    [InlineData("decimal(36,35)", "BYTE_ARRAY (UTF8)", "VARCHAR(39)", "MySQL's DECIMAL has up to 30 decimal places, and the source's has 35; the column holds the number as text")]
    [InlineData("decimal", "BYTE_ARRAY (UTF8)", "VARCHAR(67)", "RDS exports decimals of more than 38 digits, the most that Parquet has, as text")]
    [InlineData("enum", "BYTE_ARRAY (UTF8)", "VARCHAR(255)", "the export does not tell the ENUM's values; name the type in columnTypes, such as \"ENUM('new','paid')\", to have it")]
    [InlineData("set", "BYTE_ARRAY (UTF8)", "TEXT", "HeatWave has no SET; the column holds the members' names, separated by commas")]
    [InlineData("set('a','b','c d')", "BYTE_ARRAY (UTF8)", "VARCHAR(7)", "HeatWave has no SET; the column holds the members' names, separated by commas")]
    [InlineData("uuid", "BYTE_ARRAY (UTF8)", "CHAR(36)", "MySQL has no UUID; the column holds its text")]
    [InlineData("inet6", "BYTE_ARRAY (UTF8)", "VARCHAR(39)", "MySQL has no INET6; the column holds its text")]
    [InlineData("varchar(16384)", "BYTE_ARRAY (UTF8)", "MEDIUMTEXT", "HeatWave's VARCHAR has up to 65,532 bytes, 16,383 characters of four bytes")]
    [InlineData("wonder", "DOUBLE", "DOUBLE", "the source's type 'wonder' is not known; this one follows from the Parquet files")]
    public void For_TypeThatCannotBeKept_IsTheNearestOneWithTheReason(string original, string file, string expected, string reason)
    {
        var column = Assert.Single(Declare(MySql(Column("c", original)), [$"c {file}"]).Columns);

        Assert.Equal(expected, column.Type);
        Assert.Equal(new TypeChange("c", original, expected, reason), column.Change);
    }

    [Theory]
    [InlineData("bit(8)", "BIT(8)", "HeatWave has no BIT, and RDS exports its bytes")]
    [InlineData("bit", "BIT(64)", "HeatWave has no BIT, and RDS exports its bytes")]
    [InlineData("binary(4)", "BINARY(4)", "Lakehouse loads no binary data")]
    [InlineData("varbinary", "LONGBLOB", "Lakehouse loads no binary data")]
    [InlineData("tinyblob", "TINYBLOB", "Lakehouse loads no binary data")]
    [InlineData("longblob", "LONGBLOB", "Lakehouse loads no binary data")]
    [InlineData("geometry", "GEOMETRY", "HeatWave has no spatial types")]
    [InlineData("point", "GEOMETRY", "HeatWave has no spatial types")]
    public void For_TypeThatHeatWaveDoesNotLoad_StaysInItsPlaceUnloaded(string original, string expected, string reason)
    {
        var declaration = Declare(MySql(Column("a", "int"), Column("c", original), Column("z", "int")), ["a INT32", "c BYTE_ARRAY", "z INT32"]);

        Assert.Equal(["a", "c", "z"], declaration.Columns.Select(column => column.Name));
        Assert.Equal(expected, declaration.Columns[1].Type);
        Assert.False(declaration.Columns[1].IsLoadable);
        Assert.Equal(new TypeChange("c", original, "not loaded", reason), Assert.Single(declaration.Changes));
    }

    [Theory]
    [InlineData("bigint unsigned", "FIXED_LEN_BYTE_ARRAY(9) (DECIMAL(20,0))", "DECIMAL(20,0)")]
    [InlineData("year", "INT32", "SMALLINT")]
    [InlineData("date", "BYTE_ARRAY (UTF8)", "VARCHAR(10)")]
    [InlineData("time(6)", "BYTE_ARRAY (UTF8)", "VARCHAR(17)")]
    [InlineData("datetime(3)", "INT64 (TIMESTAMP_MICROS)", "TIMESTAMP(3)")]
    [InlineData("timestamp(6)", "INT64 (TIMESTAMP_MICROS)", "DATETIME(6)")]
    [InlineData("decimal", "INT64 (DECIMAL(12,2))", "VARCHAR(15)")]
    [InlineData("blob", "BYTE_ARRAY", "LONGTEXT")]
    public void For_ConversionThatTheManualDoesNotHave_HasAnotherType(string original, string file, string expected)
    {
        var column = Assert.Single(Declare(MySql(Column("c", original)), [$"c {file}"]).Columns);

        Assert.Equal(expected, column.CompatibleType);
        Assert.NotNull(column.CompatibleChange);
    }

    [Theory]
    [InlineData("int", "INT32")]
    [InlineData("varchar(5)", "BYTE_ARRAY (UTF8)")]
    [InlineData("json", "BYTE_ARRAY (UTF8)")]
    [InlineData("double", "DOUBLE")]
    [InlineData("decimal", "FIXED_LEN_BYTE_ARRAY(12) (DECIMAL(28,8))")]
    public void For_DocumentedConversion_HasNoOtherType(string original, string file) =>
        Assert.Null(Assert.Single(Declare(MySql(Column("c", original)), [$"c {file}"]).Columns).CompatibleType);

    [Fact]
    public void For_WideVarcharOnAnOldServer_IsText() =>
        Assert.Equal("TEXT", Assert.Single(Declare(MySql(Column("c", "varchar(20000)")), ["c BYTE_ARRAY (UTF8)"], Oldest).Columns).Type);
}
