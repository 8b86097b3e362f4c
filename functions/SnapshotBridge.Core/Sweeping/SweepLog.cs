using Microsoft.Extensions.Logging;

namespace SnapshotBridge.Sweeping;

/// <summary>Everything that a sweep logs.</summary>
internal static partial class SweepLog
{
    [LoggerMessage(140, LogLevel.Information, "Of {Snapshots} snapshots {Newest} are the newest of a database of ours and not older than {NotBefore:u}")]
    public static partial void Found(ILogger logger, int snapshots, int newest, DateTimeOffset notBefore);

    [LoggerMessage(141, LogLevel.Information, "Started execution {Execution} for {Snapshot}")]
    public static partial void Started(ILogger logger, string execution, string snapshot);

    [LoggerMessage(142, LogLevel.Information, "{Snapshot} is left alone: {Reason}")]
    public static partial void LeftAlone(ILogger logger, string snapshot, string reason);

    [LoggerMessage(143, LogLevel.Error, "No run could be started for {Snapshot} ({Error}: {Detail}); the others are tried all the same")]
    public static partial void Failed(ILogger logger, string snapshot, string error, string detail);
}
