using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using SnapshotBridge.Copying;
using SnapshotBridge.Planning;

namespace SnapshotBridge.Reporting;

/// <summary>
/// The report as one self-contained page: no script, no font, no address of another server. Every figure is the report's
/// own, in full; the shortened form stands beside it.
/// </summary>
public static class ReportPage
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    public static string Render(RunReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var page = new StringBuilder(16 * 1024);
        var verdict = report.Succeeded ? "Every table arrived" : $"{Number(report.Totals.Failed)} {Plural(report.Totals.Failed, "table")} did not arrive";
        page.Append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
            .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Append("<meta name=\"color-scheme\" content=\"light dark\">\n")
            .Append(CultureInfo.InvariantCulture, $"<title>{Text(verdict)}: {Text(report.ExportTaskId)}</title>\n<style>{Style}</style>\n</head>\n<body>\n<main>\n")
            .Append(CultureInfo.InvariantCulture, $"<header class=\"{(report.Succeeded ? "good" : "bad")}\">\n<p class=\"mark\">{(report.Succeeded ? "Succeeded" : "Failed")}</p>\n<h1>{Text(verdict)}</h1>\n");
        Facts(page, report);
        page.Append("</header>\n");
        Figures(page, report);
        foreach (var schema in report.Tables.GroupBy(table => table.Schema, StringComparer.Ordinal))
        {
            Schema(page, schema.Key, [.. schema]);
        }

        page.Append(CultureInfo.InvariantCulture, $"<footer>Report version {report.Version}. Rows exported are the sums of the Parquet footers, rows loaded are counted in HeatWave. Evidence <em>end-to-end</em>: the checksums that S3 and OCI store both equal those of the bytes that passed through.</footer>\n")
            .Append("</main>\n</body>\n</html>\n");
        return page.ToString();
    }

    private static void Facts(StringBuilder page, RunReport report)
    {
        page.Append("<dl>\n");
        Fact("Execution", report.ExecutionName);
        Fact("Export task", report.ExportTaskId);
        Fact("Snapshot", report.SourceArn);
        if (report.SnapshotTime is { } taken)
        {
            Fact("Taken", Time(taken));
        }

        Fact("Started", Time(report.StartedAt));
        Fact("Finished", $"{Time(report.FinishedAt)} (after {Duration(report.FinishedAt - report.StartedAt)})");
        Fact("HeatWave", report.ServerVersion);
        if (report.DestinationPrefix is { } prefix)
        {
            Fact("OCI folder", prefix);
        }

        page.Append("</dl>\n");

        void Fact(string name, string value) => page.Append(CultureInfo.InvariantCulture, $"<div><dt>{Text(name)}</dt><dd>{Text(value)}</dd></div>\n");
    }

    private static void Figures(StringBuilder page, RunReport report)
    {
        var totals = report.Totals;
        page.Append("<section class=\"figures\" aria-label=\"Totals\">\n");
        Figure("loaded", totals.Loaded, "");
        Figure("empty", totals.Empty, "");
        Figure("skipped by RDS", totals.Skipped, totals.Skipped > 0 ? "warn" : "");
        Figure("failed", totals.Failed, totals.Failed > 0 ? "bad" : "");
        Figure("rows", totals.Rows, "");
        Figure("objects", totals.Objects, "");
        page.Append(CultureInfo.InvariantCulture, $"<div><b>{Size(totals.Bytes)}</b><span>{Number(totals.Bytes)} bytes</span></div>\n</section>\n");

        void Figure(string name, long value, string tone) =>
            page.Append(CultureInfo.InvariantCulture, $"<div class=\"{tone}\"><b>{Number(value)}</b><span>{Text(name)}</span></div>\n");
    }

    private static void Schema(StringBuilder page, string schema, List<TableReport> tables)
    {
        page.Append(CultureInfo.InvariantCulture, $"<section>\n<h2>{Text(schema)} <small>{Number(tables.Count)} {Plural(tables.Count, "table")}</small></h2>\n")
            .Append("<div class=\"scroll\"><table>\n<thead><tr><th>Table</th><th>Status</th><th class=\"n\">Rows exported</th><th class=\"n\">Rows loaded</th><th class=\"n\">Objects</th><th class=\"n\">Bytes</th><th>Evidence</th><th class=\"n\">Seconds</th></tr></thead>\n<tbody>\n");
        foreach (var table in tables)
        {
            var status = Name(table.Status);
            var renamed = table.TargetSchema.Length > 0 && table.TargetSchema != table.Schema ? $" <small>in {Text(table.TargetSchema)}</small>" : "";
            page.Append(CultureInfo.InvariantCulture, $"<tr class=\"{status}\"><td>{Text(NameOf(table))}{renamed}</td><td><span class=\"tag\">{status}</span></td>")
                .Append(CultureInfo.InvariantCulture, $"<td class=\"n\">{Optional(table.RowsExported)}</td><td class=\"n\">{Optional(table.RowsLoaded)}</td><td class=\"n\">{Number(table.Objects)}</td>")
                .Append(CultureInfo.InvariantCulture, $"<td class=\"n\" title=\"{Size(table.Bytes)}\">{Number(table.Bytes)}</td><td>{Name(table.Evidence)}</td><td class=\"n\">{table.LoadSeconds?.ToString("0.0", CultureInfo.InvariantCulture) ?? "–"}</td></tr>\n");
            List<string> notes = [.. table.Reason is null ? [] : new[] { table.Reason }, .. table.Warnings];
            if (notes.Count > 0)
            {
                page.Append(CultureInfo.InvariantCulture, $"<tr class=\"note {status}\"><td colspan=\"8\">{string.Join("<br>", notes.Select(Text))}</td></tr>\n");
            }
        }

        page.Append("</tbody>\n</table></div>\n</section>\n");
    }

    private static string NameOf(TableReport table) =>
        table.Table.Length > 0 ? table.Table : table.Schema == ExportWarnings.WholeExport ? "(whole export)" : "(whole database)";

    private static string Text(string value) => HtmlEncoder.Default.Encode(value);

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Optional(long? value) => value is { } number ? Number(number) : "–";

    private static string Plural(long count, string noun) => count == 1 ? noun : $"{noun}s";

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static string Name(TableStatus status) => status switch
    {
        TableStatus.Loaded => "loaded",
        TableStatus.Empty => "empty",
        TableStatus.Skipped => "skipped",
        _ => "failed",
    };

    private static string Name(CopyEvidence? evidence) => evidence switch
    {
        CopyEvidence.EndToEnd => "end-to-end",
        CopyEvidence.Destination => "destination",
        _ => "–",
    };

    private static string Duration(TimeSpan duration) => duration.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)duration.TotalHours} h {duration.Minutes} min")
        : duration.TotalMinutes >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{duration.Minutes} min {duration.Seconds} s")
            : string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.0} s");

    private static string Size(long bytes)
    {
        double value = bytes;
        var unit = 0;
        while (value >= 1024 && unit < Units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value:0.#} {Units[unit]}");
    }

    private const string Style = """

        :root { --ground: #f6f7f9; --sheet: #fff; --ink: #1a2230; --soft: #5b6676; --line: #e1e5eb; --good: #147a4b; --warn: #9a6200; --bad: #b3261e; --goodsoft: #e3f4ea; --warnsoft: #fdf1da; --badsoft: #fce8e6; }
        @media (prefers-color-scheme: dark) { :root { --ground: #12161d; --sheet: #1b212b; --ink: #e6eaf0; --soft: #9aa6b8; --line: #2d3644; --good: #5cc793; --warn: #e2b25c; --bad: #f28b82; --goodsoft: #17342a; --warnsoft: #392d17; --badsoft: #3d211f; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
        main { max-width: 1120px; margin: 0 auto; padding: 24px 16px 48px; }
        header, section { background: var(--sheet); border: 1px solid var(--line); border-radius: 12px; padding: 20px 24px; margin-bottom: 16px; }
        header { border-top: 4px solid var(--good); }
        header.bad { border-top-color: var(--bad); }
        .mark { display: inline-block; margin: 0; padding: 2px 10px; border-radius: 999px; font-size: 13px; font-weight: 600; color: var(--good); background: var(--goodsoft); }
        .bad .mark { color: var(--bad); background: var(--badsoft); }
        h1 { margin: 8px 0 16px; font-size: 26px; line-height: 1.25; }
        h2 { margin: 0 0 12px; font-size: 18px; overflow-wrap: anywhere; }
        small { color: var(--soft); font-weight: 400; font-size: 13px; }
        dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(260px, 1fr)); gap: 8px 24px; margin: 0; }
        dt { color: var(--soft); font-size: 13px; }
        dd { margin: 0; overflow-wrap: anywhere; }
        .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(120px, 1fr)); gap: 12px; }
        .figures b { display: block; font-size: 22px; font-variant-numeric: tabular-nums; }
        .figures span { color: var(--soft); font-size: 13px; }
        .figures .bad b { color: var(--bad); }
        .figures .warn b { color: var(--warn); }
        .scroll { overflow-x: auto; }
        table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
        th { text-align: left; color: var(--soft); font-size: 13px; font-weight: 600; white-space: nowrap; }
        th, td { padding: 7px 10px; border-bottom: 1px solid var(--line); vertical-align: top; }
        td:first-child { overflow-wrap: anywhere; min-width: 120px; }
        .n { text-align: right; white-space: nowrap; }
        .tag { padding: 1px 8px; border-radius: 999px; font-size: 13px; color: var(--good); background: var(--goodsoft); }
        .empty .tag { color: var(--soft); background: var(--ground); }
        .skipped .tag { color: var(--warn); background: var(--warnsoft); }
        .failed .tag { color: var(--bad); background: var(--badsoft); }
        tr.note td { padding-top: 0; color: var(--soft); font-size: 14px; overflow-wrap: anywhere; white-space: normal; }
        tr.note.failed td { color: var(--bad); }
        tr:has(+ tr.note) td { border-bottom: 0; }
        tbody tr:last-child td { border-bottom: 0; }
        footer { color: var(--soft); font-size: 13px; padding: 0 8px; }

        """;
}
