using System.Globalization;
using SnapshotBridge.Loading.Publishing;

namespace SnapshotBridge.Reporting;

/// <summary>A run's outcome as one sentence. Pure.</summary>
internal static class Verdicts
{
    /// <summary>The tables' outcome, and, where it is another one, the readers'.</summary>
    public static string Of(ReportTotals totals, IReadOnlyList<PublishedSchema> published)
    {
        var unserved = published.Count(schema => schema.HasFailed);
        return unserved == 0
            ? Of(totals)
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{Of(totals)} {(unserved == 1 ? $"Schema {published.First(schema => schema.HasFailed).Schema} was" : $"{unserved:N0} schemas were")} not switched: readers are served what they were served before.");
    }

    public static string Of(ReportTotals totals)
    {
        var arrived = totals.Loaded + totals.Empty;
        var all = arrived + totals.Failed;
        var left = totals.Skipped > 0 ? $" RDS left {Tables(totals.Skipped)} out of the export." : "";
        if (all == 0)
        {
            return $"The export holds no tables.{left}";
        }

        if (totals.Failed > 0)
        {
            var rest = arrived == 0 ? "none did" : arrived == 1 ? "one other did" : string.Create(CultureInfo.InvariantCulture, $"the other {arrived:N0} did");
            return $"{Tables(totals.Failed)} did not arrive; {rest}.{left}";
        }

        var what = totals.StatisticsCompared > 0 ? "rows, columns and column statistics" : "rows and columns";
        // What HeatWave does not serve is no equal column, and the first sentence people read must not say so.
        var but = totals.DroppedColumns switch
        {
            0 => "",
            1 => ", but for 1 column that it does not serve",
            var dropped => string.Create(CultureInfo.InvariantCulture, $", but for {dropped:N0} columns that it does not serve"),
        };
        return $"{(all == 1 ? "The one table" : $"All {Tables(all)}")} arrived: {what} in HeatWave equal the export's{but}.{left}";
    }

    private static string Tables(int count) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? "table" : "tables")}");
}
