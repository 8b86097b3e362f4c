using System.Text;
using SnapshotBridge.Loading.Declarations;
using SnapshotBridge.Loading.Verification;
using SnapshotBridge.Parquet;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading.Verification;

public sealed class ComparisonTests
{
    [Theory]
    // type of the files, type of the server, what the files say, what the server says
    [InlineData("INT32 (DECIMAL(4,4))", "decimal", "585", "0.0585")]
    [InlineData("INT64 (DECIMAL(12,2))", "decimal", "-10", "-0.10")]
    [InlineData("INT64 (DECIMAL(12,2))", "decimal", "0", "0.00")]
    [InlineData("INT64 (DECIMAL(12,2))", "int", "1200", "12")]
    [InlineData("INT64 (TIMESTAMP_MICROS)", "datetime", "1599740236000000", "2020-09-10 12:17:16")]
    [InlineData("INT64 (TIMESTAMP_MICROS)", "datetime", "-1", "1969-12-31 23:59:59.999999")]
    [InlineData("INT64 (TIMESTAMP_MILLIS)", "timestamp", "1599740236500", "2020-09-10 12:17:16.500000")]
    [InlineData("INT64 (TIMESTAMP(NANOS,local))", "datetime", "1599740236000001000", "2020-09-10 12:17:16.000001")]
    [InlineData("INT32 (DATE)", "date", "-1", "1969-12-31")]
    [InlineData("INT32 (DATE)", "datetime", "0", "1970-01-01 00:00:00.000000")]
    [InlineData("INT64 (TIME_MICROS)", "time", "3600000001", "01:00:00.000001")]
    public void Of_ValueOfTheFiles_ReadsAsTheServersValue(string type, string serverType, string exported, string loaded)
    {
        var meaning = ColumnMeaning.Parse(type);
        var (compared, _) = ComparisonRules.For(meaning, serverType);

        Assert.Equal(ComparedText.OfServer(loaded, compared), ComparedText.Of(StatisticsValue.Parse(exported), meaning, compared));
    }

    [Theory]
    [InlineData("date", "2020-02-30", "2020-02-30")]
    [InlineData("date", "infinity", null)]
    [InlineData("date", "10000-01-01", null)]
    [InlineData("datetime", "2020-01-01T10:00:00.50", "2020-01-01 10:00:00.5")]
    [InlineData("datetime", "2020-01-01 10:00:00+02", null)]
    [InlineData("time", "-00:00:00.000000", "00:00:00")]
    [InlineData("time", "012:00:00", "12:00:00")]
    [InlineData("time", "8:00:00", "08:00:00")]
    [InlineData("time", "12:61:00", null)]
    public void Of_TextOfTheFiles_IsReadAsTheServersTypeOrNotAtAll(string serverType, string text, string? expected)
    {
        var meaning = ColumnMeaning.Parse("BYTE_ARRAY (UTF8)");

        Assert.Equal(expected, ComparedText.Of(StatisticsValue.Of(Encoding.UTF8.GetBytes(text)), meaning, ComparisonRules.For(meaning, serverType).As));
    }

    [Theory]
    [InlineData("BYTE_ARRAY (UTF8)", "json")]
    [InlineData("BYTE_ARRAY (UTF8)", "decimal")]
    [InlineData("BYTE_ARRAY", "bit")]
    [InlineData("BYTE_ARRAY", "geometry")]
    [InlineData("INT64 (TIMESTAMP_MICROS)", "date")]
    [InlineData("INT32", "varchar")]
    [InlineData("DOUBLE", "decimal")]
    [InlineData("INT96", "datetime")]
    public void For_PairThatOrdersDifferently_ComparesNothingAndSaysWhy(string type, string serverType)
    {
        var (compared, reason) = ComparisonRules.For(ColumnMeaning.Parse(type), serverType);

        Assert.Equal(ComparedAs.Nothing, compared);
        Assert.NotEmpty(reason!);
    }

