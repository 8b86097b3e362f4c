using Microsoft.Extensions.Logging;

namespace SnapshotBridge.Planning;

/// <summary>Everything that planning logs.</summary>
internal static partial class Log
{
    [LoggerMessage(200, LogLevel.Information, "Planned export {ExportTask}: {Tables} tables, {Objects} objects, {Bytes} bytes; {Skipped} left out by RDS")]
    public static partial void Planned(ILogger logger, string exportTask, int tables, long objects, long bytes, int skipped);

    [LoggerMessage(206, LogLevel.Information, "{Batches} batches, {Concurrency} at a time, the first of {FirstBytes} bytes and the last of {LastBytes}; about {Invocations} invocations and {Transitions} state transitions without retries")]
    public static partial void Batches(ILogger logger, int batches, int concurrency, long firstBytes, long lastBytes, long invocations, long transitions);

    [LoggerMessage(201, LogLevel.Warning, "Left out of the export: {Target} ({Reason})")]
    public static partial void Skipped(ILogger logger, string target, string reason);

    [LoggerMessage(202, LogLevel.Warning, "The object {Key} is neither Parquet nor a marker and is not copied")]
    public static partial void Ignored(ILogger logger, string key);

    [LoggerMessage(203, LogLevel.Warning, "{Count} more objects are neither Parquet nor markers and are not copied")]
    public static partial void MoreIgnored(ILogger logger, long count);

    [LoggerMessage(204, LogLevel.Warning, "The batches of export {ExportTask} differ from its earlier plan: {Count} documents of that plan are removed, and what is at the destination is checked anew")]
    public static partial void PlanChanged(ILogger logger, string exportTask, int count);

    [LoggerMessage(205, LogLevel.Warning, "export_info calls the export '{Named}', but its folder is that of '{ExportTask}': taken as a copy of that export")]
    public static partial void OtherName(ILogger logger, string named, string exportTask);
}
