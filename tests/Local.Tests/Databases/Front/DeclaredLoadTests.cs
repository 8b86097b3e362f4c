using System.Globalization;
using MySqlConnector;
using SnapshotBridge.Local.Databases.HeatWave;
using SnapshotBridge.Local.Parquet;
using SnapshotBridge.Parquet;
using Xunit;

namespace SnapshotBridge.Local.Tests.Databases.Front;

/// <summary>What SECONDARY_LOAD does with values, and how it says what it cannot do.</summary>
[Collection(DatabasesShared.Name)]
public sealed class DeclaredLoadTests(DatabasesFixture fixture)
{
    private static readonly ParquetColumn Id = new("id", ParquetPhysicalType.Int64);
    private static readonly ParquetColumn Text = new("v", ParquetPhysicalType.ByteArray) { ConvertedType = ParquetConvertedType.Utf8 };
    private static readonly ParquetColumn Micros = new("v", ParquetPhysicalType.Int64) { ConvertedType = ParquetConvertedType.TimestampMicros };
    private static readonly ParquetColumn Bytes = new("v", ParquetPhysicalType.ByteArray);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("VARCHAR(3)", "abcd", 6066)]
    [InlineData("INT", "12x", 6045)]
    [InlineData("TINYINT", "300", 6055)]
    [InlineData("BIGINT UNSIGNED", "-1", 6055)]
    [InlineData("DECIMAL(4,2)", "123.45", 6055)]
    [InlineData("DATE", "2024-13-01", 6056)]
    [InlineData("DATETIME(6)", "yesterday", 6056)]
    [InlineData("TIME(6)", "900:00:00", 6045)]
    [InlineData("YEAR", "1800", 6055)]
    [InlineData("ENUM('a','b')", "c", 6045)]
    [InlineData("JSON", "{", 6045)]
    [InlineData("SET('a')", "a", 6091)]
    [InlineData("BLOB", "a", 6091)]
    public async Task SecondaryLoad_ValueThatDoesNotFit_IsTheStatementsErrorAndTheTableIsEmpty(string type, string value, int number)
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var name = await DeclareAsync(connection, $"id BIGINT, v {type}", File(Text, writer => writer.Write(value)));

        var error = await Assert.ThrowsAsync<MySqlException>(() => LoadAsync(connection, name));

        Assert.Equal(number, error.Number);
        Assert.DoesNotContain("secret-token", error.Message, StringComparison.Ordinal);
        await AssertNotReadableAsync(connection, name);
        Assert.Equal("NOLOAD_RPDGSTABSTATE", await StatusAsync(connection, name));
    }

    [Theory]
    [InlineData("VARCHAR(4)", "größ", "größ")]
    [InlineData("BIGINT UNSIGNED", "18446744073709551615", "18446744073709551615")]
    [InlineData("DECIMAL(38,10)", "9999999999999999999999999999.9999999999", "9999999999999999999999999999.9999999999")]
    [InlineData("DATE", "9999-12-31", "9999-12-31")]
    [InlineData("DATETIME(6)", "2024-02-29 23:59:59.123456", "2024-02-29 23:59:59.123456")]
    [InlineData("TIME(6)", "-838:59:58.999999", "-838:59:58.999999")]
    [InlineData("YEAR", "2024", "2024")]
    [InlineData("ENUM('a','it''s')", "it's", "it's")]
    [InlineData("JSON", "{\"a\": [1, \"\\\\\"]}", "{\"a\": [1, \"\\\\\"]}")]
    [InlineData("LONGTEXT", "a\r\n\"'\\t", "a\r\n\"'\\t")]
    public async Task SecondaryLoad_ValueThatFits_IsServedAsItIs(string type, string value, string served)
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var name = await DeclareAsync(connection, $"id BIGINT, v {type}", File(Text, writer => writer.Write(value)));

        await LoadAsync(connection, name);

        Assert.Equal(served, await DeclaredTableTests.TextAsync(connection, $"SELECT CAST(v AS CHAR) FROM {name}"));
        var (schema, table) = (name.Split('.')[0], name.Split('.')[1]);
        Assert.Equal(
            type, await DeclaredTableTests.TextAsync(connection, $"SELECT COLUMN_TYPE FROM information_schema.COLUMNS WHERE TABLE_SCHEMA='{schema}' AND TABLE_NAME='{table}' AND COLUMN_NAME='v'"), ignoreCase: true);
    }

    [Fact]
    public async Task SecondaryLoad_AlteredValues_AreTheStatementsWarningsInTheirOrder()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var name = await DeclareAsync(connection, "id BIGINT, v DATETIME(0)", File(Micros, writer => writer.Write(1_500_000L), writer => writer.Write(2_000_000L), writer => writer.Write(3_400_000L)));

        await LoadAsync(connection, name);

        await using var command = new MySqlCommand("SHOW WARNINGS", connection);
        await using var reader = await command.ExecuteReaderAsync(Token);
        var numbers = new List<int>();
        while (await reader.ReadAsync(Token))
        {
            numbers.Add(Convert.ToInt32(reader.GetValue(1), CultureInfo.InvariantCulture));
        }

        Assert.Equal([6048, 6048], numbers);
    }

    [Fact]
    public async Task SecondaryLoad_NotStrict_AltersAndWarns()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var name = await DeclareAsync(connection, "id BIGINT, v VARCHAR(3)", File(Text, writer => writer.Write("größer")), isStrict: false);

        await LoadAsync(connection, name);

        Assert.Equal("6057", await SecondColumnAsync(connection, "SHOW WARNINGS"));
        Assert.Equal("grö", await DeclaredTableTests.TextAsync(connection, $"SELECT v FROM {name}"));
    }

    [Fact]
    public async Task SecondaryLoad_NotSecondaryColumn_IsNullAndNotListed()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var name = await DeclareAsync(connection, "id BIGINT, v BLOB NOT SECONDARY", File(Bytes, writer => writer.Write([1, 2])));

        await LoadAsync(connection, name);

        Assert.Equal("1", await DeclaredTableTests.TextAsync(connection, $"SELECT COUNT(*) FROM {name} WHERE v IS NULL"));
        Assert.Equal(
            "blob NOT SECONDARY",
            await DeclaredTableTests.TextAsync(connection, $"SELECT CONCAT(COLUMN_TYPE, ' ', EXTRA) FROM information_schema.COLUMNS WHERE CONCAT(TABLE_SCHEMA, '.', TABLE_NAME)='{name}' AND COLUMN_NAME='v'"));
        Assert.Equal(
            "id",
            await DeclaredTableTests.TextAsync(connection, $"SELECT GROUP_CONCAT(c.COLUMN_NAME) FROM performance_schema.rpd_column_id c JOIN performance_schema.rpd_table_id i ON i.ID = c.TABLE_ID WHERE i.NAME='{name}'"));
    }

    [Fact]
    public async Task SecondaryLoad_Guided_ChangesTypesAndDropsColumnsInSilence()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var name = await DeclareAsync(connection, "id SMALLINT, v DATE", File(Text, writer => writer.Write("2024-01-01")));

        await DeclaredTableTests.RunAsync(connection, $"ALTER TABLE {name} SECONDARY_LOAD");

        Assert.Equal(
            "bigint,varchar(64)",
            await DeclaredTableTests.TextAsync(connection, $"SELECT GROUP_CONCAT(COLUMN_TYPE ORDER BY ORDINAL_POSITION) FROM information_schema.COLUMNS WHERE CONCAT(TABLE_SCHEMA, '.', TABLE_NAME)='{name}'"));
    }

    [Fact]
    public async Task RefuseConversion_ThatTypeAndNoOther_Is6091()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var refused = await DeclareAsync(connection, "id BIGINT, v TIME(6)", File(Text, writer => writer.Write("01:02:03")));
        var taken = await DeclareAsync(connection, "id BIGINT, v TIMESTAMP(6)", File(Text, writer => writer.Write("2024-01-01 00:00:00")));
        fixture.HeatWave.Faults.RefuseConversion("TIME", "BYTE_ARRAY");
        try
        {
            Assert.Equal(6091, (await Assert.ThrowsAsync<MySqlException>(() => LoadAsync(connection, refused))).Number);
            await LoadAsync(connection, taken);
        }
        finally
        {
            fixture.HeatWave.Faults.Clear();
        }
    }

    [Fact]
    public async Task EchoesStatements_AnError_HoldsThePar()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var name = await DeclareAsync(connection, "id BIGINT", File(Text, writer => writer.Write("x")));
        fixture.HeatWave.Faults.EchoesStatements = true;
        try
        {
            var error = await Assert.ThrowsAsync<MySqlException>(() => LoadAsync(connection, name));

            Assert.Equal(6062, error.Number);
            Assert.Contains("/p/secret-token/", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            fixture.HeatWave.Faults.Clear();
        }
    }

    [Fact]
    public async Task SecondaryLoad_ByName_FindsColumnsInAnyOrderAndMissesNone()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var turned = await DeclareAsync(connection, "v VARCHAR(10), id BIGINT", File(Text, writer => writer.Write("x")), match: "name_case_sensitive");
        var missing = await DeclareAsync(connection, "v VARCHAR(10), other BIGINT", File(Text, writer => writer.Write("x")), match: "name_case_sensitive");

        await LoadAsync(connection, turned);

        Assert.Equal("x", await DeclaredTableTests.TextAsync(connection, $"SELECT v FROM {turned} WHERE id=1"));
        Assert.Equal(6515, (await Assert.ThrowsAsync<MySqlException>(() => LoadAsync(connection, missing))).Number);
    }

    [Fact]
    public async Task SecondaryLoad_NothingUnderThePrefixOrExpiredPar_Is6068Or6128()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var name = await DeclareAsync(connection, "id BIGINT", null);
        Assert.Equal(6068, (await Assert.ThrowsAsync<MySqlException>(() => LoadAsync(connection, name))).Number);
        fixture.Par.Expired = true;
        try
        {
            Assert.Equal(6128, (await Assert.ThrowsAsync<MySqlException>(() => LoadAsync(connection, name))).Number);
        }
        finally
        {
            fixture.Par.Expired = false;
        }
    }

    [Fact]
    public async Task SecondaryLoad_FullCluster_Is6094()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var name = await DeclareAsync(connection, "id BIGINT, v VARCHAR(10)", File(Text, writer => writer.Write("x")));

        // Less than any file takes, whether other tests have tables in the cluster or not.
        await fixture.HeatWave.SetMemoryAsync(1, Token);
        try
        {
            Assert.Equal(6094, (await Assert.ThrowsAsync<MySqlException>(() => LoadAsync(connection, name))).Number);
        }
        finally
        {
            await fixture.HeatWave.SetMemoryAsync(512L << 30, Token);
        }

        await LoadAsync(connection, name);
        Assert.Equal("AVAIL_RPDGSTABSTATE", await StatusAsync(connection, name));
    }

    [Fact]
    public async Task SecondaryLoad_OrdinaryTable_IsLoadedAndUnloaded()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        await DeclaredTableTests.RunAsync(
            connection, "CREATE DATABASE IF NOT EXISTS ordinary", "CREATE TABLE ordinary.t (a INT PRIMARY KEY) SECONDARY_ENGINE=rapid", "ALTER TABLE ordinary.t SECONDARY_LOAD");
        Assert.Equal("AVAIL_RPDGSTABSTATE", await StatusAsync(connection, "ordinary.t"));

        await DeclaredTableTests.RunAsync(connection, "ALTER TABLE ordinary.t SECONDARY_UNLOAD");

        Assert.Equal("", await StatusAsync(connection, "ordinary.t"));
        Assert.Equal(1146, (await Assert.ThrowsAsync<MySqlException>(() => LoadAsync(connection, "ordinary.none"))).Number);
    }

    [Fact]
    public async Task SecondaryLoad_FilesThatDisagree_Is6088Or6093()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var types = await DeclareAsync(connection, "id BIGINT, v VARCHAR(10)", File(Text, writer => writer.Write("x")));
        var counts = await DeclareAsync(connection, "id BIGINT, v VARCHAR(10)", File(Text, writer => writer.Write("x")));
        fixture.Par.Objects[$"declared/{types.Split('.')[1]}/part-00001.parquet"] = File(Micros, writer => writer.Write(1L));
        fixture.Par.Objects[$"declared/{counts.Split('.')[1]}/part-00001.parquet"] = OnlyIds();

        Assert.Equal(6088, (await Assert.ThrowsAsync<MySqlException>(() => LoadAsync(connection, types))).Number);
        Assert.Equal(6093, (await Assert.ThrowsAsync<MySqlException>(() => LoadAsync(connection, counts))).Number);
    }

    [Fact]
    public async Task SecondaryLoad_NullWhereNoneMayBe_Is6041()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var name = await DeclareAsync(connection, "id BIGINT, v VARCHAR(10) NOT NULL", File(Text, writer => writer.WriteNull()));

        Assert.Equal(6041, (await Assert.ThrowsAsync<MySqlException>(() => LoadAsync(connection, name))).Number);
    }

    [Fact]
    public async Task SecondaryLoad_MoreThanOneChunkAndAnErrorAtTheEnd_ShowsAllRowsOrNone()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var longText = new string('x', 100_000);
        var rows = Enumerable.Range(0, 200).Select(_ => (Action<ColumnWriter>)(writer => writer.Write(longText))).ToArray();
        var good = await DeclareAsync(connection, "id BIGINT PRIMARY KEY, v LONGTEXT", File(Text, rows));
        var bad = await DeclareAsync(connection, "id BIGINT PRIMARY KEY, v LONGTEXT NOT NULL", File(Text, [.. rows, writer => writer.WriteNull()]));

        await LoadAsync(connection, good);
        Assert.Equal(6041, (await Assert.ThrowsAsync<MySqlException>(() => LoadAsync(connection, bad))).Number);

        Assert.Equal("200 20000000", await DeclaredTableTests.TextAsync(connection, $"SELECT CONCAT(COUNT(*), ' ', SUM(LENGTH(v))) FROM {good}"));
        await AssertNotReadableAsync(connection, bad);
    }

    [Fact]
    public async Task SecondaryLoad_CallerKilled_HaltsTheLoad()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        await using var caller = await fixture.OpenHeatWaveAsync(Token);
        var name = await DeclareAsync(connection, "id BIGINT, v VARCHAR(10)", File(Text, writer => writer.Write("x")));
        fixture.HeatWave.Faults.Delay(name, TimeSpan.FromMinutes(10));
        fixture.HeatWave.Faults.KillSessionDuring(name);
        try
        {
            await Assert.ThrowsAsync<MySqlException>(() => LoadAsync(caller, name));
            while (await StatusAsync(connection, name) != "NOLOAD_RPDGSTABSTATE")
            {
                await Task.Delay(50, Token);
            }
        }
        finally
        {
            fixture.HeatWave.Faults.Clear();
        }

        await LoadAsync(connection, name);
        Assert.Equal("AVAIL_RPDGSTABSTATE", await StatusAsync(connection, name));
    }

    [Fact]
    public async Task RestartDuring_ALoad_BreaksItOffAndItWorksAfterwards()
    {
        _ = fixture.HeatWave;
        await using var server = await HeatWaveServer.StartAsync(new HeatWaveServerOptions(), Token);
        string name;
        await using (var connection = new MySqlConnection(server.ConnectionString))
        {
            await connection.OpenAsync(Token);
            name = await DeclareAsync(connection, "id BIGINT, v VARCHAR(10)", File(Text, writer => writer.Write("x")));
            server.Faults.Delay(name, TimeSpan.FromMinutes(10));
            server.Faults.RestartDuring(name, TimeSpan.Zero);
            await Assert.ThrowsAsync<MySqlException>(() => LoadAsync(connection, name));
        }

        server.Faults.Clear();
        await using var after = await ReconnectAsync(server);
        while (await StatusAsync(after, name) != "NOLOAD_RPDGSTABSTATE")
        {
            await Task.Delay(50, Token);
        }

        await LoadAsync(after, name);
        Assert.Equal("1", await DeclaredTableTests.TextAsync(after, $"SELECT COUNT(*) FROM {name}"));
    }

    private static async Task AssertNotReadableAsync(MySqlConnection connection, string name) =>
        Assert.Equal(3889, (await Assert.ThrowsAsync<MySqlException>(() => DeclaredTableTests.TextAsync(connection, $"SELECT COUNT(*) FROM {name}"))).Number);

    private static async Task<MySqlConnection> ReconnectAsync(HeatWaveServer server)
    {
        while (true)
        {
            var connection = new MySqlConnection(server.ConnectionString);
            try
            {
                await connection.OpenAsync(Token);
                return connection;
            }
            catch (MySqlException)
            {
                await connection.DisposeAsync();
                await Task.Delay(50, Token);
            }
        }
    }

    private static byte[] OnlyIds()
    {
        var output = new MemoryStream();
        using var writer = new ParquetWriter(output, [Id]);
        writer.Columns[0].Write(1L);
        writer.EndRow();
        writer.Finish();
        return output.ToArray();
    }

    private static Task LoadAsync(MySqlConnection connection, string name) => DeclaredTableTests.RunAsync(connection, $"ALTER TABLE {name} SECONDARY_LOAD GUIDED OFF");

    private static Task<string?> StatusAsync(MySqlConnection connection, string name) => DeclaredTableTests.TextAsync(
        connection, $"SELECT t.LOAD_STATUS FROM performance_schema.rpd_tables t JOIN performance_schema.rpd_table_id i ON i.ID = t.ID WHERE i.NAME='{name}'");

    private static async Task<string?> SecondColumnAsync(MySqlConnection connection, string sql)
    {
        await using var command = new MySqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(Token);
        return await reader.ReadAsync(Token) ? Convert.ToString(reader.GetValue(1), CultureInfo.InvariantCulture) : null;
    }

    /// <summary>Declares a table over one file, or over none.</summary>
    private async Task<string> DeclareAsync(MySqlConnection connection, string columns, byte[]? file, bool isStrict = true, string? match = null)
    {
        var table = $"t{Guid.NewGuid():N}"[..12];
        if (file is not null)
        {
            fixture.Par.Objects[$"declared/{table}/part-00000.parquet"] = file;
        }

        var matching = match is null ? "" : $",\"match_columns_by\":\"{match}\"";
        var attribute = $"{{\"file\":[{{\"par\":\"{fixture.Par.Url}\",\"prefix\":\"declared/{table}/\",\"is_strict_mode\":{(isStrict ? "true" : "false")}}}],\"dialect\":{{\"format\":\"parquet\"}}{matching}}}";
        await DeclaredTableTests.RunAsync(connection, "CREATE DATABASE IF NOT EXISTS declared_loads", $"CREATE EXTERNAL TABLE declared_loads.{table} ({columns}) ENGINE_ATTRIBUTE='{attribute}'");
        return $"declared_loads.{table}";
    }

    private static byte[] File(ParquetColumn column, params Action<ColumnWriter>[] rows)
    {
        var output = new MemoryStream();
        using var writer = new ParquetWriter(output, [Id, column]);
        for (var i = 0; i < rows.Length; i++)
        {
            writer.Columns[0].Write(i + 1L);
            rows[i](writer.Columns[1]);
            writer.EndRow();
        }

        writer.Finish();
        return output.ToArray();
    }
}
