using SnapshotBridge.Copying;
using SnapshotBridge.Parquet;
using SnapshotBridge.Storage;

namespace SnapshotBridge.Loading.Verification;

/// <summary>What the footers of all of a table's objects say about its columns.</summary>
/// <param name="Columns">In file order; empty where <paramref name="Unknown"/> is given.</param>
/// <param name="Unknown">Why the table's statistics are not known; null where they are.</param>
internal sealed record ExportedStatistics(IReadOnlyList<ColumnStatistics> Columns, string? Unknown)
{
    // As for the proofs themselves: S3 answers each in some ten milliseconds.
    private const int ParallelReads = 16;

    /// <summary>Adds up what the proofs of a table's batches hold: no more of them than that is read, and nothing of it kept.</summary>
    /// <param name="documents">Where the proofs are.</param>
    /// <param name="exportTaskId">The export.</param>
    /// <param name="batches">The batches that hold proofs of the table, as <see cref="NumberRanges"/> writes them.</param>
    /// <param name="table">The table's index in the plan.</param>
    /// <param name="cancellationToken">Ends reading.</param>
    public static async Task<ExportedStatistics> ReadAsync(
        IDocumentStore documents, string exportTaskId, string batches, int table, CancellationToken cancellationToken)
    {
        var sum = new Sum(table);
        await Parallel.ForEachAsync(
            NumberRanges.Parse(batches),
            new ParallelOptions { MaxDegreeOfParallelism = ParallelReads, CancellationToken = cancellationToken },
            async (batch, token) =>
            {
                var proofs = await documents.ReadAsync(BridgeLayout.Copied(exportTaskId, batch), CopyingJson.Default.CopiedBatch, token);
                lock (sum)
                {
                    sum.Add(proofs);
                }
            });
        return sum.Result();
    }

    /// <summary>As <see cref="ReadAsync"/>, of proofs that are at hand.</summary>
    public static ExportedStatistics Of(IEnumerable<CopiedBatch?> proofs, int table)
    {
        var sum = new Sum(table);
        foreach (var batch in proofs)
        {
            sum.Add(batch);
        }

        return sum.Result();
    }

    private sealed class Sum(int table)
    {
        private readonly HashSet<string> _sliced = new(StringComparer.Ordinal);
        private TableStatistics? _sum;
        private int _notCounted;
        private int _missing;

        public void Add(CopiedBatch? batch)
        {
            if (batch is null)
            {
                _missing++;
                return;
            }

            var objects = 0;
            foreach (var proof in batch.Objects.Where(proof => proof.Table == table))
            {
                if (proof.Statistics is not { } columns)
                {
                    objects++;
                }
                else if (_sliced.Add(proof.DestinationName))
                {
                    // Copied in slices: the proof may stand in the documents of several batches.
                    Count(new TableStatistics { Table = table, Objects = 1, Columns = columns });
                }
            }

            foreach (var counted in batch.Statistics?.Where(item => item.Table == table) ?? [])
            {
                Count(counted);
                objects -= counted.Objects;
            }

            _notCounted += Math.Abs(objects);
        }

        public ExportedStatistics Result()
        {
            if (_missing > 0)
            {
                return new ExportedStatistics([], $"{_missing} of the copy's proofs are not there any more");
            }

            return _sum is not { } sum || _notCounted > 0
                ? new ExportedStatistics(
                    [],
                    $"the statistics of {(_sum is null ? "its files" : $"{_notCounted} of its files")} were not kept: they were copied by an earlier version, or by another plan of this export")
                : new ExportedStatistics(sum.Columns, null);
        }

        private void Count(TableStatistics counted) => _sum = _sum is null ? counted : TableStatistics.Merge(_sum, counted);
    }
}
