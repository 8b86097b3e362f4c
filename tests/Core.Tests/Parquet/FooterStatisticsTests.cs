using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using SnapshotBridge.Local.Parquet;
using SnapshotBridge.Parquet;
using Xunit;

namespace SnapshotBridge.Core.Tests.Parquet;

public sealed class FooterStatisticsTests
{
    private const string NoOrder = "the writer does not say in which order it compared in p.parquet";
    private const string NoBounds = "there are no minimum and maximum in p.parquet";
    private const string NotANumber = "minimum or maximum is not a number in p.parquet";
    private const string Damaged = "minimum and maximum are damaged in p.parquet";

    private static readonly ParquetColumn Text = new("c", ParquetPhysicalType.ByteArray) { ConvertedType = ParquetConvertedType.Utf8 };
    private static readonly ParquetColumn Int32 = new("c", ParquetPhysicalType.Int32);
    private static readonly ParquetColumn UInt32 = Int32 with { ConvertedType = ParquetConvertedType.UInt32 };
    private static readonly ParquetColumn UInt64 = new("c", ParquetPhysicalType.Int64) { LogicalType = "INTEGER(64,unsigned)" };
    private static readonly ParquetColumn Double = new("c", ParquetPhysicalType.Double);
    private static readonly ParquetColumn Float = new("c", ParquetPhysicalType.Float);
    private static readonly ParquetColumn Boolean = new("c", ParquetPhysicalType.Boolean);
    private static readonly ParquetColumn Int96 = new("c", ParquetPhysicalType.Int96);
    private static readonly ParquetColumn Decimal32 = Int32 with { ConvertedType = ParquetConvertedType.Decimal, Precision = 9, Scale = 2 };
    private static readonly ParquetColumn DecimalBytes = new("c", ParquetPhysicalType.FixedLenByteArray) { ConvertedType = ParquetConvertedType.Decimal, Precision = 20, TypeLength = 9 };

