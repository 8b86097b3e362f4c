using Microsoft.Extensions.Logging;

namespace SnapshotBridge.Local.Aws;

/// <summary>All messages of the local AWS endpoints.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Error, "{Service} {Operation} failed inside the local endpoint")]
    public static partial void OperationFailed(ILogger logger, string service, string operation, Exception exception);

    [LoggerMessage(2, LogLevel.Warning, "S3 notification for {Bucket}/{Key} was not accepted on attempt {Attempt}")]
    public static partial void NotificationRefused(ILogger logger, string bucket, string key, int attempt, Exception exception);

    [LoggerMessage(3, LogLevel.Warning, "RDS event {EventId} was not accepted by its receiver")]
    public static partial void RdsEventRefused(ILogger logger, string eventId, Exception exception);

    [LoggerMessage(4, LogLevel.Error, "Export task {ExportTaskIdentifier} failed inside the local endpoint")]
    public static partial void ExportFailed(ILogger logger, string exportTaskIdentifier, Exception exception);
}
