using System.Runtime.ExceptionServices;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using SnapshotBridge.Metrics;
using SnapshotBridge.Storage;

namespace SnapshotBridge.Exports;

/// <summary>
/// The executions that wait for an export, by their token documents. A document is removed only after its callback was
/// accepted or found closed, so that a failed callback is tried again by whoever comes next.
/// </summary>
public sealed class WaitingExecutions(IDocumentStore documents, ITaskCallbacks callbacks, TimeProvider time, ILogger log, IMetricRecorder metrics)
{
    // Limits of the Step Functions API: SendTaskFailure.
    private const int MaxErrorLength = 256, MaxCauseLength = 32_768;

    /// <summary>Registers an execution's newest token, in place of an earlier one.</summary>
    public Task RegisterAsync(string exportTaskId, string executionName, string taskToken, CancellationToken cancellationToken) =>
        documents.WriteAsync(
            BridgeLayout.Token(exportTaskId, executionName),
            new TokenDocument
            {
                ExportTaskId = exportTaskId,
                ExecutionName = executionName,
                TaskToken = taskToken,
                SavedAt = time.GetUtcNow(),
            },
            ExportsJson.Default.TokenDocument,
            cancellationToken);

    public async Task<bool> IsRegisteredAsync(string exportTaskId, string executionName, CancellationToken cancellationToken) =>
        await documents.ReadAsync(BridgeLayout.Token(exportTaskId, executionName), ExportsJson.Default.TokenDocument, cancellationToken) is not null;

    public Task ForgetAsync(string exportTaskId, string executionName, CancellationToken cancellationToken) =>
        documents.DeleteAsync(BridgeLayout.Token(exportTaskId, executionName), cancellationToken);

    /// <summary>Ends one execution's wait for a complete export, with the token that it has just given.</summary>
    public async Task CompleteAsync(
        ExportTaskState task, string executionName, DateTimeOffset waitingSince, string taskToken, CancellationToken cancellationToken)
    {
        await WriteEndedAsync(task, cancellationToken);
        var outcome = await callbacks.SucceedAsync(taskToken, Output(new ExportOutcome(task.ExportTaskId, ExportOutcome.Complete)), cancellationToken);
        Log.CallbackSent(log, "complete", executionName, task.ExportTaskId, outcome);
        RecordEnd(task, executionName, waitingSince, outcome);
        await ForgetAsync(task.ExportTaskId, executionName, cancellationToken);
    }

    /// <summary>Ends an execution that has nothing to bridge.</summary>
    public async Task IgnoreAsync(string executionName, string taskToken, string reason, CancellationToken cancellationToken)
    {
        var outcome = await callbacks.SucceedAsync(taskToken, Output(new ExportOutcome("", ExportOutcome.Ignored, reason)), cancellationToken);
        Log.Ignored(log, executionName, reason, outcome);
        if (outcome == CallbackOutcome.Accepted)
        {
            metrics.Record(MetricRecords.SnapshotIgnored(executionName));
        }
    }

    /// <summary>
    /// Ends the wait of every execution that waits for a task which has ended. All are tried; the first failure is thrown
    /// afterwards, so that the caller is invoked again for those that are left.
    /// </summary>
    /// <returns>How many waits were found.</returns>
    public async Task<int> SettleAsync(ExportTaskState task, CancellationToken cancellationToken)
    {
        var keys = new List<string>();
        await foreach (var item in documents.ListAsync(BridgeLayout.TokensFolder(task.ExportTaskId), cancellationToken))
        {
            keys.Add(item.Key);
        }

        if (keys.Count > 0 && task.IsComplete)
        {
            await WriteEndedAsync(task, cancellationToken);
        }

        Exception? first = null;
        foreach (var key in keys)
        {
            try
            {
                await SettleOneAsync(task, key, cancellationToken);
            }
            catch (Errors.BridgeException exception)
            {
                Log.CallbackFailed(log, key, exception.GetType().Name, exception.Message);
                first ??= exception;
            }
        }

        if (first is not null)
        {
            ExceptionDispatchInfo.Throw(first);
        }

        return keys.Count;
    }

    private async Task SettleOneAsync(ExportTaskState task, string key, CancellationToken cancellationToken)
    {
        var waiting = await documents.ReadAsync(key, ExportsJson.Default.TokenDocument, cancellationToken);
        if (waiting is null)
        {
            // Settled between the listing and now, by the other signal.
            return;
        }

        if (task.Failure() is { } failure)
        {
            var outcome = await callbacks.FailAsync(
                waiting.TaskToken, Cut(failure.GetType().Name, MaxErrorLength), Cut(failure.Message, MaxCauseLength), cancellationToken);
            Log.CallbackSent(log, task.Status, waiting.ExecutionName, task.ExportTaskId, outcome);
            RecordEnd(task, waiting.ExecutionName, waiting.SavedAt, outcome);
            if (outcome == CallbackOutcome.TimedOut)
            {
                // The polling interval has just ended this wait and StartExport is about to be re-entered. The document tells
                // it that this execution waited for the failed task; without it, it would start a second export.
                return;
            }
        }
        else
        {
            var outcome = await callbacks.SucceedAsync(
                waiting.TaskToken, Output(new ExportOutcome(task.ExportTaskId, ExportOutcome.Complete)), cancellationToken);
            Log.CallbackSent(log, task.Status, waiting.ExecutionName, task.ExportTaskId, outcome);
            RecordEnd(task, waiting.ExecutionName, waiting.SavedAt, outcome);
        }

        await documents.DeleteAsync(key, cancellationToken);
    }

    // Step Functions accepts one callback per wait: of several signals that end it, one is counted.
    private void RecordEnd(ExportTaskState task, string executionName, DateTimeOffset waitingSince, CallbackOutcome outcome)
    {
        if (outcome == CallbackOutcome.Accepted)
        {
            metrics.Record(MetricRecords.ExportEnded(task, executionName, waitingSince));
        }
    }

    private Task WriteEndedAsync(ExportTaskState task, CancellationToken cancellationToken) =>
        documents.WriteAsync(BridgeLayout.EndedExport(task.ExportTaskId), EndedExport.Of(task), ExportsJson.Default.EndedExport, cancellationToken);

    private static string Output(ExportOutcome outcome) => JsonSerializer.Serialize(outcome, ExportsJson.Default.ExportOutcome);

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length];
}
