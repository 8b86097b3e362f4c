using System.Buffers.Binary;
using SnapshotBridge.Parquet;
using Xunit;

namespace SnapshotBridge.Core.Tests.Parquet;

public sealed class ParquetFooterTests
{
    public static TheoryData<string, int, int> RealTables => new()
    {
        { "customer", 20, 21 },
        { "district", 10, 11 },
        { "history", 100, 8 },
        { "item", 100, 5 },
        { "new_order", 100, 3 },
        { "order_line", 100, 10 },
        { "orders", 100, 8 },
        { "stock", 50, 17 },
        { "warehouse", 1, 9 },
    };

    [Theory]
    [MemberData(nameof(RealTables))]
    public void TryRead_FileOfARealExport_GivesRowsAndColumns(string table, int rows, int columns)
    {
        var file = RealExport.Table(table);

        Assert.True(ParquetFooter.TryRead(table, file.AsSpan(Math.Max(0, file.Length - 6000)), file.Length, out var footer, out _));

        Assert.Equal(rows, footer.Rows);
        Assert.Equal(columns, footer.Columns.Count);
        Assert.All(footer.Columns, column => Assert.Equal(ParquetRepetition.Optional, column.Repetition));
        Assert.All(footer.Columns, column => Assert.False(column.IsNested));
        Assert.StartsWith("parquet-mr version 1.10.1", footer.CreatedBy, StringComparison.Ordinal);
        Assert.Single(footer.RowGroups);
    }

    [Fact]
    public void Columns_OfTheRealCustomerTable_ReadAsNameAndType()
    {
        var footer = ParquetFooter.Read("customer", RealExport.Table("customer"));

        Assert.Equal(
            [
                "c_id INT32", "c_d_id INT32", "c_w_id INT32", "c_first BYTE_ARRAY (UTF8)", "c_middle BYTE_ARRAY (UTF8)",
                "c_last BYTE_ARRAY (UTF8)", "c_street_1 BYTE_ARRAY (UTF8)", "c_street_2 BYTE_ARRAY (UTF8)", "c_city BYTE_ARRAY (UTF8)",
                "c_state BYTE_ARRAY (UTF8)", "c_zip BYTE_ARRAY (UTF8)", "c_phone BYTE_ARRAY (UTF8)", "c_since INT64 (TIMESTAMP_MICROS)",
                "c_credit BYTE_ARRAY (UTF8)", "c_credit_lim INT64 (DECIMAL(12,2))", "c_discount INT32 (DECIMAL(4,4))",
                "c_balance INT64 (DECIMAL(12,2))", "c_ytd_payment INT64 (DECIMAL(12,2))", "c_payment_cnt INT32", "c_delivery_cnt INT32",
                "c_data BYTE_ARRAY (UTF8)",
            ],
            footer.Columns.Select(column => column.ToString()));
    }

    [Fact]
    public void TryRead_TailShorterThanTheFooter_TellsHowMuchIsNeeded()
    {
        var file = HandMadeFile.Build(rows: 7, columns: ["a", "b"]);

        Assert.False(ParquetFooter.TryRead("x", file.AsSpan(file.Length - 10), file.Length, out _, out var needed));
        Assert.True(needed > 10 && needed <= file.Length - 4);
        Assert.False(ParquetFooter.TryRead("x", file.AsSpan(file.Length - needed + 1), file.Length, out _, out _));
        Assert.True(ParquetFooter.TryRead("x", file.AsSpan(file.Length - needed), file.Length, out var footer, out _));
        Assert.Equal(7, footer.Rows);
    }

    [Fact]
    public void TryRead_TailShorterThanTheTrailer_AsksForTheTrailer()
    {
        var file = HandMadeFile.Build(rows: 1, columns: ["a"]);

        Assert.False(ParquetFooter.TryRead("x", file.AsSpan(file.Length - 3), file.Length, out _, out var needed));
        Assert.Equal(8, needed);
    }

    [Fact]
    public void TryRead_UnknownFields_ArePassedOver()
    {
        var file = HandMadeFile.Build(rows: 3, columns: ["a"], unknownFields: true);

        Assert.Equal(3, ParquetFooter.Read("x", file).Rows);
        Assert.Equal(["a BYTE_ARRAY (UTF8)"], ParquetFooter.Read("x", file).Columns.Select(column => column.ToString()));
    }

    [Fact]
    public void TryRead_NestedSchema_JoinsTheNamesAndMarksTheColumn()
    {
        var file = HandMadeFile.BuildNested();

        var column = Assert.Single(ParquetFooter.Read("x", file).Columns);
        Assert.Equal("tags.list.element BYTE_ARRAY (UTF8) NESTED", column.ToString());
        Assert.True(column.IsNested);
    }

    [Fact]
    public void TryRead_LogicalTypeAlone_IsNamed()
    {
        var file = HandMadeFile.BuildWithLogicalTimestamp();

        Assert.Equal("at INT64 (TIMESTAMP(MICROS,local))", Assert.Single(ParquetFooter.Read("x", file).Columns).ToString());
    }

