using System.Globalization;
using System.Text;
using static SnapshotBridge.Reporting.Page.PageText;

namespace SnapshotBridge.Reporting.Page;

/// <summary>The estimate of the cost, line by line, with where each figure comes from.</summary>
internal static class CostSection
{
    public static void Write(StringBuilder page, RunReport report)
    {
        if (report.Cost is not { } cost)
        {
            return;
        }

        page.Append("<section id=\"cost\" aria-labelledby=\"cost-title\">\n<h2 id=\"cost-title\">Cost <small>an estimate, not a bill</small></h2>\n")
            .Append(CultureInfo.InvariantCulture, $"<p class=\"total\"><b>${cost.Total.ToString("#,##0.00", CultureInfo.InvariantCulture)}</b> <span>exactly ${Money(cost.Total)}; measured quantities at list prices of {Html(cost.PricesAsOf)}, {Html(cost.Region)}</span></p>\n")
            .Append("<div class=\"scroll\"><table class=\"plain stack\"><thead><tr><th scope=\"col\">What</th><th scope=\"col\" class=\"n\">Quantity</th><th scope=\"col\" class=\"n\">Price</th><th scope=\"col\" class=\"n\">Amount</th><th scope=\"col\">Where the figures come from</th></tr></thead>\n<tbody>\n");
        foreach (var line in cost.Lines)
        {
            var per = line.PricePer == 1 ? $"per {Singular(line.Unit)}" : $"per {Number(line.PricePer)} {line.Unit}";
            page.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{Html(line.Item)}</th><td class=\"n\" data-label=\"Quantity\">{Exact(line.Quantity)}<small>{Html(line.Unit)}</small></td>")
                .Append(CultureInfo.InvariantCulture, $"<td class=\"n\" data-label=\"Price\">${Exact(line.UnitPrice)}<small>{Html(per)}</small></td><td class=\"n\" data-label=\"Amount\">${Money(line.Amount)}</td>")
                .Append(CultureInfo.InvariantCulture, $"<td class=\"source\">{Html(line.QuantitySource)}<small>{Html(line.PriceSource)}</small></td></tr>\n");
        }

        page.Append("</tbody></table></div>\n")
            .Append(CultureInfo.InvariantCulture, $"<p class=\"note\">Not in it: {Html(string.Join("; ", cost.NotIncluded))}.</p>\n</section>\n");
    }

    private static string Money(decimal amount) => amount.ToString("#,##0.000000", CultureInfo.InvariantCulture);

    private static string Singular(string unit) => unit.EndsWith('s') ? unit[..^1] : unit;
}
