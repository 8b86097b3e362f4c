using System.Text.Json.Serialization;
using SnapshotBridge.Copying;
using SnapshotBridge.Exports;
using SnapshotBridge.Loading;
using SnapshotBridge.Planning;
using SnapshotBridge.Storage;

namespace SnapshotBridge.Reporting;

/// <summary>What a report says beyond plan, verdicts and request: choices, times and the work of the copy.</summary>
public sealed record RunFacts
{
    /// <summary>How this run loads.</summary>
    public LoadChoices Choices { get; init; } = new();

    /// <summary>What the cost estimate reckons with.</summary>
    public ListPrices Prices { get; init; } = new();

    /// <summary>How RDS described the export when it was complete; null where nobody wrote it down.</summary>
    public EndedExport? Export { get; init; }

    /// <summary>The copy's work in this run; null where every batch had been copied before, or says nothing of its work.</summary>
    public CopyWork? Copy { get; init; }

    /// <summary>Batches that this run copied.</summary>
    public int CopiedBatches { get; init; }

    /// <summary>Batches that an earlier run had copied.</summary>
    public int EarlierBatches { get; init; }

    /// <summary>Reads what the documents of a run tell. Of each batch's proof only its work is kept, so that any number of batches fits.</summary>
    public static async Task<RunFacts> ReadAsync(
        IDocumentStore documents, CopyPlan plan, LoadInput input, LoadSettings settings, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(documents);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(settings);
        var export = await documents.ReadAsync(BridgeLayout.EndedExport(plan.ExportTaskId), ExportsJson.Default.EndedExport, cancellationToken);
        CopyWork? work = null;
        var (own, earlier) = (0, 0);
        var gate = new Lock();
        await Parallel.ForAsync(
            0,
            plan.Batches,
            new ParallelOptions { MaxDegreeOfParallelism = ParallelReads, CancellationToken = cancellationToken },
            async (batch, token) =>
            {
                var proof = await documents.ReadAsync(BridgeLayout.Copied(plan.ExportTaskId, batch), ReportFactsJson.Default.BatchWork, token);
                lock (gate)
                {
                    if (proof?.Work is { } batchWork && batchWork.EndedAt >= input.ExecutionStartTime)
                    {
                        own++;
                        work = work is null ? batchWork : Together(work, batchWork);
                    }
                    else
                    {
                        earlier++;
                    }
                }
            });
        return new RunFacts
        {
            Choices = settings.Defaults.For(input.Request),
            Prices = settings.Prices,
            Export = export,
            Copy = work,
            CopiedBatches = own,
            EarlierBatches = earlier,
        };
    }

    /// <summary>The work of two batches, in whatever order they were copied.</summary>
    internal static CopyWork Together(CopyWork one, CopyWork other) => one.Then(other) with
    {
        StartedAt = one.StartedAt < other.StartedAt ? one.StartedAt : other.StartedAt,
        EndedAt = one.EndedAt > other.EndedAt ? one.EndedAt : other.EndedAt,
    };

    // Thousands of small documents: S3 answers each in some ten milliseconds.
    private const int ParallelReads = 16;
}

/// <summary>A batch's proof without its objects, of which there may be a million.</summary>
internal sealed record BatchWork
{
    public CopyWork? Work { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BatchWork))]
internal sealed partial class ReportFactsJson : JsonSerializerContext;
