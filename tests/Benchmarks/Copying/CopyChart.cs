using System.Globalization;
using SnapshotBridge.Benchmarks.Reporting;

namespace SnapshotBridge.Benchmarks.Copying;

/// <summary>The copy's figures as bars: a row of panels without and one with TLS, in each panel a group per object size, the targets as dashes.</summary>
internal static class CopyChart
{
    private const int PanelWidth = 400;
    private const int PanelHeight = 250;
    private const int PlotHeight = 150;
    private const int Left = 64;
    private const int Top = 104;

    private static readonly string[] Colours = ["#1f6f8b", "#e08e45", "#b8b8b8"];

    private static readonly Panel[] Panels =
    [
        new("CPU-seconds per GB (less is better)", series => series.CpuSecondsPerGB, series => CopyTargets.CpuLimit(series.ObjectBytes), "0.00"),
        new("MB/s (more is better)", series => series.MegabytesPerSecond, _ => CopyTargets.SpeedRatio, "0"),
        new("peak memory, MiB (less is better)", series => series.PeakMiB, _ => CopyTargets.MemoryRatio, "0"),
    ];

    private static string Fewer(CopyResults results) => string.Concat(results.Series
        .Where(series => series.Runs.Count < results.RunsPerPoint).Select(series => series.Peer).Distinct().Select(peer => $" ({peer}: one)"));

    public static string Draw(CopyResults results)
    {
        var rows = results.Series.Select(series => series.Tls).Distinct().ToList();
        var svg = new Svg(Left + (Panels.Length * PanelWidth), Top + (rows.Count * PanelHeight) + 24);
        svg.Text(24, 34, "Copying the same bytes from S3 to object storage", Svg.Title);
        svg.Text(24, 54, string.Create(CultureInfo.InvariantCulture,
            $"medians of {results.RunsPerPoint} {(results.RunsPerPoint == 1 ? "run" : "runs")}{Fewer(results)}, {results.BytesPerPoint / (double)(1L << 30):0.##} GiB or more per copy, {results.Concurrency} transfers at a time, loopback, {results.MeasuredAt:yyyy-MM-dd}, {results.Machine.Line}"), Svg.Small);
        var peers = results.Series.Select(series => series.Peer).Distinct().ToList();
        Legend(svg, peers);
        for (var row = 0; row < rows.Count; row++)
        {
            var series = results.Series.Where(one => one.Tls == rows[row]).ToList();
            for (var column = 0; column < Panels.Length; column++)
            {
                DrawPanel(svg, Panels[column], series, peers, Left + (column * PanelWidth), Top + (row * PanelHeight), rows[row] ? "with TLS" : "without TLS");
            }
        }

        return svg.ToString();
    }

    private static void Legend(Svg svg, List<string> peers)
    {
        var x = 24.0;
        foreach (var (peer, index) in peers.Select((peer, index) => (peer, index)))
        {
            svg.Rectangle(x, 68, 12, 12, Colour(peers, index));
            svg.Text(x + 18, 79, peer, Svg.Label);
            x += 40 + (peer.Length * 7);
        }

        if (peers.Contains(CopyPeer.Rclone))
        {
            svg.Line(x, 74, x + 22, 74, "#c0392b", "4 3");
            svg.Text(x + 28, 79, "our target, relative to rclone in the same run", Svg.Label);
        }
    }

    private static void DrawPanel(Svg svg, Panel panel, List<CopySeries> series, List<string> peers, double x, double y, string condition)
    {
        var width = PanelWidth - 50;
        var baseline = y + 34 + PlotHeight;
        var groups = series.GroupBy(one => one.ObjectBytes).ToList();
        var top = NiceTop(series.Max(panel.Value));
        double Height(double value) => Math.Min(PlotHeight, value / top * PlotHeight);

        svg.Text(x, y + 16, $"{panel.Title}, {condition}", Svg.Head);
        foreach (var step in new[] { 0, 0.25, 0.5, 0.75, 1 })
        {
            var at = baseline - (step * PlotHeight);
            svg.Line(x, at, x + width, at, step == 0 ? "#888" : "#e4e4e4");
            svg.Text(x - 6, at + 4, (top * step).ToString(top < 10 ? "0.0#" : "0", CultureInfo.InvariantCulture), Svg.Small, "end");
        }

        var groupWidth = width / groups.Count;
        for (var group = 0; group < groups.Count; group++)
        {
            var bars = groups[group].ToList();
            var barWidth = Math.Min(26, (groupWidth - 16) / bars.Count);
            var start = x + (group * groupWidth) + ((groupWidth - (barWidth * bars.Count)) / 2.0);
            for (var bar = 0; bar < bars.Count; bar++)
            {
                var height = Height(panel.Value(bars[bar]));
                svg.Rectangle(start + (bar * barWidth), baseline - height, barWidth - 2, height, Colour(peers, peers.IndexOf(bars[bar].Peer)));
                svg.Text(start + (bar * barWidth) + ((barWidth - 2) / 2.0), baseline - height - 3, panel.Value(bars[bar]).ToString(panel.Format, CultureInfo.InvariantCulture), "font-size:9px", "middle");
            }

            Ratio(svg, panel, bars, start, barWidth, baseline, Height);
            svg.Text(x + (group * groupWidth) + (groupWidth / 2), baseline + 16, bars[0].ObjectSize, Svg.Label, "middle");
        }
    }

    /// <summary>The target as a line over our bar, and how we compare, below the size.</summary>
    private static void Ratio(Svg svg, Panel panel, List<CopySeries> bars, double start, double barWidth, double baseline, Func<double, double> height)
    {
        var ours = bars.FindIndex(bar => bar.Peer == CopyPeer.Ours);
        if (ours < 0 || bars.Find(bar => bar.Peer == CopyPeer.Rclone) is not { } rclone)
        {
            return;
        }

        var target = baseline - height(panel.Value(rclone) * panel.Limit(bars[ours]));
        svg.Line(start + (ours * barWidth) - 4, target, start + ((ours + 1) * barWidth) + 2, target, "#c0392b", "4 3");
        svg.Text(start + (barWidth * bars.Count / 2), baseline + 31, string.Create(CultureInfo.InvariantCulture, $"{panel.Value(bars[ours]) / panel.Value(rclone):0.00} × rclone"), Svg.Small, "middle");
    }

    private static double NiceTop(double highest)
    {
        var scale = Math.Pow(10, Math.Floor(Math.Log10(highest * 1.1)));
        return new[] { 1.0, 1.5, 2, 3, 4, 5, 6, 8, 10 }.First(step => step * scale >= highest * 1.1) * scale;
    }

    private static string Colour(List<string> peers, int index) => peers[index] switch
    {
        CopyPeer.Ours => Colours[0],
        CopyPeer.Rclone => Colours[1],
        _ => Colours[2],
    };

    private sealed record Panel(string Title, Func<CopySeries, double> Value, Func<CopySeries, double> Limit, string Format);
}
