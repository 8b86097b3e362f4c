using SnapshotBridge.Loading.Publishing;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading.Publishing;

public sealed class VersionNameTests
{
    private static readonly DateTimeOffset Taken = new(2026, 11, 21, 9, 30, 5, TimeSpan.FromHours(1));

    [Fact]
    public void For_SameContent_IsTheSameNameWithTheTimeInUtc()
    {
        var name = VersionName.For("shop", Taken, "snap-1");

        Assert.Matches("^shop__20261121083005_[0-9a-f]{6}$", name);
        Assert.Equal(name, VersionName.For("shop", Taken, "snap-1"));
    }

    [Fact]
    public void For_OtherContentOrSchema_DiffersInTheHash() => Assert.Distinct(
        [VersionName.For("shop", Taken, "snap-1"), VersionName.For("shop", Taken, "snap-2"), VersionName.For("world", Taken, "snap-1")]);

    [Fact]
    public void For_LongNamesThatBeginAlike_FitAndDiffer()
    {
        var (first, second) = (VersionName.For(new string('a', 64), Taken, "snap-1"), VersionName.For(new string('a', 63) + "b", Taken, "snap-1"));

        Assert.All([first, second], name => Assert.Equal(64, name.Length));
        Assert.NotEqual(first, second);
        Assert.StartsWith($"{VersionName.Stem(new string('a', 64))}__", first, StringComparison.Ordinal);
    }

    [Fact]
    public void For_NamesThatDifferInCase_AreOneSchemaOnAServerWithoutCase() =>
        Assert.Equal(VersionName.For("shop", Taken, "snap-1"), VersionName.For("Shop", Taken, "snap-1"), ignoreCase: true);
}
