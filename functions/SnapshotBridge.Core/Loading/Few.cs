namespace SnapshotBridge.Loading;

/// <summary>Lists that may be long, in messages that must be short.</summary>
internal static class Few
{
    public static string Of(IReadOnlyCollection<string> items, int shown = 5) => items.Count <= shown
        ? string.Join("; ", items)
        : $"{string.Join("; ", items.Take(shown))}; and {items.Count - shown} more";
}
