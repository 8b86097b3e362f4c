using Microsoft.Extensions.Logging;

namespace SnapshotBridge.Copying;

internal static partial class CopyLog
{
    [LoggerMessage(3001, LogLevel.Information, "Batch {Batch} of {ExportTaskId}: {Objects} objects, {Bytes} bytes; {DoneObjects} done before, {OpenUploads} uploads open; {Workers} buffers of {BufferBytes} bytes.")]
    public static partial void BatchStarted(this ILogger logger, int batch, string exportTaskId, int objects, long bytes, int doneObjects, int openUploads, int workers, int bufferBytes);

    [LoggerMessage(3002, LogLevel.Information, "Batch {Batch} of {ExportTaskId}: done. {Objects} objects, {Bytes} bytes, {SkippedObjects} found there; {SentBytes} bytes sent in {Seconds:F1} s, {MegabytesPerSecond:F1} MB/s.")]
    public static partial void BatchDone(this ILogger logger, int batch, string exportTaskId, int objects, long bytes, int skippedObjects, long sentBytes, double seconds, double megabytesPerSecond);

    [LoggerMessage(3003, LogLevel.Information, "Batch {Batch} of {ExportTaskId}: stopped before the deadline. {Objects} objects done, {RemainingObjects} remain; {SentBytes} bytes sent in {Seconds:F1} s, {MegabytesPerSecond:F1} MB/s; checkpoint written.")]
    public static partial void BatchInterrupted(this ILogger logger, int batch, string exportTaskId, int objects, int remainingObjects, long sentBytes, double seconds, double megabytesPerSecond);

    [LoggerMessage(3004, LogLevel.Warning, "Batch {Batch} of {ExportTaskId}: failed after {Objects} objects: {Reason}")]
    public static partial void BatchFailed(this ILogger logger, int batch, string exportTaskId, int objects, string reason);

    [LoggerMessage(3005, LogLevel.Debug, "Copied {Name}: {Bytes} bytes, {Rows} rows, evidence {Evidence}.")]
    public static partial void ObjectCopied(this ILogger logger, string name, long bytes, long rows, CopyEvidence evidence);

    [LoggerMessage(3006, LogLevel.Warning, "{Key}: the bytes read have {Algorithm} {Actual}, S3 stores {Expected}. Reading once more.")]
    public static partial void SourceMismatch(this ILogger logger, string key, string algorithm, string expected, string actual);

    [LoggerMessage(3007, LogLevel.Warning, "{Name}: OCI has CRC32C {Actual}, {Expected} was sent. Sending once more.")]
    public static partial void DestinationMismatch(this ILogger logger, string name, string expected, string actual);

    [LoggerMessage(3008, LogLevel.Warning, "{Name}: the multipart upload is not known any more. Beginning a new one.")]
    public static partial void UploadLost(this ILogger logger, string name);

    [LoggerMessage(3009, LogLevel.Information, "{Name}: continues an open upload; {HeldParts} of {Parts} parts are there.")]
    public static partial void UploadContinued(this ILogger logger, string name, int heldParts, int parts);

    [LoggerMessage(3010, LogLevel.Warning, "{Name}: the open upload could not be aborted ({Reason}). The bucket's lifecycle rule for incomplete uploads removes it.")]
    public static partial void AbortFailed(this ILogger logger, string name, string reason);

    [LoggerMessage(3011, LogLevel.Warning, "Batch {Batch} of {ExportTaskId}: the checkpoint could not be written ({Reason}). Finished parts are found at the destination.")]
    public static partial void CheckpointFailed(this ILogger logger, int batch, string exportTaskId, string reason);

    [LoggerMessage(3012, LogLevel.Warning, "Batch {Batch} of {ExportTaskId}: the checkpoint is of version {Found}, this is version {Expected}; it is not used. Objects at the destination are verified instead.")]
    public static partial void CheckpointOfOtherVersion(this ILogger logger, int batch, string exportTaskId, int found, int expected);

    [LoggerMessage(3013, LogLevel.Information, "Throttled: at most {Transfers} transfers at a time now.")]
    public static partial void Throttled(this ILogger logger, int transfers);
}
