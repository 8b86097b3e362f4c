using MySqlConnector;
using SnapshotBridge.Loading.Declarations;
using SnapshotBridge.Local.Databases.Export;
using SnapshotBridge.Local.Databases.Source;
using Xunit;

namespace SnapshotBridge.Local.Tests.Databases.Front;

/// <summary>The product's declarations, loaded by the HeatWave that is played: every value comes back, and what does not is named.</summary>
[Collection(DatabasesShared.Name)]
public sealed class FaithfulFrontTests(DatabasesFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("zoo", "every_type")]
    [InlineData("zoo", "wide_row")]
    [InlineData("world", "country")]
    [InlineData("world", "countrylanguage")]
    [InlineData("shop", "products")]
    public async Task SecondaryLoad_DeclaredAsDerived_BringsEveryValueBack(string schema, string table)
    {
        var source = await TableValues.ReadAsync(fixture.Source.ConnectionString().ConnectionString, schema, table, Token);

        Assert.Empty(await DifferencesAsync(fixture.Export, schema, schema, table, "exports/task-1", source));
    }

    [Fact]
    public async Task SecondaryLoad_PostgreSqlDeclaredAsDerived_BringsEveryValueBack()
    {
        _ = fixture.Source;
        var export = new MemoryExport();
        await new PostgreSqlExporter(PostgreSqlTables.Database, PostgreSqlTables.All)
            .ExportAsync(DatabasesFixture.Job() with { ExportTaskIdentifier = "postgres-1" }, export, new DatabasesFixture.Percent(), Token);
        foreach (var (key, bytes) in export.Objects.Where(item => item.Key.EndsWith(".parquet", StringComparison.Ordinal)))
        {
            fixture.Par.Objects[key] = bytes;
        }

        foreach (var table in PostgreSqlTables.All.Where(table => table.Rows > 0))
        {
            Assert.Empty(await DifferencesAsync(export, PostgreSqlTables.Database, table.Schema, table.Name, "exports/postgres-1", TableValues.Of(table)));
        }
    }

    private async Task<IReadOnlyList<string>> DifferencesAsync(MemoryExport export, string database, string schema, string table, string folder, TableValues source)
    {
        var declaration = new DeclaredTables(export, "").Declare(database, schema, table);
        var target = $"faithful_{database}_{schema}";
        var matching = declaration.MatchesByName ? ",\"match_columns_by\":\"name_case_sensitive\"" : "";
        var attribute = $$"""{"file":[{"par":"{{fixture.Par.Url}}","prefix":"{{folder}}/{{database}}/{{schema}}.{{table}}/","is_strict_mode":true}],"dialect":{"format":"parquet"}{{matching}}}""";
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        await DeclaredTableTests.RunAsync(
            connection,
            $"CREATE DATABASE IF NOT EXISTS `{target}`",
            $"CREATE EXTERNAL TABLE `{target}`.`{table}` ({DeclarationSql.Columns(declaration)}) ENGINE_ATTRIBUTE='{attribute}'",
            $"ALTER TABLE `{target}`.`{table}` SECONDARY_LOAD GUIDED OFF");
        Assert.Empty(DeclarationComparison.Differences(declaration, await DefinedAsync(connection, target, table)));
        return ValueComparison.Differences(source, await TableValues.ReadAsync(fixture.HeatWave.ConnectionString, target, table, Token), declaration.Changes);
    }

    private static async Task<List<DefinedColumn>> DefinedAsync(MySqlConnection connection, string schema, string table)
    {
        await using var command = new MySqlCommand(
            $"SELECT COLUMN_NAME, COLUMN_TYPE FROM information_schema.COLUMNS WHERE TABLE_SCHEMA='{schema}' AND TABLE_NAME='{table}' ORDER BY ORDINAL_POSITION", connection);
        await using var reader = await command.ExecuteReaderAsync(Token);
        var columns = new List<DefinedColumn>();
        while (await reader.ReadAsync(Token))
        {
            columns.Add(new DefinedColumn(reader.GetString(0), reader.GetString(1)));
        }

        return columns;
    }
}
