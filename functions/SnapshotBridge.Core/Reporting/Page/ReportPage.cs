using System.Globalization;
using System.Text;
using static SnapshotBridge.Reporting.Page.PageText;

namespace SnapshotBridge.Reporting.Page;

/// <summary>
/// The report as one self-contained page: no address of another server, style and script inside. Verdict, timeline, failures,
/// warnings and cost are plain HTML and need no script; the script adds the tables with search, filter, sorting and details.
/// Every figure is the report's own, in full; a shortened form stands beside it.
/// </summary>
public static class ReportPage
{
    // What a page without its script shows of each schema.
    private const int MostSchemas = 300;

    private static readonly Lazy<string> Style = new(() => Asset("report.css"));
    private static readonly Lazy<string> Script = new(() => Asset("report.js"));

    public static string Render(RunReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var page = new StringBuilder(64 * 1024);
        var verdict = report.Verdict ?? Verdicts.Of(report.Totals);
        page.Append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
            .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Append("<meta name=\"color-scheme\" content=\"light dark\">\n")
            // Without it a browser asks the server for one.
            .Append("<link rel=\"icon\" href=\"data:,\">\n")
            .Append(CultureInfo.InvariantCulture, $"<title>{Html(verdict)} {Html(report.ExportTaskId)}</title>\n<style>\n{Style.Value}</style>\n</head>\n<body>\n")
            .Append("<a class=\"skip\" href=\"#tables\">Skip to the tables</a>\n<main>\n");
        Header(page, report, verdict);
        AttentionSection.Write(page, report);
        TimelineSection.Write(page, report);
        Tables(page, report);
        CostSection.Write(page, report);
        RunSection.Write(page, report);
        page.Append(CultureInfo.InvariantCulture, $"<footer><p>Report version {report.Version}; all of it, for programs, stands in <a href=\"report.json\">report.json</a> beside this page. ")
            .Append("Rows exported are the sums of the Parquet footers; rows loaded are counted in HeatWave. Evidence <em>end-to-end</em>: the checksums that S3 and OCI store both equal those of the bytes that passed through; <em>destination</em>: S3 stored none for the whole object, so length, version and TLS vouch for the first leg. ")
            .Append("KiB, MiB and GiB are powers of 1,024; MB and GB are powers of 1,000. All times are UTC.</p></footer>\n</main>\n")
            .Append(CultureInfo.InvariantCulture, $"<script type=\"application/json\" id=\"data\">{PageData.Of(report.Tables)}</script>\n<script>\n{Script.Value}</script>\n</body>\n</html>\n");
        return page.ToString();
    }

    /// <summary>good, warn or bad.</summary>
    internal static string Tone(RunReport report) =>
        !report.Succeeded ? "bad" : report.Totals.Skipped > 0 || report.Totals.DroppedColumns > 0 || report.Totals.StatisticsDifferent > 0 ? "warn" : "good";

    private static void Header(StringBuilder page, RunReport report, string verdict)
    {
        var tone = Tone(report);
        var mark = tone switch { "good" => "Succeeded", "warn" => "Succeeded, with something left out", _ => "Failed" };
        var seconds = Math.Max(0, (report.FinishedAt - report.StartedAt).TotalSeconds);
        var source = report.SourceArn.Split(':', 7) is { Length: 7 } parts ? parts[6] : report.SourceArn;
        page.Append(CultureInfo.InvariantCulture, $"<header class=\"{tone}\">\n<p class=\"mark\">{mark}</p>\n<h1>{Html(verdict)}</h1>\n")
            .Append(CultureInfo.InvariantCulture, $"<p class=\"lead\">Snapshot <b>{Html(source)}</b>{(report.SnapshotTime is { } taken ? $" of {Time(taken)}" : "")}, in HeatWave {Html(report.ServerVersion)} after <b>{Duration(seconds)}</b>.</p>\n")
            .Append("<dl class=\"figures\" aria-label=\"Totals\">\n");
        var totals = report.Totals;
        Figure("loaded", Number(totals.Loaded), "tables loaded", "");
        if (totals.Empty > 0)
        {
            Figure("empty", Number(totals.Empty), "without rows", "");
        }

        if (totals.Skipped > 0)
        {
            Figure("skipped", Number(totals.Skipped), "left out by RDS", "warn");
        }

        Figure("failed", Number(totals.Failed), "failed", totals.Failed > 0 ? "bad" : "");
        Figure("rows", Short(totals.Rows), totals.Rows >= 1_000_000 ? $"{Number(totals.Rows)} rows" : "rows", "");
        Figure("bytes", Size(totals.Bytes), $"{Number(totals.Bytes)} bytes of Parquet", "");
        Figure("objects", Number(totals.Objects), "files", "");
        page.Append("</dl>\n</header>\n");

        void Figure(string key, string value, string name, string figureTone) => page.Append(
            CultureInfo.InvariantCulture, $"<div class=\"{figureTone}\" data-figure=\"{key}\"><dt>{Html(name)}</dt><dd>{value}</dd></div>\n");
    }

    private static void Tables(StringBuilder page, RunReport report)
    {
        page.Append("<section id=\"tables\" aria-labelledby=\"tables-title\">\n<h2 id=\"tables-title\">Tables</h2>\n")
            .Append("<div id=\"browser\">\n<noscript><p class=\"note\">Single tables, search and sorting need JavaScript. These are the sums of each schema; report.json beside this page holds every table.</p></noscript>\n")
            .Append("<div class=\"scroll\"><table class=\"plain\">\n<thead><tr><th scope=\"col\">Schema</th><th scope=\"col\" class=\"n\">Tables</th><th scope=\"col\" class=\"n\">Loaded</th><th scope=\"col\" class=\"n\">Empty</th><th scope=\"col\" class=\"n\">Skipped</th><th scope=\"col\" class=\"n\">Failed</th><th scope=\"col\" class=\"n\">Rows loaded</th><th scope=\"col\" class=\"n\">Bytes</th></tr></thead>\n<tbody>\n");
        var schemas = report.Tables.GroupBy(table => table.Schema, StringComparer.Ordinal).ToList();
        foreach (var schema in schemas.Take(MostSchemas))
        {
            int Count(TableStatus status) => schema.Count(table => table.Status == status);
            page.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{Html(schema.Key)}</th><td class=\"n\">{Number(schema.Count())}</td><td class=\"n\">{Number(Count(TableStatus.Loaded))}</td>")
                .Append(CultureInfo.InvariantCulture, $"<td class=\"n\">{Number(Count(TableStatus.Empty))}</td><td class=\"n\">{Number(Count(TableStatus.Skipped))}</td><td class=\"n\">{Number(Count(TableStatus.Failed))}</td>")
                .Append(CultureInfo.InvariantCulture, $"<td class=\"n\">{Number(schema.Sum(table => table.RowsLoaded ?? 0))}</td><td class=\"n\">{Number(schema.Sum(table => table.Bytes))}</td></tr>\n");
        }

        page.Append("</tbody>\n</table></div>\n");
        if (schemas.Count > MostSchemas)
        {
            page.Append(CultureInfo.InvariantCulture, $"<p class=\"note\">And {Counted(schemas.Count - MostSchemas, "more schema")}.</p>\n");
        }

        page.Append("</div>\n</section>\n");
    }

    private static string Asset(string name)
    {
        using var stream = typeof(ReportPage).Assembly.GetManifestResourceStream($"SnapshotBridge.Reporting.{name}")
            ?? throw new InvalidOperationException($"{name} is not in this assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
