using System.Globalization;
using MySqlConnector;
using SnapshotBridge.Local.Databases.Sql;

namespace SnapshotBridge.Local.Databases.Export;

/// <summary>What tables a source server holds.</summary>
internal static class SourceCatalog
{
    private const string OwnTables =
        "TABLE_TYPE='BASE TABLE' AND TABLE_SCHEMA NOT IN ('mysql','sys','information_schema','performance_schema')";

    public static async Task<IReadOnlyList<SourceTable>> ReadAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        var tables = await connection.QueryAsync(
            $"SELECT CONVERT(TABLE_SCHEMA USING utf8mb4), CONVERT(TABLE_NAME USING utf8mb4), CAST(COALESCE(DATA_LENGTH,0) AS SIGNED) FROM information_schema.TABLES WHERE {OwnTables} ORDER BY 1, 2",
            reader => (Schema: reader.GetString(0), Name: reader.GetString(1), Bytes: reader.GetInt64(2)), cancellationToken);
        var columns = await connection.QueryAsync(
            """
            SELECT CONVERT(TABLE_SCHEMA USING utf8mb4), CONVERT(TABLE_NAME USING utf8mb4), CONVERT(COLUMN_NAME USING utf8mb4),
              LOWER(CONVERT(DATA_TYPE USING utf8mb4)), LOWER(CONVERT(COLUMN_TYPE USING utf8mb4)), CAST(CHARACTER_MAXIMUM_LENGTH AS CHAR),
              CAST(NUMERIC_PRECISION AS CHAR), CAST(NUMERIC_SCALE AS CHAR), CAST(DATETIME_PRECISION AS CHAR)
            FROM information_schema.COLUMNS WHERE TABLE_SCHEMA NOT IN ('mysql','sys','information_schema','performance_schema')
            ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION
            """,
            reader => (Schema: reader.GetString(0), Table: reader.GetString(1), Column: new SourceTableColumn(
                reader.GetString(2), reader.GetString(3), reader.GetString(4), Number(reader, 5), (int?)Number(reader, 6), (int?)Number(reader, 7), (int?)Number(reader, 8))),
            cancellationToken);
        var keys = await connection.QueryAsync(
            "SELECT CONVERT(TABLE_SCHEMA USING utf8mb4), CONVERT(TABLE_NAME USING utf8mb4), CONVERT(COLUMN_NAME USING utf8mb4) FROM information_schema.STATISTICS WHERE INDEX_NAME='PRIMARY'",
            reader => (Schema: reader.GetString(0), Table: reader.GetString(1), Column: reader.GetString(2)), cancellationToken);

        var columnsOf = columns.ToLookup(column => (column.Schema, column.Table), column => column.Column);
        var keysOf = keys.ToLookup(key => (key.Schema, key.Table), key => key.Column);
        return [.. tables.Select(table =>
        {
            var own = columnsOf[(table.Schema, table.Name)].ToList();
            var key = keysOf[(table.Schema, table.Name)].ToList();
            var splittable = key.Count == 1 && own.Any(column => column.Name == key[0] && column.DataType.EndsWith("int", StringComparison.Ordinal));
            return new SourceTable(table.Schema, table.Name, table.Bytes, splittable, own);
        })];
    }

    private static long? Number(MySqlDataReader reader, int ordinal) =>
        reader.IsDBNull(ordinal) ? null : (long)decimal.Parse(reader.GetString(ordinal), CultureInfo.InvariantCulture);
}
