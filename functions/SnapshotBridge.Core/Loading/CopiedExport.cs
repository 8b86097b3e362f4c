using SnapshotBridge.Copying;
using SnapshotBridge.Planning;
using SnapshotBridge.Storage;

namespace SnapshotBridge.Loading;

/// <summary>A plan with the proofs of all its batches.</summary>
public sealed record CopiedExport(CopyPlan Plan, IReadOnlyList<CopiedObject> Objects)
{
    // Thousands of small documents: S3 answers each in some ten milliseconds.
    private const int ParallelReads = 16;

    /// <summary>Reads plan and proofs.</summary>
    /// <exception cref="CopyIncompleteException">The plan or a batch's proof is not there, or they do not agree.</exception>
    public static async Task<CopiedExport> ReadAsync(IDocumentStore documents, string exportTaskId, CancellationToken cancellationToken)
    {
        var plan = await documents.ReadAsync(BridgeLayout.Plan(exportTaskId), PlanningJson.Default.CopyPlan, cancellationToken)
            ?? throw new CopyIncompleteException(exportTaskId, $"{BridgeLayout.Plan(exportTaskId)} does not exist");
        var batches = new CopiedBatch?[plan.Batches];
        await Parallel.ForAsync(
            0,
            plan.Batches,
            new ParallelOptions { MaxDegreeOfParallelism = ParallelReads, CancellationToken = cancellationToken },
            async (batch, token) => batches[batch] = await documents.ReadAsync(BridgeLayout.Copied(exportTaskId, batch), CopyingJson.Default.CopiedBatch, token));

        var missing = Enumerable.Range(0, plan.Batches).Where(batch => batches[batch] is null).Select(batch => BridgeLayout.Copied(exportTaskId, batch)).ToList();
        if (missing.Count > 0)
        {
            throw new CopyIncompleteException(exportTaskId, $"{missing.Count} of {plan.Batches} batches have no proof: {Few.Of(missing)}");
        }

        var objects = OncePerObject(batches.SelectMany(batch => batch!.Objects));
        var problems = CompletenessGate.CompareProof(plan, objects);
        return problems.Count == 0
            ? new CopiedExport(plan, objects)
            : throw new CopyIncompleteException(exportTaskId, $"plan and proofs disagree: {Few.Of([.. problems])}");
    }

    /// <summary>
    /// The proof of an object that was copied in slices may stand in several batches: where two of them finished at the
    /// same moment, and where one came again after the object was complete. Proofs that say otherwise stay, so that the
    /// comparison with the plan names them.
    /// </summary>
    private static List<CopiedObject> OncePerObject(IEnumerable<CopiedObject> proofs)
    {
        var objects = new List<CopiedObject>();
        var seen = new Dictionary<string, CopiedObject>(StringComparer.Ordinal);
        var columns = new Dictionary<int, IReadOnlyList<string>>();
        foreach (var read in proofs)
        {
            // Hundreds of thousands of objects of wide tables: the columns, which agree within a table, are kept once.
            var known = columns.TryGetValue(read.Table, out var others) && others.SequenceEqual(read.Columns) ? others : columns[read.Table] = read.Columns;
            var proof = read with { Columns = known };
            if (!seen.TryGetValue(proof.DestinationName, out var same))
            {
                seen.Add(proof.DestinationName, proof);
                objects.Add(proof);
            }
            else if (same != proof)
            {
                objects.Add(proof);
            }
        }

        return objects;
    }
}
