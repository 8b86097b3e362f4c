using SnapshotBridge.Errors;

namespace SnapshotBridge.Loading;

/// <summary>
/// Holds what is to be loaded against the cluster's memory. No source tells how many bytes of memory a byte of Parquet takes;
/// both are compressed columns, so that one for one is the least to be expected (inferred). Hence more Parquet than all of the
/// memory is refused, and more than the free memory, which tables about to be replaced still hold, is a warning.
/// </summary>
internal sealed record ClusterCapacity(long TotalBytes, long UsedBytes)
{
    public long FreeBytes => Math.Max(0, TotalBytes - UsedBytes);

    /// <summary>Null where the server does not tell, or not to this user.</summary>
    public static async Task<ClusterCapacity?> AskAsync(IHeatWaveSession session, CancellationToken cancellationToken)
    {
        try
        {
            var sums = await session.QueryAsync(
                new Sql("SELECT SUM(MEMORY_TOTAL), SUM(MEMORY_USAGE) FROM performance_schema.rpd_nodes WHERE STATUS = 'AVAIL_RNSTATE'"), "read the cluster's memory", cancellationToken);
            return sums.Count > 0 && sums[0].Number(0) is { } total and > 0 ? new ClusterCapacity(total, sums[0].Number(1) ?? 0) : null;
        }
        catch (BridgeException exception) when (exception is HeatWaveStatementException or HeatWaveGrantMissingException)
        {
            return null;
        }
    }

    /// <exception cref="ClusterTooSmallException">It cannot fit.</exception>
    /// <returns>False where it may not fit.</returns>
    public bool Fits(string server, long bytes) =>
        bytes > TotalBytes ? throw new ClusterTooSmallException(server, bytes, TotalBytes) : bytes <= FreeBytes;
}
