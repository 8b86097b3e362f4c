namespace SnapshotBridge.Local.Oci;

/// <summary>The order of listings: by the names' UTF-8 bytes. UTF-16 differs from it only where surrogates meet U+E000 and above.</summary>
internal sealed class ObjectNameOrder : IComparer<string>
{
    public static readonly ObjectNameOrder Instance = new();

    public int Compare(string? x, string? y)
    {
        var (left, right) = (x ?? "", y ?? "");
        var common = Math.Min(left.Length, right.Length);
        for (var i = 0; i < common; i++)
        {
            if (left[i] != right[i])
            {
                return Rank(left[i]) - Rank(right[i]);
            }
        }

        return left.Length - right.Length;
    }

    private static int Rank(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;
}
