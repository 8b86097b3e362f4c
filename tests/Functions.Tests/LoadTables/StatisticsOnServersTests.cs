using System.Globalization;
using System.Numerics;
using System.Text;
using MySqlConnector;
using SnapshotBridge.Loading.Verification;
using SnapshotBridge.LoadTables;
using SnapshotBridge.Local.Databases.Servers;
using SnapshotBridge.Local.Parquet;
using SnapshotBridge.Parquet;
using Xunit;
using Is = SnapshotBridge.Parquet.ParquetPhysicalType;
using Means = SnapshotBridge.Parquet.ParquetConvertedType;

namespace SnapshotBridge.Functions.Tests.LoadTables;

/// <summary>The statements and the comparison on real servers: what is equal is found equal, and each wrong value is found.</summary>
public sealed class StatisticsOnServersTests
{
    private static readonly string Long = new('x', 300);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A column of the table and of the files, with the same three values on both sides and a fourth that is NULL.</summary>
    /// <param name="Type">The column's SQL type.</param>
    /// <param name="Parquet">Its Parquet type.</param>
    /// <param name="Sql">The values as SQL.</param>
    /// <param name="Values">The values as RDS exports them.</param>
    /// <param name="Wrong">What stands in place of the first value where the load went wrong.</param>
    public sealed record Pair(string Type, ParquetColumn Parquet, string[] Sql, object[] Values, string Wrong)
    {
        public override string ToString() => Type;
    }

    private static readonly Pair[] Pairs =
    [
        Of("TINYINT", Column(Is.Int32), ["-128", "0", "127"], [-128, 0, 127], "-127"),
        Of("INT UNSIGNED", Column(Is.Int64), ["4294967295", "1", "2"], [4294967295L, 1L, 2L], "4294967294"),
        Of("BIGINT", Column(Is.Int64), ["-9223372036854775808", "0", "9223372036854775807"], [long.MinValue, 0L, long.MaxValue], "0"),
        Of("BIGINT UNSIGNED", Decimal(20, 0, 9), ["18446744073709551615", "0", "7"], [BigInteger.Pow(2, 64) - 1, BigInteger.Zero, new BigInteger(7)], "18446744073709551614"),
        Of("DECIMAL(4,4)", Column(Is.Int32, Means.Decimal) with { Precision = 4, Scale = 4 }, ["0.0585", "0", "-0.9999"], [585, 0, -9999], "0.0584"),
        Of("DECIMAL(12,2)", Column(Is.Int64, Means.Decimal) with { Precision = 12, Scale = 2 }, ["300000.00", "0.10", "-1"], [30000000L, 10L, -100L], "300000.01"),
        Of("DECIMAL(38,10)", Decimal(38, 10, 16), [$"{Nines(28)}.{Nines(10)}", "0.5", "-1"], [BigInteger.Pow(10, 38) - 1, new BigInteger(5_000_000_000), new BigInteger(-10_000_000_000)], $"{Nines(28)}.{Nines(9)}8"),
        Of("FLOAT", Column(Is.Double), ["-0.1", "1", "3.4e38"], [(double)-0.1f, 1.0, (double)3.4e38f], "-0.1000001"),
        Of("FLOAT", Column(Is.Double), ["-0.1", "1", "16777217"], [-0.1, 1.0, 16777217.0], "-0.11"),
        Of("DOUBLE", Column(Is.Double), ["0.1e0+0.2e0", "-1e0/3", "0"], [0.1 + 0.2, -1.0 / 3, 0.0], "0.3"),
        Of("DOUBLE", Column(Is.Double), ["-1.7976931348623157e308", "2.5e-308", "1.7976931348623157e308"], [double.MinValue, 2.5e-308, double.MaxValue], "-1.7976931348623155e308"),
        Of("VARCHAR(40)", Column(Is.ByteArray, Means.Utf8), ["'Z'", "'ä'", "'a'"], ["Z", "ä", "a"], "'z'"),
        Of("VARCHAR(40)", Column(Is.ByteArray, Means.Utf8), ["'a '", "'a'", "'a\\t'"], ["a ", "a", "a\t"], "'a'"),
        Of("VARCHAR(40)", Column(Is.ByteArray, Means.Utf8), ["''", "'表'", "'😀'"], ["", "表", "😀"], "' '"),
        Of("VARCHAR(40) CHARACTER SET latin1", Column(Is.ByteArray, Means.Utf8), ["'ÿ'", "'b'", "'c'"], ["ÿ", "b", "c"], "'ö'"),
        Of("VARCHAR(67)", Column(Is.ByteArray, Means.Utf8), [$"'-{Nines(40)}.5'", "'7'", "'9'"], [$"-{Nines(40)}.5", "7", "9"], $"'-{Nines(40)}.4'"),
        Of("CHAR(5)", Column(Is.ByteArray, Means.Utf8), ["'ab'", "'b'", "'c'"], ["ab", "b", "c"], "'aa'"),
        Of("CHAR(5)", Column(Is.ByteArray), ["'ab'", "'b'", "'c'"], ["ab   ", "b    ", "c    "], "'aa'"),
        Of("LONGTEXT", Column(Is.ByteArray, Means.Utf8), ["'a'", $"'{Long}'", "'b'"], ["a", Long, "b"], "'b'"),
        Of("ENUM('z','b','a')", Column(Is.ByteArray, Means.Utf8), ["'z'", "'a'", "'b'"], ["z", "a", "b"], "'b'"),
        Of("SET('z','a')", Column(Is.ByteArray, Means.Utf8), ["'z'", "'a'", "'z,a'"], ["z", "a", "z,a"], "''"),
        Of("DATE", Column(Is.ByteArray, Means.Utf8), ["'9999-12-31'", "'1000-01-01'", "'2024-02-29'"], ["9999-12-31", "1000-01-01", "2024-02-29"], "'9999-12-30'"),
        Of("DATE", Column(Is.Int32, Means.Date), ["'1969-12-31'", "'1970-01-01'", "'2024-02-29'"], [-1, 0, 19782], "'1970-01-01'"),
        Of("TIME(6)", Column(Is.ByteArray, Means.Utf8), ["'-838:59:59'", "'100:00:00'", "'20:00:00.500000'"], ["-838:59:59", "100:00:00", "20:00:00.500000"], "'-838:59:58'"),
        Of("TIME", Column(Is.ByteArray, Means.Utf8), ["'10:00:00'", "'100:00:00'", "'09:00:00'"], ["10:00:00", "100:00:00", "09:00:00"], "'11:00:00'"),
        Of("TIME(6)", Column(Is.Int64, Means.TimeMicros), ["'00:00:00.000001'", "'12:00:00'", "'23:59:59.999999'"], [1L, 43_200_000_000L, 86_399_999_999L], "'00:00:00.000002'"),
        Of("DATETIME(6)", Column(Is.Int64, Means.TimestampMicros), ["'1000-01-01 00:00:00'", "'1969-12-31 23:59:59.999999'", "'9999-12-31 23:59:59.999999'"], [-30610224000000000L, -1L, 253402300799999999L], "'1000-01-01 02:00:00'"),
        Of("TIMESTAMP(6) NULL", Column(Is.Int64, Means.TimestampMicros), ["'1970-01-01 00:00:01'", "'2020-09-10 12:17:16'", "'2038-01-19 03:14:07.999999'"], [1_000_000L, 1_599_740_236_000_000L, 2_147_483_647_999_999L], "'1970-01-01 02:00:01'"),
        Of("DATETIME", Column(Is.Int64, Means.TimestampMillis), ["'2020-09-10 12:17:16'", "'2021-01-01'", "'2022-01-01'"], [1_599_740_236_000L, 1_609_459_200_000L, 1_640_995_200_000L], "'2020-09-10 14:17:16'"),
        Of("YEAR", Column(Is.Int32), ["2155", "1901", "2024"], [2155, 1901, 2024], "2154"),
        Of("VARBINARY(20)", Column(Is.ByteArray), ["0x00FF", "0x80", "0x7F"], [new byte[] { 0, 255 }, new byte[] { 128 }, new byte[] { 127 }], "0x0100"),
        Of("LONGBLOB", Column(Is.ByteArray), ["0x00FF", "0x80", "0x7F"], [new byte[] { 0, 255 }, new byte[] { 128 }, new byte[] { 127 }], "0x0100"),
    ];