    [Fact]
    public void Match_ColumnsThatCannotBeCompared_AreNamedAndTheirNullsStillCount()
    {
        var comparison = new StatisticsComparison();
        var known = new ColumnStatistics { Nulls = 1, Minimum = StatisticsValue.Of((Int128)1), Maximum = StatisticsValue.Of((Int128)2) };

        var columns = comparison.Match(
            ["Id INT32", "doc BYTE_ARRAY (UTF8)", "gone INT32", "hidden INT32", "old INT32", "uncounted INT32"],
            [known, known, known, known, known with { Unknown = "there are no statistics in p" }, known with { Nulls = null }],
            [new("id", "int"), new("doc", "json"), new("hidden", "int", IsLoaded: false), new("old", "int"), new("uncounted", "int")],
            new HashSet<string>());

        Assert.Equal(
            [("id", ComparedAs.Number), ("doc", ComparedAs.Nothing), ("old", ComparedAs.Nothing), ("uncounted", ComparedAs.Number)],
            columns.Select(column => (column.Served.Name, column.As)));
        Assert.Equal(
            [
                "doc: the server writes JSON in a form of its own, so only NULLs are compared",
                "gone: HeatWave does not serve it",
                "hidden: HeatWave does not serve it",
                "old: its minimum and maximum are not known: there are no statistics in p",
                "uncounted: its NULLs are not counted in every footer",
            ],
            comparison.Outcome.NotCompared);
        Assert.Equal(6, comparison.Outcome.Columns);

        foreach (var column in columns)
        {
            comparison.Compare(column, new LoadedFigures(1, "1", "2"));
        }

        // doc and old by their NULLs alone, uncounted by its bounds alone.
        Assert.Equal((6, 4, 1, 7), (comparison.Outcome.Columns, comparison.Outcome.ColumnsCompared, comparison.Outcome.ColumnsInFull, comparison.Outcome.ValuesCompared));
    }

    [Fact]
    public void Compare_ValueOfWhichAPrefixIsKept_IsNoColumnInFull()
    {
        var comparison = new StatisticsComparison();
        var text = new string('a', StatisticsValue.LongestBytes + 10);
        var exported = new ColumnStatistics { Nulls = 0, Minimum = StatisticsValue.Of("a"u8), Maximum = StatisticsValue.Of(Encoding.UTF8.GetBytes(text)) };

        comparison.Compare(
            new ComparedColumn(new ServedColumn("note", "text"), ColumnMeaning.Parse("BYTE_ARRAY (UTF8)"), exported, ComparedAs.Text),
            new LoadedFigures(0, "a"u8.ToArray(), Encoding.UTF8.GetBytes(text)));

        Assert.Empty(comparison.Outcome.Differences);
        Assert.Equal((1, 0), (comparison.Outcome.ColumnsCompared, comparison.Outcome.ColumnsInFull));
    }

    [Fact]
    public void Compare_MoreNullsWhereNaNMayBe_IsNoDifference()
    {
        var comparison = new StatisticsComparison();
        var column = new ComparedColumn(
            new ServedColumn("x", "double"), ColumnMeaning.Parse("DOUBLE"), new ColumnStatistics { Nulls = 1, Unknown = "minimum or maximum is not a number in p" }, ComparedAs.Nothing);

        comparison.Compare(column, new LoadedFigures(3, null, null));
        Assert.Empty(comparison.Outcome.Differences);
        Assert.Single(comparison.Outcome.NotCompared);

        comparison.Compare(column, new LoadedFigures(0, null, null));
        Assert.Equal(("nulls", "1", "0"), comparison.Outcome.Differences.Select(item => (item.Figure, item.Exported, item.Loaded)).Single());
    }

    [Fact]
    public void Match_NamesThatDifferInCaseAlone_FindTheColumnThatWasDeclaredForEach()
    {
        var (first, second) = (new ColumnStatistics { Nulls = 1 }, new ColumnStatistics { Nulls = 2 });
        string[] files = ["Id", "id", new('n', 70)];
        var declared = ColumnNames.For(files);

        var columns = new StatisticsComparison().Match(
            [.. files.Select(name => $"{name} INT32")], [first, second, first], [.. declared.Select(name => new ServedColumn(name, "int"))], new HashSet<string>());

        Assert.Equal([(declared[0], first), (declared[1], second), (declared[2], first)], columns.Select(column => (column.Served.Name, column.Exported)));
    }

