using Amazon.Lambda.Core;
using SnapshotBridge.Errors;

namespace SnapshotBridge.Aws;

/// <summary>The time that one invocation has.</summary>
public static class InvocationTime
{
    /// <summary>What is left for reporting the failure before Lambda kills the process.</summary>
    private static readonly TimeSpan Reserve = TimeSpan.FromSeconds(1);

    /// <summary>Does a function's work within its time.</summary>
    /// <exception cref="AwsServiceUnavailableException">The time was over first: transient, and not the bare cancellation that nothing retries.</exception>
    public static async Task<T> RunAsync<T>(ILambdaContext context, string function, Func<CancellationToken, Task<T>> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        using var timeout = Limit(context);
        try
        {
            return await work(timeout.Token);
        }
        catch (OperationCanceledException exception) when (timeout.IsCancellationRequested)
        {
            throw new AwsServiceUnavailableException(
                $"The work of {function}", "the AWS services that it calls", "the function's time was over before they had answered", exception);
        }
    }

    /// <summary>A source whose token is cancelled shortly before the invocation's deadline.</summary>
    public static CancellationTokenSource Limit(ILambdaContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var left = context.RemainingTime - Reserve;
        // A context that does not tell the time gives zero or the largest value.
        return left > TimeSpan.Zero && left < TimeSpan.FromDays(1) ? new CancellationTokenSource(left) : new CancellationTokenSource();
    }
}
