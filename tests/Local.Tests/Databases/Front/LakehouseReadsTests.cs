using MySqlConnector;
using Xunit;

namespace SnapshotBridge.Local.Tests.Databases.Front;

/// <summary>A Lakehouse table that is not loaded cannot be read: an answer of no rows would be a lie.</summary>
[Collection(DatabasesShared.Name)]
public sealed class LakehouseReadsTests(DatabasesFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("SELECT COUNT(*) FROM {0}.city")]
    [InlineData("SELECT COUNT(*) FROM `{0}`.`city` WHERE ID > 3")]
    [InlineData("select max(Name) from city")]
    [InlineData("SELECT 1 FROM {0}.names n JOIN {0}.city c ON c.Name = n.name")]
    [InlineData("SELECT 1 FROM names n JOIN city c ON c.Name = n.name")]
    [InlineData("SELECT (SELECT COUNT(*) FROM {0}.city) + 1")]
    [InlineData("(SELECT ID FROM {0}.city) UNION (SELECT 1)")]
    [InlineData("WITH c AS (SELECT ID FROM {0}.city) SELECT COUNT(*) FROM c")]
    [InlineData("SET @rows = (SELECT COUNT(*) FROM {0}.city)")]
    [InlineData("INSERT INTO {0}.names SELECT Name FROM {0}.city")]
    [InlineData("CREATE TABLE {0}.copy AS SELECT * FROM {0}.city")]
    [InlineData("SELECT * FROM {0}.über")]
    [InlineData("SELECT * FROM {0}.of_the_view")]
    public async Task Query_TableThatIsNotLoaded_IsRefusedUntilItIs(string query)
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var schema = await CreateAsync(connection);
        query = query.Replace("{0}", schema, StringComparison.Ordinal);

        var error = await Assert.ThrowsAsync<MySqlException>(() => DeclaredTableTests.RunAsync(connection, query));
        Assert.Equal((3889, $"Secondary engine operation failed. Table `{schema}`.`city` is not loaded in secondary engine."), (error.Number, error.Message));

        await DeclaredTableTests.RunAsync(connection, $"ALTER TABLE {schema}.city SECONDARY_LOAD GUIDED OFF", query);

        await DeclaredTableTests.RunAsync(connection, $"DROP TABLE IF EXISTS {schema}.copy", $"ALTER TABLE {schema}.city SECONDARY_UNLOAD");
        Assert.Equal(3889, (await Assert.ThrowsAsync<MySqlException>(() => DeclaredTableTests.RunAsync(connection, query))).Number);
    }

    [Theory]
    [InlineData("SELECT COUNT(*) FROM {0}.names")]
    [InlineData("SELECT COUNT(*) FROM {0}.ordinary")]
    [InlineData("SELECT '{0}.city', COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '{0}'")]
    [InlineData("SHOW CREATE TABLE {0}.city")]
    [InlineData("CREATE OR REPLACE VIEW {0}.another AS SELECT * FROM {0}.city")]
    public async Task Query_WhatNeedsNoClusterMemory_IsAnswered(string query)
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var schema = await CreateAsync(connection);

        await DeclaredTableTests.RunAsync(connection, query.Replace("{0}", schema, StringComparison.Ordinal));
    }

    /// <summary>After an error the session goes on as if nothing had been asked.</summary>
    [Fact]
    public async Task Query_AfterARefusal_IsAnsweredInTheSameSession()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var schema = await CreateAsync(connection);
        await DeclaredTableTests.RunAsync(connection, "SET @kept = 7");

        await Assert.ThrowsAsync<MySqlException>(() => DeclaredTableTests.TextAsync(connection, $"SELECT COUNT(*) FROM {schema}.city"));

        Assert.Equal($"7 {schema}", await DeclaredTableTests.TextAsync(connection, "SELECT CONCAT(@kept, ' ', DATABASE())"));
    }

    private async Task<string> CreateAsync(MySqlConnection connection)
    {
        var schema = $"reads_{Guid.NewGuid():N}"[..14];
        var attribute = $$"""{"file":[{"par":"{{fixture.Par.Url}}","prefix":"exports/task-1/world/world.city/","is_strict_mode":true}],"dialect":{"format":"parquet"} }""";
        await DeclaredTableTests.RunAsync(
            connection,
            $"CREATE DATABASE {schema} CHARACTER SET utf8mb4",
            $"USE {schema}",
            $"CREATE EXTERNAL TABLE {schema}.city (ID INT NOT NULL PRIMARY KEY, Name VARCHAR(35) NOT NULL, CountryCode CHAR(3), District VARCHAR(20), Population BIGINT) ENGINE_ATTRIBUTE='{attribute}'",
            // Without rows there is nothing to load: such a table is InnoDB's, with a copy in the cluster.
            $"CREATE TABLE {schema}.ordinary (a INT) SECONDARY_ENGINE=rapid",
            $"CREATE TABLE {schema}.names (name VARCHAR(35))",
            $"CREATE VIEW {schema}.über AS SELECT ID, Name FROM {schema}.city",
            $"CREATE VIEW {schema}.of_the_view AS SELECT v.ID FROM {schema}.über v");
        return schema;
    }
}
