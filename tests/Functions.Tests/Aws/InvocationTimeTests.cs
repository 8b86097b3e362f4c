using SnapshotBridge.Aws;
using SnapshotBridge.Errors;
using SnapshotBridge.Functions.Tests.Exports;
using SnapshotBridge.TestKit;
using Xunit;

namespace SnapshotBridge.Functions.Tests.Aws;

/// <summary>An invocation ends with a name before Lambda kills it, however little time it has.</summary>
public sealed class InvocationTimeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(900_000, 899_000)]
    [InlineData(2_000, 1_000)]
    [InlineData(1_500, 750)]
    [InlineData(1_000, 500)]
    [InlineData(900, 450)]
    [InlineData(2, 1)]
    public async Task RunAsync_WorkWaitsForever_EndsTypedBeforeTheInvocationDoes(int leftMilliseconds, int limitMilliseconds)
    {
        var time = new ManualTime();
        var given = CancellationToken.None;
        var running = InvocationTime.RunAsync(Context(TimeSpan.FromMilliseconds(leftMilliseconds)), "PlanCopy", time, token =>
        {
            given = token;
            return Task.Delay(Timeout.Infinite, token);
        });

        time.Advance(TimeSpan.FromMilliseconds(limitMilliseconds) - TimeSpan.FromTicks(1));
        Assert.False(given.IsCancellationRequested);

        time.Advance(TimeSpan.FromTicks(1));
        Assert.True(given.IsCancellationRequested);
        var failure = await Assert.ThrowsAsync<AwsServiceUnavailableException>(() => running);
        Assert.Contains("The work of PlanCopy", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(-5_000)]
    public async Task RunAsync_TimeIsOver_BeginsNothingAndIsTyped(int leftMilliseconds)
    {
        var hasBegun = false;

        await Assert.ThrowsAsync<AwsServiceUnavailableException>(
            () => InvocationTime.RunAsync(Context(TimeSpan.FromMilliseconds(leftMilliseconds)), "PlanCopy", new ManualTime(), _ =>
            {
                hasBegun = true;
                return Task.FromResult(1);
            }));

        Assert.False(hasBegun);
    }

    [Fact]
    public async Task RunAsync_HostTellsNoTime_IsNotLimited()
    {
        var time = new ManualTime();

        var wasLimited = await InvocationTime.RunAsync(Context(TimeSpan.MaxValue), "PlanCopy", time, token =>
        {
            time.Advance(TimeSpan.FromDays(60));
            return Task.FromResult(token.IsCancellationRequested);
        });

        Assert.False(wasLimited);
    }

    [Fact]
    public async Task RunAsync_WorkIsCancelledByItself_StaysACancellation()
    {
        using var own = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await own.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => InvocationTime.RunAsync(Context(TimeSpan.FromMinutes(1)), "PlanCopy", new ManualTime(), _ => Task.Delay(1, own.Token)));
    }

    private static LogContext Context(TimeSpan left) => new() { RemainingTime = left };
}
