namespace SnapshotBridge.Local.Aws.S3;

/// <summary>S3 lists keys in the order of their UTF-8 bytes. That is .NET's ordinal order but for surrogate pairs, which UTF-16 sorts before U+E000.</summary>
internal sealed class KeyOrder : IComparer<string>
{
    public static readonly KeyOrder Instance = new();

    private KeyOrder()
    {
    }

    public int Compare(string? x, string? y)
    {
        if (x is null || y is null)
            return string.CompareOrdinal(x, y);
        var common = Math.Min(x.Length, y.Length);
        for (var index = 0; index < common; index++)
        {
            if (x[index] != y[index])
                return Rank(x[index]) - Rank(y[index]);
        }

        return x.Length - y.Length;
    }

    private static int Rank(char unit) => char.IsSurrogate(unit) ? unit + 0x10000 : unit;
}
