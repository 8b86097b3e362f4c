using System.Globalization;
using System.Text;
using static SnapshotBridge.Reporting.Page.PageText;

namespace SnapshotBridge.Reporting.Page;

/// <summary>What somebody has to do something about, or should know, before anything else: failures, what was left out, warnings.</summary>
internal static class AttentionSection
{
    // What stands here is for reading; the rest is found with the tables' filter.
    private const int MostFailures = 100;
    private const int MostGroups = 12;
    private const int MostNames = 8;

    public static void Write(StringBuilder page, RunReport report)
    {
        Failures(page, report);
        Publishing(page, report);
        Differences(page, report);
        Skipped(page, report);
        Warnings(page, report);
        Types(page, report);
    }

    private static void Failures(StringBuilder page, RunReport report)
    {
        var failed = report.Tables.Where(table => table.Status == TableStatus.Failed).ToList();
        if (failed.Count == 0)
        {
            return;
        }

        page.Append(CultureInfo.InvariantCulture, $"<section class=\"bad\" id=\"failures\" aria-labelledby=\"failures-title\">\n<h2 id=\"failures-title\">{Counted(failed.Count, "table")} did not arrive</h2>\n<ul class=\"cards\">\n");
        // Many tables usually fail for a few reasons: what to do is said once.
        var groups = failed.GroupBy(table => table.NextStep ?? "", StringComparer.Ordinal).OrderByDescending(group => group.Count()).ToList();
        foreach (var group in groups.Take(MostGroups))
        {
            List<TableReport> tables = [.. group];
            page.Append(tables.Count == 1
                ? $"<li><h3>{Html(FullName(tables[0]))}</h3><p>{Html(tables[0].Reason ?? "no reason was given")}</p>"
                : $"<li><h3>{Counted(tables.Count, "table")}</h3>");
            Next(page, group.Key.Length > 0 ? group.Key : null);
            if (tables.Count > 1)
            {
                Lines(page, tables);
            }

            page.Append("</li>\n");
        }

        page.Append("</ul>\n");
        More(page, groups.Skip(MostGroups).Sum(group => group.Count()), "failed table", "below, with the filter Failed");
        page.Append("</section>\n");
    }

    // The first few at sight, the others a click away, and no more of them than one reads.
    private static void Lines(StringBuilder page, List<TableReport> tables)
    {
        List(tables.Take(MostNames));
        if (tables.Count > MostNames)
        {
            page.Append(CultureInfo.InvariantCulture, $"<details><summary>{Number(Math.Min(tables.Count, MostFailures) - MostNames)} more</summary>");
            List(tables.Skip(MostNames).Take(MostFailures - MostNames));
            More(page, tables.Count - MostFailures, "failed table", "below, with the filter Failed");
            page.Append("</details>");
        }

        void List(IEnumerable<TableReport> some)
        {
            page.Append("<ul class=\"list-of\">");
            foreach (var table in some)
            {
                page.Append(CultureInfo.InvariantCulture, $"<li><b>{Html(FullName(table))}</b>{Html(table.Reason ?? "no reason was given")}</li>");
            }

            page.Append("</ul>");
        }
    }

    private static void Publishing(StringBuilder page, RunReport report)
    {
        var held = report.PublishedSchemas.Where(schema => schema.NotSwitchedBecause is not null).ToList();
        var warned = report.PublishedSchemas.Where(schema => schema.Warnings.Count > 0).ToList();
        if (held.Count + warned.Count == 0)
        {
            return;
        }

        page.Append(CultureInfo.InvariantCulture, $"<section class=\"{(held.Exists(schema => !schema.IsSuperseded) ? "bad" : "warn")}\" aria-labelledby=\"publishing-title\">\n<h2 id=\"publishing-title\">What readers see</h2>\n<ul class=\"cards\">\n");
        foreach (var schema in held.Take(MostFailures))
        {
            page.Append(CultureInfo.InvariantCulture, $"<li><h3>{Html(schema.Schema)} still serves its earlier version</h3><p>{Html(schema.NotSwitchedBecause!)}</p></li>\n");
        }

        foreach (var schema in warned.Take(MostFailures))
        {
            page.Append(CultureInfo.InvariantCulture, $"<li><h3>{Html(schema.Schema)}</h3><p>{string.Join("<br>", schema.Warnings.Take(MostGroups).Select(Html))}</p></li>\n");
        }

        page.Append("</ul>\n");
        More(page, Math.Max(0, held.Count - MostFailures) + Math.Max(0, warned.Count - MostFailures), "schema", "in report.json");
        page.Append("</section>\n");
    }

    private static void Differences(StringBuilder page, RunReport report)
    {
        var all = report.Tables.SelectMany(table => (table.Statistics?.Differences ?? []).Select(difference => (Table: table, Difference: difference))).ToList();
        if (all.Count == 0)
        {
            return;
        }

        page.Append(CultureInfo.InvariantCulture, $"<section class=\"warn\" aria-labelledby=\"differences-title\">\n<h2 id=\"differences-title\">{Counted(all.Count, "figure")} of {Number(report.Totals.StatisticsCompared)} {(all.Count == 1 ? "differs" : "differ")}</h2>\n")
            .Append("<div class=\"scroll\"><table class=\"plain\"><thead><tr><th scope=\"col\">Table</th><th scope=\"col\">Column</th><th scope=\"col\">Figure</th><th scope=\"col\">Exported</th><th scope=\"col\">In HeatWave</th></tr></thead><tbody>\n");
        foreach (var (table, difference) in all.Take(MostFailures))
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{Html(FullName(table))}</th><td>{Html(difference.Column)}</td><td>{Html(difference.Figure)}</td><td><code>{Html(difference.Exported)}</code></td><td><code>{Html(difference.Loaded)}</code></td></tr>\n");
        }

