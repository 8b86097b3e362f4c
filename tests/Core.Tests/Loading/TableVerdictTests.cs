using SnapshotBridge.Loading;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading;

public sealed class TableVerdictTests
{
    private static readonly string[] Columns = ["id", "name"];
    private static readonly CallOutcome NoError = new(null, null, []);

    private static ServedTable Served(long rows = 3) => new() { Exists = true, Rows = rows, Columns = Columns };

    private static readonly TableFacts Facts = new(3, Columns, null);

    [Fact]
    public void Of_EqualRowsAndColumns_IsLoaded()
    {
        var verdict = TableVerdict.Of(Facts, NoError, Served());

        Assert.True(verdict.IsLoaded);
        Assert.Empty(verdict.Warnings);
        Assert.Empty(verdict.DroppedColumns);
    }

    [Fact]
    public void Of_CallWithoutErrorButNoTable_IsNotLoaded() =>
        Assert.Contains("did not create", TableVerdict.Of(Facts, NoError, new ServedTable { Exists = false }).Reason, StringComparison.Ordinal);

    [Fact]
    public void Of_ErrorInTheReportOnly_IsNotLoadedAndSaysWhy()
    {
        var call = NoError with { Messages = [new LoadMessage("error", "{\"error\":\"Data was truncated\",\"table_name\":\"t\"}")] };

        Assert.Equal("HeatWave reported: Data was truncated", TableVerdict.Of(Facts, call, Served()).Reason);
    }

    [Fact]
    public void Of_ErrorOfTheCall_NamesItsNumberAndMasksItsText()
    {
        var call = new CallOutcome(3889, "cannot list https://h/p/SECRET/n/a/b/c/o/", []);

        Assert.Equal("the load failed with error 3889: cannot list https://h/p/***/n/a/b/c/o/", TableVerdict.Of(Facts, call, Served()).Reason);
    }

    [Fact]
    public void Of_OtherRowCount_NamesBoth() =>
        Assert.Equal("HeatWave serves 2 rows but the export holds 3", TableVerdict.Of(Facts, NoError, Served(rows: 2)).Reason);

    [Fact]
    public void Of_StatusOfRapidNotAvailable_IsNotLoadedThoughCountsAgree() =>
        Assert.Contains("LOADING_RPDGSTABSTATE", TableVerdict.Of(Facts, NoError, Served() with { RapidStatus = "LOADING_RPDGSTABSTATE" }).Reason, StringComparison.Ordinal);

    [Fact]
    public void Of_OtherRowsInMemory_IsNotLoaded() =>
        Assert.Contains("memory holds 1 rows", TableVerdict.Of(Facts, NoError, Served() with { RapidStatus = "AVAIL_RPDGSTABSTATE", RapidRows = 1 }).Reason, StringComparison.Ordinal);

    [Fact]
    public void Of_UncountableTable_SaysWhy() =>
        Assert.Contains("error 3877", TableVerdict.Of(Facts, NoError, Served() with { Rows = null, CountError = "error 3877: not loaded" }).Reason, StringComparison.Ordinal);

    [Fact]
    public void Of_MissingColumn_IsNamedButLoaded()
    {
        var verdict = TableVerdict.Of(Facts with { Columns = [.. Columns, "shape"] }, NoError, Served());

        Assert.True(verdict.IsLoaded);
        Assert.Equal(["shape"], verdict.DroppedColumns);
        Assert.Equal(["HeatWave does not serve column shape"], verdict.Warnings);
    }

    [Fact]
    public void Of_NoColumnLeft_IsNotLoaded() =>
        Assert.False(TableVerdict.Of(Facts, NoError, Served() with { Columns = ["my_row_id"] }).IsLoaded);

    [Fact]
    public void Of_ColumnsInOtherCase_AreTheSame() =>
        Assert.Empty(TableVerdict.Of(Facts with { Columns = ["ID", "Name"] }, NoError, Served()).DroppedColumns);

    [Fact]
    public void Of_Warnings_AreKeptOnce()
    {
        var call = NoError with { Messages = [new LoadMessage("warn", "{\"warn\":\"rounded\"}"), new LoadMessage("warn", "{\"warn\":\"rounded\"}")] };

        Assert.Equal(["rounded"], TableVerdict.Of(Facts, call, Served()).Warnings);
    }

    [Theory]
    [InlineData("{\"error\":\"a\"}", "a")]
    [InlineData("{\"message\":\"b\"}", "b")]
    [InlineData("{\"error\":{\"code\":1}}", "{\"code\":1}")]
    [InlineData("{\"other\":1}", "{\"other\":1}")]
    [InlineData("not json", "not json")]
    [InlineData("{\"error\":\"see https://h/p/SECRET/n/a/b/c/o/\"}", "see https://h/p/***/n/a/b/c/o/")]
    public void Text_AnyLog_GivesTheWordsWithoutToken(string log, string text) => Assert.Equal(text, new LoadMessage("error", log).Text);

    [Fact]
    public void Text_LongLog_IsCut() => Assert.Equal(501, new LoadMessage("error", new string('x', 100_000)).Text.Length);
}