    [Theory]
    [InlineData(true, "1.23", 0, 1)]
    [InlineData(true, "7", 1, 0)]
    [InlineData(false, "1.23", 1, 0)]
    public void Compare_TypeThatKeepsFewerPlaces_IsNoDifferenceWhereTheReportNamesIt(bool isNamed, string loaded, int differences, int notCompared)
    {
        var comparison = new StatisticsComparison();
        var exported = new ColumnStatistics { Nulls = 0, Minimum = StatisticsValue.Of((Int128)12345), Maximum = StatisticsValue.Of((Int128)20000) };
        var column = new ComparedColumn(new ServedColumn("price", "decimal", Places: loaded == "7" ? 4 : 2), ColumnMeaning.Parse("INT32 (DECIMAL(9,4))"), exported, ComparedAs.Number)
        {
            HasOtherType = isNamed,
        };

        comparison.Compare(column, new LoadedFigures(0, loaded, "2"));

        Assert.Equal(differences, comparison.Outcome.Differences.Count);
        Assert.Equal(notCompared, comparison.Outcome.NotCompared.Count);
    }

    [Theory]
    [InlineData("é", 255, "é", true)]
    [InlineData("é", 255, "è", false)]
    [InlineData("é", 255, "é x", false)]
    [InlineData("é", 3, "é", true)]
    [InlineData("é", 3, "e", false)]
    public void Compare_CharThatTheExportPads_IsComparedWithoutItsSpaces(string value, int length, string loaded, bool isEqual)
    {
        var comparison = new StatisticsComparison();
        var padded = StatisticsValue.Of(Encoding.UTF8.GetBytes(value + new string(' ', length)));
        var column = new ComparedColumn(
            new ServedColumn("x", "char"), ColumnMeaning.Parse("BYTE_ARRAY (UTF8)"), new ColumnStatistics { Nulls = 0, Minimum = padded, Maximum = padded }, ComparedAs.PaddedText);

        comparison.Compare(column, new LoadedFigures(0, Encoding.UTF8.GetBytes(loaded), Encoding.UTF8.GetBytes(loaded)));

        Assert.Equal(isEqual ? 0 : 2, comparison.Outcome.Differences.Count);
    }

    [Fact]
    public void Compare_LongValues_GoByTheirFirstBytesAndMustGoOn()
    {
        var (whole, longer) = (new string('x', 256), new string('x', 257));
        var exported = new ColumnStatistics { Nulls = 0, Minimum = StatisticsValue.Of(Encoding.UTF8.GetBytes(longer)), Maximum = StatisticsValue.Of(Encoding.UTF8.GetBytes(longer + "y")) };
        var column = new ComparedColumn(new ServedColumn("x", "longtext"), ColumnMeaning.Parse("BYTE_ARRAY (UTF8)"), exported, ComparedAs.Text);
        var comparison = new StatisticsComparison();

        comparison.Compare(column, new LoadedFigures(0, Encoding.UTF8.GetBytes(longer), Encoding.UTF8.GetBytes(whole)));

        Assert.Equal("maximum", Assert.Single(comparison.Outcome.Differences).Figure);
        Assert.Equal(2, comparison.Outcome.NotCompared.Count(text => text.Contains("only the first 256 bytes", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("abc", "abc")]
    [InlineData("", "\"\"")]
    [InlineData("abc ", "\"abc \"")]
    [InlineData("a\tb", "0x610962")]
    public void OfBytes_Value_IsReadable(string text, string shown) => Assert.Equal(shown, ShownValue.OfBytes(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Both_LongValues_AreCutToWhereTheyDiffer()
    {
        var common = new string('x', 100);

        var (left, right) = ShownValue.Both(common + "left" + common, common + "right" + common);

        Assert.True(left.Length <= ShownValue.LongestText && right.Length <= ShownValue.LongestText);
        Assert.Contains("left", left, StringComparison.Ordinal);
        Assert.Contains("right", right, StringComparison.Ordinal);
    }
}
