using Xunit;
using static SnapshotBridge.Core.Tests.Loading.Declarations.DeclarationSamples;

namespace SnapshotBridge.Core.Tests.Loading.Declarations;

/// <summary>Every row of RDS's table of PostgreSQL types.</summary>
public sealed class PostgreSqlTypesTests
{
    [Theory]
    [InlineData("smallint", "INT32 (INT_16)", "SMALLINT")]
    [InlineData("integer", "INT32", "INT")]
    [InlineData("bigint", "INT64", "BIGINT")]
    [InlineData("real", "FLOAT", "FLOAT")]
    [InlineData("double precision", "DOUBLE", "DOUBLE")]
    [InlineData("numeric(12,2)", "BYTE_ARRAY (UTF8)", "DECIMAL(12,2)")]
    [InlineData("boolean", "BOOLEAN", "TINYINT")]
    [InlineData("character(3)", "BYTE_ARRAY (UTF8)", "CHAR(3)")]
    [InlineData("character", "BYTE_ARRAY (UTF8)", "CHAR(1)")]
    [InlineData("character varying(40)", "BYTE_ARRAY (UTF8)", "VARCHAR(40)")]
    [InlineData("character varying", "BYTE_ARRAY (UTF8)", "LONGTEXT")]
    [InlineData("text", "BYTE_ARRAY (UTF8)", "LONGTEXT")]
    [InlineData("name", "BYTE_ARRAY (UTF8)", "VARCHAR(63)")]
    [InlineData("uuid", "BYTE_ARRAY (UTF8)", "CHAR(36)")]
    [InlineData("json", "BYTE_ARRAY (UTF8)", "JSON")]
    [InlineData("jsonb", "BYTE_ARRAY (UTF8)", "JSON")]
    [InlineData("date", "BYTE_ARRAY (UTF8)", "DATE")]
    [InlineData("time without time zone", "BYTE_ARRAY (UTF8)", "TIME(6)")]
    [InlineData("timestamp without time zone", "BYTE_ARRAY (UTF8)", "DATETIME(6)")]
    [InlineData("timestamp(3) without time zone", "BYTE_ARRAY (UTF8)", "DATETIME(3)")]
    public void For_TypeWithACounterpart_IsThat(string original, string file, string expected)
    {
        var column = Assert.Single(Declare(Postgres(Column("c", original)), [$"c {file}"]).Columns);

        Assert.Equal(expected, column.Type);
        Assert.Null(column.Change);
    }

    [Theory]
    [InlineData("numeric", "BYTE_ARRAY (UTF8)", "TEXT")]
    [InlineData("numeric(60,2)", "BYTE_ARRAY (UTF8)", "TEXT")]
    [InlineData("money", "BYTE_ARRAY (UTF8)", "VARCHAR(64)")]
    [InlineData("timestamp with time zone", "BYTE_ARRAY (UTF8)", "VARCHAR(40)")]
    [InlineData("timestamp with time zone", "INT64 (TIMESTAMP_MICROS)", "DATETIME(6)")]
    [InlineData("time with time zone", "BYTE_ARRAY (UTF8)", "VARCHAR(24)")]
    [InlineData("interval", "BYTE_ARRAY (UTF8)", "VARCHAR(255)")]
    [InlineData("inet", "BYTE_ARRAY (UTF8)", "VARCHAR(43)")]
    [InlineData("macaddr", "BYTE_ARRAY (UTF8)", "VARCHAR(17)")]
    [InlineData("ARRAY", "BYTE_ARRAY (UTF8)", "LONGTEXT")]
    [InlineData("integer[]", "BYTE_ARRAY (UTF8)", "LONGTEXT")]
    [InlineData("_int4", "BYTE_ARRAY (UTF8)", "LONGTEXT")]
    [InlineData("USER-DEFINED", "BYTE_ARRAY (UTF8)", "LONGTEXT")]
    [InlineData("bit varying(8)", "BYTE_ARRAY (UTF8)", "LONGTEXT")]
    [InlineData("xml", "BYTE_ARRAY (UTF8)", "LONGTEXT")]
    [InlineData("tsvector", "BYTE_ARRAY (UTF8)", "LONGTEXT")]
    [InlineData("int4range", "BYTE_ARRAY (UTF8)", "LONGTEXT")]
    [InlineData("polygon", "BYTE_ARRAY (UTF8)", "LONGTEXT")]
    [InlineData("point", "BYTE_ARRAY (UTF8)", "LONGTEXT")]
    [InlineData("pg_lsn", "BYTE_ARRAY (UTF8)", "VARCHAR(17)")]
    [InlineData("character varying(20000)", "BYTE_ARRAY (UTF8)", "MEDIUMTEXT")]
    public void For_TypeWithoutACounterpart_IsTextWithTheReason(string original, string file, string expected)
    {
        var column = Assert.Single(Declare(Postgres(Column("c", original)), [$"c {file}"]).Columns);

        Assert.Equal(expected, column.Type);
        Assert.True(column.IsLoadable);
        Assert.Equal((original, expected), (column.Change!.SourceType, column.Change.LoadedType));
        Assert.NotEmpty(column.Change.Reason);
    }

    [Fact]
    public void For_Bytea_StaysInItsPlaceUnloaded()
    {
        var column = Assert.Single(Declare(Postgres(Column("c", "bytea")), ["c BYTE_ARRAY"]).Columns);

        Assert.False(column.IsLoadable);
        Assert.Equal("not loaded", column.Change!.LoadedType);
    }

    [Fact]
    public void For_LengthInAFieldOfItsOwn_IsUsed() =>
        Assert.Equal("VARCHAR(12)", Assert.Single(Declare(Postgres(Column("c", "character varying", length: 12)), ["c BYTE_ARRAY (UTF8)"]).Columns).Type);

    [Fact]
    public void For_NumericPrecisionWithoutAScale_IsNoDecimal() =>
        Assert.Equal("TEXT", Assert.Single(Declare(Postgres(Column("c", "numeric", precision: 12)), ["c BYTE_ARRAY (UTF8)"]).Columns).Type);

    [Theory]
    [InlineData("date")]
    [InlineData("timestamp without time zone")]
    public void For_DateThatMayBeInfinite_HasATextToFallBackOn(string original) =>
        Assert.Equal("VARCHAR(40)", Assert.Single(Declare(Postgres(Column("c", original)), ["c BYTE_ARRAY (UTF8)"]).Columns).CompatibleType);

    [Theory]
    [InlineData("app", "public", "text", "LONGTEXT")]
    [InlineData("app", "app", "text", "TEXT")]
    public void For_SameNameOfTypeInBothEngines_GoesByTheSchema(string database, string schema, string original, string expected)
    {
        var table = MySql(Column("c", original)) with { Database = database, Schema = schema };

        Assert.Equal(expected, Assert.Single(Declare(table, ["c BYTE_ARRAY (UTF8)"]).Columns).Type);
    }

    [Fact]
    public void For_PostgreSqlSchemaNamedAsItsDatabase_GoesByTheTypes()
    {
        var table = MySql(Column("a", "text"), Column("b", "timestamp without time zone")) with { Database = "app", Schema = "app" };

        Assert.Equal(["LONGTEXT", "DATETIME(6)"], Declare(table, ["a BYTE_ARRAY (UTF8)", "b BYTE_ARRAY (UTF8)"]).Columns.Select(column => column.Type));
    }
}
