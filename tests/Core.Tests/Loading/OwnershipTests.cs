using SnapshotBridge.Loading;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading;

public sealed class OwnershipTests
{
    private static readonly TableMark Mark = new("world", "country", "task", "load", "par", MarkedAt: 1000, TableCreatedAt: null, RowsVerified: null);

    private static ExistingTable There(long? createdAt, bool isBaseTable = true) => new("world", "country", isBaseTable, createdAt);

    [Fact]
    public void IsOurs_NoMark_IsTheirs() => Assert.False(Ownership.IsOurs(There(1000), null));

    [Theory]
    [InlineData(999, false)]
    [InlineData(1000, true)]
    [InlineData(1005, true)]
    public void IsOurs_UnverifiedMark_CoversOnlyWhatCameAfterIt(long createdAt, bool ours) => Assert.Equal(ours, Ownership.IsOurs(There(createdAt), Mark));

    [Theory]
    [InlineData(1002, true)]
    [InlineData(1003, false)]
    public void IsOurs_VerifiedMark_CoversOnlyThatVeryTable(long createdAt, bool ours) =>
        Assert.Equal(ours, Ownership.IsOurs(There(createdAt), Mark with { TableCreatedAt = 1002, RowsVerified = 3 }));

    [Fact]
    public void IsOurs_View_IsTheirs() => Assert.False(Ownership.IsOurs(There(1000, isBaseTable: false), Mark));

    [Fact]
    public void IsOurs_UnknownCreationTime_IsTheirs() => Assert.False(Ownership.IsOurs(There(null), Mark));
}
