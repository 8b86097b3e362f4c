namespace SnapshotBridge.Local.Aws.S3;

/// <summary>One page of a listing.</summary>
/// <param name="Objects">The objects that stand for themselves.</param>
/// <param name="CommonPrefixes">What the delimiter rolled up.</param>
/// <param name="Last">The last key or common prefix on the page; null on an empty one.</param>
/// <param name="Truncated">Whether more follows.</param>
internal sealed record S3Listing(IReadOnlyList<S3Object> Objects, IReadOnlyList<string> CommonPrefixes, string? Last, bool Truncated)
{
    /// <summary>Makes a page from a bucket's objects in S3's order.</summary>
    /// <param name="sorted">All objects of the bucket.</param>
    /// <param name="prefix">Only keys that begin so.</param>
    /// <param name="delimiter">Empty for none.</param>
    /// <param name="after">Only keys behind this one.</param>
    /// <param name="pastPrefix">Whether <paramref name="after"/>, when it is a common prefix, was on the page before.</param>
    /// <param name="maxKeys">Objects and common prefixes together.</param>
    public static S3Listing Page(S3Object[] sorted, string prefix, string delimiter, string after, bool pastPrefix, int maxKeys)
    {
        var objects = new List<S3Object>();
        var prefixes = new List<string>();
        string? last = null;
        if (maxKeys == 0)
            return new S3Listing(objects, prefixes, last, false);
        var index = Math.Max(S3Store.FirstAtOrAfter(sorted, prefix), S3Store.FirstAtOrAfter(sorted, after));
        var past = pastPrefix && delimiter.Length > 0 && after.EndsWith(delimiter, StringComparison.Ordinal) ? after : null;
        for (; index < sorted.Length && sorted[index].Key.StartsWith(prefix, StringComparison.Ordinal); index++)
        {
            var key = sorted[index].Key;
            if (key == after || (past is not null && key.StartsWith(past, StringComparison.Ordinal)))
                continue;
            var end = delimiter.Length == 0 ? -1 : key.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal);
            var common = end < 0 ? null : key[..(end + delimiter.Length)];
            if (common is not null && common == last)
                continue;
            if (objects.Count + prefixes.Count == maxKeys)
                return new S3Listing(objects, prefixes, last, true);
            if (common is null)
                objects.Add(sorted[index]);
            else
                prefixes.Add(common);
            last = common ?? key;
        }

        return new S3Listing(objects, prefixes, last, false);
    }
}
