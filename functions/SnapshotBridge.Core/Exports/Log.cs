using Microsoft.Extensions.Logging;

namespace SnapshotBridge.Exports;

/// <summary>Everything that the export functions log. No message has a place for a token.</summary>
internal static partial class Log
{
    [LoggerMessage(100, LogLevel.Information, "Execution {Execution} is ignored: {Reason} (callback {Outcome})")]
    public static partial void Ignored(ILogger logger, string execution, string reason, CallbackOutcome outcome);

    [LoggerMessage(101, LogLevel.Information, "Export task {ExportTask} of {Snapshot} is {Status} at {Percent} %; execution {Execution} waits for it")]
    public static partial void Waiting(ILogger logger, string exportTask, string snapshot, string status, int percent, string execution);

    [LoggerMessage(102, LogLevel.Information, "Started export task {ExportTask} of {Snapshot}, scope: {Scope}")]
    public static partial void Started(ILogger logger, string exportTask, string snapshot, string scope);

    [LoggerMessage(103, LogLevel.Information, "Adopted export task {ExportTask} of {Snapshot}, which is {Status}: no second export is paid for")]
    public static partial void Adopted(ILogger logger, string exportTask, string snapshot, string status);

    [LoggerMessage(104, LogLevel.Warning, "Export task {ExportTask} is complete, but s3://{Bucket}/{Prefix} holds nothing any more: it is not adopted")]
    public static partial void FilesGone(ILogger logger, string exportTask, string bucket, string prefix);

    [LoggerMessage(105, LogLevel.Warning, "RDS does not list the snapshot {Snapshot} any more, but its export {ExportTask} is {Status} and is used")]
    public static partial void SnapshotGone(ILogger logger, string snapshot, string exportTask, string status);

    [LoggerMessage(110, LogLevel.Information, "Callback '{Status}' for execution {Execution}, export task {ExportTask}: {Outcome}")]
    public static partial void CallbackSent(ILogger logger, string status, string execution, string exportTask, CallbackOutcome outcome);

    [LoggerMessage(111, LogLevel.Error, "The wait in {Key} could not be ended ({Error}: {Detail}) and is tried again")]
    public static partial void CallbackFailed(ILogger logger, string key, string error, string detail);

    [LoggerMessage(120, LogLevel.Information, "Export task {ExportTask} is {Status} at {Percent} %")]
    public static partial void Progress(ILogger logger, string exportTask, string status, int percent);

    [LoggerMessage(121, LogLevel.Information, "Export task {ExportTask} has ended as {Status}; {Waiting} execution(s) waited for it")]
    public static partial void Ended(ILogger logger, string exportTask, string status, int waiting);

    [LoggerMessage(122, LogLevel.Warning, "The object {Key} in {Bucket} is no file of an export task below {Prefix}: no wake-up")]
    public static partial void NotOurs(ILogger logger, string bucket, string key, string prefix);

    [LoggerMessage(123, LogLevel.Warning, "RDS lists no export task {ExportTask}, though {Source} names it: no wake-up")]
    public static partial void UnknownTask(ILogger logger, string exportTask, string source);

    [LoggerMessage(124, LogLevel.Information, "An S3 event without records (a test event) is fine and means nothing")]
    public static partial void TestEvent(ILogger logger);

    [LoggerMessage(125, LogLevel.Warning, "The event {EventId} about {Snapshot} says nothing about the end of a snapshot's export: no wake-up")]
    public static partial void OtherEvent(ILogger logger, string eventId, string snapshot);

    [LoggerMessage(126, LogLevel.Information, "The event {EventId} is about {Snapshot}, of which no export task goes to s3://{Bucket}/{Prefix}: not ours")]
    public static partial void OtherSnapshot(ILogger logger, string eventId, string snapshot, string bucket, string prefix);
}
