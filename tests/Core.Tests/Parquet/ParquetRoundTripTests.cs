using System.Globalization;
using System.IO.Compression;
using System.Numerics;
using SnapshotBridge.Local.Parquet;
using SnapshotBridge.Parquet;
using Xunit;

namespace SnapshotBridge.Core.Tests.Parquet;

public sealed class ParquetRoundTripTests
{
    private static ParquetColumn Decimal(string name, ParquetPhysicalType type, int precision, int scale, int length = 0) =>
        new(name, type) { ConvertedType = ParquetConvertedType.Decimal, Precision = precision, Scale = scale, TypeLength = length };

    private static readonly ParquetColumn[] EveryType =
    [
        new("i32", ParquetPhysicalType.Int32),
        new("i16", ParquetPhysicalType.Int32) { ConvertedType = ParquetConvertedType.Int16 },
        new("i64", ParquetPhysicalType.Int64),
        new("real", ParquetPhysicalType.Double),
        new("at", ParquetPhysicalType.Int64) { ConvertedType = ParquetConvertedType.TimestampMicros },
        Decimal("d4", ParquetPhysicalType.Int32, 4, 4),
        Decimal("d12", ParquetPhysicalType.Int64, 12, 2),
        Decimal("d20", ParquetPhysicalType.FixedLenByteArray, 20, 0, 9),
        Decimal("d38", ParquetPhysicalType.FixedLenByteArray, 38, 10, 16),
        new("text", ParquetPhysicalType.ByteArray) { ConvertedType = ParquetConvertedType.Utf8 },
        new("raw", ParquetPhysicalType.ByteArray),
    ];

    public static TheoryData<int, int, bool, CompressionLevel, int> Layouts => new()
    {
        // rows, rows per group, dictionaries, compression, page bytes
        { 1, 100, true, CompressionLevel.Fastest, 1 << 20 },
        { 1000, 100, false, CompressionLevel.Fastest, 1 << 20 },
        { 1000, 100, true, CompressionLevel.NoCompression, 1 << 20 },
        { 999, 400, false, CompressionLevel.NoCompression, 300 },
        { 2003, 1000, true, CompressionLevel.Optimal, 500 },
        { 100, 7, true, CompressionLevel.SmallestSize, 16 },
    };

    [Theory]
    [MemberData(nameof(Layouts))]
    public void ReadRowGroup_WhatTheWriterWrote_IsEqualValueForValue(int rows, int groupRows, bool dictionaries, CompressionLevel compression, int pageBytes)
    {
        var expected = Enumerable.Range(0, rows).Select(Row).ToList();
        var file = Write(expected, new ParquetWriterOptions { RowGroupRows = groupRows, Dictionaries = dictionaries, Compression = compression, PageBytes = pageBytes });

        var reader = new ParquetReader("round-trip", file);

        Assert.Equal(rows, reader.Footer.Rows);
        Assert.Equal((rows + groupRows - 1) / groupRows, reader.Footer.RowGroups.Count);
        Assert.Equal(EveryType.Select(column => column.ToString()), reader.Footer.Columns.Select(column => column.ToString()));
        var at = 0;
        for (var group = 0; group < reader.Footer.RowGroups.Count; group++)
        {
            var columns = reader.ReadRowGroup(group);
            for (var row = 0; row < reader.Footer.RowGroups[group].Rows; row++, at++)
            {
                for (var column = 0; column < columns.Count; column++)
                {
                    Assert.Equal(expected[at][column], columns[column].GetValue(row));
                }
            }
        }

        Assert.Equal(rows, at);
    }

    [Fact]
    public void Statistics_OfAColumn_AreItsBoundsAndNulls()
    {
        var file = Write([.. Enumerable.Range(0, 500).Select(Row)], new ParquetWriterOptions { RowGroupRows = 1000 });

        var chunks = Assert.Single(ParquetFooter.Read("x", file, withColumnChunks: true).RowGroups).Chunks;

        Assert.Equal(Enumerable.Range(0, 500).Count(row => Row(row)[0] is null), chunks[0].Statistics!.NullCount);
        Assert.Equal(int.MinValue, BitConverter.ToInt32(chunks[0].Statistics!.Minimum!.Value.Span));
        Assert.Equal(int.MaxValue, BitConverter.ToInt32(chunks[0].Statistics!.Maximum!.Value.Span));
        var d38 = chunks[8].Statistics!;
        Assert.Equal(-BigInteger.Pow(10, 38) + 1, new BigInteger(d38.Minimum!.Value.Span, isBigEndian: true));
        Assert.Equal(BigInteger.Pow(10, 38) - 1, new BigInteger(d38.Maximum!.Value.Span, isBigEndian: true));
    }

