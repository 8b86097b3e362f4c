using System.Globalization;

namespace SnapshotBridge.Local.Databases.Export;

/// <summary>A small PostgreSQL database: every type that RDS's user guide lists, a table of some size, and the same name in two schemas.</summary>
public static class PostgreSqlTables
{
    public const string Database = "app";

    private const int Orders = 5_000;

    public static IReadOnlyList<PostgreSqlTable> All { get; } =
    [
        EveryType(),
        Order("public", Orders),
        Order("audit", 40),
        new("public", "empty_table", 0, [new("id", "integer", [null]), new("note", "text", [null])]),
        // PostgreSQL tells these names apart, MySQL does not.
        new("public", "names", 2, [new("Id", "integer", ["1", "2"]), new("id", "integer", ["10", "20"]), new(new string('n', 63), "text", ["long", null])]),
        // A schema named as its database: only the types tell that this is not MySQL.
        new(Database, "settings", 2, [new("name", "character varying", ["a", "b"]) { Length = 40 }, new("value", "jsonb", ["{\"a\": [1, 2]}", "null"])]),
    ];

    /// <summary>Texts of the smallest and largest values, awkward ones, and NULL.</summary>
    private static PostgreSqlTable EveryType() => new("public", "every_type", 4,
    [
        new("id", "integer", ["1", "2", "3", "4"]),
        new("c_smallint", "smallint", ["-32768", "32767", "0", null]),
        new("c_integer", "integer", ["-2147483648", "2147483647", "0", null]),
        new("c_bigint", "bigint", ["-9223372036854775808", "9223372036854775807", "0", null]),
        new("c_numeric", "numeric", ["-12345678901234567890.0123456789", "99999999999999999999999999999999999999999999.5", "0", null]) { Precision = null },
        new("c_numeric_12_2", "numeric", ["-1234567890.12", "1234567890.12", "0.00", null]) { Precision = 12 },
        new("c_real", "real", ["-3.4028235e38", "3.4028235e38", "0.1", null]),
        new("c_double", "double precision", ["-1.7976931348623157e308", "1.7976931348623157e308", "0.1", null]),
        new("c_money", "money", ["$1,234.56", "-$92,233,720,368,547,758.08", "$0.00", null]),
        new("c_boolean", "boolean", ["true", "false", "true", null]),
        new("c_char", "character", ["a  ", "abc", "é  ", null]) { Length = 3 },
        new("c_varchar", "character varying", ["NULL", "𝄞🚲漢字", "", null]) { Length = 100 },
        new("c_varchar_any", "character varying", ["it's \"quoted\" \\ back\nnew\r\ntab\t,;", new string('x', 20_000), "", null]),
        new("c_text", "text", ["line1\nline2", new string('é', 50_000), "", null]),
        new("c_name", "name", ["pg_class", "t", "", null]),
        new("c_uuid", "uuid", ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", null]),
        new("c_date", "date", ["1000-01-01", "9999-12-31", "2024-02-29", null]),
        new("c_time", "time without time zone", ["00:00:00", "23:59:59.999999", "12:34:56.5", null]) { Fraction = 6 },
        new("c_timetz", "time with time zone", ["00:00:00+00", "23:59:59.999999-12", "12:34:56+05:30", null]) { Fraction = 6 },
        new("c_timestamp", "timestamp without time zone", ["1000-01-01 00:00:00", "9999-12-31 23:59:59.999999", "1969-12-31 23:59:59.5", null]) { Fraction = 6 },
        new("c_timestamptz", "timestamp with time zone", ["2024-03-31 01:30:00+00", "2024-03-31 01:30:00.123456+00", "1969-12-31 23:59:59+00", null]) { Fraction = 6 },
        new("c_interval", "interval", ["1 year 2 mons 3 days 04:05:06.789", "-178000000 years", "00:00:00", null]),
        new("c_json", "json", ["{\"a\": [1, 2.5, null, true, \"é𝄞\"]}", "[]", "\"text\"", null]),
        new("c_jsonb", "jsonb", ["{\"b\": {\"c\": \"d\"}}", "[1, 2, 3]", "null", null]),
        new("c_int_array", "ARRAY", ["{1,2,NULL,3}", "{}", "{{1,2},{3,4}}", null]),
        new("c_enum", "USER-DEFINED", ["new", "paid", "new", null]),
        new("c_inet", "inet", ["192.168.0.1/24", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff/128", "10.0.0.1", null]),
        new("c_cidr", "cidr", ["192.168.0.0/24", "2001:db8::/32", "10.0.0.0/8", null]),
        new("c_macaddr", "macaddr", ["08:00:2b:01:02:03", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", null]),
        new("c_bit", "bit", ["101", "000", "111", null]) { Length = 3 },
        new("c_varbit", "bit varying", ["1", "", "10101010", null]) { Length = 8 },
        new("c_xml", "xml", ["<a>1</a>", "<b/>", "", null]),
        new("c_tsvector", "tsvector", ["'cat':3 'fat':2", "", "'a':1", null]),
        new("c_range", "int4range", ["[1,10)", "empty", "(,5]", null]),
        new("c_point", "point", ["(1.5,-2.5)", "(0,0)", "(1e300,0)", null]),
        new("c_polygon", "polygon", ["((0,0),(1,1),(1,0))", "((0,0))", "((1,2),(3,4))", null]),
        new("c_pg_lsn", "pg_lsn", ["16/B374D848", "0/0", "FFFFFFFF/FFFFFFFF", null]),
        new("c_bytea", "bytea", ["\0\u0001", "DEADBEEF", "", null]),
    ])
    {
        Unwritten = [new("c_oid", "oid", [null])],
    };

    private static PostgreSqlTable Order(string schema, int rows)
    {
        var numbers = Enumerable.Range(1, rows).ToList();
        return new PostgreSqlTable(schema, "orders", rows,
        [
            new("id", "bigint", [.. numbers.Select(number => number.ToString(CultureInfo.InvariantCulture))]),
            new("customer", "uuid", [.. numbers.Select(number => $"00000000-0000-4000-8000-{number:D12}")]),
            new("status", "USER-DEFINED", ["new", "paid", "shipped", "returned"]),
            new("total", "numeric", [.. numbers.Select(number => (number * 7.31m).ToString("0.00", CultureInfo.InvariantCulture))]) { Precision = 12 },
            new("placed", "timestamp without time zone", [.. numbers.Select(number => new DateTime(2024, 1, 1).AddMinutes(number * 13).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture))]) { Fraction = 6 },
            new("gift", "boolean", ["false", "false", "true", null]),
            new("note", "text", [null, "", "leave at the door"]),
        ]);
    }
}
