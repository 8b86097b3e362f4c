using Amazon.Lambda.Core;
using SnapshotBridge.Errors;

namespace SnapshotBridge.Aws;

/// <summary>The time that one invocation has. Lambda kills without a word: what ends by itself a little earlier has a name.</summary>
public static class InvocationTime
{
    /// <summary>What is left for reporting the failure before Lambda kills the process; half of the time where that is shorter.</summary>
    private static readonly TimeSpan Reserve = TimeSpan.FromSeconds(1);

    /// <summary>Lambda gives no invocation more than 15 minutes: a host that tells more does not limit the time.</summary>
    private static readonly TimeSpan LongestLimit = TimeSpan.FromDays(1);

    /// <summary>Does a function's work within its time; begins nothing where none is left.</summary>
    /// <param name="context">Tells the time that is left.</param>
    /// <param name="function">The function's name, for the error.</param>
    /// <param name="time">The clock on which it passes.</param>
    /// <param name="work">The work; its token is cancelled shortly before the deadline.</param>
    /// <exception cref="AwsServiceUnavailableException">The time was over first: transient, and not the bare cancellation that nothing retries.</exception>
    public static async Task<T> RunAsync<T>(ILambdaContext context, string function, TimeProvider time, Func<CancellationToken, Task<T>> work)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(work);
        using var timeout = new CancellationTokenSource(Limit(context.RemainingTime), time);
        try
        {
            timeout.Token.ThrowIfCancellationRequested();
            return await work(timeout.Token);
        }
        catch (OperationCanceledException exception) when (timeout.IsCancellationRequested)
        {
            throw new AwsServiceUnavailableException(
                $"The work of {function}", "the AWS services that it calls", "the function's time was over before they had answered", exception);
        }
    }

    /// <summary>The same for work that returns nothing.</summary>
    /// <exception cref="AwsServiceUnavailableException">The time was over first.</exception>
    public static Task RunAsync(ILambdaContext context, string function, TimeProvider time, Func<CancellationToken, Task> work) =>
        RunAsync(context, function, time, async token =>
        {
            await work(token);
            return true;
        });

    /// <summary>How much of what is left the work may take: none of a time that is over, always less than all.</summary>
    private static TimeSpan Limit(TimeSpan left) =>
        left <= TimeSpan.Zero ? TimeSpan.Zero
        : left >= LongestLimit ? Timeout.InfiniteTimeSpan
        : left - (left / 2 < Reserve ? left / 2 : Reserve);
}
