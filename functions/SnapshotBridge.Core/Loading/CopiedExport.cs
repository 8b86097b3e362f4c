using SnapshotBridge.Copying;
using SnapshotBridge.Loading.Verification;
using SnapshotBridge.Planning;
using SnapshotBridge.Storage;

namespace SnapshotBridge.Loading;

/// <summary>A plan with the proofs of all its batches.</summary>
public sealed class CopiedExport
{
    // Thousands of small documents: S3 answers each in some ten milliseconds.
    private const int ParallelReads = 16;

    private readonly ProofStore _proofs;
    private readonly SortedSet<int>?[] _batches;

    private CopiedExport(CopyPlan plan, ProofStore proofs, SortedSet<int>?[] batches)
    {
        Plan = plan;
        _proofs = proofs;
        _batches = batches;
        _proofs.Complete();
    }

    public CopyPlan Plan { get; }

    /// <summary>An export whose proofs are at hand, in any order.</summary>
    public static CopiedExport Of(CopyPlan plan, IEnumerable<CopiedObject> proofs)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var store = new ProofStore(plan.Tables);
        store.Add(proofs);
        return new CopiedExport(plan, store, new SortedSet<int>?[plan.Tables.Count]);
    }

    /// <summary>Reads plan and proofs.</summary>
    /// <exception cref="CopyIncompleteException">The plan or a batch's proof is not there, or they do not agree.</exception>
    public static async Task<CopiedExport> ReadAsync(IDocumentStore documents, string exportTaskId, CancellationToken cancellationToken)
    {
        var plan = await documents.ReadAsync(BridgeLayout.Plan(exportTaskId), PlanningJson.Default.CopyPlan, cancellationToken)
            ?? throw new CopyIncompleteException(exportTaskId, $"{BridgeLayout.Plan(exportTaskId)} does not exist");
        var store = new ProofStore(plan.Tables);
        var batches = new SortedSet<int>?[plan.Tables.Count];
        var missing = new SortedSet<int>();
        await Parallel.ForAsync(
            0,
            plan.Batches,
            new ParallelOptions { MaxDegreeOfParallelism = ParallelReads, CancellationToken = cancellationToken },
            async (batch, token) =>
            {
                var proofs = await documents.ReadAsync(BridgeLayout.Copied(exportTaskId, batch), CopyingJson.Default.CopiedBatch, token);
                lock (store)
                {
                    if (proofs is null)
                    {
                        missing.Add(batch);
                    }
                    else
                    {
                        store.Add(proofs.Objects);
                        foreach (var table in proofs.Objects.Select(proof => proof.Table).Distinct().Where(table => table >= 0 && table < batches.Length))
                        {
                            (batches[table] ??= []).Add(batch);
                        }
                    }
                }
            });
        if (missing.Count > 0)
        {
            throw new CopyIncompleteException(
                exportTaskId, $"{missing.Count} of {plan.Batches} batches have no proof: {Few.Of([.. missing.Select(batch => BridgeLayout.Copied(exportTaskId, batch))])}");
        }

        var export = new CopiedExport(plan, store, batches);
        var problems = export.CompareWithPlan();
        return problems.Count == 0 ? export : throw new CopyIncompleteException(exportTaskId, $"plan and proofs disagree: {Few.Of([.. problems])}");
    }

    /// <summary>The objects of a table of the plan, in the order of their names: made anew each time, so that only those in use exist.</summary>
    public IEnumerable<ProvenObject> ObjectsOf(int table) => _proofs.Of(table);

    /// <summary>The batches that hold proofs of a table, as <see cref="NumberRanges"/> writes them; empty where the export was not read from documents.</summary>
    public string BatchesOf(int table) => NumberRanges.Format(_batches[table] ?? []);

    /// <summary>Differences between the plan and the proofs of its batches; none when every table's objects and bytes agree.</summary>
    public IReadOnlyList<string> CompareWithPlan()
    {
        var problems = new List<string>(_proofs.Problems.Order(StringComparer.Ordinal));
        for (var index = 0; index < Plan.Tables.Count; index++)
        {
            var table = Plan.Tables[index];
            var (objects, bytes) = ObjectsOf(index).Aggregate((Objects: 0, Bytes: 0L), (sum, item) => (sum.Objects + 1, sum.Bytes + item.SizeBytes));
            if (objects != table.Objects || bytes != table.Bytes)
            {
                problems.Add($"{table.FullName} has {table.Objects} objects with {table.Bytes} bytes in the plan and {objects} with {bytes} proved");
            }
        }

        return problems;
    }
}
