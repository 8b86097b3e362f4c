namespace SnapshotBridge.Planning;

/// <summary>
/// Cuts the keys of an export into ranges that are listed at the same time. A listing is a chain of pages of 1,000 keys, each
/// of which waits for the one before. The cuts come from the names that RDS lists, so they cost no request; whether a folder of
/// that name exists does not matter, because the ranges cover all keys whatever the cuts are.
/// </summary>
internal static class ListingRanges
{
    /// <summary>So many that a range with a large table does not hold up the others, and few enough to cost nothing: one page more each.</summary>
    private const int MostRanges = 64;

    // Tables of one or two files are the common case: fewer than these fill hardly a page.
    private const int TablesPerRange = 128;

    /// <summary>The ranges in the order of the keys; each begins after its own bound, and ends with the bound of the next one.</summary>
    /// <param name="root">The export's folder, with a trailing slash.</param>
    /// <param name="targets">The tables that RDS lists: <c>database.schema.table</c>.</param>
    public static IReadOnlyList<(string? After, string? UpTo)> Of(string root, IReadOnlyCollection<string> targets)
    {
        var count = Math.Min(MostRanges, targets.Count / TablesPerRange);
        if (count < 2)
        {
            return [(null, null)];
        }

        var folders = targets.Select(target => Folder(root, target)).OfType<string>().Distinct(StringComparer.Ordinal).Order(KeyOrder.Instance).ToList();
        var bounds = Enumerable.Range(1, count - 1).Select(cut => folders[(int)((long)cut * folders.Count / count)]).Distinct(StringComparer.Ordinal).ToList();
        return [.. Enumerable.Range(0, bounds.Count + 1).Select(index => (index == 0 ? null : bounds[index - 1], index == bounds.Count ? null : bounds[index]))];
    }

    // A cut of exactly this form, db/schema.table/, is never between two files of one table: a table's folder has that form too.
    private static string? Folder(string root, string target)
    {
        var name = ExportPath.Sanitise(target);
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot <= 0 || name.Contains('/') ? null : $"{root}{name[..dot]}/{name[(dot + 1)..]}/";
    }
}
