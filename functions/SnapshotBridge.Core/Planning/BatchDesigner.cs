namespace SnapshotBridge.Planning;

/// <summary>
/// Makes batches of tables: a table that fits into one shares it with its neighbours, a larger one has batches of its own, and
/// an object larger than a batch is cut into slices. The batches come largest first, so that when the last ones run, all functions have work until nearly the end.
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
        var whole = new List<ListedObject>(table.Objects);
        var reader = table.Read();
        for (var number = 0; number < table.Objects; number++)
        {
            var start = reader.Next;
            reader.MoveNext();
            var slices = SlicePlan.Of(reader.SizeBytes, sizing.SliceBytes);
            if (slices.Count == 0)
            {
                whole.Add(new ListedObject(number, start, new CopyLoad(reader.SizeBytes, 1)));
            }

            // A slice is a batch alone: it is about as large as one.
            foreach (var slice in slices)
            {
                yield return new BatchDraft([new BatchRun(index, start, 1) { Slice = slice }], new CopyLoad(slice.LengthBytes(reader.SizeBytes), 1));
            }
        }

        var first = 0;
        foreach (var end in EvenCuts.Of(whole.ConvertAll(item => item.Load), sizing.TargetCost, sizing.Bounds))
        {
            yield return Draft(index, whole[first..end]);
            first = end;
        }
    }

    // Objects that are copied in slices interrupt the run.
    private static BatchDraft Draft(int table, List<ListedObject> objects)
    {
        var runs = new List<BatchRun>();
        var load = default(CopyLoad);
        for (var index = 0; index < objects.Count; index++)
        {
            var item = objects[index];
            load += item.Load;
            if (index > 0 && objects[index - 1].Number == item.Number - 1)
            {
                runs[^1] = runs[^1] with { Objects = runs[^1].Objects + 1 };
            }
            else
            {
                runs.Add(new BatchRun(table, item.Start, 1));
            }
        }

        return new BatchDraft(runs, load);
    }

    private readonly record struct ListedObject(int Number, ObjectStore.Position Start, CopyLoad Load);
}
