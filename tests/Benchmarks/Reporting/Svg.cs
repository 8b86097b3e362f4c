using System.Globalization;
using System.Net;
using System.Text;

namespace SnapshotBridge.Benchmarks.Reporting;

/// <summary>A drawing of rectangles, lines and text that needs nothing beside itself.</summary>
internal sealed class Svg(double width, double height)
{
    public const string Title = "font-size:18px;font-weight:600";
    public const string Head = "font-size:13px;font-weight:600";
    public const string Label = "font-size:12px";
    public const string Small = "font-size:11px;fill:#666";

    private readonly StringBuilder _body = new();

    public void Rectangle(double x, double y, double w, double h, string fill) =>
        Append($"<rect x=\"{x:0.##}\" y=\"{y:0.##}\" width=\"{w:0.##}\" height=\"{h:0.##}\" rx=\"2\" fill=\"{fill}\"/>");

    public void Line(double x1, double y1, double x2, double y2, string stroke, string? dashes = null) =>
        Append($"<line x1=\"{x1:0.##}\" y1=\"{y1:0.##}\" x2=\"{x2:0.##}\" y2=\"{y2:0.##}\" stroke=\"{stroke}\"{(dashes is null ? "" : $" stroke-dasharray=\"{dashes}\"")}/>");

    public void Text(double x, double y, string text, string style, string anchor = "start") =>
        Append($"<text x=\"{x:0.##}\" y=\"{y:0.##}\" style=\"{style}\" text-anchor=\"{anchor}\">{WebUtility.HtmlEncode(text)}</text>");

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:0} {height:0}\" width=\"{width:0}\" height=\"{height:0}\" font-family=\"system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif\" fill=\"#222\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{_body}</svg>\n");

    private void Append(FormattableString element) => _body.Append(element.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
