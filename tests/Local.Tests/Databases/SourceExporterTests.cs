using System.Numerics;
using System.Text.Json;
using System.Text.RegularExpressions;
using SnapshotBridge.Local.Aws.Rds;
using SnapshotBridge.Local.Databases.Export;
using SnapshotBridge.Local.Parquet;
using SnapshotBridge.Parquet;
using Xunit;

namespace SnapshotBridge.Local.Tests.Databases;

[Collection(DatabasesShared.Name)]
public sealed partial class SourceExporterTests(DatabasesFixture fixture)
{
    private const string Folder = "exports/task-1/";

    [Fact]
    public void FillAsync_World_HasTheKnownRowCounts()
    {
        _ = fixture.Source;

        Assert.Equal(239, fixture.Data.Rows["world.country"]);
        Assert.Equal(984, fixture.Data.Rows["world.countrylanguage"]);
        Assert.Equal(4079, fixture.Data.Rows["world.city"]);
    }

    [Fact]
    public void ExportAsync_EveryTable_HasAsManyRowsInItsFootersAsInTheSource()
    {
        _ = fixture.Source;
        foreach (var (table, rows) in fixture.Data.Rows.Where(entry => entry.Key != "shop.discounts"))
        {
            Assert.Equal(rows, Parts(table).Sum(part => ParquetFooter.Read(part, fixture.Export.Objects[part]).Rows));
        }
    }

    [Fact]
    public void ExportAsync_Keys_HaveRdssForm()
    {
        _ = fixture.Source;
        var data = fixture.Export.Order.Where(key => !key.EndsWith(".json", StringComparison.Ordinal)).ToList();

        Assert.All(data, key => Assert.Matches(KeyForm(), key[Folder.Length..]));
        Assert.All(data.Where(key => key.EndsWith(".parquet", StringComparison.Ordinal)), key => Assert.Matches(PartForm(), key));
    }

    [Fact]
    public void ExportAsync_SplittableTable_IsOneBatchOfManyPartsWithGaps()
    {
        _ = fixture.Source;
        var parts = Parts("shop.orders").ToList();
        var numbers = parts.Select(part => int.Parse(PartForm().Match(part).Groups["number"].Value, null)).ToList();

        Assert.True(parts.Count > 4);
        Assert.All(parts, part => Assert.StartsWith($"{Folder}shop/shop.orders/1/", part, StringComparison.Ordinal));
        Assert.Contains(numbers.Zip(numbers.Skip(1)), pair => pair.Second - pair.First > 1);
        Assert.Single(parts.Select(part => PartForm().Match(part).Groups["uuid"].Value).Distinct());
    }

    [Fact]
    public void ExportAsync_TableWithoutKey_IsSeveralBatchesWithAMarkerEach()
    {
        _ = fixture.Source;
        var keys = fixture.Export.Order.Where(key => key.StartsWith($"{Folder}shop/shop.audit_log/", StringComparison.Ordinal)).ToList();

        Assert.Equal(["1", "2", "3"], keys.Where(key => key.EndsWith("_SUCCESS", StringComparison.Ordinal)).Select(key => key.Split('/')[4]));
        Assert.Equal(3, keys.Count(key => key.EndsWith(".parquet", StringComparison.Ordinal)));
    }

    [Fact]
    public void ExportAsync_EmptyTable_HasAMarkerAndNoParquet()
    {
        _ = fixture.Source;

        Assert.Equal([$"{Folder}shop/shop.empty_table/1/_SUCCESS"], fixture.Export.Order.Where(key => key.Contains("/shop.empty_table/", StringComparison.Ordinal)));
        Assert.Empty(fixture.Export.Objects[$"{Folder}shop/shop.empty_table/1/_SUCCESS"]);
    }

    [Fact]
    public void ExportAsync_Order_IsDataBeforeItsMarkerAndJsonLast()
    {
        _ = fixture.Source;
        var order = fixture.Export.Order;

        foreach (var marker in order.Where(key => key.EndsWith("_SUCCESS", StringComparison.Ordinal)))
        {
            var folder = marker[..^"_SUCCESS".Length];
            Assert.True(order.Where(key => key.StartsWith(folder, StringComparison.Ordinal)).Last() == marker, marker);
        }

        var firstJson = order.FindIndex(key => key.EndsWith(".json", StringComparison.Ordinal));
        Assert.All(order.Skip(firstJson), key => Assert.EndsWith(".json", key, StringComparison.Ordinal));
        Assert.Equal($"{Folder}export_info_task-1.json", order[^1]);
    }

