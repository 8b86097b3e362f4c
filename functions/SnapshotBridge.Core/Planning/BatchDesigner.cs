namespace SnapshotBridge.Planning;

/// <summary>
/// Makes batches of tables: a table that fits into one shares it with its neighbours, a larger one has batches of its own. The
/// batches come largest first, so that when the last ones run, all functions have work until nearly the end.
/// </summary>
internal static class BatchDesigner
{
    // Doubled so often, the smallest batch that can be configured is a thousand times as large.
    private const int MostEnlargements = 10;

    public static IReadOnlyList<BatchDraft> Design(IReadOnlyList<ListedTable> tables, PlanCopyOptions options)
    {
        var total = tables.Aggregate(default(CopyLoad), (sum, table) => sum + LoadOf(table));
        var sizing = BatchSizing.For(total, options);
        var drafts = Design(tables, sizing);
        for (var enlarged = 0; drafts.Count > BatchSizing.MostBatches && enlarged < MostEnlargements; enlarged++)
        {
            sizing = sizing.Larger();
            drafts = Design(tables, sizing);
        }

        // Equal ones stay in the order of the listing, so that the same export gives the same numbers.
        return [.. drafts.OrderByDescending(draft => draft.Load.Cost).ThenBy(draft => draft.Runs[0].Table).ThenBy(draft => draft.Runs[0].Start)];
    }

    private static List<BatchDraft> Design(IReadOnlyList<ListedTable> tables, BatchSizing sizing)
    {
        var drafts = new List<BatchDraft>();
        var small = new List<int>();
        for (var index = 0; index < tables.Count; index++)
        {
            var load = LoadOf(tables[index]);
            if (load.Objects == 0)
            {
                continue;
            }

            if (load.Cost <= sizing.TargetCost && sizing.Bounds.Hold(load))
            {
                small.Add(index);
            }
            else
            {
                drafts.AddRange(Cut(index, tables[index], sizing));
            }
        }

        drafts.AddRange(Pack(small, tables, sizing));
        return drafts;
    }

    private static CopyLoad LoadOf(ListedTable table) => new(table.Bytes, table.Objects);

    private static IEnumerable<BatchDraft> Pack(List<int> small, IReadOnlyList<ListedTable> tables, BatchSizing sizing)
    {
        var loads = small.ConvertAll(index => LoadOf(tables[index]));
        var start = 0;
        foreach (var end in EvenCuts.Of(loads, sizing.TargetCost, sizing.Bounds))
        {
            var members = small[start..end];
            yield return new BatchDraft(
                [.. members.Select(index => new BatchRun(index, tables[index].Start, tables[index].Objects))],
                loads[start..end].Aggregate((sum, load) => sum + load));
            start = end;
        }
    }

    private static IEnumerable<BatchDraft> Cut(int index, ListedTable table, BatchSizing sizing)
    {
        var loads = new List<CopyLoad>(table.Objects);
        var reader = table.Read();
        for (var count = 0; count < table.Objects; count++)
        {
            reader.MoveNext();
            loads.Add(new CopyLoad(reader.SizeBytes, 1));
        }

        reader = table.Read();
        var start = 0;
        foreach (var end in EvenCuts.Of(loads, sizing.TargetCost, sizing.Bounds))
        {
            var first = reader.Next;
            var load = default(CopyLoad);
            for (; start < end; start++)
            {
                reader.MoveNext();
                load += loads[start];
            }

            yield return new BatchDraft([new BatchRun(index, first, load.Objects)], load);
        }
    }
}