    [Fact]
    public void TryRead_TruncatedFile_NamesTheObjectAndTheMagic()
    {
        var file = HandMadeFile.Build(rows: 1, columns: ["a"]);

        var error = Assert.Throws<ParquetFileInvalidException>(() => ParquetFooter.Read("exports/t/part-00000.parquet", file.AsSpan(0, file.Length - 3)));

        Assert.Contains("exports/t/part-00000.parquet", error.Message, StringComparison.Ordinal);
        Assert.Contains("instead of PAR1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TryRead_EncryptedFooter_SaysSo()
    {
        var file = HandMadeFile.Build(rows: 1, columns: ["a"]);
        "PARE"u8.CopyTo(file.AsSpan(file.Length - 4));

        Assert.Contains("encrypted", Assert.Throws<ParquetFileInvalidException>(() => ParquetFooter.Read("x", file)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(100_000u)]
    [InlineData(uint.MaxValue)]
    [InlineData((uint)int.MaxValue)]
    public void TryRead_FooterLengthThatCannotBe_IsRejected(uint length)
    {
        var file = HandMadeFile.Build(rows: 1, columns: ["a"]);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(file.Length - 8), length);

        Assert.Contains("its footer claims", Assert.Throws<ParquetFileInvalidException>(() => ParquetFooter.Read("x", file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TryRead_FooterBeyondTheLimit_IsRejectedBeforeItIsAskedFor()
    {
        var tail = new byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(tail, ParquetFooter.MaximumFooterBytes + 1);
        "PAR1"u8.CopyTo(tail.AsSpan(4));

        Assert.Throws<ParquetFileInvalidException>(() => ParquetFooter.TryRead("x", tail, 1L << 40, out _, out _));
    }

    [Fact]
    public void TryRead_OtherOpening_IsRejectedWhenTheWholeFileIsThere()
    {
        var file = HandMadeFile.Build(rows: 1, columns: ["a"]);
        file[0] = (byte)'X';

        Assert.Contains("begins with", Assert.Throws<ParquetFileInvalidException>(() => ParquetFooter.Read("x", file)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(12)]
    public void TryRead_TinyFile_IsRejected(int size) =>
        Assert.Contains($"has {size} bytes", Assert.Throws<ParquetFileInvalidException>(() => ParquetFooter.Read("x", new byte[size])).Message, StringComparison.Ordinal);

    [Fact]
    public void TryRead_RowsThatDisagreeWithTheRowGroups_AreRejected()
    {
        var file = HandMadeFile.Build(rows: 5, columns: ["a"], rowGroupRows: 4);

        Assert.Contains("claims 5 rows", Assert.Throws<ParquetFileInvalidException>(() => ParquetFooter.Read("x", file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TryRead_DeepNestingOfUnknownFields_IsRejectedWithoutOverflow()
    {
        // Field 15 as a struct in a struct in a struct ... a million deep.
        var footer = Enumerable.Repeat((byte)0xFC, 1_000_000).ToArray();

        Assert.Contains("nest deeper", Assert.Throws<ParquetFileInvalidException>(() => ParquetFooter.Read("x", HandMadeFile.Wrap(footer))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TryRead_EndlessVarint_IsRejected()
    {
        byte[] footer = [0x36, .. Enumerable.Repeat((byte)0xFF, 100)];

        Assert.Contains("longer than 64 bits", Assert.Throws<ParquetFileInvalidException>(() => ParquetFooter.Read("x", HandMadeFile.Wrap(footer))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TryRead_ListLongerThanTheFooter_IsRejectedBeforeAllocation()
    {
        // Field 2, a list of structs that claims two thousand million elements.
        byte[] footer = [0x29, 0xFC, 0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0x00];
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<ParquetFileInvalidException>(() => ParquetFooter.Read("x", HandMadeFile.Wrap(footer)));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void TryRead_EveryPrefixAndEveryFlippedByteOfAFooter_ReadsOrFailsTyped()
    {
        var file = HandMadeFile.Build(rows: 3, columns: ["a", "bb"], unknownFields: true);
        var footer = file.AsSpan(4, file.Length - 12).ToArray();
        for (var length = 1; length < footer.Length; length++)
        {
            Assert.Throws<ParquetFileInvalidException>(() => ParquetFooter.Read("x", HandMadeFile.Wrap(footer.AsSpan(0, length))));
        }

        for (var i = 0; i < footer.Length; i++)
        {
            foreach (var value in new byte[] { 0x00, 0xFF, 0x80, (byte)(footer[i] ^ 1), (byte)(footer[i] ^ 0x10) })
            {
                var damaged = (byte[])footer.Clone();
                damaged[i] = value;
                var error = Record.Exception(() => ParquetFooter.Read("x", HandMadeFile.Wrap(damaged), withColumnChunks: true));
                Assert.True(error is null or ParquetFileInvalidException, $"byte {i} = {value}: {error}");
            }
        }
    }
}
