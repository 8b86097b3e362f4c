using MySqlConnector;
using SnapshotBridge.Local.Databases.Export;
using SnapshotBridge.Local.Databases.Sql;

namespace SnapshotBridge.Local.Databases.Source;

/// <summary>A column of <see cref="TableValues"/>.</summary>
/// <param name="Name">The name.</param>
/// <param name="Type">The whole type as its server spells it: <c>int(10) unsigned</c>.</param>
public sealed record ValueColumn(string Name, string Type);

/// <summary>All rows of a table as texts, for comparing.</summary>
/// <param name="Columns">The columns that can be queried, in order.</param>
/// <param name="Rows">One text per column, or null, in no particular order.</param>
public sealed record TableValues(IReadOnlyList<ValueColumn> Columns, IReadOnlyList<string?[]> Rows)
{
    /// <summary>False for a source whose types MySQL does not have: then only what is stated about a column's type is compared.</summary>
    public bool HasMySqlTypes { get; init; } = true;

    /// <summary>The values of a generated table.</summary>
    public static TableValues Of(PostgreSqlTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return new TableValues([.. table.Columns.Select(column => new ValueColumn(column.Name, column.Type))], [.. table.Values()]) { HasMySqlTypes = false };
    }

    /// <summary>Reads a table of MySQL or MariaDB; times are read in UTC, and columns that are NOT SECONDARY left out, as HeatWave does not serve them.</summary>
    public static async Task<TableValues> ReadAsync(string connectionString, string schema, string table, CancellationToken cancellationToken)
    {
        var builder = new MySqlConnectionStringBuilder(connectionString) { Pooling = false, DefaultCommandTimeout = 0, GuidFormat = MySqlGuidFormat.None };
        await using var connection = await MySqlExtensions.OpenAsync(builder.ConnectionString, cancellationToken);
        await connection.ExecuteAsync("SET SESSION time_zone='+00:00'", cancellationToken);
        await connection.ExecuteAsync("SET NAMES utf8mb4", cancellationToken);
        var columns = await connection.QueryAsync(
            """
            SELECT CONVERT(COLUMN_NAME USING utf8mb4), LOWER(CONVERT(DATA_TYPE USING utf8mb4)), CONVERT(COLUMN_TYPE USING utf8mb4) FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = @p0 AND TABLE_NAME = @p1 AND EXTRA NOT LIKE '%NOT SECONDARY%' ORDER BY ORDINAL_POSITION
            """,
            reader => (Column: new ValueColumn(reader.GetString(0), reader.GetString(2)), DataType: reader.GetString(1)), cancellationToken, schema, table);
        if (columns.Count == 0)
        {
            throw new InvalidOperationException($"There is no table {schema}.{table}.");
        }

        var rows = await connection.QueryAsync(
            $"SELECT {string.Join(", ", columns.Select(column => Expression(column.Column.Name, column.DataType)))} FROM {SqlText.Name(schema, table)}",
            reader => Enumerable.Range(0, columns.Count)
                .Select(i => reader.IsDBNull(i) ? null : IsReal(columns[i].DataType) ? reader.GetDouble(i).ToString("R", System.Globalization.CultureInfo.InvariantCulture) : reader.GetString(i))
                .ToArray(),
            cancellationToken);
        return new TableValues([.. columns.Select(column => column.Column)], rows);
    }

    private static bool IsReal(string dataType) => dataType is "float" or "double";

    /// <summary>A FLOAT added to a double keeps all its bits; a year is its number; bytes are hexadecimal; all else is as the server prints it.</summary>
    private static string Expression(string name, string dataType)
    {
        var column = SqlText.Name(name);
        return dataType switch
        {
            "float" or "double" => $"{column} + 0e0",
            "year" => $"CAST(CAST({column} AS SIGNED) AS CHAR)",
            "char" or "varchar" or "tinytext" or "text" or "mediumtext" or "longtext" or "enum" or "set" => $"CONVERT({column} USING utf8mb4)",
            "bit" => $"HEX(CAST({column} AS UNSIGNED))",
            "binary" or "varbinary" or "tinyblob" or "blob" or "mediumblob" or "longblob" => $"HEX({column})",
            "geometry" or "point" or "linestring" or "polygon" or "multipoint" or "multilinestring" or "multipolygon" or "geometrycollection" or "geomcollection" => $"HEX(ST_AsWKB({column}))",
            _ => $"CAST({column} AS CHAR)",
        };
    }
}
