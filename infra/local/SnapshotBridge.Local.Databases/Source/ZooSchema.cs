using MySqlConnector;
using SnapshotBridge.Local.Databases.Sql;

namespace SnapshotBridge.Local.Databases.Source;

/// <summary>A table that holds every MySQL type, with the values that break exporters, loaders and drivers.</summary>
internal sealed class ZooSchema(MySqlConnection connection)
{
    /// <summary>Column, type, and the values of the rows: smallest, largest, zero or empty, awkward. A fifth row is all NULL.</summary>
    private static readonly (string Name, string Type, string[] Values)[] Columns =
    [
        ("c_tinyint", "TINYINT", ["-128", "127", "0", "-1"]),
        ("c_tinyint_unsigned", "TINYINT UNSIGNED", ["0", "255", "0", "128"]),
        ("c_bool", "TINYINT(1)", ["0", "1", "0", "7"]),
        ("c_smallint", "SMALLINT", ["-32768", "32767", "0", "-1"]),
        ("c_smallint_unsigned", "SMALLINT UNSIGNED", ["0", "65535", "0", "32768"]),
        ("c_mediumint", "MEDIUMINT", ["-8388608", "8388607", "0", "-1"]),
        ("c_mediumint_unsigned", "MEDIUMINT UNSIGNED", ["0", "16777215", "0", "8388608"]),
        ("c_int", "INT", ["-2147483648", "2147483647", "0", "-1"]),
        ("c_int_unsigned", "INT UNSIGNED", ["0", "4294967295", "0", "2147483648"]),
        ("c_bigint", "BIGINT", ["-9223372036854775808", "9223372036854775807", "0", "-1"]),
        ("c_bigint_unsigned", "BIGINT UNSIGNED", ["0", "18446744073709551615", "0", "9223372036854775808"]),
        ("c_decimal_4_4", "DECIMAL(4,4)", ["-0.9999", "0.9999", "0", "0.0001"]),
        ("c_decimal_9_0", "DECIMAL(9,0)", ["-999999999", "999999999", "0", "1"]),
        ("c_decimal_18_9", "DECIMAL(18,9)", ["-999999999.999999999", "999999999.999999999", "0", "0.000000001"]),
        ("c_decimal_20_0", "DECIMAL(20,0)", ["-99999999999999999999", "99999999999999999999", "0", "-1"]),
        ("c_decimal_38_10", "DECIMAL(38,10)", ["-9999999999999999999999999999.9999999999", "9999999999999999999999999999.9999999999", "0", "0.0000000001"]),
        ("c_decimal_65_30", "DECIMAL(65,30)", [$"-{Nines(35)}.{Nines(30)}", $"{Nines(35)}.{Nines(30)}", "0", "0.000000000000000000000000000001"]),
        ("c_decimal_unsigned", "DECIMAL(10,2) UNSIGNED", ["0", "99999999.99", "0", "0.01"]),
        ("c_float", "FLOAT", ["-3.40282e38", "3.40282e38", "0", "0.1"]),
        ("c_double", "DOUBLE", ["-1.7976931348623157e308", "1.7976931348623157e308", "0", "0.1"]),
        ("c_date", "DATE", ["'1000-01-01'", "'9999-12-31'", "'0000-00-00'", "'2024-02-29'"]),
        ("c_time", "TIME", ["'-838:59:59'", "'838:59:59'", "'00:00:00'", "'-00:00:01'"]),
        ("c_time_6", "TIME(6)", ["'-838:59:58.999999'", "'838:59:58.999999'", "'00:00:00'", "'25:00:00.000001'"]),
        ("c_datetime", "DATETIME", ["'1000-01-01 00:00:00'", "'9999-12-31 23:59:59'", "'0000-00-00 00:00:00'", "'1969-12-31 23:59:59'"]),
        ("c_datetime_6", "DATETIME(6)", ["'1000-01-01 00:00:00.000001'", "'9999-12-31 23:59:59.999999'", "'0000-00-00 00:00:00'", "'2020-09-10 12:17:16.123456'"]),
        ("c_timestamp_6", "TIMESTAMP(6) NULL DEFAULT NULL", ["'1970-01-01 00:00:01.000000'", "'2038-01-19 03:14:07.499999'", "'0000-00-00 00:00:00'", "'2024-03-31 01:30:00.5'"]),
        ("c_year", "YEAR", ["1901", "2155", "0", "2024"]),
        ("c_char", "CHAR(10)", ["'a'", "'0123456789'", "''", "'é𝄞 '''"]),
        ("c_varchar", "VARCHAR(100)", ["'NULL'", "'𝄞🚲漢字'", "''", "'it''s \"quoted\" \\\\ back\\nnew\\r\\ntab\\t,;'"]),
        ("c_varchar_latin1", "VARCHAR(20) CHARACTER SET latin1", ["'ä'", "'ÿ'", "''", "'£'"]),
        ("c_tinytext", "TINYTEXT", ["'t'", "REPEAT('x',255)", "''", "' leading and trailing '"]),
        ("c_text", "TEXT", ["'t'", "REPEAT('é',10000)", "''", "'line1\\nline2'"]),
        ("c_mediumtext", "MEDIUMTEXT", ["'t'", "REPEAT('medium ',20000)", "''", "'𝄞'"]),
        ("c_longtext", "LONGTEXT", ["'t'", "REPEAT('long ',40000)", "''", "'\\\\N'"]),
        ("c_enum", "ENUM('small','it''s','','größer')", ["'small'", "'größer'", "''", "'it''s'"]),
        ("c_set", "SET('a','b','c d')", ["'a'", "'a,b,c d'", "''", "'b'"]),
        ("c_json", "JSON", ["'{}'", """'{"a": [1, 2.5, null, true, "é𝄞"], "b": {"c": "d"}}'""", "'[]'", """'"text"'"""]),
        ("c_bit_1", "BIT(1)", ["b'0'", "b'1'", "b'0'", "b'1'"]),
        ("c_bit_64", "BIT(64)", ["b'1'", "X'FFFFFFFFFFFFFFFF'", "b'0'", "X'8000000000000001'"]),
        ("c_binary", "BINARY(4)", ["X'00'", "X'FFFFFFFF'", "X''", "X'00FF0022'"]),
        ("c_varbinary", "VARBINARY(16)", ["X'00'", "X'000102FF0D0A2C225C27'", "X''", "X'4E554C4C'"]),
        ("c_tinyblob", "TINYBLOB", ["X'00'", "REPEAT(X'FF',255)", "X''", "X'0D0A'"]),
        ("c_blob", "BLOB", ["X'00'", "REPEAT(X'00FF',5000)", "X''", "X'2C22'"]),
        ("c_mediumblob", "MEDIUMBLOB", ["X'00'", "REPEAT(X'00FE',40000)", "X''", "X'5C'"]),
        ("c_longblob", "LONGBLOB", ["X'00'", "REPEAT(X'DEADBEEF',30000)", "X''", "X'1A'"]),
        ("c_geometry", "GEOMETRY", ["ST_GeomFromText('POINT(0 0)')", "ST_GeomFromText('POLYGON((0 0,10 0,10 10,0 10,0 0))')", "ST_GeomFromText('POINT(1.5 -2.5)')", "ST_GeomFromText('LINESTRING(0 0,1 1)')"]),
        ("c_point", "POINT", ["ST_GeomFromText('POINT(-180 -90)')", "ST_GeomFromText('POINT(180 90)')", "ST_GeomFromText('POINT(0 0)')", "ST_GeomFromText('POINT(0.1 0.2)')"]),
        ("c_virtual", "INT GENERATED ALWAYS AS (c_smallint + 1) STORED", ["DEFAULT", "DEFAULT", "DEFAULT", "DEFAULT"]),
    ];

