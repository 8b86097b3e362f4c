using SnapshotBridge.Copying;

namespace SnapshotBridge.Planning;

/// <summary>How an object that is too large for one batch is cut: into runs of whole parts, as equal as parts allow.</summary>
internal static class SlicePlan
{
    /// <summary>
    /// The wanted part size. <see cref="PartPlan"/> makes it larger where an object would have more parts than OCI takes
    /// (10,000 of at most 50 GiB); S3 reads any range.
    /// </summary>
    private const long PartSizeBytes = 16L << 20;

    /// <summary>Slices of at most <paramref name="sliceBytes"/> and more than half of it; none for an object that is not larger.</summary>
    public static IReadOnlyList<ObjectSlice> Of(long objectBytes, long sliceBytes)
    {
        if (objectBytes <= sliceBytes)
        {
            return [];
        }

        var parts = PartPlan.For(objectBytes, PartSizeBytes);
        var perSlice = Math.Max(1, sliceBytes / parts.PartSizeBytes);
        var count = (int)((parts.Count + perSlice - 1) / perSlice);
        return count < 2
            ? []
            : [.. Enumerable.Range(0, count).Select(index => new ObjectSlice(index, count, First(index), First(index + 1) - 1, parts.PartSizeBytes))];

        int First(int index) => (int)((long)parts.Count * index / count) + 1;
    }
}
