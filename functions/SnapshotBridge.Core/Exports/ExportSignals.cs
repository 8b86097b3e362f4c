using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using SnapshotBridge.Metrics;
using SnapshotBridge.Requests;
using SnapshotBridge.Storage;

namespace SnapshotBridge.Exports;

/// <summary>
/// Turns a signal (a marker object, an RDS event) into callbacks. A signal is a wake-up and no proof: RDS is asked, and only
/// what RDS says has ended ends a wait.
/// </summary>
public sealed class ExportSignals(
    IExportService exports,
    IDocumentStore documents,
    ITaskCallbacks callbacks,
    ExportLocation location,
    TimeProvider time,
    ILogger log,
    IMetricRecorder metrics)
{
    /// <summary>The pause before RDS is asked a second time, when there are signs that the task is about to end.</summary>
    public static readonly TimeSpan SecondLook = TimeSpan.FromSeconds(3);

    // Export failed, cancelled, completed of an instance snapshot, then of a cluster snapshot. 0234 to 0236 are of live clusters.
    private static readonly HashSet<string> EndEvents = new(StringComparer.Ordinal)
    {
        "RDS-EVENT-0159", "RDS-EVENT-0160", "RDS-EVENT-0161", "RDS-EVENT-0162", "RDS-EVENT-0163", "RDS-EVENT-0164",
    };

    private readonly WaitingExecutions _waiting = new(documents, callbacks, time, log, metrics);

    /// <summary>Objects were created in a bucket. All tasks that they name are looked at; the first failure is thrown afterwards.</summary>
    /// <param name="objects">Bucket and decoded key of each; empty for a test event.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task OnObjectsAsync(IReadOnlyList<(string Bucket, string Key)> objects, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(objects);
        if (objects.Count == 0)
        {
            Log.TestEvent(log);
            return;
        }

        var tasks = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (bucket, key) in objects)
        {
            if (bucket == location.Bucket && location.TaskOf(key) is { } exportTaskId)
            {
                tasks.Add(exportTaskId);
            }
            else
            {
                Log.NotOurs(log, bucket, key, location.Prefix);
            }
        }

        Exception? first = null;
        foreach (var exportTaskId in tasks)
        {
            try
            {
                await LookAsync(exportTaskId, cancellationToken);
            }
            catch (Errors.BridgeException exception)
            {
                first ??= exception;
            }
        }

        if (first is not null)
        {
            ExceptionDispatchInfo.Throw(first);
        }
    }

    /// <summary>RDS said that an export of a snapshot has ended; it does not say which.</summary>
    public async Task OnExportEndedAsync(string eventId, string sourceArn, CancellationToken cancellationToken)
    {
        if (!EndEvents.Contains(eventId) || SnapshotArn.Parse(sourceArn, "SourceArn", new List<string>()) is null)
        {
            Log.OtherEvent(log, eventId, sourceArn);
            return;
        }

        var ours = await ListOursAsync(sourceArn, cancellationToken);
        if (ours.Count == 0)
        {
            Log.OtherSnapshot(log, eventId, sourceArn, location.Bucket, location.Prefix);
            return;
        }

        if (ours.Any(task => !task.HasEnded))
        {
            // The event may be faster than the task's description.
            await Task.Delay(SecondLook, time, cancellationToken);
            ours = await ListOursAsync(sourceArn, cancellationToken);
        }

        Exception? first = null;
        foreach (var task in ours)
        {
            try
            {
                await ActAsync(task, cancellationToken);
            }
            catch (Errors.BridgeException exception)
            {
                first ??= exception;
            }
        }

        if (first is not null)
        {
            ExceptionDispatchInfo.Throw(first);
        }
    }

    private async Task LookAsync(string exportTaskId, CancellationToken cancellationToken)
    {
        var task = await exports.FindTaskAsync(exportTaskId, cancellationToken);
        if (task is not null && !task.HasEnded && await IsAboutToEndAsync(exportTaskId, cancellationToken))
        {
            await Task.Delay(SecondLook, time, cancellationToken);
            task = await exports.FindTaskAsync(exportTaskId, cancellationToken);
        }

        if (task is null)
        {
            Log.UnknownTask(log, exportTaskId, $"a key below s3://{location.Bucket}/{location.Prefix}");
            return;
        }

        await ActAsync(task, cancellationToken);
    }

    // The marker of the last table comes before the task turns COMPLETE; RDS writes export_info last of all.
    private async Task<bool> IsAboutToEndAsync(string exportTaskId, CancellationToken cancellationToken)
    {
        var root = location.Folder(exportTaskId);
        await foreach (var item in documents.ListAsync($"{root}export_info_", cancellationToken))
        {
            return !item.Key.AsSpan(root.Length).Contains('/');
        }

        return false;
    }

    private async Task ActAsync(ExportTaskState task, CancellationToken cancellationToken)
    {
        if (!task.HasEnded)
        {
            Log.Progress(log, task.ExportTaskId, task.Status, task.PercentProgress);
            return;
        }

        var waiting = await _waiting.SettleAsync(task, cancellationToken);
        Log.Ended(log, task.ExportTaskId, task.Status, waiting);
    }

    private async Task<List<ExportTaskState>> ListOursAsync(string sourceArn, CancellationToken cancellationToken)
    {
        var tasks = await exports.ListTasksAsync(sourceArn, cancellationToken);
        return [.. tasks.Where(task => task.GoesTo(location.Bucket, location.Prefix))];
    }
}