    public async Task CreateAsync(Dictionary<string, long> rows, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync("DROP DATABASE IF EXISTS zoo", cancellationToken);
        await connection.ExecuteAsync("CREATE DATABASE zoo DEFAULT CHARACTER SET utf8mb4", cancellationToken);
        await connection.ExecuteAsync(
            $"CREATE TABLE zoo.every_type (id INT NOT NULL AUTO_INCREMENT, {string.Join(", ", Columns.Select(column => $"{column.Name} {column.Type}"))}, PRIMARY KEY (id)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
            cancellationToken);
        for (var row = 0; row < 4; row++)
        {
            await InsertAsync(row + 1, Columns.Select(column => column.Values[row]), cancellationToken);
        }

        await InsertAsync(5, Columns.Select(column => column.Values[0] == "DEFAULT" ? "DEFAULT" : "NULL"), cancellationToken);
        rows["zoo.every_type"] = 5;
        rows["zoo.wide_row"] = await CreateWideRowAsync(cancellationToken);
    }

    /// <summary>
    /// Columns that fit into a row at the source, at one byte per character, and not where a character may take four: one is too
    /// wide for HeatWave alone, the others are too wide together.
    /// </summary>
    private async Task<long> CreateWideRowAsync(CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync(
            """
            CREATE TABLE zoo.wide_row (id INT NOT NULL, widest VARCHAR(20000), wide VARCHAR(9000), as_wide VARCHAR(9000), narrow VARCHAR(50), code CHAR(200), PRIMARY KEY (id))
            ENGINE=InnoDB DEFAULT CHARSET=latin1
            """,
            cancellationToken);
        return await connection.ExecuteAsync(
            "INSERT INTO zoo.wide_row VALUES (1, REPEAT('ä', 20000), REPEAT('ö', 9000), REPEAT('w', 9000), 'n', 'c'), (2, '', '', '', '', ''), (3, NULL, NULL, NULL, NULL, NULL)",
            cancellationToken);
    }

    private Task<int> InsertAsync(int id, IEnumerable<string> values, CancellationToken cancellationToken) =>
        connection.ExecuteAsync($"INSERT INTO zoo.every_type VALUES ({id}, {string.Join(", ", values)})", cancellationToken);

    private static string Nines(int count) => new('9', count);
}
