using SnapshotBridge.Storage;

namespace SnapshotBridge.Planning;

/// <summary>
/// What an earlier planning of the same export left behind. Batch 17 of another plan is not batch 17 of this one: its
/// document, checkpoint and proof must not be taken for it, also when a planning was killed half-way.
/// </summary>
internal sealed class EarlierPlan(IDocumentStore documents, string exportTaskId)
{
    private const int DeletesAtATime = 16;

    /// <summary>The plan's stamp, or null where no plan, or none that can be read, is there.</summary>
    public async Task<PlanStamp?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await documents.ReadAsync(BridgeLayout.Plan(exportTaskId), PlanStampJson.Default.PlanStamp, cancellationToken);
        }
        catch (DocumentInvalidException)
        {
            // Cut off or of another version: it is about to be replaced.
            return null;
        }
    }

    /// <summary>The batches of the present plan, of this many, that have no document.</summary>
    public async Task<IReadOnlyList<int>> MissingAsync(int batches, CancellationToken cancellationToken)
    {
        var there = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var item in documents.ListAsync(BridgeLayout.BatchFolders(exportTaskId)[0], cancellationToken))
        {
            there.Add(item.Key);
        }

        return [.. Enumerable.Range(0, batches).Where(batch => !there.Contains(BridgeLayout.Batch(exportTaskId, batch)))];
    }

    /// <summary>Removes the plan first, so that a death in between leaves none that its batches do not belong to, and then all else.</summary>
    /// <returns>How many documents there were.</returns>
    public async Task<int> RemoveAsync(CancellationToken cancellationToken)
    {
        await documents.DeleteAsync(BridgeLayout.Plan(exportTaskId), cancellationToken);
        var stale = new List<string>();
        foreach (var folder in BridgeLayout.BatchFolders(exportTaskId))
        {
            await foreach (var item in documents.ListAsync(folder, cancellationToken))
            {
                stale.Add(item.Key);
            }
        }

        var options = new ParallelOptions { MaxDegreeOfParallelism = DeletesAtATime, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(stale, options, async (key, token) => await documents.DeleteAsync(key, token));
        return stale.Count;
    }
}

/// <summary>The fields of a <see cref="CopyPlan"/> that tell whether it is the same plan: the others are not even read.</summary>
internal sealed record PlanStamp
{
    public int Version { get; init; }

    public string? BatchesHash { get; init; }

    public DateTimeOffset PlannedAt { get; init; }
}
