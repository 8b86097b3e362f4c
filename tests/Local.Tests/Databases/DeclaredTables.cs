using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using MySqlConnector;
using SnapshotBridge.Loading;
using SnapshotBridge.Loading.Declarations;
using SnapshotBridge.Local.Parquet;
using SnapshotBridge.Parquet;
using SnapshotBridge.Planning;

namespace SnapshotBridge.Local.Tests.Databases;

/// <summary>Loads an export that is kept in memory into plain tables of a server, declared as the product declares them.</summary>
internal sealed class DeclaredTables(MemoryExport export, string connectionString)
{
    private static readonly ServerVersion Newest = ServerVersion.Parse("9.7.0-cloud", "server");

    /// <summary>The table's declaration, by the export's own JSON and footers.</summary>
    public TableDeclaration Declare(string database, string schema, string table) => ColumnDeclarations.For(
        new PlannedTable
        {
            Database = database,
            Schema = schema,
            Table = table,
            SourcePrefix = "",
            DestinationPrefix = "",
            Objects = 1,
            Bytes = 1,
            Columns = [.. Columns($"{database}.{schema}.{table}")],
        },
        [.. ParquetFooter.Read("part", Parts(database, schema, table)[0]).Columns.Select(column => column.ToString())],
        Newest,
        null);

    /// <summary>Creates the table without what is not loaded, and fills it.</summary>
    public async Task LoadAsync(string database, string schema, string table, TableDeclaration declaration, string targetSchema, CancellationToken cancellationToken)
    {
        var loaded = new TableDeclaration([.. declaration.Columns.Where(column => column.IsLoadable)]);
        await using var connection = new MySqlConnection(connectionString);
        await connection.OpenAsync(cancellationToken);
        await ExecuteAsync(connection, LedgerSql.SessionSettings, [], cancellationToken);
        await ExecuteAsync(connection, "SET NAMES utf8mb4", [], cancellationToken);
        await ExecuteAsync(connection, $"CREATE DATABASE IF NOT EXISTS `{targetSchema}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", [], cancellationToken);
        await ExecuteAsync(connection, $"DROP TABLE IF EXISTS `{targetSchema}`.`{table}`", [], cancellationToken);
        await ExecuteAsync(connection, $"CREATE TABLE `{targetSchema}`.`{table}` ({DeclarationSql.Columns(loaded)})", [], cancellationToken);
        await ExecuteAsync(connection, "SET autocommit=0", [], cancellationToken);
        foreach (var part in Parts(database, schema, table))
        {
            await InsertAsync(connection, new ParquetReader("part", part), loaded, $"`{targetSchema}`.`{table}`", cancellationToken);
        }

        await ExecuteAsync(connection, "COMMIT", [], cancellationToken);
    }

    private static async Task InsertAsync(MySqlConnection connection, ParquetReader reader, TableDeclaration declaration, string table, CancellationToken cancellationToken)
    {
        var insert = $"INSERT INTO {table} VALUES ({string.Join(",", declaration.Columns.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"@p{i}")))})";
        for (var group = 0; group < reader.Footer.RowGroups.Count; group++)
        {
            var byName = reader.ReadRowGroup(group).ToDictionary(values => values.Column.Name, StringComparer.Ordinal);
            var columns = declaration.Columns.Select(column => byName[column.FileName]).ToList();
            for (var row = 0; row < reader.Footer.RowGroups[group].Rows; row++)
            {
                await ExecuteAsync(connection, insert, [.. columns.Select(column => Value(column, row))], cancellationToken);
            }
        }
    }

    // Integers stay numbers: as a text, 0 is the year 2000.
    private static object? Value(ParquetColumnValues values, int row) => values.IsNull(row) ? null : values.Column switch
    {
        { ConvertedType: ParquetConvertedType.Decimal } => ParquetColumnValues.DecimalText(values.GetUnscaled(row), values.Column.Scale),
        { ConvertedType: ParquetConvertedType.TimestampMicros } =>
            DateTime.UnixEpoch.AddTicks(values.GetInteger(row) * 10).ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture),
        { PhysicalType: ParquetPhysicalType.Boolean or ParquetPhysicalType.Int32 or ParquetPhysicalType.Int64 } => values.GetInteger(row),
        { PhysicalType: ParquetPhysicalType.Float or ParquetPhysicalType.Double } => values.GetDouble(row).ToString("R", CultureInfo.InvariantCulture),
        _ => Encoding.UTF8.GetString(values.GetBytes(row)),
    };

    private static async Task ExecuteAsync(MySqlConnection connection, string sql, IReadOnlyList<object?> values, CancellationToken cancellationToken)
    {
        await using var command = new MySqlCommand(sql, connection);
        for (var i = 0; i < values.Count; i++)
        {
            command.Parameters.AddWithValue(string.Create(CultureInfo.InvariantCulture, $"@p{i}"), values[i]);
        }

        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private List<byte[]> Parts(string database, string schema, string table) =>
        [.. export.Order.Where(key => key.Contains($"/{database}/{schema}.{table}/", StringComparison.Ordinal) && key.EndsWith(".parquet", StringComparison.Ordinal)).Select(key => export.Objects[key])];

    private IEnumerable<SourceColumn> Columns(string target)
    {
        foreach (var file in export.Order.Where(key => key.Contains("export_tables_info", StringComparison.Ordinal)))
        {
            using var document = JsonDocument.Parse(export.Objects[file]);
            foreach (var table in document.RootElement.GetProperty("perTableStatus").EnumerateArray().Where(table => table.GetProperty("target").GetString() == target))
            {
                foreach (var column in table.GetProperty("schemaMetadata").GetProperty("originalTypeMappings").EnumerateArray())
                {
                    yield return new SourceColumn(
                        column.GetProperty("columnName").GetString()!, column.GetProperty("originalType").GetString()!, column.GetProperty("expectedExportedType").GetString()!)
                    {
                        CharacterLength = Number(column, "originalCharMaxLength"),
                        NumericPrecision = Number(column, "originalNumPrecision"),
                        DateTimePrecision = Number(column, "originalDateTimePrecision"),
                    };
                }
            }
        }
    }

    private static int? Number(JsonElement column, string name) =>
        column.TryGetProperty(name, out var value) && BigInteger.Parse(value.ToString(), CultureInfo.InvariantCulture) is var number && number <= int.MaxValue ? (int)number : null;
}
