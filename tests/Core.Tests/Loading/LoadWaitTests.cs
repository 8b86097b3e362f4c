using SnapshotBridge.Loading;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading;

public sealed class LoadWaitTests
{
    // AWS Step Functions: an execution's history takes 25,000 events. One look: five events of the task, two each of choice and wait.
    private const int HistoryEvents = 25_000, EventsPerLook = 9, OtherEvents = 5_000;

    [Fact]
    public void After_TenDaysOfLooksThatTakeNoTime_StaysBelowTheHistoryLimit()
    {
        var (age, looks) = (TimeSpan.Zero, 0);
        for (; age < TimeSpan.FromDays(10); looks++)
        {
            age += LoadWait.After(age, expected: null);
        }

        Assert.InRange((looks * EventsPerLook) + OtherEvents, 1, HistoryEvents);
    }

    [Theory]
    [InlineData(0, null, 5)]
    [InlineData(600, null, 60)]
    [InlineData(7200, null, 300)]
    [InlineData(0, 2000, 100)]
    [InlineData(0, 1_000_000, 300)]
    [InlineData(172_800, null, 600)]
    [InlineData(1_728_000, null, 600)]
    public void After_AgeAndExpectation_GrowsWithinItsBounds(int ageSeconds, int? expectedSeconds, int wait) => Assert.Equal(
        TimeSpan.FromSeconds(wait), LoadWait.After(TimeSpan.FromSeconds(ageSeconds), expectedSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null));

    [Theory]
    [InlineData(6055, new[] { 6057, 6055 }, 6055)]
    [InlineData(1751, new[] { 1292, 1751 }, 1292)]
    [InlineData(6434, new[] { 6057, 6045, 6434 }, 6045)]
    [InlineData(6057, new[] { 6057 }, 6057)]
    public void ErrorOf_NoticesAfterTheError_AreNotTakenForIt(int last, int[] conditions, int error) => Assert.Equal(error, LoadConditions.ErrorOf(last, conditions));
}