    [Fact]
    public void ReadRowGroup_ColumnOfNullsOnly_IsNull()
    {
        var output = new MemoryStream();
        using (var writer = new ParquetWriter(output, [new("a", ParquetPhysicalType.Int64), new("b", ParquetPhysicalType.ByteArray)]))
        {
            for (var i = 0; i < 1000; i++)
            {
                writer.Columns[0].WriteNull();
                writer.Columns[1].WriteNull();
                writer.EndRow();
            }

            writer.Finish();
        }

        var columns = new ParquetReader("nulls", output.ToArray()).ReadRowGroup(0);

        Assert.All(Enumerable.Range(0, 1000), row => Assert.True(columns[0].IsNull(row) && columns[1].IsNull(row)));
    }

    [Fact]
    public void ReadRowGroup_HundredEqualValues_ReadsIndicesOfWidthZero()
    {
        var output = new MemoryStream();
        using (var writer = new ParquetWriter(output, [new("a", ParquetPhysicalType.ByteArray)], new ParquetWriterOptions { Compression = CompressionLevel.NoCompression }))
        {
            for (var i = 0; i < 100; i++)
            {
                writer.Columns[0].Write("same"u8);
                writer.EndRow();
            }

            writer.Finish();
        }

        var file = output.ToArray();

        // The same bytes that a real export has for this case.
        Assert.True(file.AsSpan().IndexOf(Convert.FromHexString("03000000C8010100C801")) > 0);
        var column = new ParquetReader("same", file).ReadRowGroup(0)[0];
        Assert.All(Enumerable.Range(0, 100), row => Assert.Equal("same", column.GetText(row)));
    }

    [Fact]
    public void WriteNull_RequiredColumn_IsRefused()
    {
        using var writer = new ParquetWriter(new MemoryStream(), [new("a", ParquetPhysicalType.Int32) { Repetition = ParquetRepetition.Required }]);

        Assert.Throws<InvalidOperationException>(writer.Columns[0].WriteNull);
    }

