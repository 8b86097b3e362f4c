using Microsoft.Extensions.Logging;

namespace SnapshotBridge.Loading.Publishing;

/// <summary>What publishing says in the log.</summary>
internal static partial class PublishLog
{
    [LoggerMessage(640, LogLevel.Information, "Schema {Schema} serves {Version} now, through {Views} views")]
    public static partial void Switched(ILogger logger, string schema, string version, int views);

    [LoggerMessage(641, LogLevel.Warning, "Schema {Schema} was not switched to {Version}: {Reason}")]
    public static partial void NotSwitched(ILogger logger, string schema, string version, string reason);

    [LoggerMessage(642, LogLevel.Information, "The switch of schema {Schema} to {Version} waits for queries that are under way, or for time; it is tried again")]
    public static partial void SwitchWaits(ILogger logger, string schema, string version);

    [LoggerMessage(643, LogLevel.Information, "Dropped {Version}, an earlier version of schema {Schema}")]
    public static partial void VersionDropped(ILogger logger, string schema, string version);
}
