using SnapshotBridge.Local.Aws.S3;

namespace SnapshotBridge.Local.Aws.Rds;

/// <summary>A task with what runs it. <see cref="Task"/> is changed under the store's lock.</summary>
internal sealed class RdsExport(RdsExportTask task, RdsSnapshot snapshot, CancellationTokenSource cancellation) : IDisposable
{
    public RdsExportTask Task { get; set; } = task;

    public RdsSnapshot Snapshot { get; } = snapshot;

    public CancellationTokenSource Cancellation { get; } = cancellation;

    public Task Run { get; set; } = System.Threading.Tasks.Task.CompletedTask;

    public void Dispose() => Cancellation.Dispose();
}

/// <summary>Takes one export task from STARTING to its end.</summary>
internal sealed class RdsExportRunner(RdsStore store, S3Store s3, RdsStoreOptions options)
{
    /// <param name="export">The task.</param>
    /// <param name="stop">The store is being disposed: end without a word.</param>
    public async Task RunAsync(RdsExport export, CancellationToken stop)
    {
        var cancelled = export.Cancellation.Token;
        string end;
        try
        {
            await Task.Delay(options.StartingTime, options.Clock, cancelled);
            await store.Faults.WhenStartingMayEnd().WaitAsync(cancelled);
            end = await ExportAsync(export, cancelled);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return;
        }
        catch (OperationCanceledException) when (cancelled.IsCancellationRequested)
        {
            end = End(export, task => task with { Status = "CANCELED" });
        }
        catch (ExportFailedException failed)
        {
            end = Fail(export, failed.Message);
        }
        catch (Exception exception)
        {
            if (options.Logger is { } logger)
                Log.ExportFailed(logger, export.Task.ExportTaskIdentifier, exception);
            end = Fail(export, $"An unknown internal error occurred. ({exception.GetType().Name}: {exception.Message})");
        }

        var ended = RdsEvents.ExportEnded(
            export.Snapshot, export.Task.SourceArn, end, options.Region, options.AccountId, options.Clock.GetUtcNow());
        try
        {
            await store.SendAsync(ended, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Nobody is left to hear it.
        }
    }

    private async Task<string> ExportAsync(RdsExport export, CancellationToken cancellationToken)
    {
        var engine = store.Engine ?? throw new InvalidOperationException("The local RDS has no export engine.");
        var task = export.Task;
        // A cancellation that came between the wait and here has the last word.
        cancellationToken.ThrowIfCancellationRequested();
        store.Update(export, current => current.Status == "CANCELING" ? current : current with { Status = "IN_PROGRESS", TaskStartTime = options.Clock.GetUtcNow() });

        using var doomed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var failure = store.Faults.TakeFailure(task);
        var progress = new Progress(store, export, percent =>
        {
            if (failure is { } fault && percent >= fault.Percent)
                doomed.Cancel();
        });
        progress.Report(0);
        var job = new ExportJob(
            task.ExportTaskIdentifier, task.SourceArn, task.S3Bucket, task.S3Prefix.TrimEnd('/'), task.IamRoleArn, task.KmsKeyId,
            task.ExportOnly, task.SnapshotTime);
        ExportResult result;
        try
        {
            doomed.Token.ThrowIfCancellationRequested();
            result = await engine.ExportAsync(job, new ExportTarget(s3, task.S3Bucket), progress, doomed.Token);
        }
        catch (OperationCanceledException) when (doomed.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ExportFailedException(failure!.Value.Cause);
        }

        if (failure is not null)
            throw new ExportFailedException(failure.Value.Cause);
        cancellationToken.ThrowIfCancellationRequested();
        return End(export, current => current with
        {
            Status = "COMPLETE",
            PercentProgress = 100,
            TotalExtractedDataInGB = result.TotalExtractedGb,
            WarningMessage = result.WarningMessage,
        });
    }

    private string Fail(RdsExport export, string cause) => End(export, task => task with { Status = "FAILED", FailureCause = cause });

    private string End(RdsExport export, Func<RdsExportTask, RdsExportTask> change)
    {
        var end = "";
        store.Update(export, task =>
        {
            var ended = change(task) with { TaskEndTime = options.Clock.GetUtcNow() };
            // A task that was told to cancel ends as cancelled, however far it came.
            if (task.Status == "CANCELING")
                ended = task with { Status = "CANCELED", TaskEndTime = ended.TaskEndTime };
            end = ended.Status;
            return ended;
        });
        return end;
    }

    /// <summary>Unlike <see cref="Progress{T}"/> it acts at once, so that a fault hits at the percentage it names.</summary>
    private sealed class Progress(RdsStore store, RdsExport export, Action<int> reached) : IProgress<int>
    {
        public void Report(int value)
        {
            var percent = Math.Clamp(value, 0, 100);
            store.Update(export, task => task with { PercentProgress = Math.Max(task.PercentProgress, percent) });
            reached(percent);
        }
    }

    private sealed class ExportTarget(S3Store s3, string bucket) : IExportTarget
    {
        public Task PutAsync(string key, Stream content, CancellationToken cancellationToken)
            => s3.PutAsync(bucket, key, content, null, cancellationToken);
    }
}
