using SnapshotBridge.Loading;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading;

public sealed class LoadSettingsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(60)]
    [InlineData(90)]
    [InlineData(120)]
    [InlineData(900)]
    public void Within_AnyInvocation_LeavesHalfOfItForScansAndCalls(int seconds)
    {
        var invocation = TimeSpan.FromSeconds(seconds);

        var settings = new LoadSettings().Within(invocation);

        Assert.True(settings.Reserve + settings.ShortestScan <= invocation / 2);
        Assert.True(settings.Reserve + settings.ShortestCall <= invocation / 2);
    }

    [Fact]
    public void Within_LongInvocation_ChangesNothing()
    {
        var settings = new LoadSettings();

        Assert.Equal(settings, settings.Within(TimeSpan.FromMinutes(15)));
    }

    [Fact]
    public void Within_NoTimeLeft_ReservesNothing() => Assert.Equal(TimeSpan.Zero, new LoadSettings().Within(TimeSpan.Zero).Reserve);
}
