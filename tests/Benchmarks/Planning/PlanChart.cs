using System.Globalization;
using SnapshotBridge.Benchmarks.Reporting;

namespace SnapshotBridge.Benchmarks.Planning;

/// <summary>What planning and its counterpart before the load take of their functions' memory, and how long.</summary>
internal static class PlanChart
{
    private const int Left = 190;
    private const int Longest = 520;
    private const int Top = 112;
    private const int Line = 62;

    public static string Draw(PlanResults results)
    {
        var rows = new[] { ("PlanCopy", results.PlanCost), ("LoadTables' gate", results.GateCost) };
        var svg = new Svg(Left + Longest + 190, Top + (rows.Length * Line) + 40);
        svg.Text(24, 34, "Planning a very large export, and checking it before the load", Svg.Title);
        svg.Text(24, 56, string.Create(CultureInfo.InvariantCulture, $"{results.Plan.Objects:N0} objects in {results.Plan.Tables:N0} tables, {results.Plan.Batches:N0} batches; synthetic listing, without the services' time"), Svg.Small);
        svg.Text(24, 74, results.Machine.Line, Svg.Small);
        var widest = rows.Max(row => Math.Max(row.Item2.MemoryMb, row.Item2.PeakResidentMiB));
        for (var index = 0; index < rows.Length; index++)
        {
            var ((name, cost), y) = (rows[index], Top + (index * Line));
            var limit = Left + (cost.MemoryMb / widest * Longest);
            svg.Text(Left - 12, y + 18, name, Svg.Head, "end");
            svg.Rectangle(Left, y, cost.PeakResidentMiB / widest * Longest, 26, cost.Fits ? "#1f6f8b" : "#c0392b");
            svg.Line(limit, y - 5, limit, y + 30, "#c0392b", "4 3");
            svg.Text(Left, y + 43, string.Create(CultureInfo.InvariantCulture, $"peak {cost.PeakResidentMiB:F0} MiB of {cost.MemoryMb} MB (dashed), {cost.WallSeconds:F1} s, {cost.CpuSeconds:F1} s of processor time"), Svg.Label);
        }

        return svg.ToString();
    }
}
