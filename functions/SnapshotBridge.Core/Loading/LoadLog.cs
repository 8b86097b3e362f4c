using Microsoft.Extensions.Logging;

namespace SnapshotBridge.Loading;

/// <summary>What the load says in the log. No PAR, no statement that holds one, no password.</summary>
internal static partial class LoadLog
{
    [LoggerMessage(600, LogLevel.Information, "The destination of {ExportTaskId} is complete: {Objects} objects, {Bytes} bytes")]
    public static partial void GatePassed(ILogger logger, string exportTaskId, long objects, long bytes);

    [LoggerMessage(601, LogLevel.Information, "HeatWave {ServerVersion} at {Server}: attempt {Attempt}, {Queued} tables to load, {Verified} of an earlier run to be counted, {Empty} empty, {Failed} not loadable")]
    public static partial void AttemptBegun(ILogger logger, string serverVersion, string server, int attempt, int queued, int verified, int empty, int failed);

    [LoggerMessage(602, LogLevel.Information, "Created the pre-authenticated request {ParName} until {Expires:u} and listed {Tables} tables through it")]
    public static partial void ParCreated(ILogger logger, string parName, DateTimeOffset expires, int tables);

    [LoggerMessage(603, LogLevel.Information, "Removed the pre-authenticated request {ParName}, which no loaded table needs")]
    public static partial void ParRemoved(ILogger logger, string parName);

    [LoggerMessage(604, LogLevel.Information, "Started {Workers} loading workers on the server, each carried by a {Carrier} of its own")]
    public static partial void WorkersStarted(ILogger logger, int workers, string carrier);

    [LoggerMessage(605, LogLevel.Information, "Table {Schema}.{Table} is loaded: {Rows} rows")]
    public static partial void TableLoaded(ILogger logger, string schema, string table, long rows);

    [LoggerMessage(606, LogLevel.Warning, "Table {Schema}.{Table} is not loaded: {Reason}")]
    public static partial void TableFailed(ILogger logger, string schema, string table, string reason);

    [LoggerMessage(607, LogLevel.Warning, "The load of {Schema}.{Table} was interrupted and is queued again (begun {Starts} times)")]
    public static partial void TableRequeued(ILogger logger, string schema, string table, int starts);

    [LoggerMessage(608, LogLevel.Warning, "Loads run on this function's own connection because nothing runs on the server: {Reason}")]
    public static partial void FellBackToConnection(ILogger logger, string reason);

    [LoggerMessage(609, LogLevel.Information, "Another execution is loading ({What}); waiting for it")]
    public static partial void WaitingForAnother(ILogger logger, string what);

    [LoggerMessage(610, LogLevel.Warning, "Pre-authenticated requests that no table needs could not be removed and live until they expire: {Reason}")]
    public static partial void ParNotRemoved(ILogger logger, string reason);

    [LoggerMessage(611, LogLevel.Information, "Report written to {ReportKey}: {Loaded} loaded, {Empty} empty, {Skipped} skipped, {Failed} failed")]
    public static partial void Reported(ILogger logger, string reportKey, int loaded, int empty, int skipped, int failed);

    [LoggerMessage(612, LogLevel.Warning, "Loads run as events because tasks do not: {Reason}")]
    public static partial void FellBackToEvents(ILogger logger, string reason);

    [LoggerMessage(613, LogLevel.Warning, "The server refused the declared types of {Schema}.{Table}; it is loaded once more with types that its manual documents: {Refusal}")]
    public static partial void TriesCompatibleTypes(ILogger logger, string schema, string table, string refusal);

    [LoggerMessage(615, LogLevel.Warning, "Table {Schema}.{Table}: {Warning}")]
    public static partial void MayOutliveItsPar(ILogger logger, string schema, string table, string warning);

    [LoggerMessage(616, LogLevel.Information, "Tables are judged over fewer connections than planned: {Reason}")]
    public static partial void FewerConnections(ILogger logger, string reason);

    [LoggerMessage(617, LogLevel.Warning, "The count of {Schema}.{Table} was interrupted (time {Times}): it did not end within {Seconds} seconds")]
    public static partial void CountInterrupted(ILogger logger, string schema, string table, int times, double seconds);

    [LoggerMessage(618, LogLevel.Warning, "The pre-authenticated request of {Schema}.{Table} ended during its load, which is repeated once: {Failure}")]
    public static partial void ParEnded(ILogger logger, string schema, string table, string failure);

    [LoggerMessage(614, LogLevel.Warning, "The HeatWave cluster may be too small: {Bytes} bytes of Parquet are to be loaded and {Free} of {Total} bytes of its memory are free")]
    public static partial void ClusterMayBeFull(ILogger logger, long bytes, long free, long total);
}