    public static TheoryData<string, ParquetColumn, bool, ParquetStatistics?, string> Cases => new()
    {
        { "signed numbers", Int32, true, Said(LittleEndian(-5), LittleEndian(7)), "-5..7" },
        { "signed numbers, deprecated fields", Int32, false, Old(LittleEndian(-5), LittleEndian(7)), "-5..7" },
        { "signed numbers, no order said", Int32, false, Said(LittleEndian(-5), LittleEndian(7)), "-5..7" },
        { "unsigned numbers", UInt32, true, Said(LittleEndian(1), LittleEndian(-1)), "1..4294967295" },
        { "unsigned numbers of 64 bits", UInt64, true, Said(new byte[8], Enumerable.Repeat((byte)255, 8).ToArray()), "0..18446744073709551615" },
        { "unsigned numbers, deprecated fields", UInt32, false, Old(LittleEndian(-1), LittleEndian(1)), NoOrder },
        { "unsigned numbers in signed order", UInt32, true, Said(LittleEndian(-1), LittleEndian(1)), Damaged },
        { "texts", Text, true, Said("Z"u8.ToArray(), "ä"u8.ToArray()), "b'Z'..b'ä'" },
        { "texts, deprecated fields", Text, false, Old("a"u8.ToArray(), "b"u8.ToArray()), NoOrder },
        { "texts, deprecated fields beside an order", Text, true, Old("a"u8.ToArray(), "b"u8.ToArray()), NoBounds },
        { "texts without an order", Text, false, Said("a"u8.ToArray(), "b"u8.ToArray()), NoOrder },
        { "texts, shortened minimum", Text, true, Said("a"u8.ToArray(), "b"u8.ToArray()) with { MinimumIsExact = false }, "the writer shortened minimum or maximum in p.parquet" },
        { "texts, shortened maximum", Text, true, Said("a"u8.ToArray(), "b"u8.ToArray()) with { MaximumIsExact = false }, "the writer shortened minimum or maximum in p.parquet" },
        { "empty text", Text, true, Said([], "b"u8.ToArray()), "b''..b'b'" },
        { "decimals in 32 bits", Decimal32, true, Said(LittleEndian(-12345), LittleEndian(99)), "-12345..99" },
        { "decimals in bytes", DecimalBytes, true, Said(BigEndian(-BigInteger.Pow(10, 19), 9), BigEndian(BigInteger.Pow(10, 20) - 1, 9)), "-10000000000000000000..99999999999999999999" },
        { "decimals in bytes, deprecated fields", DecimalBytes, false, Old(BigEndian(1, 9), BigEndian(2, 9)), NoOrder },
        { "decimals in more bytes than their digits need", DecimalBytes with { TypeLength = 20 }, true, Said(BigEndian(-1, 20), BigEndian(1, 20)), "-1..1" },
        { "decimals of more than 38 digits", DecimalBytes with { TypeLength = 20 }, true, Said(BigEndian(-BigInteger.Pow(10, 45), 20), BigEndian(1, 20)), Damaged },
        { "doubles", Double, true, Said(BitConverter.GetBytes(-0.5), BitConverter.GetBytes(1e300)), "-0.5..1E+300" },
        { "doubles of both zeros", Double, true, Said(BitConverter.GetBytes(0.0), BitConverter.GetBytes(-0.0)), "0..-0" },
        { "doubles with NaN", Double, true, Said(BitConverter.GetBytes(-0.5), BitConverter.GetBytes(double.NaN)), NotANumber },
        { "floats", Float, true, Said(BitConverter.GetBytes(0.1f), BitConverter.GetBytes(0.2f)), "0.10000000149011612..0.20000000298023224" },
        { "truth values", Boolean, true, Said([0], [1]), "0..1" },
        { "truth values, deprecated fields", Boolean, false, Old([0], [0]), "0..0" },
        { "INT96", Int96, false, Said(new byte[12], new byte[12]), "values of this type have no order in p.parquet" },
        { "nested", Int32 with { IsNested = true }, true, Said(LittleEndian(1), LittleEndian(2)), "the column is nested in p.parquet" },
        { "of a wrong length", Int32, true, Said([1], [2]), Damaged },
        { "minimum only", Int32, true, new ParquetStatistics { NullCount = 1, Minimum = LittleEndian(1) }, NoBounds },
        { "none", Int32, true, null, "there are no statistics in p.parquet" },
        { "NULLs only", Int32, true, new ParquetStatistics { NullCount = 10 }, "none" },
        { "NULLs not counted and no bounds", Int32, true, new ParquetStatistics(), NoBounds },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Of_OneChunk_IsWhatItsWriterMeant(string what, ParquetColumn column, bool ordered, ParquetStatistics? statistics, string expected)
    {
        var found = Assert.Single(FooterStatistics.Of(Footer(column, ordered, statistics), "folder/p.parquet"));

        Assert.Equal(expected, found.Unknown ?? (found.Minimum is null ? "none" : $"{Show(found.Minimum)}..{Show(found.Maximum!)}"));
        Assert.Equal(column.IsNested ? null : statistics?.NullCount, found.Nulls);
        Assert.NotEmpty(what);
    }

    [Fact]
    public void Of_RequiredColumnWithoutNullCount_HasNoNulls() =>
        Assert.Equal(0, FooterStatistics.Of(Footer(Int32 with { Repetition = ParquetRepetition.Required }, true, new ParquetStatistics()), "p")[0].Nulls);

    [Fact]
    public void Of_OneRowGroupWithoutStatistics_IsNotKnownOfTheWholeColumn()
    {
        var column = Assert.Single(FooterStatistics.Of(Footer(Int32, true, Said(LittleEndian(1), LittleEndian(2)), null, Said(LittleEndian(0), LittleEndian(9))), "p"));

        Assert.Equal((null, null, "there are no statistics in p"), (column.Nulls, column.Minimum, column.Unknown));
    }

    [Fact]
    public void Of_SeveralRowGroups_AddsNullsAndWidensBounds()
    {
        var column = Assert.Single(FooterStatistics.Of(
            Footer(Int32, true, Said(LittleEndian(1), LittleEndian(2)), new ParquetStatistics { NullCount = 10 }, Said(LittleEndian(-3), LittleEndian(0))), "p"));

        Assert.Equal((12, "-3", "2"), (column.Nulls, column.Minimum!.ToString(), column.Maximum!.ToString()));
    }

    [Fact]
    public void Merge_LongTexts_KeepPrefixesInOrder()
    {
        var shared = new string('x', StatisticsValue.LongestBytes);
        var (whole, longer) = (StatisticsValue.Of(Encoding.UTF8.GetBytes(shared)), StatisticsValue.Of(Encoding.UTF8.GetBytes(shared + "y")));

        var merged = ColumnStatistics.Merge(new ColumnStatistics { Nulls = 0, Minimum = longer, Maximum = longer }, new ColumnStatistics { Nulls = 0, Minimum = whole, Maximum = whole });

        Assert.Equal((false, true), (merged.Minimum!.IsPrefix, merged.Maximum!.IsPrefix));
        Assert.Equal(StatisticsValue.LongestBytes, merged.Maximum.Bytes.Length);
    }

    [Theory]
    [InlineData("-170141183460469231731687303715884105728")]
    [InlineData("f-1.7976931348623157E+308")]
    [InlineData("fInfinity")]
    [InlineData("b")]
    [InlineData("b__-8")]
    [InlineData("pYWJj")]
    public void Parse_WhatToStringWrites_IsTheSameValue(string text) => Assert.Equal(text, StatisticsValue.Parse(text).ToString());

    [Theory]
    [InlineData("INT32", ColumnValues.Integer, 0, 0)]
    [InlineData("INT32 (DECIMAL(4,4))", ColumnValues.Decimal, 4, 0)]
    [InlineData("FIXED_LEN_BYTE_ARRAY(9) (DECIMAL(20,0)) REQUIRED", ColumnValues.Decimal, 0, 0)]
    [InlineData("INT64 (TIMESTAMP_MICROS)", ColumnValues.Timestamp, 0, 1_000_000)]
    [InlineData("INT64 (TIMESTAMP(NANOS,local))", ColumnValues.Timestamp, 0, 1_000_000_000)]
    [InlineData("INT32 (TIME_MILLIS)", ColumnValues.Time, 0, 1_000)]
    [InlineData("INT64 (INTEGER(64,unsigned))", ColumnValues.Unsigned, 0, 0)]
    [InlineData("INT32 (DATE)", ColumnValues.Date, 0, 0)]
    [InlineData("BYTE_ARRAY (UTF8)", ColumnValues.Text, 0, 0)]
    [InlineData("BYTE_ARRAY (STRING) REQUIRED", ColumnValues.Text, 0, 0)]
    [InlineData("BYTE_ARRAY", ColumnValues.Bytes, 0, 0)]
    [InlineData("BYTE_ARRAY (UTF8) REPEATED", ColumnValues.Unordered, 0, 0)]
    [InlineData("INT96", ColumnValues.Unordered, 0, 0)]
    [InlineData("FIXED_LEN_BYTE_ARRAY(12) (INTERVAL)", ColumnValues.Unordered, 0, 0)]
    [InlineData("something else", ColumnValues.Unordered, 0, 0)]
    public void Parse_TypeTextOfAFooter_TellsTheMeaning(string type, ColumnValues values, int scale, long units) =>
        Assert.Equal(new ColumnMeaning(values, scale, units), ColumnMeaning.Parse(type));

    [Fact]
    public void Parse_TypeTextOfEveryWrittenColumn_IsTheColumnsMeaning() => Assert.All(
        [Text, Int32, UInt32, UInt64, Double, Float, Boolean, Int96, Decimal32, DecimalBytes],
        column => Assert.Equal(ColumnMeaning.Of(column), ColumnMeaning.Parse(column.TypeText)));

    [Fact]
    public void Of_FileOfTheWriter_IsWhatWasWritten()
    {
        var file = new MemoryStream();
        using (var writer = new ParquetWriter(file, [new("id", ParquetPhysicalType.Int64), Text with { Name = "name" }], new ParquetWriterOptions { RowGroupRows = 3 }))
        {
            for (var row = 0; row < 10; row++)
            {
                writer.Columns[0].Write(row - 4L);
                if (row % 3 == 0)
                {
                    writer.Columns[1].WriteNull();
                }
                else
                {
                    writer.Columns[1].Write(Encoding.UTF8.GetBytes($"n{row}"));
                }

                writer.EndRow();
            }

            writer.Finish();
        }

        var columns = FooterStatistics.Of(ParquetFooter.Read("x", file.ToArray(), withColumnChunks: true), "x");

        Assert.Equal((0, "-4", "5"), (columns[0].Nulls, columns[0].Minimum!.ToString(), columns[0].Maximum!.ToString()));
        Assert.Equal((4, "b'n1'", "b'n8'"), (columns[1].Nulls, Show(columns[1].Minimum!), Show(columns[1].Maximum!)));
    }

    [Fact]
    public void Of_RealExport_KnowsEveryColumn()
    {
        var customer = ParquetFooter.Read("customer", RealExport.Table("customer"), withColumnChunks: true);

        var columns = FooterStatistics.Of(customer, "customer");

        var byName = customer.Columns.Zip(columns).ToDictionary(pair => pair.First.Name, pair => pair.Second);
        Assert.All(columns, column => Assert.Equal((0, null), (column.Nulls, column.Unknown)));
        Assert.Equal(("1", "20"), (byName["c_id"].Minimum!.ToString(), byName["c_id"].Maximum!.ToString()));
        // The five hundred characters of c_data: parquet-mr 1.10 shortens nothing.
        Assert.True(byName["c_data"].Maximum!.IsPrefix);
    }

    private static ParquetFooter Footer(ParquetColumn column, bool ordered, params ParquetStatistics?[] groups) => new(
        10 * groups.Length,
        [column],
        [
            .. groups.Select(statistics => new ParquetRowGroup(10,
            [
                new ParquetColumnChunk
                {
                    PhysicalType = column.PhysicalType, Codec = 2, Values = 10, CompressedBytes = 1, UncompressedBytes = 1, FirstPageOffset = 4, Statistics = statistics,
                },
            ])),
        ],
        "hand",
        [ordered]);

    private static ParquetStatistics Said(byte[] minimum, byte[] maximum) => new() { NullCount = 1, Minimum = minimum, Maximum = maximum };

    private static ParquetStatistics Old(byte[] minimum, byte[] maximum) => new() { NullCount = 1, SignedMinimum = minimum, SignedMaximum = maximum };

    private static byte[] LittleEndian(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] BigEndian(BigInteger value, int length)
    {
        var bytes = new byte[length];
        bytes.AsSpan().Fill((byte)(value.Sign < 0 ? 255 : 0));
        var digits = value.ToByteArray(isBigEndian: true);
        digits.CopyTo(bytes, length - digits.Length);
        return bytes;
    }

    private static string Show(StatisticsValue value) => value.IsBytes ? $"b'{Encoding.UTF8.GetString(value.Bytes)}'" : value.ToString().TrimStart('f');
}
