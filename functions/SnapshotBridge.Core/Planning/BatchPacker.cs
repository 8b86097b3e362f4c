namespace SnapshotBridge.Planning;

/// <summary>
/// Packs objects into batches as they are listed, without knowing the totals, so that memory holds three batches however
/// large the export is. A table that fits into one batch shares it with other small tables; a larger one has batches of its
/// own, the last two of which are levelled.
/// </summary>
internal sealed class BatchPacker(long maxBytes, int maxObjects, Func<IReadOnlyList<PlannedObject>, Task> emit)
{
    private List<PlannedObject> _table = [];
    private List<PlannedObject>? _held;
    private List<PlannedObject> _small = [];
    private long _tableBytes;
    private long _smallBytes;

    /// <summary>Takes the next object of the present table.</summary>
    public async Task AddAsync(PlannedObject item)
    {
        if (_table.Count > 0 && (_table.Count == maxObjects || _tableBytes + item.SizeBytes > maxBytes))
        {
            // More than one batch: a large table. A full batch is held back, so that the end of the table can be levelled.
            if (_held is not null)
            {
                await emit(_held);
            }

            _held = _table;
            _table = [];
            _tableBytes = 0;
        }

        _table.Add(item);
        _tableBytes += item.SizeBytes;
    }

    /// <summary>The present table has no more objects.</summary>
    public async Task EndTableAsync()
    {
        if (_held is not null)
        {
            foreach (var batch in Level([.. _held, .. _table]))
            {
                await emit(batch);
            }

            _held = null;
        }
        else if (_table.Count > 0)
        {
            if (_small.Count > 0 && (_small.Count + _table.Count > maxObjects || _smallBytes + _tableBytes > maxBytes))
            {
                await EmitSmallAsync();
            }

            _small.AddRange(_table);
            _smallBytes += _tableBytes;
        }

        _table = [];
        _tableBytes = 0;
    }

    /// <summary>There are no more tables.</summary>
    public async Task CompleteAsync()
    {
        await EndTableAsync();
        await EmitSmallAsync();
    }

    private async Task EmitSmallAsync()
    {
        if (_small.Count > 0)
        {
            await emit(_small);
            _small = [];
            _smallBytes = 0;
        }
    }

    // Two batches' worth of objects, cut where both halves are nearest to equal and within the limits.
    private List<PlannedObject>[] Level(List<PlannedObject> objects)
    {
        var total = objects.Sum(item => item.SizeBytes);
        var best = -1;
        var bestDifference = long.MaxValue;
        long before = 0;
        for (var cut = 1; cut < objects.Count; cut++)
        {
            before += objects[cut - 1].SizeBytes;
            var fits = cut <= maxObjects && objects.Count - cut <= maxObjects
                && (cut == 1 || before <= maxBytes) && (objects.Count - cut == 1 || total - before <= maxBytes);
            var difference = Math.Abs(total - (2 * before));
            if (fits && difference <= bestDifference)
            {
                (best, bestDifference) = (cut, difference);
            }
        }

        // The cut where the first batch was full always fits.
        return [objects[..best], objects[best..]];
    }
}
