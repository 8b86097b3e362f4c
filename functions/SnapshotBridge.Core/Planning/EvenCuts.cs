namespace SnapshotBridge.Planning;

/// <summary>
/// Cuts a row of items into consecutive groups of nearly equal cost. Consecutive, because the names of a batch are then one
/// range, which the copy finds at the destination with one listing. As few groups as the target asks for, or as many as the
/// bounds force; among those, the largest group is as small as it can be, and the others come as near to the mean as that allows.
/// </summary>
internal sealed class EvenCuts
{
    // The largest group is found to within this part of the mean: more exactness gains nothing and costs a pass each.
    private const int Exactness = 256;

    private readonly int _count;
    private readonly long[] _bytes;
    private readonly int[] _objects;
    private readonly BatchBounds _bounds;

    private EvenCuts(IReadOnlyList<CopyLoad> items, BatchBounds bounds)
    {
        _count = items.Count;
        _bounds = bounds;
        _bytes = new long[_count + 1];
        _objects = new int[_count + 1];
        for (var index = 0; index < _count; index++)
        {
            _bytes[index + 1] = _bytes[index] + items[index].Bytes;
            _objects[index + 1] = _objects[index] + items[index].Objects;
        }
    }

    /// <summary>Where each group ends (exclusive), in order; empty for no items.</summary>
    /// <param name="items">What is cut; an item beyond the bounds is a group of its own.</param>
    /// <param name="targetCost">The cost that a group should have at most, as far as that is possible.</param>
    /// <param name="bounds">What a group holds at most.</param>
    public static IReadOnlyList<int> Of(IReadOnlyList<CopyLoad> items, long targetCost, BatchBounds bounds)
    {
        if (items.Count == 0)
        {
            return [];
        }

        var cuts = new EvenCuts(items, bounds);
        var total = cuts.Between(0, items.Count).Cost;
        var wanted = Math.Min(items.Count, (total + targetCost - 1) / targetCost);
        var groups = (int)Math.Max(wanted, cuts.Groups(long.MaxValue));
        return cuts.Even(groups, cuts.SmallestCapacity(groups, total));
    }

    private CopyLoad Between(int start, int end) => new(_bytes[end] - _bytes[start], _objects[end] - _objects[start]);

    private bool Fits(int start, int end, long capacity)
    {
        var load = Between(start, end);
        return end - start == 1 || (load.Cost <= capacity && _bounds.Hold(load));
    }

    /// <summary>How many groups it takes when none costs more than this.</summary>
    private int Groups(long capacity)
    {
        var groups = 0;
        for (var start = 0; start < _count; groups++)
        {
            var end = start + 1;
            while (end < _count && Fits(start, end + 1, capacity))
            {
                end++;
            }

            start = end;
        }

        return groups;
    }

    private long SmallestCapacity(int groups, long total)
    {
        var mean = total / groups;
        var (low, high) = (mean, total);
        while (high - low > (mean / Exactness) + 1)
        {
            var middle = low + ((high - low) / 2);
            if (Groups(middle) <= groups)
            {
                high = middle;
            }
            else
            {
                low = middle;
            }
        }

        return high;
    }

    private List<int> Even(int groups, long capacity)
    {
        // How many groups the items from each one on take at least.
        var needed = new int[_count + 1];
        var furthest = new int[_count];
        for (int start = _count - 1, end = _count; start >= 0; start--)
        {
            while (!Fits(start, end, capacity))
            {
                end--;
            }

            furthest[start] = end;
            needed[start] = needed[end] + 1;
        }

        var cuts = new List<int>(groups);
        for (var (start, left) = (0, groups); left > 0; left--)
        {
            var end = left == 1 ? _count : NearestToMean(start, left);
            cuts.Add(end);
            start = end;
        }

        return cuts;

        int NearestToMean(int start, int left)
        {
            // The groups that are left must suffice for what is left, and each must get something.
            var last = Math.Min(furthest[start], _count - (left - 1));
            var mean = Between(start, _count).Cost / left;
            var end = last;
            while (end > start + 1 && needed[end - 1] <= left - 1 && Math.Abs(Between(start, end - 1).Cost - mean) <= Math.Abs(Between(start, end).Cost - mean))
            {
                end--;
            }

            return end;
        }
    }
}