    [Fact]
    public void EndRow_ColumnWithoutValue_IsRefused()
    {
        using var writer = new ParquetWriter(new MemoryStream(), [new("a", ParquetPhysicalType.Int32), new("b", ParquetPhysicalType.Int32)]);
        writer.Columns[0].Write(1);

        Assert.Contains("'b'", Assert.Throws<InvalidOperationException>(writer.EndRow).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WriteUnscaled_NumberThatDoesNotFit_Overflows()
    {
        using var writer = new ParquetWriter(new MemoryStream(), [Decimal("d", ParquetPhysicalType.FixedLenByteArray, 20, 0, 9)]);

        Assert.Throws<OverflowException>(() => writer.Columns[0].WriteUnscaled(BigInteger.Pow(2, 80)));
    }

    [Fact]
    public void ReadRowGroup_EveryFlippedByte_ReadsOrFailsTyped()
    {
        var file = Write([.. Enumerable.Range(0, 40).Select(Row)], new ParquetWriterOptions { RowGroupRows = 25, PageBytes = 200 });
        for (var i = 4; i < file.Length - 8; i++)
        {
            var damaged = (byte[])file.Clone();
            damaged[i] ^= (byte)(1 << (i % 8));
            var error = Record.Exception(() =>
            {
                var reader = new ParquetReader("damaged", damaged);
                for (var group = 0; group < reader.Footer.RowGroups.Count; group++)
                {
                    reader.ReadRowGroup(group);
                }
            });
            Assert.True(error is null or ParquetFileInvalidException or ParquetFeatureNotSupportedException, $"byte {i}: {error}");
        }
    }

    [Fact]
    public void ReadRowGroup_NestedColumn_IsRejectedByName() =>
        Assert.Contains(
            "'tags.list.element' is nested",
            Assert.Throws<ParquetFeatureNotSupportedException>(() => new ParquetReader("x", HandMadeFile.BuildNested())).Message,
            StringComparison.Ordinal);

    [Fact]
    public void ReadRowGroup_OtherCodec_IsRejectedByName()
    {
        var file = HandMadeFile.Build(rows: 1, columns: ["a"], codec: 1);

        Assert.Contains(
            "SNAPPY",
            Assert.Throws<ParquetFeatureNotSupportedException>(() => new ParquetReader("x", file).ReadRowGroup(0)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void ReadRowGroup_RealExport_HasItsCheckValues()
    {
        var customer = new ParquetReader("customer", RealExport.Table("customer"));
        var columns = customer.ReadRowGroup(0);
        var index = customer.Footer.Columns.Select((column, i) => (column.Name, i)).ToDictionary(pair => pair.Name, pair => pair.i);

        Assert.Equal(210, Enumerable.Range(0, 20).Sum(row => columns[index["c_id"]].GetInteger(row)));
        var last = Enumerable.Range(0, 20).Single(row => columns[index["c_id"]].GetInteger(row) == 20);
        Assert.Equal(new DateTime(2020, 9, 10, 12, 17, 16, DateTimeKind.Utc), columns[index["c_since"]].GetValue(last));
        Assert.Equal("0.0585", columns[index["c_discount"]].GetValue(last));

        var warehouse = new ParquetReader("warehouse", RealExport.Table("warehouse"));
        var values = warehouse.ReadRowGroup(0).ToDictionary(column => column.Column.Name, column => column.GetValue(0));
        Assert.Equal("eLNEDIW", values["w_name"]);
        Assert.Equal("300000.00", values["w_ytd"]);

        var history = new ParquetReader("history", RealExport.Table("history")).ReadRowGroup(0).Single(column => column.Column.Name == "h_amount");
        Assert.Equal(1000.00m, Enumerable.Range(0, 100).Sum(row => decimal.Parse((string)history.GetValue(row)!, CultureInfo.InvariantCulture)));
    }

    [Theory]
    [MemberData(nameof(ParquetFooterTests.RealTables), MemberType = typeof(ParquetFooterTests))]
    public void ReadRowGroup_RealExport_DecodesEveryColumnWithoutNulls(string table, int rows, int columns)
    {
        var values = new ParquetReader(table, RealExport.Table(table)).ReadRowGroup(0);

        Assert.Equal(columns, values.Count);
        Assert.All(values, column => Assert.All(Enumerable.Range(0, rows), row => Assert.NotNull(column.GetValue(row))));
    }

    internal static byte[] Write(IReadOnlyList<object?[]> rows, ParquetWriterOptions options)
    {
        var output = new MemoryStream();
        using var writer = new ParquetWriter(output, EveryType, options);
        foreach (var row in rows)
        {
            for (var i = 0; i < row.Length; i++)
            {
                WriteValue(writer.Columns[i], row[i]);
            }

            writer.EndRow();
        }

        writer.Finish();
        return output.ToArray();
    }

    /// <summary>Awkward values, NULLs in rhythms of their own per column, long runs of equal values and of distinct ones.</summary>
    internal static object?[] Row(int i)
    {
        var max38 = BigInteger.Pow(10, 38) - 1;
        object?[] row =
        [
            (long)(i % 5) switch { 0 => int.MinValue, 1 => int.MaxValue, _ => (long)i },
            i % 3 == 0 ? -32768L : 255L,
            (i % 4) switch { 0 => long.MinValue, 1 => long.MaxValue, _ => i * 1_000_000_007L },
            (i % 6) switch { 0 => double.MaxValue, 1 => -0.1, 2 => double.Epsilon, _ => i / 7.0 },
            (i % 4) switch
            {
                0 => new DateTime(9999, 12, 31, 23, 59, 59, DateTimeKind.Utc).AddTicks(9_999_990),
                1 => new DateTime(1, 1, 1, 0, 0, 0, DateTimeKind.Utc),
                _ => new DateTime(2020, 9, 10, 12, 17, 16, DateTimeKind.Utc).AddTicks(i * 10L),
            },
            ParquetColumnValues.DecimalText((i % 20_000) - 9_999, 4),
            ParquetColumnValues.DecimalText(999_999_999_999L - i, 2),
            ParquetColumnValues.DecimalText(new BigInteger(ulong.MaxValue) - (i * 3), 0),
            ParquetColumnValues.DecimalText(i % 2 == 0 ? max38 : -max38, 10),
            (i / 50 % 3) switch { 0 => "", 1 => "same", _ => $"né𝄞'\"\\\n{i}" },
            new byte[] { 0, (byte)i, 0xFF, (byte)(i >> 8) },
        ];
        for (var column = 0; column < row.Length; column++)
        {
            if (i % (column + 2) == column || (column == 9 && i is > 300 and < 400))
            {
                row[column] = null;
            }
        }

        return row;
    }

    private static void WriteValue(ColumnWriter column, object? value)
    {
        switch (value)
        {
            case null:
                column.WriteNull();
                break;
            case string text when column.Column.ConvertedType == ParquetConvertedType.Decimal:
                column.WriteUnscaled(BigInteger.Parse(text.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture));
                break;
            case string text:
                column.Write(text);
                break;
            case byte[] bytes:
                column.Write(bytes);
                break;
            case double number:
                column.Write(number);
                break;
            case DateTime at:
                column.Write((at - DateTime.UnixEpoch).Ticks / 10);
                break;
            case long number when column.Column.PhysicalType == ParquetPhysicalType.Int32:
                column.Write((int)number);
                break;
            case long number:
                column.Write(number);
                break;
            default:
                throw new ArgumentException($"{value} is of no type that a column takes.", nameof(value));
        }
    }
}
