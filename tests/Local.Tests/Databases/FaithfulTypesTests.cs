using MySqlConnector;
using SnapshotBridge.Local.Databases.Export;
using SnapshotBridge.Local.Databases.Source;
using Xunit;

namespace SnapshotBridge.Local.Tests.Databases;

/// <summary>What the source holds comes back value by value from tables that are declared as the export tells.</summary>
[Collection(DatabasesShared.Name)]
public sealed class FaithfulTypesTests(DatabasesFixture fixture)
{
    private const string Target = "declared_copy";

    [Theory]
    [InlineData(TypeMappingForm.NamesOnly)]
    [InlineData(TypeMappingForm.Numbers)]
    [InlineData(TypeMappingForm.NumbersAsTexts)]
    public async Task Declaration_OfTheZoo_BringsEveryValueBack(TypeMappingForm form)
    {
        var export = new MemoryExport();
        await new SourceExporter(Connection, new SourceExporterOptions { TypeMapping = form })
            .ExportAsync(DatabasesFixture.Job("zoo", "world"), export, new DatabasesFixture.Percent(), TestContext.Current.CancellationToken);

        foreach (var (schema, table) in new[] { ("zoo", "every_type"), ("zoo", "wide_row"), ("world", "country") })
        {
            Assert.Empty(await DifferencesAsync(export, schema, schema, table, await TableValues.ReadAsync(Connection, schema, table, TestContext.Current.CancellationToken)));
        }
    }

    [Fact]
    public void Declaration_WithLengths_IsTheSourcesButForWhatIsNamed()
    {
        _ = fixture.Source;
        var declaration = new DeclaredTables(fixture.Export, Connection).Declare("zoo", "zoo", "every_type");

        var changed = declaration.Changes.Select(change => $"{change.Column} {change.LoadedType}");
        Assert.Equal(
            [
                "c_smallint INT", "c_smallint_unsigned INT", "c_decimal_65_30 VARCHAR(67)", "c_enum VARCHAR(6)", "c_set VARCHAR(7)", "c_bit_1 not loaded",
                "c_bit_64 not loaded", "c_binary not loaded", "c_varbinary not loaded", "c_tinyblob not loaded", "c_blob not loaded", "c_mediumblob not loaded",
                "c_longblob not loaded", "c_geometry not loaded", "c_point not loaded",
            ],
            changed);
    }

    [Fact]
    public void Declaration_OfAWideRow_NamesWhatBecameText()
    {
        _ = fixture.Source;
        var declaration = new DeclaredTables(fixture.Export, Connection).Declare("zoo", "zoo", "wide_row");

        Assert.Equal(["widest MEDIUMTEXT", "wide TEXT"], declaration.Changes.Select(change => $"{change.Column} {change.LoadedType}"));
    }

    [Fact]
    public async Task Declaration_OfPostgreSql_BringsEveryValueBack()
    {
        _ = fixture.Source;
        var export = new MemoryExport();
        await new PostgreSqlExporter(PostgreSqlTables.Database, PostgreSqlTables.All)
            .ExportAsync(DatabasesFixture.Job(), export, new DatabasesFixture.Percent(), TestContext.Current.CancellationToken);

        foreach (var table in PostgreSqlTables.All.Where(table => table.Rows > 0))
        {
            Assert.Empty(await DifferencesAsync(export, PostgreSqlTables.Database, table.Schema, table.Name, TableValues.Of(table)));
        }
    }

    private string Connection => fixture.Source.ConnectionString().ConnectionString;

    private async Task<IReadOnlyList<string>> DifferencesAsync(MemoryExport export, string database, string schema, string table, TableValues source)
    {
        var tables = new DeclaredTables(export, Connection);
        var declaration = tables.Declare(database, schema, table);
        try
        {
            await tables.LoadAsync(database, schema, table, declaration, Target, TestContext.Current.CancellationToken);
            return ValueComparison.Differences(source, await TableValues.ReadAsync(Connection, Target, table, TestContext.Current.CancellationToken), declaration.Changes);
        }
        finally
        {
            await using var connection = new MySqlConnection(Connection);
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var drop = new MySqlCommand($"DROP DATABASE IF EXISTS `{Target}`", connection);
            await drop.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
    }
}
