using SnapshotBridge.Loading;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading;

public sealed class ColumnTextTests
{
    [Theory]
    [InlineData("id INT32", "id")]
    [InlineData("amount INT64 (DECIMAL(12,2))", "amount")]
    [InlineData("big FIXED_LEN_BYTE_ARRAY(9) (DECIMAL(20,0)) REQUIRED", "big")]
    [InlineData("two words BYTE_ARRAY (UTF8)", "two words")]
    [InlineData("an INT32 column DOUBLE", "an INT32 column")]
    [InlineData("bare", "bare")]
    public void Name_AnyColumn_IsWhatStandsBeforeTheType(string column, string name) => Assert.Equal(name, ColumnText.Name(column));

    [Fact]
    public void Difference_SameColumns_IsNone() => Assert.Null(ColumnText.Difference(["a INT32", "b INT64"], ["a INT32", "b INT64"]));

    [Fact]
    public void Difference_OtherType_NamesPlaceAndBoth() =>
        Assert.Equal("column 2 is 'b INT64' and 'b INT32'", ColumnText.Difference(["a INT32", "b INT64"], ["a INT32", "b INT32"]));

    [Fact]
    public void Difference_OtherOrder_IsADifference() => Assert.NotNull(ColumnText.Difference(["a INT32", "b INT64"], ["b INT64", "a INT32"]));

    [Fact]
    public void Difference_OtherCount_NamesBoth() => Assert.Equal("1 columns and 2 columns", ColumnText.Difference(["a INT32"], ["a INT32", "b INT64"]));
}