    [Fact]
    public void ExportAsync_ColumnNameWithSpace_SkipsTheTableWithAWarning()
    {
        _ = fixture.Source;

        Assert.DoesNotContain(fixture.Export.Order, key => key.Contains("discounts", StringComparison.Ordinal));
        using var warning = JsonDocument.Parse(fixture.Result.WarningMessage!);
        var skipped = Assert.Single(warning.RootElement.GetProperty("skippedTables").EnumerateArray());
        Assert.Equal("shop.shop.discounts", skipped.GetProperty("tableName").GetString());
        Assert.Equal("COLUMN_WITH_UNSUPPORTED_CHARACTER_IN_NAME", skipped.GetProperty("reason").GetString());
    }

    [Fact]
    public void ExportAsync_JsonFiles_DescribeTaskAndTables()
    {
        _ = fixture.Source;
        using var info = JsonDocument.Parse(fixture.Export.Objects[$"{Folder}export_info_task-1.json"]);
        Assert.Equal("COMPLETE", info.RootElement.GetProperty("status").GetString());
        Assert.Equal("exports/task-1", info.RootElement.GetProperty("exportedFilesPath").GetString());
        Assert.Equal("2024-06-07T08:09:10.000Z", info.RootElement.GetProperty("snapshotTime").GetString());

        var files = fixture.Export.Order.Where(key => key.Contains("export_tables_info", StringComparison.Ordinal)).ToList();
        Assert.Equal([$"{Folder}export_tables_info_task-1_from_1_to_8.json", $"{Folder}export_tables_info_task-1_from_9_to_11.json"], files);
        var tables = files.SelectMany(file => JsonDocument.Parse(fixture.Export.Objects[file]).RootElement.GetProperty("perTableStatus").EnumerateArray()).ToList();
        Assert.Equal(fixture.Data.Rows.Count, tables.Count);
        var city = tables.Single(table => table.GetProperty("target").GetString() == "world.world.city");
        Assert.Equal(
            ["ID int int32", "Name char binary (UTF8)", "CountryCode char binary (UTF8)", "District char binary (UTF8)", "Population int int32"],
            city.GetProperty("schemaMetadata").GetProperty("originalTypeMappings").EnumerateArray()
                .Select(column => $"{column.GetProperty("columnName")} {column.GetProperty("originalType")} {column.GetProperty("expectedExportedType")}"));
    }

