using Microsoft.Extensions.Logging;

namespace SnapshotBridge.CopyTable;

internal static partial class Log
{
    [LoggerMessage(3101, LogLevel.Warning, "{Operation}: attempt {Attempt} failed ({Reason}); next in {Seconds:F1} s.")]
    public static partial void OciRetried(this ILogger logger, string operation, int attempt, string reason, double seconds);

    [LoggerMessage(3102, LogLevel.Warning, "OCI refused the API key, and secret {SecretId} has a new value: trying that.")]
    public static partial void OciKeyRotated(this ILogger logger, string secretId);

    [LoggerMessage(3103, LogLevel.Warning, "S3 refused a request by its time: this machine's clock is {Seconds:F0} s ahead of S3's (negative: behind), whose time counts from now on.")]
    public static partial void S3ClockCorrected(this ILogger logger, double seconds);
}
