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

        // What HeatWave does not serve is no equal column, and the first sentence people read must not say so.
        var but = totals.DroppedColumns switch
        {
            0 => "",
            1 => ", but for 1 column that it does not serve",
            var dropped => string.Create(CultureInfo.InvariantCulture, $", but for {dropped:N0} columns that it does not serve"),
        };
        return $"{(all == 1 ? "The one table" : $"All {Tables(all)}")} arrived: {Equal(totals)} in HeatWave equal the export's{but}.{Uncompared(totals)}{left}";
    }

    /// <summary>What was compared, and no more than that: one figure of one column makes no table's values equal.</summary>
    private static string Equal(ReportTotals totals) => totals switch
    {
        { StatisticsColumnsInFull: 0 } => "rows and columns",
        _ when totals.StatisticsColumnsInFull >= totals.StatisticsColumns => totals.StatisticsColumns == 1
            ? "rows, columns and the one column's null count, minimum and maximum"
            : string.Create(CultureInfo.InvariantCulture, $"rows, columns and the null counts, minima and maxima of all {totals.StatisticsColumns:N0} columns"),
        _ => string.Create(
            CultureInfo.InvariantCulture,
            $"rows, columns and the null counts, minima and maxima of {totals.StatisticsColumnsInFull:N0} of {totals.StatisticsColumns:N0} columns"),
    };

    /// <summary>The columns whose statistics were not compared in full; their tables tell the reasons.</summary>
    private static string Uncompared(ReportTotals totals)
    {
        var inPart = totals.StatisticsColumnsCompared - totals.StatisticsColumnsInFull;
        var not = totals.StatisticsColumns - totals.StatisticsColumnsCompared;
        return (inPart, not) switch
        {
            ( <= 0, <= 0) => "",
            (_, <= 0) => string.Create(CultureInfo.InvariantCulture, $" Of {Columns(inPart)} only some of these figures could be compared: the tables tell why."),
            ( <= 0, _) => string.Create(CultureInfo.InvariantCulture, $" Of {Columns(not)} none of these figures could be compared: the tables tell why."),
            _ => string.Create(CultureInfo.InvariantCulture, $" Of {Columns(inPart)} only some of these figures could be compared, of {Columns(not)} none: the tables tell why."),
        };
    }

    private static string Columns(long count) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? "column" : "columns")}");

    private static string Tables(int count) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? "table" : "tables")}");
}
