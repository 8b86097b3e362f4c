using System.Globalization;
using SnapshotBridge.Benchmarks.Reporting;

namespace SnapshotBridge.Benchmarks.Hashing;

/// <summary>The checksums' speeds as horizontal bars.</summary>
internal static class HashChart
{
    private const int Line = 34;
    private const int Top = 84;
    private const int Left = 240;
    private const int Longest = 520;

    public static string Draw(HashResults results)
    {
        var svg = new Svg(Left + Longest + 110, Top + (results.Speeds.Count * Line) + 20);
        svg.Text(24, 34, "Checksums: MB/s on one core (more is better)", Svg.Title);
        svg.Text(24, 56, string.Create(CultureInfo.InvariantCulture, $"blocks of {results.BlockBytes >> 10} KiB, {results.MeasuredAt:yyyy-MM-dd}, {results.Machine.Line}"), Svg.Small);
        var highest = results.Speeds.Max(speed => speed.MegabytesPerSecond);
        for (var index = 0; index < results.Speeds.Count; index++)
        {
            var (speed, y) = (results.Speeds[index], Top + (index * Line));
            var length = Math.Max(1, speed.MegabytesPerSecond / highest * Longest);
            svg.Text(Left - 10, y + 17, speed.Name, Svg.Label, "end");
            svg.Rectangle(Left, y + 2, length, Line - 12, speed.IsOurs ? "#1f6f8b" : "#b8b8b8");
            svg.Text(Left + length + 8, y + 17, speed.MegabytesPerSecond.ToString("N0", CultureInfo.InvariantCulture), Svg.Label);
        }

        return svg.ToString();
    }
}
