using Amazon.Lambda.Core;

namespace SnapshotBridge.Aws;

/// <summary>The time that one invocation has.</summary>
public static class InvocationTime
{
    /// <summary>What is left for reporting the failure before Lambda kills the process.</summary>
    private static readonly TimeSpan Reserve = TimeSpan.FromSeconds(1);

    /// <summary>A source whose token is cancelled shortly before the invocation's deadline.</summary>
    public static CancellationTokenSource Limit(ILambdaContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var left = context.RemainingTime - Reserve;
        // A context that does not tell the time gives zero or the largest value.
        return left > TimeSpan.Zero && left < TimeSpan.FromDays(1) ? new CancellationTokenSource(left) : new CancellationTokenSource();
    }
}
