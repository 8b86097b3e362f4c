using SnapshotBridge.Loading.Publishing;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading.Publishing;

public sealed class VersionSweepTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private readonly HashSet<string> _read = [];
    private readonly HashSet<string> _loading = [];

    [Theory]
    [InlineData(0, "c b a", "")]
    [InlineData(1, "b a", "c")]
    [InlineData(2, "a", "c b")]
    [InlineData(9, "", "c b a")]
    public void Choose_ServedVersions_KeepsTheLastServed(int keep, string dropped, string kept)
    {
        var (drop, stay) = Choose(keep, Version("a", 1), Version("b", 2), Version("c", 3), Version("now", 4));

        Assert.Equal(dropped, string.Join(' ', drop.Select(version => version.Schema)));
        Assert.Equal(kept, string.Join(' ', stay.Select(version => version.Version)));
    }

    [Fact]
    public void Choose_VersionThatAViewReads_StaysAndCountsForNothing()
    {
        _read.Add("c");

        var (drop, stay) = Choose(1, Version("a", 1), Version("b", 2), Version("c", 3));

        Assert.Equal(["a"], drop.Select(version => version.Schema));
        Assert.Equal([("c", "views still read it"), ("b", "keepVersions is 1")], stay.Select(version => (version.Version, version.Reason)));
    }

    [Fact]
    public void Choose_VersionThatARunLoads_Stays()
    {
        _loading.Add("a");

        Assert.Empty(Choose(0, Version("a", 1)).Drop);
    }

    [Fact]
    public void Choose_VersionThatWasNeverServed_GoesOnceItsRunIsGone()
    {
        var fresh = Version("fresh", null) with { Quiet = TimeSpan.FromMinutes(9) };
        var stale = Version("stale", null) with { Quiet = TimeSpan.FromHours(9) };

        var (drop, stay) = Choose(5, fresh, stale);

        Assert.Equal(["stale"], drop.Select(version => version.Schema));
        Assert.Equal([new KeptVersion("fresh", "another run loads it")], stay);
    }

    private (IReadOnlyList<LoadedVersion> Drop, IReadOnlyList<KeptVersion> Keep) Choose(int keep, params LoadedVersion[] versions) =>
        VersionSweep.Choose(versions, "now", _read, _loading, keep, Patience);

    private static LoadedVersion Version(string schema, long? switchedAt) => new(schema, "shop", $"snap-{schema}", 0, switchedAt, TimeSpan.FromDays(1));
}
