using Microsoft.Extensions.Logging;

namespace SnapshotBridge.Loading.Verification;

/// <summary>What the comparison of statistics says in the log. No value of the data: the report holds those.</summary>
internal static partial class VerificationLog
{
    [LoggerMessage(650, LogLevel.Information, "Table {Schema}.{Table}: {Values} figures of {Compared} of {Columns} columns compared with the Parquet footers, {InFull} columns in full, {Differences} figures differ")]
    public static partial void Compared(ILogger logger, string schema, string table, int values, int compared, int columns, int inFull, int differences);

    [LoggerMessage(651, LogLevel.Warning, "Reading the proofs and the smallest and largest values of {Schema}.{Table} was interrupted after at most {Seconds} seconds (attempt {Attempt})")]
    public static partial void ScanInterrupted(ILogger logger, string schema, string table, int attempt, double seconds);
}
