using System.Globalization;
using SnapshotBridge.Planning;

namespace SnapshotBridge.Loading;

/// <summary>
/// Whether a table may load for longer than its PAR lives. Only what this export's tables took in an earlier attempt is
/// known; before that, what users of HeatWave have published stands in. Neither is sure enough to refuse a table for.
/// </summary>
/// <param name="BytesPerSecond">Bytes of Parquet that are loaded in a second.</param>
/// <param name="Source">Where that is from, for people.</param>
internal sealed record LoadEstimate(double BytesPerSecond, string Source)
{
    // TPC-H with 100 GB on Lakehouse, as users published it: lineitem, 74.11 GiB of CSV, in 5.98 minutes. Inferred to hold for Parquet.
    private const double Published = 74.11 * (1L << 30) / (5.98 * 60);

    // A small table's seconds are mostly its beginning.
    private const long SmallestSample = 64L << 20;

    /// <param name="plan">The export.</param>
    /// <param name="earlier">The attempt before this one; null where there was none.</param>
    public static LoadEstimate From(CopyPlan plan, LoadState? earlier)
    {
        var measured = (earlier?.Tables ?? [])
            .Where(table => table is { Phase: TablePhase.Loaded, LoadSeconds: > 0 } && table.Table < plan.Tables.Count && plan.Tables[table.Table].Bytes >= SmallestSample)
            .Select(table => plan.Tables[table.Table].Bytes / table.LoadSeconds!.Value)
            .ToList();
        return measured.Count > 0
            ? new LoadEstimate(measured.Min(), "which is the slowest that an earlier attempt loaded a table of this export with")
            : new LoadEstimate(Published, "which users have published for HeatWave; this export has not been loaded yet");
    }

    /// <summary>What to know about a table before it is loaded; null where its PAR lives long enough.</summary>
    /// <param name="bytes">Of its files.</param>
    /// <param name="life">The life that its load begins with.</param>
    public string? Warning(long bytes, TimeSpan life)
    {
        var hours = bytes / BytesPerSecond / 3600;
        if (hours <= life.TotalHours)
        {
            return null;
        }

        var remedy = hours <= ParLife.Longest.TotalHours
            ? $"raise parHours (at most {ParLife.Longest.TotalHours:F0})"
            : $"no pre-authenticated request lives longer than {ParLife.Longest.TotalHours:F0} hours, so a larger HeatWave cluster is needed";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"it may load for {hours:F1} h (at {BytesPerSecond / 1e6:F0} MB/s, {Source}), and its pre-authenticated request lives for {life.TotalHours:0.##} h from the beginning of its load: {remedy}");
    }
}