    public static TheoryData<bool> Servers => [true, false];

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task Compare_SameValues_AreEqualInEveryType(bool mariaDb)
    {
        await using var server = await StartAsync(mariaDb);
        var outcome = await CompareAsync(server);

        Assert.Empty(outcome.Differences);
        Assert.Equal(["c18: of its maximum only the first 256 bytes are compared"], outcome.NotCompared);
        Assert.Equal((Pairs.Length, 3 * Pairs.Length), (outcome.ColumnsCompared, outcome.ValuesCompared));
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task Compare_OneWrongValueInEachColumn_IsFoundWithBothValues(bool mariaDb)
    {
        await using var server = await StartAsync(mariaDb);
        foreach (var (pair, index) in Pairs.Select((pair, index) => (pair, index)))
        {
            await ExecuteAsync(server, $"UPDATE `shop`.`t` SET c{index} = {pair.Wrong} WHERE id = 0");

            var outcome = await CompareAsync(server);

            var difference = Assert.Single(outcome.Differences);
            Assert.Equal($"c{index}", difference.Column);
            Assert.NotEqual(difference.Exported, difference.Loaded);
            await ExecuteAsync(server, $"UPDATE `shop`.`t` SET c{index} = {pair.Sql[0]} WHERE id = 0");
        }
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task Compare_ValueThatBecameNull_IsFoundInEachColumn(bool mariaDb)
    {
        await using var server = await StartAsync(mariaDb);
        await ExecuteAsync(server, $"UPDATE `shop`.`t` SET {string.Join(", ", Pairs.Select((_, index) => $"c{index} = NULL"))} WHERE id = 1");

        var outcome = await CompareAsync(server);

        Assert.Equal(Pairs.Length, outcome.Differences.Count(difference => difference is { Figure: "nulls", Exported: "1", Loaded: "2" }));
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task Compare_ColumnThatTheServerCannotAggregate_KeepsNoOtherFromBeingCompared(bool mariaDb)
    {
        await using var server = await StartAsync(mariaDb);
        var hidden = Pairs.Length / 2;
        await ExecuteAsync(server, $"ALTER TABLE `shop`.`t` RENAME COLUMN c{hidden} TO gone");

        var outcome = await CompareAsync(server, pretending: new ServedColumn($"c{hidden}", "int"));

        Assert.Empty(outcome.Differences);
        Assert.Equal(Pairs.Length - 1, outcome.ColumnsCompared);
        Assert.Single(outcome.NotCompared, text => text.StartsWith($"c{hidden}: error 1054: ", StringComparison.Ordinal));
    }

    private static async Task<StatisticsOutcome> CompareAsync(MySqlServer server, ServedColumn? pretending = null)
    {
        var heatWave = new MySqlHeatWaveServer(
            server.Host, (uint)server.Port, HeatWaveSslMode.None, null, (_, _) => Task.FromResult(new HeatWaveCredentials { Username = server.User, Password = server.Password }));
        await using var session = await heatWave.OpenAsync(Token);
        var footer = ParquetFooter.Read("f", File(), withColumnChunks: true);
        var served = await ServedColumn.ReadAsync(session, "shop", "t", Token);
        var comparison = new StatisticsComparison();
        var columns = comparison.Match(
            [.. footer.Columns.Select(column => column.ToString())], FooterStatistics.Of(footer, "f"), pretending is null ? served : [.. served, pretending], new HashSet<string>());
        await new StatisticsScan(session, "shop", "t").CompareAsync(columns, comparison, Token);
        return comparison.Outcome;
    }

    private static async Task<MySqlServer> StartAsync(bool mariaDb)
    {
        var binary = mariaDb
            ? new[] { "/usr/sbin", "/usr/local/sbin", "/usr/bin" }.Select(folder => Path.Combine(folder, "mariadbd")).FirstOrDefault(System.IO.File.Exists)
            : Environment.GetEnvironmentVariable("SNAPSHOTBRIDGE_MYSQLD");
        Assert.SkipWhen(binary is null, mariaDb ? "MariaDB is not installed (apt-get install mariadb-server-core)." : "No MySQL server is named by SNAPSHOTBRIDGE_MYSQLD.");
        var server = await MySqlServer.StartAsync(new MySqlServerOptions { Binary = binary }, Token);
        await ExecuteAsync(server, "CREATE DATABASE `shop` CHARACTER SET utf8mb4");
        await ExecuteAsync(server, $"CREATE TABLE `shop`.`t` (id INT PRIMARY KEY, {string.Join(", ", Pairs.Select((pair, index) => $"c{index} {pair.Type}"))}) DEFAULT CHARSET=utf8mb4");
        for (var row = 0; row < 4; row++)
        {
            await ExecuteAsync(server, $"INSERT INTO `shop`.`t` VALUES ({row}, {string.Join(", ", Pairs.Select(pair => row < 3 ? pair.Sql[row] : "NULL"))})");
        }

        return server;
    }

    private static async Task ExecuteAsync(MySqlServer server, string sql)
    {
        await using var connection = new MySqlConnection(server.ConnectionString().ConnectionString);
        await connection.OpenAsync(Token);
        await using var command = new MySqlCommand($"SET SESSION time_zone = '+00:00', sql_mode = ''; {sql}", connection);
        await command.ExecuteNonQueryAsync(Token);
    }

    private static byte[] File()
    {
        using var stream = new MemoryStream();
        using var writer = new ParquetWriter(stream, [.. Pairs.Select((pair, index) => pair.Parquet with { Name = $"c{index.ToString(CultureInfo.InvariantCulture)}" })]);
        for (var row = 0; row < 4; row++)
        {
            for (var index = 0; index < Pairs.Length; index++)
            {
                Write(writer.Columns[index], row < 3 ? Pairs[index].Values[row] : null);
            }

            writer.EndRow();
        }

        writer.Finish();
        return stream.ToArray();
    }

    private static void Write(ColumnWriter column, object? value)
    {
        switch (value)
        {
            case null:
                column.WriteNull();
                break;
            case int number:
                column.Write(number);
                break;
            case long number:
                column.Write(number);
                break;
            case double number:
                column.Write(number);
                break;
            case BigInteger number:
                column.WriteUnscaled(number);
                break;
            case byte[] bytes:
                column.Write(bytes);
                break;
            default:
                column.Write(Encoding.UTF8.GetBytes((string)value));
                break;
        }
    }

    private static Pair Of(string type, ParquetColumn parquet, string[] sql, object[] values, string wrong) => new(type, parquet, sql, values, wrong);

    private static ParquetColumn Column(Is physical, Means? converted = null) => new("c", physical) { ConvertedType = converted };

    private static ParquetColumn Decimal(int precision, int scale, int length) =>
        Column(Is.FixedLenByteArray, Means.Decimal) with { Precision = precision, Scale = scale, TypeLength = length };

    private static string Nines(int count) => new('9', count);
}