    [Theory]
    [InlineData("c_tinyint", "INT32", "-128", "127", "0", "-1")]
    [InlineData("c_tinyint_unsigned", "INT32 (INT_16)", "0", "255", "0", "128")]
    [InlineData("c_smallint_unsigned", "INT32", "0", "65535", "0", "32768")]
    [InlineData("c_mediumint_unsigned", "INT64", "0", "16777215", "0", "8388608")]
    [InlineData("c_int_unsigned", "INT64", "0", "4294967295", "0", "2147483648")]
    [InlineData("c_bigint", "INT64", "-9223372036854775808", "9223372036854775807", "0", "-1")]
    [InlineData("c_bigint_unsigned", "FIXED_LEN_BYTE_ARRAY(9) (DECIMAL(20,0))", "0", "18446744073709551615", "0", "9223372036854775808")]
    [InlineData("c_decimal_4_4", "INT32 (DECIMAL(4,4))", "-0.9999", "0.9999", "0.0000", "0.0001")]
    [InlineData("c_decimal_9_0", "INT32 (DECIMAL(9,0))", "-999999999", "999999999", "0", "1")]
    [InlineData("c_decimal_18_9", "INT64 (DECIMAL(18,9))", "-999999999.999999999", "999999999.999999999", "0.000000000", "0.000000001")]
    [InlineData("c_decimal_38_10", "FIXED_LEN_BYTE_ARRAY(16) (DECIMAL(38,10))", "-9999999999999999999999999999.9999999999", "9999999999999999999999999999.9999999999", "0.0000000000", "0.0000000001")]
    [InlineData("c_decimal_65_30", "BYTE_ARRAY (UTF8)", "-99999999999999999999999999999999999.999999999999999999999999999999", "99999999999999999999999999999999999.999999999999999999999999999999", "0.000000000000000000000000000000", "0.000000000000000000000000000001")]
    [InlineData("c_date", "BYTE_ARRAY (UTF8)", "1000-01-01", "9999-12-31", "0000-00-00", "2024-02-29")]
    [InlineData("c_time", "BYTE_ARRAY (UTF8)", "-838:59:59", "838:59:59", "00:00:00", "-00:00:01")]
    [InlineData("c_time_6", "BYTE_ARRAY (UTF8)", "-838:59:58.999999", "838:59:58.999999", "00:00:00.000000", "25:00:00.000001")]
    [InlineData("c_year", "INT32", "1901", "2155", "0", "2024")]
    [InlineData("c_varchar", "BYTE_ARRAY (UTF8)", "NULL", "𝄞🚲漢字", "", "it's \"quoted\" \\ back\nnew\r\ntab\t,;")]
    [InlineData("c_varchar_latin1", "BYTE_ARRAY (UTF8)", "ä", "ÿ", "", "£")]
    [InlineData("c_enum", "BYTE_ARRAY (UTF8)", "small", "größer", "", "it's")]
    [InlineData("c_set", "BYTE_ARRAY (UTF8)", "a", "a,b,c d", "", "b")]
    [InlineData("c_bit_1", "BYTE_ARRAY", "00", "01", "00", "01")]
    [InlineData("c_bit_64", "BYTE_ARRAY", "0000000000000001", "FFFFFFFFFFFFFFFF", "0000000000000000", "8000000000000001")]
    [InlineData("c_binary", "BYTE_ARRAY", "00000000", "FFFFFFFF", "00000000", "00FF0022")]
    [InlineData("c_varbinary", "BYTE_ARRAY", "00", "000102FF0D0A2C225C27", "", "4E554C4C")]
    [InlineData("c_virtual", "INT32", "-32767", "32768", "1", "0")]
    public void ExportAsync_AwkwardValues_ArriveInParquetAsTheyAre(string column, string type, string first, string second, string third, string fourth)
    {
        var values = Zoo(column);

        Assert.Equal(type, values.Column.TypeText);
        Assert.Equal([first, second, third, fourth, null], Enumerable.Range(0, 5).Select(row => Text(values.GetValue(row))));
    }

    [Theory]
    [InlineData("c_datetime", "1000-01-01 00:00:00.000000", "9999-12-31 23:59:59.000000", null, "1969-12-31 23:59:59.000000")]
    [InlineData("c_datetime_6", "1000-01-01 00:00:00.000001", "9999-12-31 23:59:59.999999", null, "2020-09-10 12:17:16.123456")]
    [InlineData("c_timestamp_6", "1970-01-01 00:00:01.000000", "2038-01-19 03:14:07.499999", null, "2024-03-31 01:30:00.500000")]
    public void ExportAsync_Times_AreMicrosecondsInUtcAndZeroDatesAreNull(string column, string? first, string? second, string? third, string? fourth)
    {
        var values = Zoo(column);

        Assert.Equal("INT64 (TIMESTAMP_MICROS)", values.Column.TypeText);
        Assert.Equal(
            [first, second, third, fourth, null],
            Enumerable.Range(0, 5).Select(row => values.GetValue(row) is DateTime at ? at.ToString("yyyy-MM-dd HH:mm:ss.ffffff", System.Globalization.CultureInfo.InvariantCulture) : null));
    }

    [Fact]
    public void ExportAsync_Doubles_KeepTheirBits()
    {
        Assert.Equal([-1.7976931348623157e308, 1.7976931348623157e308, 0.0, 0.1, null], Enumerable.Range(0, 5).Select(row => Zoo("c_double").GetValue(row)));
        Assert.Equal((double)0.1f, Zoo("c_float").GetValue(3));
    }

    [Fact]
    public void ExportAsync_Geometry_IsWellKnownBinary()
    {
        var point = (byte[])Zoo("c_point").GetValue(3)!;

        Assert.Equal(21, point.Length);
        Assert.Equal(0.1, BitConverter.ToDouble(point, 5));
        Assert.Equal(0.2, BitConverter.ToDouble(point, 13));
    }

