using SnapshotBridge.Planning;

namespace SnapshotBridge.Copying;

/// <summary>
/// A range of names at the destination that holds objects of a batch and little else. A batch holds consecutive objects of a
/// table, or neighbouring small tables, so that mostly one range is enough: neither the whole of a large table is listed for
/// each of its batches, nor is each of hundreds of small tables listed by itself.
/// </summary>
/// <param name="Prefix">What all names of the range begin with.</param>
/// <param name="First">The first name.</param>
/// <param name="Last">The last name, inclusive.</param>
internal readonly record struct DestinationRange(string Prefix, string First, string Last)
{
    public static IEnumerable<DestinationRange> Of(CopyBatch batch)
    {
        DestinationRange? open = null;
        var table = 0;
        foreach (var planned in batch.Objects.OrderBy(planned => planned.DestinationName, KeyOrder.Instance))
        {
            // Between a table and its neighbour in the plan there is nothing; between others there may be a large one.
            if (open is { } range && planned.Table - table is 0 or 1)
            {
                open = range with { Prefix = Common(range.Prefix, planned.DestinationName), Last = planned.DestinationName };
            }
            else
            {
                if (open is { } ended)
                {
                    yield return ended;
                }

                open = new DestinationRange(planned.DestinationName, planned.DestinationName, planned.DestinationName);
            }

            table = planned.Table;
        }

        if (open is { } last)
        {
            yield return last;
        }
    }

    private static string Common(string prefix, string name)
    {
        var length = prefix.AsSpan().CommonPrefixLength(name);

        // Half a surrogate pair is no text to ask for.
        return prefix[..(length > 0 && char.IsHighSurrogate(prefix[length - 1]) ? length - 1 : length)];
    }
}
