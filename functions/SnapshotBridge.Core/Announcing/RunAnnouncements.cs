using Microsoft.Extensions.Logging;
using SnapshotBridge.Loading;
using SnapshotBridge.Metrics;
using SnapshotBridge.Reporting;

namespace SnapshotBridge.Announcing;

/// <summary>
/// Announces a run's end, once per result. Whether that works changes nothing about the run: the tables are loaded, or they
/// are not. Where it does not work, the log and a metric say so.
/// </summary>
/// <param name="announcer">Where to.</param>
/// <param name="bucket">The bucket of the reports.</param>
/// <param name="time">Bounds the time that it may take.</param>
/// <param name="log">Told of both outcomes.</param>
/// <param name="metrics">Counts the failures.</param>
public sealed class RunAnnouncements(IRunAnnouncer announcer, string bucket, TimeProvider time, ILogger log, IMetricRecorder metrics)
{
    /// <summary>The longest that announcing may hold up the end of a run: less than LoadTables leaves of its time.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Announces what the report says, unless the same result was announced before.</summary>
    /// <param name="report">The report, which is written.</param>
    /// <param name="state">The attempt that it is about.</param>
    /// <param name="cancellationToken">The invocation's end: it alone ends this with an exception.</param>
    /// <returns>The announced result's id; null where nobody was told.</returns>
    public async Task<string?> AnnounceAsync(RunReport report, LoadState state, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(state);
        var completion = RunCompletion.Of(report, state.RunId, bucket);
        if (completion.Id == state.Announced)
        {
            return completion.Id;
        }

        using var limit = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await announcer.AnnounceAsync(completion, both.Token);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever it was: a run that has loaded everything must not fail because nobody could be told.
            AnnouncingLog.NotAnnounced(log, report.ExecutionName, SecretMask.Mask(limit.IsCancellationRequested ? $"no answer within {Patience.TotalSeconds:F0} s" : failure.Message));
            metrics.Record(MetricRecords.Announced(report, announced: false));
            return null;
        }

        AnnouncingLog.Announced(log, completion.Id, report.ExecutionName);
        metrics.Record(MetricRecords.Announced(report, announced: true));
        return completion.Id;
    }
}

/// <summary>What announcing says in the log.</summary>
internal static partial class AnnouncingLog
{
    [LoggerMessage(700, LogLevel.Information, "Announced the end of {Execution} as event {Id}")]
    public static partial void Announced(ILogger logger, string id, string execution);

    [LoggerMessage(701, LogLevel.Error, "The end of {Execution} could not be announced, so nothing downstream knows of it; the report is complete. {Reason}")]
    public static partial void NotAnnounced(ILogger logger, string execution, string reason);
}
