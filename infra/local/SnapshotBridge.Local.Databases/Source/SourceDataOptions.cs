namespace SnapshotBridge.Local.Databases.Source;

/// <summary>How much data the source gets.</summary>
public sealed record SourceDataOptions
{
    /// <summary>How many megabytes (10^6 bytes) of Parquet <c>shop.orders</c> gives, roughly.</summary>
    public double OrdersParquetMegabytes { get; init; } = 100;

    /// <summary>Where the deterministic values start.</summary>
    public ulong Seed { get; init; } = 20_240_607;

    /// <summary>Whether the <c>shop</c> schema is created.</summary>
    public bool Shop { get; init; } = true;

    /// <summary>Whether the <c>zoo</c> schema, with every MySQL type, is created.</summary>
    public bool Zoo { get; init; } = true;
}
