using SnapshotBridge.Benchmarks.Reporting;

namespace SnapshotBridge.Benchmarks.Integrity;

/// <summary>The matrix as a picture: one line per fault, one coloured field per copier.</summary>
internal static class MatrixChart
{
    private const int Line = 30;
    private const int Top = 92;
    private const int FirstField = 420;
    private const int Field = 250;

    public static string Draw(MatrixResults results)
    {
        var copiers = results.Rows.Any(row => row.Rclone is not null) ? 2 : 1;
        var svg = new Svg(FirstField + (copiers * Field) + 24, Top + (results.Rows.Count * Line) + 44);
        svg.Text(24, 34, "What a copy makes of each fault", Svg.Title);
        svg.Text(24, 56, $"measured {results.MeasuredAt:yyyy-MM-dd}, {results.Machine.Line}", Svg.Small);
        svg.Text(FirstField + (Field / 2), Top - 10, "SnapshotBridge", Svg.Head, "middle");
        if (copiers == 2)
        {
            svg.Text(FirstField + Field + (Field / 2), Top - 10, "rclone", Svg.Head, "middle");
        }

        for (var index = 0; index < results.Rows.Count; index++)
        {
            var (row, y) = (results.Rows[index], Top + (index * Line));
            svg.Text(24, y + 19, row.Fault, Svg.Label);
            Cell(svg, FirstField, y, row.Ours);
            if (row.Rclone is { } rclone)
            {
                Cell(svg, FirstField + Field, y, rclone);
            }
        }

        svg.Text(24, Top + (results.Rows.Count * Line) + 26, "Every fault was provoked on loopback servers; content was compared byte by byte afterwards.", Svg.Small);
        return svg.ToString();
    }

    private static void Cell(Svg svg, int x, int y, MatrixCell cell)
    {
        var colour = IntegrityBench.IsGood(cell) ? "#d5ecd4" : cell.IsMarkedUnproven ? "#fbe6b8" : "#f6c9c4";
        svg.Rectangle(x + 3, y + 2, Field - 6, Line - 4, colour);
        svg.Text(x + (Field / 2), y + 19, IntegrityBench.Text(cell), Svg.Label, "middle");
    }
}
