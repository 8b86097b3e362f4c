using System.Text.Json;
using SnapshotBridge.Local.Aws.Rds;
using SnapshotBridge.Local.Databases.Export;
using SnapshotBridge.Local.Parquet;
using Xunit;

namespace SnapshotBridge.Local.Tests.Databases;

public sealed class PostgreSqlExporterTests
{
    private const string Folder = "exports/task-1/";

    [Fact]
    public async Task ExportAsync_Tables_LieBelowDatabaseAndSchema()
    {
        var export = await ExportAsync();

        Assert.Equal(
            ["app/app.settings/1/", "app/audit.orders/1/", "app/public.empty_table/1/", "app/public.every_type/1/", "app/public.names/1/", "app/public.orders/1/"],
            export.Order.Where(key => key.EndsWith("_SUCCESS", StringComparison.Ordinal)).Select(key => key[Folder.Length..^"_SUCCESS".Length]).Order(StringComparer.Ordinal));
        Assert.Equal(5, export.Order.Count(key => key.Contains("/public.orders/1/part-", StringComparison.Ordinal)));
        Assert.DoesNotContain(export.Order, key => key.Contains("/public.empty_table/1/part-", StringComparison.Ordinal));
        Assert.Equal($"{Folder}export_info_task-1.json", export.Order[^1]);
    }

    [Fact]
    public async Task ExportAsync_TypeMappings_AreInTheWordsOfTheInformationSchema()
    {
        var export = await ExportAsync();

        using var tables = JsonDocument.Parse(export.Text($"{Folder}export_tables_info_task-1_from_1_to_6.json"));
        var everyType = tables.RootElement.GetProperty("perTableStatus").EnumerateArray().Single(table => table.GetProperty("target").GetString() == "app.public.every_type");
        var columns = everyType.GetProperty("schemaMetadata").GetProperty("originalTypeMappings").EnumerateArray()
            .Select(column => $"{column.GetProperty("columnName")} {column.GetProperty("originalType")} {column.GetProperty("expectedExportedType")}").ToList();
        Assert.Contains("c_varchar character varying binary (UTF8)", columns);
        Assert.Contains("c_int_array ARRAY binary (UTF8)", columns);
        Assert.Contains("c_real real float", columns);
        Assert.Contains("c_boolean boolean boolean", columns);
        Assert.Contains("c_bytea bytea binary", columns);
        // RDS lists object identifiers and has no Parquet type for them.
        Assert.Contains("c_oid oid binary (UTF8)", columns);
    }

    [Theory]
    [InlineData("c_smallint", "INT32 (INT_16)", -32768L, 32767L, 0L)]
    [InlineData("c_real", "FLOAT", (double)-3.4028235e38f, (double)3.4028235e38f, (double)0.1f)]
    [InlineData("c_double", "DOUBLE", -1.7976931348623157e308, 1.7976931348623157e308, 0.1)]
    [InlineData("c_boolean", "BOOLEAN", true, false, true)]
    public async Task ExportAsync_Values_ArriveInRdssParquetTypes(string column, string type, params object[] expected)
    {
        var export = await ExportAsync();

        var key = export.Order.Single(item => item.Contains("/public.every_type/1/part-", StringComparison.Ordinal));
        var values = new ParquetReader(key, export.Objects[key]).ReadRowGroup(0).Single(item => item.Column.Name == column);
        Assert.Equal(type, values.Column.TypeText);
        Assert.Equal([.. expected, null], Enumerable.Range(0, 4).Select(row => values.GetValue(row) is int number ? (long)number : values.GetValue(row)));
    }

    [Fact]
    public async Task ExportAsync_Scope_HasThreeNames()
    {
        var export = await ExportAsync("app.audit", "app.public.names");

        Assert.Equal(
            ["app/audit.orders/1/", "app/public.names/1/"],
            export.Order.Where(key => key.EndsWith("_SUCCESS", StringComparison.Ordinal)).Select(key => key[Folder.Length..^"_SUCCESS".Length]).Order(StringComparer.Ordinal));
        await Assert.ThrowsAsync<ExportFailedException>(() => ExportAsync("public.names"));
    }

    [Theory]
    [InlineData("c_boolean", "00", "01")]
    [InlineData("c_real", "FFFF7FFF", "FFFF7F7F")]
    [InlineData("c_integer", "00000080", "FFFFFF7F")]
    public async Task ExportAsync_Footers_HaveNullsAndBounds(string column, string minimum, string maximum)
    {
        var export = await ExportAsync();

        var key = export.Order.Single(item => item.Contains("/public.every_type/1/part-", StringComparison.Ordinal));
        var footer = new ParquetReader(key, export.Objects[key]).Footer;
        var index = footer.Columns.Select((item, i) => (item, i)).Single(item => item.item.Name == column).i;
        var statistics = Assert.Single(footer.RowGroups).Chunks[index].Statistics!;
        Assert.Equal(1, statistics.NullCount);
        Assert.Equal((minimum, maximum), (Convert.ToHexString(statistics.Minimum!.Value.Span), Convert.ToHexString(statistics.Maximum!.Value.Span)));
    }

    private static async Task<MemoryExport> ExportAsync(params string[] scope)
    {
        var export = new MemoryExport();
        await new PostgreSqlExporter(PostgreSqlTables.Database, PostgreSqlTables.All)
            .ExportAsync(DatabasesFixture.Job(scope), export, new DatabasesFixture.Percent(), TestContext.Current.CancellationToken);
        return export;
    }
}
