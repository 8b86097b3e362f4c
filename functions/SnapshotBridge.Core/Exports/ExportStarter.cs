using Microsoft.Extensions.Logging;
using SnapshotBridge.Metrics;
using SnapshotBridge.Requests;
using SnapshotBridge.Storage;

namespace SnapshotBridge.Exports;

/// <summary>One entry into the StartExport state.</summary>
/// <param name="Outcome">What the input turned out to be.</param>
/// <param name="ExecutionName">The execution's name, unique for 90 days.</param>
/// <param name="ExecutionStartedAt">When the execution started; the deadline counts from here.</param>
/// <param name="TaskToken">The token of this entry: every retry brings a new one.</param>
public sealed record ExportEntry(RequestOutcome Outcome, string ExecutionName, DateTimeOffset ExecutionStartedAt, string TaskToken)
{
    public override string ToString() => $"entry of execution '{ExecutionName}'";
}

/// <summary>
/// Starts an export or adopts one, and registers the execution's token so that a callback ends its wait. Safe to enter any
/// number of times. The order that loses no signal: the token is saved first, and only then is the task started, or looked
/// at once more when it exists already; whatever ended before the token was saved is seen by that look.
/// </summary>
public sealed class ExportStarter(
    IExportService exports,
    IDocumentStore documents,
    ITaskCallbacks callbacks,
    StartExportOptions options,
    TimeProvider time,
    ILogger log,
    IMetricRecorder metrics)
{
    /// <summary>RDS may report COMPLETE before all files are listed; after this long, an empty folder means that they were deleted.</summary>
    private static readonly TimeSpan FilesAppearWithin = TimeSpan.FromHours(1);

    private const int MaxStartsPerEntry = 10, LooksForAStartedTask = 4;

    private static readonly TimeSpan PauseBetweenLooks = TimeSpan.FromSeconds(3);

    private readonly WaitingExecutions _waiting = new(documents, callbacks, time, log, metrics);
    private readonly ExportLocation _location = new(options.Target.Bucket, options.Target.Prefix);

    /// <summary>Brings the execution one step on: ended, or registered and waiting.</summary>
    /// <exception cref="ExportTaskFailedException">The task that this execution waited for has failed.</exception>
    /// <exception cref="ExportTaskCanceledException">The task that this execution waited for was cancelled.</exception>
    /// <exception cref="ExportSlotsBusyException">RDS cannot start another export now; transient.</exception>
    /// <exception cref="ExportDeadlineExceededException">The execution has waited too long.</exception>
    public async Task<ExportOutcome> EnterAsync(ExportEntry entry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entry);
        switch (entry.Outcome)
        {
            case RequestOutcome.Ignored ignored:
                return await IgnoreAsync(entry, ignored.Reason, cancellationToken);
            case RequestOutcome.Accepted accepted:
                return await BridgeAsync(entry, accepted.Request, cancellationToken);
            default:
                throw new InvalidOperationException("RequestOutcome has a case that is not handled.");
        }
    }

    private async Task<ExportOutcome> BridgeAsync(ExportEntry entry, BridgeRequest request, CancellationToken cancellationToken)
    {
        var snapshot = await exports.FindSnapshotAsync(request.Snapshot, cancellationToken);
        if (snapshot is not null)
        {
            if (request.FromEvent && !options.Requests.IsOurs(snapshot.Database))
            {
                return await IgnoreAsync(
                    entry,
                    $"the snapshot {snapshot.Arn} is of the database '{snapshot.Database}', which is not among SOURCE_DATABASES ({string.Join(", ", options.Requests.SourceDatabases)})",
                    cancellationToken);
            }

            if (!snapshot.IsExportable)
            {
                throw new EngineNotSupportedException(snapshot.Arn, snapshot.Engine);
            }

            request.CheckAgainstEngine(snapshot.Engine, snapshot.IsPostgres);
        }

        var sourceArn = snapshot?.Arn ?? request.Snapshot.ToString();
        var first = ExportTaskIds.First(request.Snapshot, request.Scope, request.NewExport ? entry.ExecutionName : null);
        var listed = await exports.ListTasksAsync(sourceArn, cancellationToken);
        var candidates = listed.Where(task => IsCandidate(task, request, first)).OrderByDescending(task => task.StartedAt ?? DateTimeOffset.MaxValue).ToList();

        await FailIfOurTaskFailedAsync(entry, candidates, cancellationToken);
        if (await FindAdoptableAsync(candidates, entry, cancellationToken) is { } adopted)
        {
            if (snapshot is null)
            {
                Log.SnapshotGone(log, sourceArn, adopted.ExportTaskId, adopted.Status);
            }

            return await AdoptAsync(entry, adopted, cancellationToken);
        }

        if (snapshot is null)
        {
            throw new SnapshotNotFoundException(sourceArn);
        }

        if (!snapshot.IsAvailable)
        {
            throw new SnapshotNotReadyException(snapshot.Arn, snapshot.Status, snapshot.PercentProgress);
        }

        return await StartAsync(entry, request, sourceArn, first, listed, cancellationToken);
    }

    // The same snapshot, place and scope: whoever started it and whatever it is called. An export of the execution's own
    // (newExport) counts only when this execution has started it.
    private bool IsCandidate(ExportTaskState task, BridgeRequest request, string first) =>
        task.GoesTo(options.Target.Bucket, options.Target.Prefix)
        && task.Scope.Equals(request.Scope)
        && (!request.NewExport || ExportTaskIds.AttemptOf(first, task.ExportTaskId) > 0);

    private async Task FailIfOurTaskFailedAsync(ExportEntry entry, List<ExportTaskState> candidates, CancellationToken cancellationToken)
    {
        foreach (var task in candidates)
        {
            if (task.Failure() is { } failure && await _waiting.IsRegisteredAsync(task.ExportTaskId, entry.ExecutionName, cancellationToken))
            {
                // Removed, so that a redrive starts another export instead of failing at the old one again.
                await _waiting.ForgetAsync(task.ExportTaskId, entry.ExecutionName, cancellationToken);
                metrics.Record(MetricRecords.ExportEnded(task, entry.ExecutionName, entry.ExecutionStartedAt));
                throw failure;
            }
        }
    }

    private async Task<ExportTaskState?> FindAdoptableAsync(List<ExportTaskState> candidates, ExportEntry entry, CancellationToken cancellationToken)
    {
        foreach (var task in candidates.Where(task => task.IsComplete))
        {
            if (await HasFilesAsync(task, cancellationToken))
            {
                return task;
            }

            Log.FilesGone(log, task.ExportTaskId, task.Bucket, _location.Folder(task.ExportTaskId));
        }

        if (candidates.FirstOrDefault(task => !task.HasEnded && !task.IsCanceling) is { } running)
        {
            return running;
        }

        // While RDS still cancels a task, it starts no other of the same snapshot.
        if (candidates.FirstOrDefault(task => task.IsCanceling) is { } canceling)
        {
            ThrowIfTooLate(entry, $"The export task '{canceling.ExportTaskId}' of {canceling.SourceArn} is still being cancelled");
            return await _waiting.IsRegisteredAsync(canceling.ExportTaskId, entry.ExecutionName, cancellationToken)
                ? canceling
                : throw new ExportSlotsBusyException(canceling.SourceArn, "an earlier export of it is being cancelled", [Name(canceling)]);
        }

        return null;
    }

    private async Task<bool> HasFilesAsync(ExportTaskState task, CancellationToken cancellationToken)
    {
        if (task.EndedAt is not { } ended || time.GetUtcNow() - ended < FilesAppearWithin)
        {
            return true;
        }

        await foreach (var item in documents.ListAsync(_location.Folder(task.ExportTaskId), cancellationToken))
        {
            return item.Key.Length > 0;
        }

        return false;
    }

    private async Task<ExportOutcome> AdoptAsync(ExportEntry entry, ExportTaskState task, CancellationToken cancellationToken)
    {
        Log.Adopted(log, task.ExportTaskId, task.SourceArn, task.Status);
        var waitedBefore = await _waiting.IsRegisteredAsync(task.ExportTaskId, entry.ExecutionName, cancellationToken);
        await _waiting.RegisterAsync(task.ExportTaskId, entry.ExecutionName, entry.TaskToken, cancellationToken);
        if (!waitedBefore)
        {
            metrics.Record(MetricRecords.ExportAdopted(task.ExportTaskId, entry.ExecutionName));
        }

        var now = task.IsComplete ? task : await exports.FindTaskAsync(task.ExportTaskId, cancellationToken) ?? task;
        return await ConcludeAsync(entry, now, cancellationToken);
    }

    private async Task<ExportOutcome> StartAsync(
        ExportEntry entry,
        BridgeRequest request,
        string sourceArn,
        string first,
        IReadOnlyList<ExportTaskState> listed,
        CancellationToken cancellationToken)
    {
        ThrowIfTooLate(entry, $"No export of {sourceArn} could be started");
        var attempt = listed.Select(task => ExportTaskIds.AttemptOf(first, task.ExportTaskId)).DefaultIfEmpty(0).Max() + 1;
        for (var tries = 0; tries < MaxStartsPerEntry; tries++, attempt++)
        {
            var exportTaskId = ExportTaskIds.Attempt(first, attempt);
            await _waiting.RegisterAsync(exportTaskId, entry.ExecutionName, entry.TaskToken, cancellationToken);
            try
            {
                var started = await exports.StartTaskAsync(exportTaskId, sourceArn, request.Scope, options.Target, cancellationToken);
                Log.Started(log, exportTaskId, sourceArn, request.Scope.ToString());
                metrics.Record(MetricRecords.ExportStarted(exportTaskId, entry.ExecutionName));
                return await ConcludeAsync(entry, started, cancellationToken);
            }
            catch (ExportTaskExistsException)
            {
                if (await FindStartedAsync(exportTaskId, cancellationToken) is { } existing && IsUsable(existing))
                {
                    Log.Adopted(log, exportTaskId, sourceArn, existing.Status);
                    metrics.Record(MetricRecords.ExportAdopted(exportTaskId, entry.ExecutionName));
                    return await ConcludeAsync(entry, existing, cancellationToken);
                }

                // An old task that the listing by snapshot does not show: the next identifier is free, or one after it.
                await _waiting.ForgetAsync(exportTaskId, entry.ExecutionName, cancellationToken);
            }
            catch (ExportLimitReachedException exception)
            {
                await _waiting.ForgetAsync(exportTaskId, entry.ExecutionName, cancellationToken);
                var running = await exports.ListRunningTasksAsync(cancellationToken);
                throw new ExportSlotsBusyException(sourceArn, exception.Message, [.. running.Select(Name)]);
            }
            catch (SnapshotNotExportableException)
            {
                // RDS exports a snapshot once at a time. Asked anew: an execution that was faster may have started an export
                // since the listing, ours or one of another scope or place.
                var running = (await exports.ListTasksAsync(sourceArn, cancellationToken)).Where(task => !task.HasEnded).ToList();
                if (running.Find(task => task.ExportTaskId == exportTaskId && IsUsable(task)) is { } ours)
                {
                    Log.Adopted(log, exportTaskId, sourceArn, ours.Status);
                    metrics.Record(MetricRecords.ExportAdopted(exportTaskId, entry.ExecutionName));
                    return await ConcludeAsync(entry, ours, cancellationToken);
                }

                await _waiting.ForgetAsync(exportTaskId, entry.ExecutionName, cancellationToken);
                if (running.Count > 0)
                {
                    throw new ExportSlotsBusyException(sourceArn, "RDS exports a snapshot once at a time", [.. running.Select(Name)]);
                }

                throw;
            }
            catch (Errors.BridgeException exception) when (exception is not Errors.AwsServiceUnavailableException)
            {
                // Refused for good: nothing runs, so nothing may look like a wait. (After no answer, the task may be running.)
                await _waiting.ForgetAsync(exportTaskId, entry.ExecutionName, cancellationToken);
                throw;
            }
        }

        throw new ExportSlotsBusyException(sourceArn, $"the identifiers {first} to {ExportTaskIds.Attempt(first, attempt - 1)} are taken by tasks that RDS does not list for it", []);

        bool IsUsable(ExportTaskState task) =>
            !task.IsFailed && !task.IsCanceled && !task.IsCanceling && task.SourceArn == sourceArn && IsCandidate(task, request, first);
    }

    // RDS may know an identifier before it describes the task. To take the next identifier then would pay for a second export.
    private async Task<ExportTaskState?> FindStartedAsync(string exportTaskId, CancellationToken cancellationToken)
    {
        for (var looks = 1; ; looks++)
        {
            var task = await exports.FindTaskAsync(exportTaskId, cancellationToken);
            if (task is not null || looks == LooksForAStartedTask)
            {
                return task;
            }

            await Task.Delay(PauseBetweenLooks, time, cancellationToken);
        }
    }

    private async Task<ExportOutcome> ConcludeAsync(ExportEntry entry, ExportTaskState task, CancellationToken cancellationToken)
    {
        if (task.IsComplete)
        {
            await _waiting.CompleteAsync(task, entry.ExecutionName, entry.ExecutionStartedAt, entry.TaskToken, cancellationToken);
            return new ExportOutcome(task.ExportTaskId, ExportOutcome.Complete);
        }

        if (task.Failure() is { } failure)
        {
            await _waiting.ForgetAsync(task.ExportTaskId, entry.ExecutionName, cancellationToken);
            metrics.Record(MetricRecords.ExportEnded(task, entry.ExecutionName, entry.ExecutionStartedAt));
            throw failure;
        }

        if (IsTooLate(entry))
        {
            await _waiting.ForgetAsync(task.ExportTaskId, entry.ExecutionName, cancellationToken);
            ThrowIfTooLate(entry, $"The export task '{task.ExportTaskId}' of {task.SourceArn} is still {task.Status} at {task.PercentProgress} %");
        }

        Log.Waiting(log, task.ExportTaskId, task.SourceArn, task.Status, task.PercentProgress, entry.ExecutionName);
        return new ExportOutcome(task.ExportTaskId, ExportOutcome.Waiting);
    }

    private async Task<ExportOutcome> IgnoreAsync(ExportEntry entry, string reason, CancellationToken cancellationToken)
    {
        await _waiting.IgnoreAsync(entry.ExecutionName, entry.TaskToken, reason, cancellationToken);
        return new ExportOutcome("", ExportOutcome.Ignored, reason);
    }

    private bool IsTooLate(ExportEntry entry) => time.GetUtcNow() - entry.ExecutionStartedAt > options.Deadline;

    private void ThrowIfTooLate(ExportEntry entry, string what)
    {
        if (IsTooLate(entry))
        {
            throw new ExportDeadlineExceededException(what, options.Deadline, entry.ExecutionStartedAt);
        }
    }

    private static string Name(ExportTaskState task) => $"'{task.ExportTaskId}' ({task.Status}, {task.PercentProgress} %)";
}
