using Microsoft.Extensions.Logging;
using SnapshotBridge.Exports;
using SnapshotBridge.Loading;
using SnapshotBridge.Loading.Declarations;
using SnapshotBridge.Loading.Publishing;
using SnapshotBridge.Requests;
using SnapshotBridge.Storage;

namespace SnapshotBridge.Planning;

/// <summary>
/// Lists a complete export once and writes what is to be copied: batches first, then their list, the plan last. The same
/// export and settings give the same documents, also after a death at any point. What is listed is held as bytes, about 110
/// for an object, because how batches are cut depends on the totals.
/// </summary>
public sealed class CopyPlanner
{
    private readonly IDocumentStore _documents;
    private readonly IExportListing _listing;
    private readonly PlanCopyOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;

    public CopyPlanner(IDocumentStore documents, IExportListing listing, PlanCopyOptions options, TimeProvider time, ILogger log)
    {
        _documents = documents;
        _listing = listing;
        _options = options;
        _time = time;
        _log = log;
    }

    /// <inheritdoc cref="PlanAsync(string, BridgeRequest?, CancellationToken)"/>
    public Task<PlanOutcome> PlanAsync(string exportTaskId, CancellationToken cancellationToken) => PlanAsync(exportTaskId, null, cancellationToken);

    /// <summary>Writes the plan of one export task.</summary>
    /// <param name="exportTaskId">The export task.</param>
    /// <param name="request">What the tables are to be named and declared as; null where that is not known here.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ExportFilesPendingException">A file that RDS writes last is not there yet; transient.</exception>
    /// <exception cref="ExportFilesMissingException">Tables that RDS lists as complete have no files.</exception>
    /// <exception cref="ExportFilesInvalidException">RDS's JSON files are not understood.</exception>
    /// <exception cref="ExportLayoutException">There is Parquet that belongs to no table.</exception>
    /// <exception cref="ExportTaskFailedException">The files say that the export failed.</exception>
    /// <exception cref="TargetConflictException">The tables cannot be loaded under the requested names; nothing was written.</exception>
    /// <exception cref="RequestInvalidException">columnTypes does not fit the export; nothing was written.</exception>
    public async Task<PlanOutcome> PlanAsync(string exportTaskId, BridgeRequest? request, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(exportTaskId);
        var location = _options.Location;
        var destinationPrefix = $"{_options.DestinationPrefix}{exportTaskId}/";
        var description = await new ExportDescriptionReader(_documents, location, _log).ReadAsync(exportTaskId, cancellationToken);
        var contents = await new ExportLister(_listing, location).ListAsync(exportTaskId, description.Tables.Targets, cancellationToken);
        LogIgnored(contents);

        var selection = new TableSelection(location, exportTaskId, destinationPrefix, description.Tables);
        var skipped = selection.Select(contents.Tables);
        var drafts = BatchDesigner.Design(selection.Listed, _options);
        var writer = new BatchWriter(_documents, exportTaskId, location.Bucket, location.Folder(exportTaskId), destinationPrefix, selection.Listed);
        var hash = writer.Hash(drafts);
        var plan = new CopyPlan
        {
            ExportTaskId = exportTaskId,
            SourceArn = description.SourceArn,
            Bucket = location.Bucket,
            SourcePrefix = location.Folder(exportTaskId),
            DestinationPrefix = destinationPrefix,
            Tables = selection.Planned,
            Skipped = skipped,
            Batches = drafts.Count,
            Objects = selection.Planned.Sum(table => (long)table.Objects),
            Bytes = selection.Planned.Sum(table => table.Bytes),
            MaxConcurrency = Math.Max(1, Math.Min(_options.MaxConcurrency, drafts.Count)),
            Orchestration = OrchestrationCost.Of(drafts.Select(draft => draft.Load)),
            BatchesHash = hash,
            SnapshotTime = description.SnapshotTime,
            PlannedAt = _time.GetUtcNow(),
        };
        Check(plan, request);
        var earlier = await WriteBatchesAsync(exportTaskId, drafts, writer, hash, cancellationToken);
        plan = plan with { PlannedAt = earlier?.PlannedAt ?? plan.PlannedAt };
        await _documents.WriteAsync(
            BridgeLayout.Batches(exportTaskId),
            [.. Enumerable.Range(0, drafts.Count).Select(batch => new BatchReference(exportTaskId, batch))],
            PlanningJson.Default.IReadOnlyListBatchReference,
            cancellationToken);
        await _documents.WriteAsync(BridgeLayout.Plan(exportTaskId), plan, PlanningJson.Default.CopyPlan, cancellationToken);

        foreach (var table in skipped)
        {
            Log.Skipped(_log, table.Target, table.Reason);
        }

        return Outcome(plan, drafts) with { IsNew = earlier is null };
    }