        page.Append("</tbody></table></div>\n");
        More(page, all.Count - MostFailures, "difference", "in the tables' details");
        page.Append("</section>\n");
    }

    private static void Skipped(StringBuilder page, RunReport report)
    {
        var skipped = report.Tables.Where(table => table.Status == TableStatus.Skipped).ToList();
        if (skipped.Count == 0)
        {
            return;
        }

        page.Append(CultureInfo.InvariantCulture, $"<section class=\"warn\" id=\"skipped\" aria-labelledby=\"skipped-title\">\n<h2 id=\"skipped-title\">RDS left {Counted(skipped.Count, "table")} out of the export</h2>\n<ul class=\"cards\">\n");
        var groups = skipped.GroupBy(table => (Reason: table.Reason ?? "", table.NextStep)).OrderByDescending(group => group.Count()).ToList();
        foreach (var group in groups.Take(MostFailures))
        {
            page.Append(CultureInfo.InvariantCulture, $"<li><h3>{Names([.. group])}</h3><p>{Html(group.Key.Reason)}</p>");
            Next(page, group.Key.NextStep);
            page.Append("</li>\n");
        }

        page.Append("</ul>\n");
        More(page, groups.Skip(MostFailures).Sum(group => group.Count()), "table", "below, with the filter Skipped");
        page.Append("</section>\n");
    }

    private static void Warnings(StringBuilder page, RunReport report)
    {
        var groups = report.Tables
            .SelectMany(table => table.Warnings.Select(warning => (Warning: warning, Table: table)))
            .GroupBy(item => item.Warning, StringComparer.Ordinal)
            .OrderByDescending(group => group.Count())
            .ToList();
        if (groups.Count == 0)
        {
            return;
        }

        page.Append(CultureInfo.InvariantCulture, $"<section aria-labelledby=\"warnings-title\">\n<h2 id=\"warnings-title\">Warnings <small>for {Counted(report.Tables.Count(table => table.Warnings.Count > 0), "table")}</small></h2>\n<ul class=\"lines\">\n");
        foreach (var group in groups.Take(MostGroups))
        {
            page.Append(CultureInfo.InvariantCulture, $"<li><p>{Html(group.Key)}</p><p class=\"note\">{Names([.. group.Select(item => item.Table)])}</p></li>\n");
        }

        page.Append("</ul>\n");
        More(page, groups.Count - MostGroups, "warning", "in the tables' details, with the filter Notes");
        page.Append("</section>\n");
    }

    private static void Types(StringBuilder page, RunReport report)
    {
        var groups = report.Tables
            .SelectMany(table => table.TypeChanges.Select(change => (Change: change, Table: table)))
            .GroupBy(item => (item.Change.SourceType, item.Change.LoadedType, item.Change.Reason))
            .OrderByDescending(group => group.Count())
            .ToList();
        if (groups.Count == 0)
        {
            return;
        }

        var columns = groups.Sum(group => group.Count());
        page.Append(CultureInfo.InvariantCulture, $"<section aria-labelledby=\"types-title\">\n<h2 id=\"types-title\">Types <small>{Counted(columns, "column")} with another type than at the source</small></h2>\n")
            .Append("<div class=\"scroll\"><table class=\"plain stack\"><thead><tr><th scope=\"col\">At the source</th><th scope=\"col\">In HeatWave</th><th scope=\"col\" class=\"n\">Columns</th><th scope=\"col\">Why, and where</th></tr></thead><tbody>\n");
        foreach (var group in groups.Take(MostGroups))
        {
            var where = string.Join(", ", group.Take(MostNames).Select(item => $"{FullName(item.Table)}.{item.Change.Column}"));
            page.Append(CultureInfo.InvariantCulture, $"<tr><td data-label=\"At the source\"><code>{Html(group.Key.SourceType)}</code></td><td data-label=\"In HeatWave\"><code>{Html(group.Key.LoadedType)}</code></td><td class=\"n\" data-label=\"Columns\">{Number(group.Count())}</td>")
                .Append(CultureInfo.InvariantCulture, $"<td>{Html(group.Key.Reason)}<p class=\"note\">{Html(where)}{(group.Count() > MostNames ? $" and {Number(group.Count() - MostNames)} more" : "")}</p></td></tr>\n");
        }

        page.Append("</tbody></table></div>\n");
        More(page, groups.Count - MostGroups, "change", "in the tables' details, with the filter Notes");
        page.Append("</section>\n");
    }

    private static string Names(IReadOnlyList<TableReport> tables) =>
        string.Join(", ", tables.Take(MostNames).Select(table => Html(FullName(table))))
        + (tables.Count > MostNames ? $" and {Number(tables.Count - MostNames)} more" : "");

    private static void Next(StringBuilder page, string? nextStep)
    {
        if (nextStep is not null)
        {
            page.Append(CultureInfo.InvariantCulture, $"<p class=\"next\"><b>What to do</b> {Html(nextStep)}</p>");
        }
    }

    private static void More(StringBuilder page, int count, string noun, string where)
    {
        if (count > 0)
        {
            page.Append(CultureInfo.InvariantCulture, $"<p class=\"note\">And {Number(count)} more {(count == 1 ? noun : $"{noun}s")}: {where}.</p>\n");
        }
    }
}
