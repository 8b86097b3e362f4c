using System.Globalization;
using System.Text;
using static SnapshotBridge.Reporting.Page.PageText;

namespace SnapshotBridge.Reporting.Page;

/// <summary>The stages on one scale of time, each with its amount and its speed.</summary>
internal static class TimelineSection
{
    public static void Write(StringBuilder page, RunReport report)
    {
        if (report.Stages.Count == 0)
        {
            return;
        }

        page.Append("<section id=\"timeline\" aria-labelledby=\"timeline-title\">\n<h2 id=\"timeline-title\">Timeline</h2>\n")
            .Append("<table class=\"stages\">\n<thead><tr><th scope=\"col\">Stage</th>")
            .Append(CultureInfo.InvariantCulture, $"<th scope=\"col\" class=\"axis\"><span>{Clock(report.StartedAt)}</span><span>{Clock(report.FinishedAt)} UTC</span></th>")
            .Append("<th scope=\"col\" class=\"n\">Took</th><th scope=\"col\" class=\"n\">Amount</th><th scope=\"col\" class=\"n\">Speed</th></tr></thead>\n<tbody>\n");
        foreach (var stage in report.Stages)
        {
            Row(page, report, stage);
        }

        page.Append("</tbody>\n</table>\n</section>\n");
    }

    private static void Row(StringBuilder page, RunReport report, StageReport stage)
    {
        var name = stage.Stage.ToString();
        page.Append(CultureInfo.InvariantCulture, $"<tr data-stage=\"{name}\"><th scope=\"row\">{name}{(stage.Earlier ? " <small>earlier run</small>" : "")}</th><td class=\"when\">");
        Bar(page, report, stage);
        if (stage.Note is { } note)
        {
            page.Append(CultureInfo.InvariantCulture, $"<p class=\"note\">{Html(note)}</p>");
        }

        page.Append("</td>");
        Cell("took", stage.Seconds is { } seconds ? (Duration(seconds), seconds >= 60 ? $"{Exact(seconds)} s" : "") : null);
        Cell("amount", stage.Bytes is { } bytes ? (Size(bytes), $"{Number(bytes)} bytes") : null, stage.Rows is { } rows ? Counted(rows, "row") : null);
        Cell("speed", stage.MegabytesPerSecond is { } speed ? ($"{Exact(speed)} MB/s", "") : null, stage.RowsPerSecond is { } rowSpeed ? $"{Exact(rowSpeed)} rows/s" : null);
        page.Append("</tr>\n");

        void Cell(string cell, (string Main, string Exact)? value, string? second = null)
        {
            page.Append(CultureInfo.InvariantCulture, $"<td class=\"n {cell}\">");
            if (value is null)
            {
                page.Append("<span class=\"none\" aria-label=\"not known\">–</span></td>");
                return;
            }

            page.Append(Html(value.Value.Main));
            foreach (var line in new[] { value.Value.Exact, second }.Where(line => !string.IsNullOrEmpty(line)))
            {
                page.Append(CultureInfo.InvariantCulture, $"<small>{Html(line!)}</small>");
            }

            page.Append("</td>");
        }
    }

    private static void Bar(StringBuilder page, RunReport report, StageReport stage)
    {
        var span = (report.FinishedAt - report.StartedAt).TotalSeconds;
        var from = stage.StartedAt ?? stage.EndedAt;
        if (from is null || span <= 0)
        {
            return;
        }

        var to = stage.EndedAt ?? from.Value;
        var label = stage.StartedAt is null ? Time(to) : $"{Time(from.Value)} to {Time(to)}";
        if (to <= report.StartedAt)
        {
            page.Append(CultureInfo.InvariantCulture, $"<p class=\"note\">{Html(label)}, before this run</p>");
            return;
        }

        double Place(DateTimeOffset time) => Math.Clamp((time - report.StartedAt).TotalSeconds / span * 100, 0, 100);
        var (left, right) = (Place(from.Value), Place(to));
        page.Append("<div class=\"track\" role=\"img\" aria-label=\"").Append(Html(label)).Append("\">")
            .Append(CultureInfo.InvariantCulture, $"<span class=\"{(stage.StartedAt is null ? "point" : "bar")}\" style=\"left:{left:0.###}%;width:{right - left:0.###}%\" title=\"{Html(label)}\"></span></div>");
    }
}
