using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using SnapshotBridge.Copying;
using SnapshotBridge.Planning;

namespace SnapshotBridge.Reporting.Page;

/// <summary>How the page writes values: a short form to read and the exact figure beside it.</summary>
internal static class PageText
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    /// <summary>A text as HTML: nothing in it can become markup.</summary>
    public static string Html(string text) => Encoder.Encode(text);

    public static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>All the digits that a figure has, with thousands apart.</summary>
    public static string Exact(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        return text.Contains('E', StringComparison.Ordinal)
            ? text
            : $"{Math.Truncate(value).ToString("N0", CultureInfo.InvariantCulture)}{(dot < 0 ? "" : text[dot..])}";
    }

    /// <inheritdoc cref="Exact(double)"/>
    public static string Exact(decimal value) => value.ToString("#,##0.############################", CultureInfo.InvariantCulture);

    public static string Counted(long count, string noun) => $"{Number(count)} {(count == 1 ? noun : $"{noun}s")}";

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    public static string Clock(DateTimeOffset time) => time.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    public static string Short(long value) => value switch
    {
        >= 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e9:0.##} bn"),
        >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e6:0.##} M"),
        _ => Number(value),
    };

    /// <summary>Bytes in the unit that fits.</summary>
    public static string Size(long bytes)
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

    public static string Duration(double seconds)
    {
        var duration = TimeSpan.FromSeconds(seconds);
        return duration.TotalDays >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(int)duration.TotalDays} d {duration.Hours} h")
            : duration.TotalHours >= 1
                ? string.Create(CultureInfo.InvariantCulture, $"{(int)duration.TotalHours} h {duration.Minutes} min")
                : duration.TotalMinutes >= 1
                    ? string.Create(CultureInfo.InvariantCulture, $"{duration.Minutes} min {duration.Seconds} s")
                    : string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.0##} s");
    }

    public static string Name(TableStatus status) => status switch
    {
        TableStatus.Loaded => "loaded",
        TableStatus.Empty => "empty",
        TableStatus.Skipped => "skipped",
        _ => "failed",
    };

    public static string? Name(CopyEvidence? evidence) => evidence switch
    {
        CopyEvidence.EndToEnd => "end-to-end",
        CopyEvidence.Destination => "destination",
        _ => null,
    };

    /// <summary>A table's name; what RDS skipped may be a database or the export itself.</summary>
    public static string Name(TableReport table) =>
        table.Table.Length > 0 ? table.Table : table.Schema == ExportWarnings.WholeExport ? "(whole export)" : "(whole database)";

    public static string FullName(TableReport table) => table.Schema == ExportWarnings.WholeExport ? Name(table) : $"{table.Schema}.{Name(table)}";
}
