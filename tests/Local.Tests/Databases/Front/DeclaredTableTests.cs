using System.Globalization;
using MySqlConnector;
using Xunit;

namespace SnapshotBridge.Local.Tests.Databases.Front;

/// <summary>Declared tables through the front, as the manual writes them.</summary>
[Collection(DatabasesShared.Name)]
public sealed class DeclaredTableTests(DatabasesFixture fixture)
{
    private const string CityColumns = "ID INT NOT NULL PRIMARY KEY, Name VARCHAR(35) NOT NULL, CountryCode CHAR(3), District VARCHAR(20), Population BIGINT UNSIGNED";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string City => Attribute("exports/task-1/world/world.city/");

    [Theory]
    [InlineData("CREATE EXTERNAL TABLE declared_{0}.city ({1}) ENGINE_ATTRIBUTE='{2}'", "ALTER TABLE declared_{0}.city SECONDARY_LOAD GUIDED OFF")]
    [InlineData("CREATE TABLE declared_{0}.city ({1}) ENGINE=lakehouse SECONDARY_ENGINE=rapid ENGINE_ATTRIBUTE='{2}'", "ALTER TABLE /*+ AUTOPILOT_DISABLE_CHECK */ declared_{0}.city SECONDARY_LOAD")]
    public async Task SecondaryLoad_DeclaredTable_IsLoadedAsDeclared(string create, string load)
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var number = create.Contains("EXTERNAL", StringComparison.Ordinal) ? "new" : "old";
        await RunAsync(connection, $"CREATE DATABASE declared_{number}", string.Format(CultureInfo.InvariantCulture, create, number, CityColumns, City));
        Assert.Equal("0", await TextAsync(connection, $"SELECT COUNT(*) FROM performance_schema.rpd_table_id WHERE SCHEMA_NAME='declared_{number}'"));

        await RunAsync(connection, string.Format(CultureInfo.InvariantCulture, load, number));

        Assert.Equal("4079", await TextAsync(connection, $"SELECT COUNT(*) FROM declared_{number}.city"));
        Assert.Equal(
            "AVAIL_RPDGSTABSTATE 4079",
            await TextAsync(connection, $"SELECT CONCAT(t.LOAD_STATUS, ' ', t.NROWS) FROM performance_schema.rpd_tables t JOIN performance_schema.rpd_table_id i ON i.ID = t.ID WHERE i.SCHEMA_NAME='declared_{number}' AND i.TABLE_NAME='city'"));
        Assert.Equal(
            "int,varchar(35),char(3),varchar(20),bigint unsigned",
            await TextAsync(connection, $"SELECT GROUP_CONCAT(COLUMN_TYPE ORDER BY ORDINAL_POSITION) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA='declared_{number}'"));
        Assert.Equal(
            "ID,Name,CountryCode,District,Population",
            await TextAsync(connection, $"SELECT GROUP_CONCAT(c.COLUMN_NAME ORDER BY c.ID) FROM performance_schema.rpd_column_id c JOIN performance_schema.rpd_table_id i ON i.ID = c.TABLE_ID WHERE i.SCHEMA_NAME='declared_{number}'"));
    }

    [Fact]
    public async Task Version_AnyWayOfAsking_IsThePlayedOne()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);

        Assert.Equal(
            "9.7.0-cloud|9.7.0-cloud|MySQL Enterprise - Cloud|@@version",
            await TextAsync(connection, "SELECT CONCAT_WS('|', @@version, VERSION(), @@version_comment, '@@version')"));
    }

    private string Attribute(string prefix) => $$"""{"file":[{"par":"{{fixture.Par.Url}}","prefix":"{{prefix}}","is_strict_mode":true}],"dialect":{"format":"parquet"} }""";

    internal static async Task RunAsync(MySqlConnection connection, params string[] statements)
    {
        foreach (var statement in statements)
        {
            await using var command = new MySqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync(Token);
        }
    }

    internal static async Task<string?> TextAsync(MySqlConnection connection, string sql)
    {
        await using var command = new MySqlCommand(sql, connection);
        return Convert.ToString(await command.ExecuteScalarAsync(Token), CultureInfo.InvariantCulture);
    }
}
