using System.Globalization;
using System.Text;
using SnapshotBridge.Loading;
using SnapshotBridge.Requests;
using static SnapshotBridge.Reporting.Page.PageText;

namespace SnapshotBridge.Reporting.Page;

/// <summary>What the run was, and what was asked of it.</summary>
internal static class RunSection
{
    public static void Write(StringBuilder page, RunReport report)
    {
        page.Append("<section id=\"run\" aria-labelledby=\"run-title\">\n<h2 id=\"run-title\">This run</h2>\n<dl class=\"facts\">\n");
        Fact("Execution", report.ExecutionName);
        Fact("Export task", report.ExportTaskId);
        Fact("Snapshot", report.SourceArn);
        if (report.SnapshotTime is { } taken)
        {
            Fact("Snapshot taken", Time(taken));
        }

        Fact("Started", Time(report.StartedAt));
        Fact("Finished", Time(report.FinishedAt));
        Fact("HeatWave", report.ServerVersion);
        if (report.DestinationPrefix is { } prefix)
        {
            Fact("Folder in OCI", prefix);
        }

        if (report.Choices is { } choices)
        {
            Choices(choices);
        }

        foreach (var schema in report.PublishedSchemas.Take(50))
        {
            Fact($"{schema.Schema} serves", schema.SwitchedAt is { } at ? $"{schema.Version} since {Time(at)}, {Counted(schema.Views, "view")}" : "its earlier version");
        }

        page.Append("</dl>\n</section>\n");

        void Choices(RunChoices choices)
        {
            Fact("Types", choices.Types == TypeMode.Faithful
                ? $"as at the source{(choices.ColumnTypeTables > 0 ? $"; given by the request for {Counted(choices.ColumnTypeTables, "table")}" : "")}"
                : "as HeatWave infers them");
            Fact("Publishing", choices.Publish == PublishMode.Swap
                ? $"versions behind views, {Counted(choices.KeepVersions ?? 0, "earlier version")} kept"
                : "into the schemas themselves");
            Fact("Compared", choices.Verify == VerifyMode.Statistics ? "rows, columns and, where both sides can tell them, null counts, minima and maxima of the columns" : "rows and columns");
            Fact("Pre-authenticated request", choices.ParAfterLoad == ParAfterLoad.Keep
                ? $"valid for {Exact(choices.ParHours)} h, kept until then"
                : $"valid for {Exact(choices.ParHours)} h, removed after the load");
            Fact("Exported", choices.ExportOnly.Count == 0 ? "the whole snapshot" : string.Join(", ", choices.ExportOnly));
            if (choices.TargetSchemas.Count > 0)
            {
                Fact("Renamed", string.Join(", ", choices.TargetSchemas.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} to {pair.Value}")));
            }

            Fact("Loads ran", string.Join("; ", [choices.LoadedBy == LoadCarrier.Connection ? "on the function's connection" : "on the server", .. choices.LoadedByReasons]));
        }

        void Fact(string name, string value) => page.Append(CultureInfo.InvariantCulture, $"<div><dt>{Html(name)}</dt><dd>{Html(value)}</dd></div>\n");
    }
}
