using System.Runtime.ExceptionServices;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using SnapshotBridge.Exports;
using SnapshotBridge.Requests;
using SnapshotBridge.Storage;

namespace SnapshotBridge.Sweeping;

/// <summary>
/// The schedule's work: bridges the newest snapshot of each database unless a run has begun to already. Events of RDS are
/// best effort; this finds what they left out. A run that failed is not started again: its alert asks for a redrive.
/// </summary>
public sealed class SnapshotSweep(
    ISnapshotCatalogue catalogue, IDocumentStore documents, IExecutionStarter executions, SweepOptions options, TimeProvider time, ILogger log)
{
    /// <summary>Looks once. All snapshots are tried; the first failure is thrown afterwards, and a repetition starts nothing twice.</summary>
    public async Task<SweepOutcome> RunAsync(CancellationToken cancellationToken)
    {
        var listed = new Dictionary<string, SnapshotDescription>(StringComparer.OrdinalIgnoreCase);
        await foreach (var snapshot in catalogue.ListAsync(cancellationToken))
        {
            listed[snapshot.Arn] = snapshot;
        }

        var notBefore = time.GetUtcNow() - options.Lookback;
        var newest = SweepSelection.Newest(listed.Values, options.Requests, notBefore);
        SweepLog.Found(log, listed.Count, newest.Count, notBefore);

        var (started, bridged) = (new List<string>(), new List<string>());
        Exception? first = null;
        foreach (var snapshot in newest)
        {
            try
            {
                if (await StartAsync(snapshot, cancellationToken) is { } execution)
                {
                    started.Add(execution);
                }
                else
                {
                    bridged.Add(snapshot.ToString());
                }
            }
            catch (Errors.BridgeException exception)
            {
                SweepLog.Failed(log, snapshot.ToString(), exception.GetType().Name, exception.Message);
                first ??= exception;
            }
        }

        if (first is not null)
        {
            ExceptionDispatchInfo.Throw(first);
        }

        return new SweepOutcome(listed.Count, newest.Count, started, bridged);
    }

    /// <summary>The name of the execution that a sweep starts for a snapshot: always the same one.</summary>
    public static string ExecutionName(SnapshotArn snapshot) => $"sweep-{ExportTaskIds.First(snapshot, ExportScope.Everything, executionName: null)}";

    private async Task<string?> StartAsync(SnapshotArn snapshot, CancellationToken cancellationToken)
    {
        if (await HasDocumentsAsync(snapshot, cancellationToken))
        {
            SweepLog.LeftAlone(log, snapshot.ToString(), "there are documents of a run that has bridged it, is bridging it or waits for a redrive");
            return null;
        }

        var name = ExecutionName(snapshot);
        if (!await executions.StartAsync(name, new JsonObject { ["snapshotArn"] = snapshot.ToString() }.ToJsonString(), cancellationToken))
        {
            SweepLog.LeftAlone(log, snapshot.ToString(), $"the execution {name} has ended before");
            return null;
        }

        SweepLog.Started(log, name, snapshot.ToString());
        return name;
    }

    // A run that an event or a person started has another name, but the same documents: those of the export task, of its
    // first attempt or a later one. Without a slash at its end the prefix finds both.
    private async Task<bool> HasDocumentsAsync(SnapshotArn snapshot, CancellationToken cancellationToken)
    {
        var prefix = BridgeLayout.Folder(ExportTaskIds.First(snapshot, ExportScope.Everything, executionName: null)).TrimEnd('/');
        await foreach (var _ in documents.ListAsync(prefix, cancellationToken))
        {
            return true;
        }

        return false;
    }
}