    [Fact]
    public async Task ExportAsync_ExportOnly_WritesThatPart()
    {
        var target = new MemoryExport();

        await Exporter().ExportAsync(DatabasesFixture.Job("world", "shop.products"), target, new DatabasesFixture.Percent(), TestContext.Current.CancellationToken);

        Assert.Equal(
            ["shop/shop.products", "world/world.city", "world/world.country", "world/world.countrylanguage"],
            target.Order.Where(key => key.EndsWith("_SUCCESS", StringComparison.Ordinal)).Select(key => string.Join('/', key.Split('/')[2..4])));
    }

    [Fact]
    public async Task ExportAsync_ExportOnlyOfNothing_FailsTheTask()
    {
        var error = await Assert.ThrowsAsync<ExportFailedException>(() =>
            Exporter().ExportAsync(DatabasesFixture.Job("nothing"), new MemoryExport(), new DatabasesFixture.Percent(), TestContext.Current.CancellationToken));

        Assert.Contains("'nothing'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExportAsync_Progress_RisesToHundred()
    {
        var percent = new DatabasesFixture.Percent();

        await Exporter().ExportAsync(DatabasesFixture.Job(), new MemoryExport(), percent, TestContext.Current.CancellationToken);

        Assert.Equal(percent.Values.Order(), percent.Values);
        Assert.Equal(100, percent.Values[^1]);
    }

    [Theory]
    [InlineData(TypeMappingForm.NamesOnly, "c_varchar varchar - - -", "c_datetime_6 datetime - - -", "c_decimal_4_4 decimal - - -")]
    [InlineData(TypeMappingForm.Numbers, "c_varchar varchar 100 - -", "c_datetime_6 datetime - - 6", "c_decimal_4_4 decimal - 4 -")]
    [InlineData(TypeMappingForm.NumbersAsTexts, "c_varchar varchar \"100\" - -", "c_datetime_6 datetime - - \"6\"", "c_decimal_4_4 decimal - \"4\" -")]
    public async Task ExportAsync_TypeMapping_TellsWhatItsAgeTold(TypeMappingForm form, params string[] expected)
    {
        var target = new MemoryExport();

        await new SourceExporter(fixture.Source.ConnectionString().ConnectionString, new SourceExporterOptions { TypeMapping = form })
            .ExportAsync(DatabasesFixture.Job("zoo"), target, new DatabasesFixture.Percent(), TestContext.Current.CancellationToken);

        using var tables = JsonDocument.Parse(target.Text($"{Folder}export_tables_info_task-1_from_1_to_2.json"));
        var columns = tables.RootElement.GetProperty("perTableStatus")[0].GetProperty("schemaMetadata").GetProperty("originalTypeMappings").EnumerateArray()
            .Select(column => $"{column.GetProperty("columnName")} {column.GetProperty("originalType")} {Field(column, "originalCharMaxLength")} {Field(column, "originalNumPrecision")} {Field(column, "originalDateTimePrecision")}")
            .ToList();
        Assert.All(expected, text => Assert.Contains(text, columns));
    }

    private static string Field(JsonElement column, string name) => column.TryGetProperty(name, out var value) ? value.GetRawText() : "-";

    private SourceExporter Exporter() => new(fixture.Source.ConnectionString().ConnectionString);

    private IEnumerable<string> Parts(string table) => fixture.Export.Order.Where(key =>
        key.StartsWith($"{Folder}{table.Split('.')[0]}/{table}/", StringComparison.Ordinal) && key.EndsWith(".parquet", StringComparison.Ordinal));

    private ParquetColumnValues Zoo(string column)
    {
        _ = fixture.Source;
        var key = Parts("zoo.every_type").Single();
        return new ParquetReader(key, fixture.Export.Objects[key]).ReadRowGroup(0).Single(values => values.Column.Name == column);
    }

    private static string? Text(object? value) => value switch
    {
        byte[] bytes => Convert.ToHexString(bytes),
        BigInteger number => number.ToString(System.Globalization.CultureInfo.InvariantCulture),
        _ => value?.ToString(),
    };

    [GeneratedRegex(@"^(?<db>[^/]+)/\k<db>\.(?<table>[^/]+)/(?:(?<batch>\d+)/)?(?<file>_SUCCESS|[^/]+\.parquet)$")]
    private static partial Regex KeyForm();

    [GeneratedRegex(@"/part-(?<number>\d{5})-(?<uuid>[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})-c000\.gz\.parquet$")]
    private static partial Regex PartForm();
}
