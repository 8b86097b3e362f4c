namespace SnapshotBridge.Copying;

/// <summary>How an object is cut into parts: all of one size but the last, numbered from 1.</summary>
public readonly record struct PartPlan
{
    /// <summary>OCI accepts part numbers up to 10,000 (Object Storage limits); the margin is for parts that a later version may add.</summary>
    public const int MostParts = 9_000;

    private const long Mebibyte = 1 << 20;

    private PartPlan(long sizeBytes, long partSizeBytes)
    {
        SizeBytes = sizeBytes;
        PartSizeBytes = partSizeBytes;
    }

    public long SizeBytes { get; }

    public long PartSizeBytes { get; }

    /// <summary>How many parts there are; 0 for an empty object.</summary>
    public int Count => (int)((SizeBytes + PartSizeBytes - 1) / PartSizeBytes);

    /// <summary>The wanted part size, or as much as it takes to stay within <see cref="MostParts"/>, rounded up to a MiB.</summary>
    public static PartPlan For(long sizeBytes, long wantedPartSizeBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeBytes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(wantedPartSizeBytes);
        var least = (sizeBytes + MostParts - 1) / MostParts;
        return least <= wantedPartSizeBytes
            ? new PartPlan(sizeBytes, wantedPartSizeBytes)
            : new PartPlan(sizeBytes, (least + Mebibyte - 1) / Mebibyte * Mebibyte);
    }

    /// <summary>The plan of an upload that is already open: its part size is fixed.</summary>
    public static PartPlan Continue(long sizeBytes, long partSizeBytes) => new(sizeBytes, partSizeBytes);

    public long Offset(int number) => (number - 1) * PartSizeBytes;

    public int Length(int number) => (int)Math.Min(PartSizeBytes, SizeBytes - Offset(number));
}
