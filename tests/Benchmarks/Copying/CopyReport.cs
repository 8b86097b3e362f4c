using System.Globalization;
using SnapshotBridge.Benchmarks.Reporting;
using Spectre.Console;

namespace SnapshotBridge.Benchmarks.Copying;

/// <summary>The copy benchmark's table, JSON and chart.</summary>
internal static class CopyReport
{
    public static void Write(IAnsiConsole console, CopyResults results)
    {
        console.WriteLine();
        console.WriteLine(results.Machine.Line);
        foreach (var tls in results.Series.Select(series => series.Tls).Distinct())
        {
            console.Write(Table(results, tls));
        }

        foreach (var group in results.Targets.GroupBy(verdict => verdict.Target))
        {
            foreach (var verdict in group)
            {
                console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"  {(verdict.Met ? "met   " : "MISSED")} {verdict.Target,-30} {verdict.Point,-16} {verdict.Ratio:F2} (target {(verdict.AtLeast ? "≥" : "≤")} {verdict.Limit:F1})"));
            }
        }

        console.WriteLine();
        console.WriteLine(ResultFiles.WriteJson("copy", results, CopyJson.Default.CopyResults));
        console.WriteLine(ResultFiles.Write("copy.svg", CopyChart.Draw(results)));
    }

    private static Table Table(CopyResults results, bool tls)
    {
        var table = new Table { Title = new TableTitle(tls ? "with TLS on both legs" : "without TLS"), Border = TableBorder.Ascii2 };
        table.AddColumn("Objects");
        table.AddColumn("Peer");
        foreach (var column in new[] { "MB/s", "÷ rclone", "CPU-s/GB", "÷ rclone", "peak MiB", "÷ rclone", "servers CPU-s/GB" })
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        foreach (var point in results.Series.Where(series => series.Tls == tls).GroupBy(series => series.ObjectBytes))
        {
            var rclone = point.FirstOrDefault(series => series.Peer == CopyPeer.Rclone);
            var first = true;
            foreach (var series in point)
            {
                table.AddRow(
                    first ? $"{series.Objects.ToString("N0", CultureInfo.InvariantCulture)} × {series.ObjectSize}" : "",
                    series.Peer,
                    Text(series.MegabytesPerSecond, "F0"), Ratio(series.MegabytesPerSecond, rclone?.MegabytesPerSecond),
                    Text(series.CpuSecondsPerGB, "F2"), Ratio(series.CpuSecondsPerGB, rclone?.CpuSecondsPerGB),
                    Text(series.PeakMiB, "F0"), Ratio(series.PeakMiB, rclone?.PeakMiB),
                    Text(series.ServerCpuSecondsPerGB, "F2"));
                first = false;
            }
        }

        return table;
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static string Ratio(double value, double? of) => of is { } whole ? (value / whole).ToString("F2", CultureInfo.InvariantCulture) : "-";
}
