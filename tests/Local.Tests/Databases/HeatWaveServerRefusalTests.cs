using MySqlConnector;
using SnapshotBridge.Local.Parquet;
using SnapshotBridge.Parquet;
using Xunit;
using static SnapshotBridge.Local.Tests.Databases.HeatWaveCalls;

namespace SnapshotBridge.Local.Tests.Databases;

/// <summary>What HeatWave does not load: its error numbers, and that nothing is changed.</summary>
[Collection(DatabasesShared.Name)]
public sealed class HeatWaveServerRefusalTests(DatabasesFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Call_BinaryColumnsThatMayNotBeDropped_AreAnError()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var (input, _) = fixture.NewForm("undropped", "every_type", "exports/task-1/zoo/zoo.every_type/");

        await CallAsync(connection, input, """{"policy":"not_disable_unsupported_columns"}""");

        Assert.Equal(6091, ErrorNumber(await ReportAsync(connection)));
    }

    [Fact]
    public async Task Call_PrefixWithoutSlash_TakesTheSiblingToo()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var (input, options) = fixture.NewForm("siblings", "country", "exports/task-1/world/world.country");

        await CallAsync(connection, input, options);

        // country and countrylanguage differ in their columns.
        Assert.Equal(6093, ErrorNumber(await ReportAsync(connection)));
    }

    [Fact]
    public async Task Call_NothingUnderThePrefix_Reports6068WithoutAnSqlError()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var (input, options) = fixture.NewForm("missing", "t", "exports/task-1/nothing/");

        await CallAsync(connection, input, options);

        Assert.Equal(6068, ErrorNumber(await ReportAsync(connection)));
    }

    [Fact]
    public async Task Call_ExpiredPar_Reports6128WithoutThePar()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var (input, options) = fixture.NewForm("expired", "t", "exports/task-1/world/world.city/");
        fixture.Par.Expired = true;
        try
        {
            var boxes = await CallAsync(connection, input, options);

            var report = await ReportAsync(connection);
            Assert.Equal(6128, ErrorNumber(report));
            Assert.DoesNotContain(boxes.SelectMany(box => box.Lines).Concat(report.Select(entry => entry.Log.GetRawText())), text => text.Contains("secret-token", StringComparison.Ordinal));
            Assert.Equal(0, await NumberAsync(connection, "SELECT COUNT(*) FROM sys.sb_heatwave_jobs WHERE input_list LIKE '%secret-token%' OR options LIKE '%secret-token%'"));
        }
        finally
        {
            fixture.Par.Expired = false;
        }
    }

    [Fact]
    public async Task Call_TruncatedParquet_Reports6081()
    {
        var part = fixture.Export.Order.First(key => key.Contains("/world.city/", StringComparison.Ordinal));
        fixture.Par.Objects["truncated/part-00000.parquet"] = fixture.Export.Objects[part][..^100];
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var (input, options) = fixture.NewForm("truncated", "city", "truncated/");

        await CallAsync(connection, input, options);

        Assert.Equal(6081, ErrorNumber(await ReportAsync(connection)));
    }

    [Fact]
    public async Task Call_EmptyObject_Reports6069()
    {
        fixture.Par.Objects["marker/_SUCCESS"] = [];
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var (input, options) = fixture.NewForm("marker", "t", "marker/");

        await CallAsync(connection, input, options);

        Assert.Equal(6069, ErrorNumber(await ReportAsync(connection)));
    }

    [Fact]
    public async Task Call_PartsThatDisagreeInAType_Reports6088()
    {
        fixture.Par.Objects["disagree/part-00000.parquet"] = OneColumn(ParquetPhysicalType.Int32);
        fixture.Par.Objects["disagree/part-00001.parquet"] = OneColumn(ParquetPhysicalType.Int64);
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        var (input, options) = fixture.NewForm("disagree", "t", "disagree/");

        await CallAsync(connection, input, options);

        Assert.Equal(6088, ErrorNumber(await ReportAsync(connection)));
    }

    [Fact]
    public async Task Call_TableWithRows_IsRejectedAndLeftAlone()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        await RunAsync(connection, "CREATE DATABASE full_", "CREATE TABLE full_.city (a INT)", "INSERT INTO full_.city VALUES (1)");
        var (input, options) = fixture.NewForm("full_", "city", "exports/task-1/world/world.city/");

        var boxes = await CallAsync(connection, input, options);

        Assert.Contains(boxes.Single(box => box.Name == "LAKEHOUSE AUTO SCHEMA INFERENCE").Lines, line => line.Contains("Non-empty existing table is not supported", StringComparison.Ordinal));
        Assert.DoesNotContain(boxes, box => box.Name == "LOADING TABLE");
        Assert.Equal(1, await NumberAsync(connection, "SELECT COUNT(*) FROM full_.city"));
    }

    [Fact]
    public async Task Call_DeclaredTableTooNarrow_FailsAndIsEmpty()
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);
        await RunAsync(
            connection, "CREATE DATABASE narrow", "CREATE TABLE narrow.city (ID INT, Name CHAR(3), CountryCode CHAR(3), District CHAR(20), Population INT) DEFAULT CHARSET=utf8mb4");
        var (input, options) = fixture.NewForm("narrow", "city", "exports/task-1/world/world.city/");

        var boxes = await CallAsync(connection, input, options);

        Assert.Contains("  Table failed to load!", boxes.Single(box => box.Name == "LOADING TABLE").Lines);
        Assert.Equal(6066, ErrorNumber(await ReportAsync(connection)));
        Assert.Equal(0, await NumberAsync(connection, "SELECT COUNT(*) FROM narrow.city"));
    }

    [Theory]
    [InlineData("[", "{}", 3140)]
    [InlineData("[]", "{}", 1210)]
    [InlineData("""[{"db_name":"d","tables":[{"table_name":"t","engine_attribute":{"dialect":{"format":"parquet"},"file":[{"par":"http://127.0.0.1/x"}]}}]}]""", "{}", 1210)]
    [InlineData("""[{"db_name":"d","tables":[{"table_name":"t","engine_attribute":{"file":[]}}]}]""", "{}", 1210)]
    [InlineData("""["d"]""", """{"mode":"fast"}""", 1210)]
    [InlineData("""["d"]""", """{"speed":1}""", 1210)]
    public async Task Call_ArgumentsThatMakeNoSense_AreAnSqlError(string input, string options, int number)
    {
        await using var connection = await fixture.OpenHeatWaveAsync(Token);

        Assert.Equal(number, (await Assert.ThrowsAsync<MySqlException>(() => CallAsync(connection, input, options))).Number);
    }

    private static byte[] OneColumn(ParquetPhysicalType type)
    {
        var output = new MemoryStream();
        using var writer = new ParquetWriter(output, [new ParquetColumn("a", type)]);
        if (type == ParquetPhysicalType.Int32)
        {
            writer.Columns[0].Write(1);
        }
        else
        {
            writer.Columns[0].Write(1L);
        }

        writer.EndRow();
        writer.Finish();
        return output.ToArray();
    }
}