    /// <summary>
    /// What the load would refuse for the export's tables and the request alone is refused here: a copy of terabytes takes
    /// hours and is paid for. How the deployment publishes by default is known to the load only.
    /// </summary>
    private static void Check(CopyPlan plan, BridgeRequest? request)
    {
        if (request is not null)
        {
            PublishTargets.For(plan, request, new LoadChoices().For(request));
            ColumnTypeChecks.Check(plan, request);
        }
    }

    /// <summary>Writes those batches that are not there; returns the stamp of the earlier plan if it is the same.</summary>
    private async Task<PlanStamp?> WriteBatchesAsync(
        string exportTaskId, IReadOnlyList<BatchDraft> drafts, BatchWriter writer, string hash, CancellationToken cancellationToken)
    {
        var earlier = new EarlierPlan(_documents, exportTaskId);
        var stamp = await earlier.ReadAsync(cancellationToken);
        if (stamp?.BatchesHash == hash)
        {
            // The plan is written last, so its batches were all there; what somebody has removed since is written again.
            await writer.WriteAsync(drafts, await earlier.MissingAsync(drafts.Count, cancellationToken), cancellationToken);
            return stamp;
        }

        var removed = await earlier.RemoveAsync(cancellationToken);
        if (removed > 0)
        {
            Log.PlanChanged(_log, exportTaskId, removed);
        }

        await writer.WriteAsync(drafts, Enumerable.Range(0, drafts.Count), cancellationToken);
        return null;
    }

    private PlanOutcome Outcome(CopyPlan plan, IReadOnlyList<BatchDraft> drafts)
    {
        var cost = plan.Orchestration!;
        Log.Planned(_log, plan.ExportTaskId, plan.Tables.Count, plan.Objects, plan.Bytes, plan.Skipped.Count);
        Log.Batches(
            _log, plan.Batches, plan.MaxConcurrency, drafts.Count == 0 ? 0 : drafts[0].Load.Bytes, drafts.Count == 0 ? 0 : drafts[^1].Load.Bytes,
            cost.Invocations, cost.Transitions);
        return new PlanOutcome
        {
            ExportTaskId = plan.ExportTaskId,
            PlanKey = BridgeLayout.Plan(plan.ExportTaskId),
            BatchesKey = BridgeLayout.Batches(plan.ExportTaskId),
            Tables = plan.Tables.Count,
            Batches = plan.Batches,
            Objects = plan.Objects,
            Bytes = plan.Bytes,
            Skipped = plan.Skipped.Count,
            MaxConcurrency = plan.MaxConcurrency,
            Transitions = cost.Transitions,
        };
    }

    private void LogIgnored(ExportContents contents)
    {
        foreach (var key in contents.Ignored)
        {
            Log.Ignored(_log, key);
        }

        if (contents.IgnoredCount > contents.Ignored.Count)
        {
            Log.MoreIgnored(_log, contents.IgnoredCount - contents.Ignored.Count);
        }
    }
}
