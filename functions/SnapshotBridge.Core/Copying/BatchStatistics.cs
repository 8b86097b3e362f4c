namespace SnapshotBridge.Copying;

/// <summary>
/// The column statistics of a batch's finished objects, added up per table as they finish. An object that is copied in
/// slices may end in the proofs of several batches: its statistics stay with its proof, where they can be told apart.
/// </summary>
internal sealed class BatchStatistics
{
    private readonly SortedDictionary<int, TableStatistics> _tables = [];

    /// <summary>What is known so far.</summary>
    public IReadOnlyList<TableStatistics> Tables => [.. _tables.Values];

    /// <summary>Counts an object in, and returns its proof as it is to be kept.</summary>
    public CopiedObject Take(CopiedObject done, bool isSliced)
    {
        if (isSliced || done.Statistics is not { } columns)
        {
            return done;
        }

        Add(new TableStatistics { Table = done.Table, Objects = 1, Columns = columns });
        return done with { Statistics = null };
    }

    /// <summary>
    /// Takes over what an earlier document counted of a table, if each of the objects that it counted is one that was
    /// restored from there: a sum that one object has left, or may enter a second time, says nothing.
    /// </summary>
    /// <param name="counted">The document's sums.</param>
    /// <param name="objects">The document's objects.</param>
    /// <param name="restored">The objects that were restored, as they stand in the plan now.</param>
    public void Restore(IReadOnlyList<TableStatistics>? counted, IReadOnlyList<CopiedObject> objects, IReadOnlyDictionary<string, CopiedObject> restored)
    {
        foreach (var sum in counted ?? [])
        {
            var members = objects.Where(item => item.Table == sum.Table && item.Statistics is null).ToList();
            var now = members.ConvertAll(item =>
                restored.GetValueOrDefault(item.Key) is { } found && found.DestinationETag == item.DestinationETag ? found.Table : -1);
            if (sum.Objects <= now.Count && now.Count > 0 && now[0] >= 0 && now.TrueForAll(table => table == now[0]))
            {
                Add(sum with { Table = now[0] });
            }
        }
    }

    private void Add(TableStatistics statistics) =>
        _tables[statistics.Table] = _tables.TryGetValue(statistics.Table, out var earlier) ? TableStatistics.Merge(earlier, statistics) : statistics;
}
